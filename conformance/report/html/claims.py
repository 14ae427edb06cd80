"""The document's claims by section, each with its truth table: readings × conditions."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from conformance.record.file import Line, Record
from conformance.record.vocabulary import ClaimVerdict
from conformance.report import claim_facts, counterexample
from conformance.report.html.anchors import anchors
from conformance.report.html.formulas import Formula, formula
from conformance.report.html.signs import Sign, sign
from conformance.report.numbers import counted
from conformance.report.replay import replay
from conformance.report.safe_text import limited

_FEW = 8  # conditions that still stand one under the other
_HOLES = 0.4  # of a table's cells, that do not go together


@dataclass(frozen=True)
class Cell:
    """Whether a claim holds in one row, in how many cases, and the counterexample's anchor."""

    holds: bool
    cases: str
    target: str


@dataclass(frozen=True)
class Table:
    """A truth table; None for a reading and condition that do not go together."""

    caption: str
    corner: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Cell | None, ...]], ...]


@dataclass(frozen=True)
class Counterexample:
    """Where a claim does not hold: under what, for what, and why."""

    anchor: str
    where: str
    example: str
    message: str


@dataclass(frozen=True)
class Claim:
    """One claim."""

    anchor: str
    id: str
    name: str
    formula: Formula
    sign: Sign
    cases: str
    when: tuple[str, ...]
    remark: str
    source: str
    tables: tuple[Table, ...]
    counterexamples: tuple[Counterexample, ...]
    replay: str


def sections(record: Record) -> tuple[tuple[str, tuple[Claim, ...]], ...]:
    """The claims of a record by section."""
    names = anchors("claim", (str(claim["id"]) for claim in record.claims))
    return tuple(
        (
            limited(claim_facts.section_title(section)),
            tuple(_claim(record, claim, names[claim["id"]]) for claim in claims),
        )
        for section, claims in claim_facts.sections(record)
    )


def in_brief(record: Record) -> tuple[tuple[Sign, int, str], ...]:
    """How many claims came to what."""
    tally = Counter(claim["verdict"] for claim in record.claims)
    return tuple(
        (sign(word), tally[word], word.verb(tally[word])) for word in ClaimVerdict if tally[word]
    )


def _claim(record: Record, claim: Line, anchor: str) -> Claim:
    rows = [(row, f"{anchor}-not-{number}") for number, row in enumerate(claim["readings"], 1)]
    verdict = ClaimVerdict(claim["verdict"])
    found = claim_facts.counterexamples(claim)
    return Claim(
        anchor=anchor,
        id=limited(claim["id"]),
        name=limited(claim["name"]),
        formula=formula(claim.get("latex"), claim.get("formula")),
        sign=sign(verdict),
        cases=claim_facts.cases(claim),
        when=tuple(map(limited, claim_facts.conditions(claim)))
        if verdict == ClaimVerdict.HOLDS_WHEN
        else (),
        remark=limited(claim.get("message") or "") if not found else "",
        source=limited(claim.get("source") or ""),
        tables=_tables(rows),
        counterexamples=tuple(_counterexample(row, at) for row, at in rows if not row["holds"]),
        replay=replay(claim, record) if found else "",
    )


def _counterexample(row: Line, anchor: str) -> Counterexample:
    found = row["counterexample"]
    parts = [part for part in (row["reading"], row["condition"]) if part]
    return Counterexample(
        anchor=anchor,
        where=limited(", ".join(parts)),
        example=limited(counterexample.brief(found)) if found else "",
        message=limited(found["message"] or "") if found else "",
    )


Rows = list[tuple["Line", str]]


def _tables(rows: Rows) -> tuple[Table, ...]:
    """One table; one for each reading where together they are many conditions, or mostly holes."""
    if len(rows) < 2:
        return ()
    by_reading: dict[str, Rows] = {}
    for row, anchor in rows:
        by_reading.setdefault(row["reading"] or "", []).append((row, anchor))
    conditions = {row["condition"] for row, _ in rows}
    holes = 1 - len(rows) / (len(by_reading) * len(conditions))
    if holes <= _HOLES and not (len(conditions) > _FEW and _in_two(rows)):
        return (_by_reading(rows),)
    return tuple(
        _by_condition(reading, some) if _in_two(some) else _by_reading(some, reading)
        for reading, some in by_reading.items()
    )


def _in_two(rows: Rows) -> bool:
    """Whether every condition has two parts, such as "CE, softmax"."""
    return all(", " in (row["condition"] or "") for row, _ in rows)


def _by_reading(rows: Rows, caption: str = "") -> Table:
    """Readings × conditions, the more of them one under the other."""
    readings = list(dict.fromkeys(row["reading"] or "" for row, _ in rows))
    conditions = list(dict.fromkeys(row["condition"] or "" for row, _ in rows))
    cells = {(row["reading"] or "", row["condition"] or ""): _cell(row, at) for row, at in rows}
    if len(readings) > len(conditions):
        turned = {pair[::-1]: cell for pair, cell in cells.items()}
        return _table(caption, "reading", conditions, readings, turned)
    across = {(("" if caption else reading), when): cell for (reading, when), cell in cells.items()}
    return _table(caption, "condition", [""] if caption else readings, conditions, across)


def _by_condition(reading: str, rows: Rows) -> Table:
    """Conditions such as "CE, softmax": what comes before the comma × what comes after it."""
    cells = {}
    for row, anchor in rows:
        head, _, tail = row["condition"].partition(", ")
        cells[tail, head] = _cell(row, anchor)
    columns, heads = (list(dict.fromkeys(key[place] for key in cells)) for place in (0, 1))
    return _table(reading, "condition", columns, heads, cells)


def _table(
    caption: str,
    corner: str,
    columns: Iterable[str],
    heads: Iterable[str],
    cells: dict[tuple[str, str], Cell],
) -> Table:
    across = list(columns)
    rows = tuple(
        (limited(head) or "always", tuple(cells.get((column, head)) for column in across))
        for head in heads
    )
    return Table(limited(caption), corner, tuple(limited(c) or "holds" for c in across), rows)


def _cell(row: Line, anchor: str) -> Cell:
    return Cell(row["holds"], counted(row["cases"]), "" if row["holds"] else f"#{anchor}")
