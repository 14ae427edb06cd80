"""What a run has to say beside its failures: conventions, torch's defects, what was not judged."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from conformance.record.file import Line, Record
from conformance.record.vocabulary import Partial, Reason, Verdict, Word
from conformance.report import counterexample, totals
from conformance.report.numbers import counted
from conformance.report.safe_text import limited

_NAME = 60  # letters of an operation or section


@dataclass(frozen=True)
class Row:
    """Checks of which the same is said, or a name for something else; the words; a case of it."""

    words: str
    checks: tuple[Line, ...] = ()
    name: str = ""
    case: str = ""


@dataclass(frozen=True)
class Remark:
    """Rows under a heading. None of their texts is safe to show yet.

    Attributes:
        word: the verdict whose sign each row has.
        brief: what the heading means, in a few words.
        meaning: the same in sentences.
    """

    anchor: str
    title: str
    brief: str
    meaning: str
    word: Word
    rows: tuple[Row, ...]


def remarks(record: Record) -> list[Remark]:
    """Return every remark that there is something to say under."""
    made = (_conventions, _defects, _expected, _not_provided)
    found = [remark for make in made if (remark := make(record)).rows]
    is_whole = record.footer["complete"] and not record.not_selected
    return found if is_whole else [*found, _not_run(record)]


def _conventions(record: Record) -> Remark:
    found = _with(record, Verdict.CONVENTION)
    return Remark(
        anchor="conventions",
        title="Other conventions",
        brief="as valid as torch's; no failures",
        meaning="Mathematics leaves a choice here. Another than torch's is as valid: no failure.",
        word=Verdict.CONVENTION,
        rows=_rows(found, lambda line: line.get("convention") or "unnamed"),
    )


def _defects(record: Record) -> Remark:
    found = [check for check in record.checks if check.get("torch_defect")]
    rows = _rows(found, lambda check: check["torch_defect"]["message"] or "")
    return Remark(
        anchor="defects",
        title="Defects of torch",
        brief="not held against the implementation",
        meaning="torch alone is outside the bound. It is not held against the implementation.",
        word=Verdict.ERRORED,
        rows=tuple(replace(row, case=_case(row.checks[0])) for row in rows),
    )


def _expected(record: Record) -> Remark:
    return Remark(
        anchor="expected",
        title="Expected failures",
        brief="known, with the reason",
        meaning="Known to fail, for the reason given.",
        word=Verdict.EXPECTED,
        rows=_rows(_with(record, Verdict.EXPECTED), _message),
    )


def _not_provided(record: Record) -> Remark:
    found = _with(record, Verdict.NOT_PROVIDED)
    absent = [one for one in totals.operations(record) if one.verdict == Verdict.NOT_PROVIDED]
    names = {one.name for one in absent}
    partly = [check for check in found if check["operation"] not in names]
    whole = (Row("", name=", ".join(one.name for one in absent)),) if absent else ()
    return Remark(
        anchor="not-provided",
        title="Not provided",
        brief="not judged, and not passed",
        meaning="The implementation does not offer it: not judged, and not passed.",
        word=Verdict.NOT_PROVIDED,
        rows=whole + _rows(partly, _message),
    )


def _not_run(record: Record) -> Remark:
    interrupted = not record.footer["complete"]
    rows = (
        replace(row, words=_places(row.checks), name=f"{counted(len(row.checks))} {row.words}")
        for row in _rows(record.not_selected, _reason)
    )
    return Remark(
        anchor="not-run",
        title="Not run",
        brief="the run was interrupted" if interrupted else "not judged, and not passed",
        meaning="The run was interrupted." if interrupted else "Not judged, and not passed.",
        word=Partial.NOT_RUN,
        rows=tuple(rows),
    )


def _reason(line: Line) -> str:
    reason = "not reached" if line["reason"] == Reason.INTERRUPTED else line["reason"]
    return f"{reason} ({line['message']})" if line.get("message") else reason


def _places(lines: Iterable[Line]) -> str:
    tally = Counter(map(totals.place, lines))
    return ", ".join(f"{limited(place, _NAME)} ({count})" for place, count in tally.items())


def _message(line: Line) -> str:
    return line.get("message") or ""


def _with(record: Record, verdict: Verdict) -> list[Line]:
    return [check for check in record.checks if check["verdict"] == verdict]


def _case(check: Line) -> str:
    return counterexample.brief(check["torch_defect"], check["dtype"] or "")


def _rows(lines: Iterable[Line], words: Callable[[Line], str]) -> tuple[Row, ...]:
    """Return a row for all lines that share the same words."""
    found: dict[str, list[Line]] = {}
    for line in lines:
        found.setdefault(words(line), []).append(line)
    return tuple(Row(said, tuple(checks)) for said, checks in found.items())
