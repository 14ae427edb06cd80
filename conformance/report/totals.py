"""What a record comes to: operations with their checks summed, claims by section, one total."""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from conformance.record.facts import real
from conformance.record.vocabulary import WORST_FIRST, Partial, Verdict, Word
from conformance.report.numbers import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from conformance.record.file import Line, Record


@dataclass(frozen=True)
class Operation:
    """An operation with its checks summed: the worst verdict is its own.

    `verdict` is a check's verdict, or "partly" where some checks did not run or have nothing to
    run on and nothing worse happened; `words` is what to say of it.
    """

    name: str
    family: str
    formula: str
    verdict: Word
    words: str
    cases: int
    worst: float | None
    torch_worst: float | None
    checks: tuple[Line, ...]


def operations(record: Record) -> tuple[Operation, ...]:
    """Every operation of which a check ran, by family and name."""
    missing = Counter(line["operation"] for line in record.not_selected)
    by_name = sorted(record.checks, key=_operation_name)
    found = [
        _summed(name, tuple(lines), missing[name])
        for name, lines in groupby(by_name, key=_operation_name)
    ]
    return tuple(sorted(found, key=lambda one: (one.family, one.name)))


def place(line: Line) -> str:
    """Return the operation or the section that a line is about."""
    return str(line.get("operation") or line.get("section") or line["id"])


def _operation_name(line: Line) -> str:
    return str(line["operation"])


def _summed(name: str, checks: tuple[Line, ...], missing: int) -> Operation:
    verdict, words = _verdict([check["verdict"] for check in checks], missing)
    return Operation(
        name=name,
        family=_first(checks, "family"),
        formula=_first(checks, "formula"),
        verdict=verdict,
        words=words,
        cases=sum(check["cases"] for check in checks),
        worst=_largest(checks, "worst_ratio"),
        torch_worst=_largest(checks, "torch_worst_ratio"),
        checks=checks,
    )


def _verdict(verdicts: Sequence[str], missing: int) -> tuple[Word, str]:
    """The worst verdict and its words: how many of how many where not all share it."""
    tally = Counter(verdicts)
    worst = next(verdict for verdict in WORST_FIRST if tally[verdict])
    whole = len(verdicts) + missing
    if worst.failed:
        return worst, worst if tally[worst] == whole else f"{worst} {tally[worst]} of {whole}"
    if worst == Verdict.EXPECTED:
        return worst, f"expected: {tally[worst]} of {whole} fail"
    if worst == Verdict.NOT_PROVIDED and tally[worst] < len(verdicts):
        return Partial.PARTLY, "partly provided"
    if missing and worst != Verdict.NOT_PROVIDED:
        word = "conform" if worst == Verdict.CONFORMS else worst
        return Partial.PARTLY, f"{len(verdicts)} of {whole} {word}"
    return worst, worst


def _first(lines: Iterable[Line], field: str) -> str:
    return next((str(line[field]) for line in lines if line.get(field)), "")


def _largest(lines: Iterable[Line], field: str) -> float | None:
    """The largest ratio; one that is no number is the worst of all."""
    ratios = [ratio for line in lines if (ratio := real(line.get(field))) is not None]
    return max(ratios, key=lambda ratio: math.inf if math.isnan(ratio) else ratio, default=None)


def sections(record: Record) -> tuple[tuple[str, tuple[Line, ...]], ...]:
    """The claims by section, sections in the order of their numbers."""
    ordered = sorted(record.claims, key=lambda line: (_natural(line["section"]), line["id"]))
    grouped = groupby(ordered, key=lambda line: str(line["section"]))
    return tuple((section, tuple(lines)) for section, lines in grouped)


def _natural(text: str) -> list[tuple[int, str]]:
    parts: list[str] = re.findall(r"\d+|\D+", text)
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts]


def conditions(claim: Line) -> tuple[str, ...]:
    """When a claim holds, a line for each reading under which it ever does."""
    table: dict[str, list[Line]] = {}
    for row in claim["readings"]:
        table.setdefault(row["reading"] or "", []).append(row)
    if len(table) == 1:
        return _only(*table.popitem())
    ever = {reading: rows for reading, rows in table.items() if any(r["holds"] for r in rows)}
    return tuple(_under(reading, rows) for reading, rows in ever.items())


def _under(reading: str, rows: list[Line]) -> str:
    if all(row["holds"] for row in rows):
        return reading or "always"
    return f"{reading}: {'; '.join(_condensed(rows, holds=True))}"


def _only(reading: str, rows: list[Line]) -> tuple[str, ...]:
    """When the one reading holds: what it takes, or what it excludes, whichever is shorter."""
    held, broken = _condensed(rows, holds=True), _condensed(rows, holds=False)
    words = "; ".join(held) if len(held) <= len(broken) else "not " + "; ".join(broken)
    return (f"{reading}: {words}" if reading else words,)


def _condensed(rows: list[Line], *, holds: bool) -> list[str]:
    """The conditions of these rows; "A, any" stands for every condition that begins with A."""
    by_head: dict[str, list[Line]] = {}
    for row in rows:
        by_head.setdefault((row["condition"] or "").partition(", ")[0], []).append(row)
    words: list[str] = []
    for head, group in by_head.items():
        meant = [row["condition"] or "" for row in group if row["holds"] == holds]
        words += [f"{head}, any"] if len(meant) == len(group) > 1 else meant
    return words


def total(record: Record) -> tuple[Word, str]:
    """The run's own verdict, a word of the checks' and one line of words."""
    found = operations(record)
    tally = Counter(one.verdict for one in found)
    worst = next((word for word in WORST_FIRST if tally[word]), Verdict.NOT_PROVIDED)
    cases = counted(sum(one.cases for one in found))
    words = f"{_judgement(record, worst)}: {_operations(found)}, {cases} cases"
    return worst, words


def _judgement(record: Record, worst: Word) -> str:
    if worst.failed:
        return "does not conform"
    if not record.checks or all(c["verdict"] == Verdict.NOT_PROVIDED for c in record.checks):
        return "nothing judged"
    limits = []
    if any(check["verdict"] == Verdict.NOT_PROVIDED for check in record.checks):
        limits.append("provided")
    if record.not_selected or not record.footer["complete"]:
        limits.append("judged")
    words = "conforms where " + " and ".join(limits) if limits else "conforms"
    expected = sum(check["verdict"] == Verdict.EXPECTED for check in record.checks)
    return f"{words}, but for {expected} expected failures" if expected else words


def _operations(found: tuple[Operation, ...]) -> str:
    """How many operations came to what; another convention conforms too."""
    tally = Counter(Verdict.CONFORMS if one.verdict.passed else one.verdict for one in found)
    counts = [(tally[word], word) for word in WORST_FIRST if tally[word]]
    if not counts:
        return "no operation ran"
    count, word = counts[0]
    if len(counts) == 1 and count > 1:
        return f"all {count} operations {word.verb(count)}"
    noun = "operation" if count == 1 else "operations"
    first = f"{count} {noun} {word.verb(count)}"
    return ", ".join([first, *(f"{count} {word.verb(count)}" for count, word in counts[1:])])
