"""Operations × checks: for each operation, by family, what each kind of check came to."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from conformance.record.file import Line, Record
from conformance.record.vocabulary import WORST_FIRST, Kind, Partial, Verdict
from conformance.report import totals
from conformance.report.html.formulas import Formula, formula
from conformance.report.html.signs import Sign, sign
from conformance.report.safe_text import limited

_REMARKS = {
    Verdict.CONVENTION: "#conventions",
    Verdict.EXPECTED: "#expected",
    Verdict.NOT_PROVIDED: "#not-provided",
}


@dataclass(frozen=True)
class Cell:
    """What the checks of one kind came to; where the page tells of it, or an empty text.

    `part` says how many of how many they are, such as 3/6; it is empty for all.
    """

    sign: Sign
    target: str
    part: str = ""


@dataclass(frozen=True)
class Row:
    """One operation; None for a kind of check that it does not owe."""

    name: str
    formula: Formula
    sign: Sign
    cells: tuple[Cell | None, ...]
    figures: tuple[str, str, str]


@dataclass(frozen=True)
class Matrix:
    """Families with their operations, under the kinds of checks."""

    kinds: tuple[str, ...]
    families: tuple[tuple[str, tuple[Row, ...]], ...]


def matrix(record: Record, stories: Mapping[str, str]) -> Matrix:
    """Return the operations of a record; `stories` has the anchor of each failing check."""
    missing = Counter((line["operation"], line["check"]) for line in record.not_selected)
    grouped = groupby(totals.operations(record), key=lambda operation: operation.family)
    families = tuple(
        (limited(family or "other"), tuple(_row(each, missing, stories) for each in group))
        for family, group in grouped
    )
    return Matrix(tuple(Kind), families)


def _row(
    operation: totals.Operation, missing: Counter[tuple[str, str]], stories: Mapping[str, str]
) -> Row:
    by_kind: dict[str, list[Line]] = defaultdict(list)
    for check in operation.checks:
        by_kind[check["check"]].append(check)
    latex = next((check["latex"] for check in operation.checks if check.get("latex")), None)
    return Row(
        name=limited(operation.name),
        formula=formula(latex, operation.formula),
        sign=sign(operation.verdict, operation.words),
        cells=tuple(_cell(by_kind[kind], missing[operation.name, kind], stories) for kind in Kind),
        figures=operation.figures,
    )


def _cell(checks: Sequence[Line], missing: int, stories: Mapping[str, str]) -> Cell | None:
    tally = Counter(check["verdict"] for check in checks)
    worst = next((word for word in WORST_FIRST if tally[word]), None)
    if worst is None:
        return Cell(sign(Partial.NOT_RUN), "#not-run") if missing else None
    whole = len(checks) + missing
    some = tally[worst] != whole
    words = f"{worst} {tally[worst]} of {whole}" if some else worst
    anchors = (stories.get(check["id"]) for check in checks if check["verdict"] == worst)
    anchor = next((anchor for anchor in anchors if anchor), "")
    failed = f"#{anchor}" if anchor else "#failures"
    target = failed if worst.failed else _REMARKS.get(worst, "")
    return Cell(sign(worst, words), target, f"{tally[worst]}/{whole}" if some else "")
