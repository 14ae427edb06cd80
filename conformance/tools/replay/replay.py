"""Repeat stored counterexamples: the same numbers, with the code as it is now."""

import difflib
import json
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from conformance.explain.counterexample import expected_of, plain, restore
from conformance.implementation.load_error import LoadError
from conformance.implementation.process_state import own_state
from conformance.judge.claim import rejudge
from conformance.judge.kinds import judge
from conformance.record.file import Line, Record
from conformance.record.vocabulary import Verdict
from conformance.report.safe_text import printable, shown
from conformance.run.run import Run
from conformance.spec.claim import Claim, row_name
from conformance.spec.finding import Finding

_RIGHT = "this case is right now"


class ReplayError(Exception):
    """There is no counterexample to repeat, or it cannot be judged."""


def find(record: Record, name: str) -> Line:
    """Return the line of an id.

    Raises:
        ReplayError: the record has no such id, or the line no counterexample.
    """
    lines = {line["id"]: line for line in (*record.checks, *record.claims)}
    if name not in lines:
        same = [known for known in lines if known.startswith(name.split("/", maxsplit=1)[0])]
        near = difflib.get_close_matches(name, lines, 4) or same[:4] or list(lines)[:2]
        raise ReplayError(
            f"{name!r} is neither a file nor in the record. Its ids are like {', '.join(near)}."
        )
    line = lines[name]
    if line["type"] == "check" and line["counterexample"] is None:
        raise ReplayError(f"{name} came to {line['verdict']!r}: it has no counterexample")
    return line


@dataclass(frozen=True)
class Repeated:
    """The result of repeating a counterexample: what it shows, or why it could not be repeated."""

    id: str
    is_claim: bool
    still_fails: bool = False
    text: str = ""
    trouble: str = ""


def repeat_all(run: Run, record: Record) -> list[Repeated]:
    """Judge every failure of a record again; return the results.

    A check that passes may have a case too, such as bad input that is accepted. It is no failure.
    """
    checks = [
        line
        for line in record.checks
        if line["counterexample"] is not None and not Verdict(line["verdict"]).passed
    ]
    claims = [line for line in record.claims if any(x["counterexample"] for x in line["readings"])]
    return [_repeated(run, line) for line in (*checks, *claims)]


def _repeated(run: Run, line: Line) -> Repeated:
    is_claim = line["type"] == "claim"
    try:
        text, wrong = repeat(run, line)
    except ReplayError as error:
        return Repeated(line["id"], is_claim, trouble=str(error))
    return Repeated(line["id"], is_claim, wrong, text)


def summary(results: list[Repeated]) -> str:
    """Return a line for each result, the details of checks that still fail, and their number."""
    if not results:
        return "no counterexample in this record: there is nothing to repeat"
    rows = [f"{_word(result)}: {shown(result.id)}{_reason(result)}" for result in results]
    checks = [result for result in results if not result.is_claim]
    details = [f"\n{check.text}" for check in checks if check.still_fails]
    claims = [result.still_fails for result in results if result.is_claim]
    sums = [f"{len(details)} of {len(checks)} failures are still there"] if checks else []
    sums += [f"{sum(claims)} of {len(claims)} claims still disagree"] if claims else []
    return "\n".join([*rows, *details, f"\n{', '.join(sums)}"])


def _word(result: Repeated) -> str:
    if result.trouble:
        return "! not repeated"
    if result.is_claim:
        return "◐ still disagrees" if result.still_fails else "✓ agrees now"
    return "✗ still fails" if result.still_fails else "✓ right now"


def _reason(result: Repeated) -> str:
    return f" ({shown(result.trouble)})" if result.trouble else ""


def repeat(run: Run, line: Line) -> tuple[str, bool]:
    """Judge a counterexample again; return words, and whether it still fails.

    Raises:
        ReplayError: this version has no such check or claim, or cannot judge these numbers.
    """
    try:
        return _repeat_claim(run, line) if line["type"] == "claim" else _repeat_check(run, line)
    except (ReplayError, KeyboardInterrupt):
        raise
    except Exception as error:
        # A drawn case never raises, but a counterexample edited by hand may hold anything.
        raise ReplayError(
            f"{line['id']}: its counterexample cannot be judged ({type(error).__name__}: {error}). "
            f"Its inputs, shapes and parameters must be ones that the check draws."
        ) from error


def _repeat_check(run: Run, line: Line) -> tuple[str, bool]:
    check = run.checks.get(line["id"])
    if check is None:
        raise ReplayError(f"{line['id']} is no check of this version; run the suite again")
    try:
        contender = run.contender
    except LoadError as error:
        raise ReplayError(error) from error
    case = restore(check.operation, line["counterexample"])
    with warnings.catch_warnings(), own_state():
        warnings.simplefilter("ignore")
        finding = judge(check, case, contender)
    given = {
        **{name: plain(value) for name, value in case.arguments.items()},
        **case.parameters,
        "layouts": {name: how for name, how in case.layouts.items() if how != "contiguous"},
    }
    head = [
        f"{line['id']}: {check.operation.formula}",
        printable(f"implementation: {run.settings.name}"),
    ]
    return "\n".join([*head, *_table(given, finding)]), finding.verdict.failed


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False) if not isinstance(value, str) else value


def _repeat_claim(run: Run, line: Line) -> tuple[str, bool]:
    claim = run.claims.get(line["id"])
    if claim is None:
        raise ReplayError(f"{line['id']} is no claim of this version; run the suite again")
    counterexamples = [row for row in line["readings"] if row["counterexample"]]
    if not counterexamples:
        raise ReplayError(f"{line['id']} came to {line['verdict']!r}: it has no counterexample")
    return repeated_rows(claim, counterexamples)


def repeated_rows(claim: Claim, rows: Sequence[Line]) -> tuple[str, bool]:
    """Judge stored counterexamples again; return words, and whether any still disagrees."""
    rows_told, wrong = [f"{claim.id}: {claim.text}"], False
    for row in (row for row in rows if row["counterexample"]):
        finding = rejudge(claim, row)
        wrong = wrong or finding.verdict == Verdict.FAILS
        stored = row["counterexample"]
        name = row_name(row["reading"], row["condition"]) or "the only row"
        rows_told += [name, *_table({**stored["inputs"], **stored["parameters"]}, finding)]
    return "\n".join(rows_told), wrong


def _table(given: Mapping[str, Any], finding: Finding) -> list[str]:
    """Return lines of the inputs, the expected and the actual result, and of what is wrong.

    An implementation's own words are made safe to show, on a single line.
    """
    expected, bound = expected_of(finding.expected)
    rows = {**given, "expected": expected, "bound": bound, "actual": plain(finding.actual)}
    words = finding.message if finding.verdict.failed else f"{finding.verdict}: {_RIGHT}"
    lines = [f"  {key} = {_text(value)}" for key, value in rows.items() if value not in (None, {})]
    return [printable(line) for line in (*lines, words)]
