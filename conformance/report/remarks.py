"""What a run says beside its failures: conventions, torch's defects, what was not judged."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from conformance.record.file import Line, Record
from conformance.record.vocabulary import AXES, Kind, Partial, Reason, Verdict, Word
from conformance.report import totals
from conformance.report.counterexample import brief
from conformance.report.numbers import counted
from conformance.report.safe_text import limited

_NAME = 60  # letters of an operation or section
_MANY = 8  # checks of one convention, of which the operations alone are named


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
    """Return every remark on the checks that has rows."""
    every = [
        Remark(anchor, title, brief, meaning, word, rows(record))
        for anchor, title, brief, meaning, word, rows in _REMARKS
    ]
    return [remark for remark in every if remark.rows]


def not_run(record: Record) -> Remark | None:
    """Return what was not reached, by name, and how much was not asked for; None for neither."""
    is_complete = record.footer["complete"]
    if is_complete and not record.not_selected:
        return None
    rows = _not_reached(record)
    if words := totals.not_asked(record):
        rows += (Row("", name=words),)
    meaning = "not judged, and not passed" if is_complete else "the run was interrupted"
    full = f"{meaning.capitalize()}."
    return Remark("not-run", "Not run", meaning, full, Partial.NOT_RUN, rows)


def _conventions(record: Record, *, refusals: bool) -> list[Line]:
    lines = _with(record, Verdict.CONVENTION)
    return [line for line in lines if (line["check"] == Kind.REFUSAL) == refusals]


def _coverage(record: Record) -> tuple[Row, ...]:
    """Return a row for each operation of which a part is offered, and each reason."""
    words: dict[tuple[str, str], None] = {}
    for check in record.checks:
        if check.get("coverage"):
            words[check["operation"], totals.coverage_words(check)] = None
    return tuple(Row(sentence, name=operation) for operation, sentence in words)


def _axes(record: Record) -> tuple[Row, ...]:
    """Return a row for the operations that are called in the same orders of axes."""
    by_words: dict[str, dict[str, None]] = {}
    for check in record.checks:
        if check.get("axes"):
            words = " and ".join(AXES.get(name, name) for name in check["axes"])
            by_words.setdefault(words, {})[check["operation"]] = None
    return tuple(Row(words, name=", ".join(names)) for words, names in by_words.items())


def _not_judged(record: Record) -> tuple[Row, ...]:
    """Return a row for each operation: its failures are reported by other checks."""
    by_operation: dict[str, list[Line]] = {}
    for check in _with(record, Verdict.NOT_JUDGED):
        by_operation.setdefault(check["operation"], []).append(check)
    return tuple(Row("", tuple(checks)) for checks in by_operation.values())


def _defects(record: Record) -> tuple[Row, ...]:
    by_message: dict[str, list[Line]] = {}
    for check in record.checks:
        if check.get("torch_defect"):
            by_message.setdefault(check["torch_defect"]["message"] or "", []).append(check)
    return tuple(
        Row(words, tuple(checks), case=brief(checks[0]["torch_defect"], checks[0]["dtype"] or ""))
        for words, checks in by_message.items()
    )


def _not_provided(record: Record) -> tuple[Row, ...]:
    """Return first the operations of which nothing is provided, then the checks of others."""
    operations = totals.operations(record)
    whole = [each.name for each in operations if each.verdict == Verdict.NOT_PROVIDED]
    lines = _with(record, Verdict.NOT_PROVIDED)
    partly = _rows(line for line in lines if line["operation"] not in whole)
    return (Row("", name=", ".join(whole)), *partly) if whole else partly


def _not_reached(record: Record) -> tuple[Row, ...]:
    """Return a row for each thing that kept checks and claims from being reached."""
    by_message: dict[str, Counter[str]] = {}
    for line in record.not_selected:
        if line["reason"] == Reason.INTERRUPTED:
            subject = str(line.get("operation") or line.get("section") or line["id"])
            message = f" ({line['message']})" if line.get("message") else ""
            by_message.setdefault(message, Counter())[subject] += 1
    rows = []
    for message, tally in by_message.items():
        subjects = [f"{limited(name, _NAME)} ({count})" for name, count in tally.items()]
        name = f"{counted(tally.total())} not reached{message}"
        rows.append(Row(", ".join(subjects), name=name))
    return tuple(rows)


def _with(record: Record, verdict: Verdict) -> list[Line]:
    return [check for check in record.checks if check["verdict"] == verdict]


def _rows(checks: Iterable[Line], field: str = "message", default: str = "") -> tuple[Row, ...]:
    """Return a row for all checks of which the field says the same."""
    by_words: dict[str, list[Line]] = {}
    for check in checks:
        by_words.setdefault(check.get(field) or default, []).append(check)
    return tuple(Row(words, tuple(lines)) for words, lines in by_words.items())


def _choices(record: Record) -> tuple[Row, ...]:
    """Return a row for each convention, whichever others a check follows beside it."""
    by_words: dict[str, list[Line]] = {}
    for check in _conventions(record, refusals=False):
        for words in (check.get("convention") or "unnamed").split(", "):
            by_words.setdefault(words, []).append(check)
    return tuple(
        Row(words, tuple(checks), name=_of_operations(checks) if len(checks) > _MANY else "")
        for words, checks in by_words.items()
    )


def _of_operations(checks: list[Line]) -> str:
    by_operation = Counter(str(check["operation"]) for check in checks)
    return f"{counted(len(checks))} checks of {', '.join(by_operation)}"


def _validation(record: Record) -> tuple[Row, ...]:
    return _rows(_conventions(record, refusals=True), "convention", "unnamed")


def _expected(record: Record) -> tuple[Row, ...]:
    return _rows(_with(record, Verdict.EXPECTED))


# Anchor, title, meaning in brief, meaning, the word whose sign each row has, and the rows.
_REMARKS: tuple[tuple[str, str, str, str, Word, Callable[[Record], tuple[Row, ...]]], ...] = (
    (
        "conventions",
        "Other conventions",
        "as valid as torch's; no failures",
        "Mathematics leaves a choice here. Another than torch's is as valid: no failure.",
        Verdict.CONVENTION,
        _choices,
    ),
    (
        "validation",
        "Validation",
        "bad input that is accepted; a failure with --strict",
        "Bad input is accepted that torch refuses. It is a failure with --strict alone.",
        Verdict.CONVENTION,
        _validation,
    ),
    (
        "coverage",
        "Offered in part",
        "judged in what is offered",
        "The implementation offers a part of these operations, and is judged in that part.",
        Partial.PARTLY,
        _coverage,
    ),
    (
        "axes",
        "Layouts",
        "as the implementation declares",
        "The implementation declares another order of axes, and is called in it.",
        Verdict.CONFORMS,
        _axes,
    ),
    (
        "not-judged",
        "Not judged",
        "fails on ordinary input too, or nothing to judge",
        "The same call fails on ordinary input too, and is told there; or nothing is to be judged.",
        Verdict.NOT_JUDGED,
        _not_judged,
    ),
    (
        "defects",
        "Defects of torch",
        "not held against the implementation",
        "torch alone is outside the bound. It is not held against the implementation.",
        Verdict.ERRORED,
        _defects,
    ),
    (
        "expected",
        "Expected failures",
        "known, with the reason",
        "Known to fail, for the reason given.",
        Verdict.EXPECTED,
        _expected,
    ),
    (
        "not-provided",
        "Not provided",
        "not judged, and not passed",
        "The implementation does not offer it: not judged, and not passed.",
        Verdict.NOT_PROVIDED,
        _not_provided,
    ),
)
