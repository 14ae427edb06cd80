"""What else there is to say of a run: conventions, torch's defects, and what was not judged."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.record.vocabulary import Partial, Reason, Verdict
from conformance.report import failures
from conformance.report import totals as summary
from conformance.report.html.signs import Sign, sign
from conformance.report.numbers import counted
from conformance.report.safe_text import limited

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from conformance.record.file import Line, Record


@dataclass(frozen=True)
class Remark:
    """A heading, what it means, and the checks that it is said of, each with the words."""

    anchor: str
    title: str
    meaning: str
    sign: Sign
    rows: tuple[tuple[str, str], ...]


def remarks(record: Record) -> tuple[Remark, ...]:
    """All that there are, each under its heading."""
    made = (_conventions, _defects, _expected, _not_provided, _not_run)
    return tuple(remark for make in made for remark in make(record))


def _with(record: Record, verdict: str) -> list[Line]:
    return [check for check in record.checks if check["verdict"] == verdict]


def _conventions(record: Record) -> Iterable[Remark]:
    found = _with(record, Verdict.CONVENTION)
    rows = _by(found, lambda check: check.get("convention") or "unnamed")
    if rows:
        meaning = "Mathematics leaves a choice here. Another than torch's is as valid: no failure."
        yield Remark("conventions", "Other conventions", meaning, sign(Verdict.CONVENTION), rows)


def _defects(record: Record) -> Iterable[Remark]:
    found = [check for check in record.checks if check.get("torch_defect")]
    rows = _by(found, _defect)
    if rows:
        meaning = "torch alone is outside the bound. It is not held against the implementation."
        yield Remark("defects", "Defects of torch", meaning, sign(Verdict.ERRORED, "defect"), rows)


def _defect(check: Line) -> str:
    found = check["torch_defect"]
    return f"{found['message'] or ''} ({failures.brief(found, check['dtype'] or '')})"


def _expected(record: Record) -> Iterable[Remark]:
    rows = _by(_with(record, Verdict.EXPECTED), lambda check: check.get("message") or "")
    if rows:
        meaning = "Known to fail, for the reason given."
        yield Remark("expected", "Expected failures", meaning, sign(Verdict.EXPECTED), rows)


def _not_provided(record: Record) -> Iterable[Remark]:
    found = _with(record, Verdict.NOT_PROVIDED)
    whole = [one.name for one in summary.operations(record) if one.verdict == Verdict.NOT_PROVIDED]
    partly = [check for check in found if check["operation"] not in whole]
    rows = _by(partly, lambda check: check.get("message") or "")
    if whole:
        rows = ((limited(", ".join(whole)), "nothing of it is offered"), *rows)
    if rows:
        meaning = "The implementation does not offer it: not judged, and not passed."
        yield Remark("not-provided", "Not provided", meaning, sign(Verdict.NOT_PROVIDED), rows)


def _not_run(record: Record) -> Iterable[Remark]:
    complete = record.footer["complete"]
    if complete and not record.not_selected:
        return
    meaning = "Not judged, and not passed." if complete else "The run was interrupted."
    grouped: dict[str, Counter[str]] = {}
    for line in record.not_selected:
        grouped.setdefault(_reason(line), Counter())[summary.place(line)] += 1
    rows = tuple(
        (f"{counted(tally.total())} {limited(reason)}", _places(tally))
        for reason, tally in grouped.items()
    )
    yield Remark("not-run", "Not run", meaning, sign(Partial.NOT_RUN), rows)


def _places(tally: Counter[str]) -> str:
    """How many of each operation or section; not cut, for each of them is short."""
    return ", ".join(f"{limited(place, 60)} ({times})" for place, times in tally.items())


def _reason(line: Line) -> str:
    reason = "not reached" if line["reason"] == Reason.INTERRUPTED else line["reason"]
    return f"{reason} ({line['message']})" if line.get("message") else reason


def _by(lines: Iterable[Line], words: Callable[[Line], str]) -> tuple[tuple[str, str], ...]:
    """The checks that share the same words, together."""
    found: dict[str, list[Line]] = {}
    for line in lines:
        found.setdefault(words(line), []).append(line)
    return tuple((limited(failures.names(checks)), limited(said)) for said, checks in found.items())
