"""Repeat a stored counterexample: the same numbers, the code as it is now."""

import json
import warnings
from typing import Any

from conformance.judges import judge
from conformance.line import BAD_VERDICTS
from conformance.plain import expected_of, plain, restore
from conformance.record import Line, Record
from conformance.run import Run


class ReplayError(Exception):
    """There is nothing to repeat, or nothing to repeat it with."""


def find(record: Record, name: str) -> Line:
    """The line of an id that has a counterexample.

    Raises:
        ReplayError: no such id, or nothing failed there.
    """
    lines = {line["id"]: line for line in (*record.checks, *record.claims)}
    if name not in lines:
        near = [known for known in lines if known.startswith(name.split("/", maxsplit=1)[0])][:4]
        hint = f" Ids are like {', '.join(near)}." if near else ""
        raise ReplayError(f"the record has no check or claim {name!r}.{hint}")
    line = lines[name]
    if line["type"] == "check" and line["counterexample"] is None:
        raise ReplayError(f"{name} came to {line['verdict']!r}: it has no counterexample")
    return line


def repeat(run: Run, line: Line) -> tuple[str, bool]:
    """What the counterexample shows now, in words, and whether it still fails."""
    if line["type"] == "claim":
        return _repeat_claim(run, line)
    return _repeat_check(run, line)


def _repeat_check(run: Run, line: Line) -> tuple[str, bool]:
    check = run.checks.get(line["id"])
    if check is None:
        raise ReplayError(f"{line['id']} is no check of this version; run the suite again")
    contender = run.contender
    if isinstance(contender, str):
        raise ReplayError(contender)
    case = restore(check.operation, line["counterexample"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        finding = judge(check, case, contender)
    expected, bound = expected_of(finding.expected)
    rows = {
        **{name: plain(value) for name, value in case.inputs.items()},
        **({} if case.grad_output is None else {"grad_output": plain(case.grad_output)}),
        **case.parameters,
        "layouts": {name: how for name, how in case.layouts.items() if how != "contiguous"},
        "expected": expected,
        "bound": bound,
        "actual": plain(finding.actual),
    }
    shown = [f"{line['id']}: {check.operation.formula}", f"implementation: {run.implementation}"]
    shown += [f"  {name} = {_text(value)}" for name, value in rows.items() if value != {}]
    wrong = finding.verdict in BAD_VERDICTS
    shown.append(finding.message if wrong else f"{finding.verdict}: this case is right now")
    return "\n".join(shown), wrong


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False) if not isinstance(value, str) else value


def _repeat_claim(run: Run, line: Line) -> tuple[str, bool]:
    from conformance.claims_runner import replay_claim  # noqa: PLC0415

    claim = run.claims.get(line["id"])
    if claim is None:
        raise ReplayError(f"{line['id']} is no claim of this version; run the suite again")
    counterexamples = [row for row in line["readings"] if row["counterexample"]]
    if not counterexamples:
        raise ReplayError(f"{line['id']} came to {line['verdict']!r}: it has no counterexample")
    return replay_claim(claim, counterexamples)
