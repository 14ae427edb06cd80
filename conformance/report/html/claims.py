"""The document's claims by section, each with its truth table: readings × conditions."""

from typing import Any

from conformance.record.file import Line, Record
from conformance.record.vocabulary import ClaimVerdict
from conformance.report import claim_facts
from conformance.report.counterexample import brief, replay
from conformance.report.html.anchors import anchors
from conformance.report.html.formulas import formula
from conformance.report.html.signs import sign
from conformance.report.safe_text import limited

_FEW = 8  # conditions that still stand one under the other
_HOLES = 0.4  # of a table's cells, that do not go together
Rows = list[tuple[Line, str]]


def sections(record: Record) -> list[tuple[str, list[dict[str, Any]]]]:
    """Return the claims of a record by section."""
    names = anchors(str(claim["id"]) for claim in record.claims)
    return [
        (
            limited(claim_facts.section_title(section)),
            [_claim(record, claim, names[claim["id"]]) for claim in claims],
        )
        for section, claims in claim_facts.sections(record)
    ]


def _claim(record: Record, claim: Line, anchor: str) -> dict[str, Any]:
    rows = [(row, f"{anchor}/not-{number}") for number, row in enumerate(claim["readings"], 1)]
    verdict = ClaimVerdict(claim["verdict"])
    is_refuted = bool(claim_facts.counterexamples(claim))
    is_limited = verdict == ClaimVerdict.HOLDS_WHEN
    return {
        "anchor": anchor,
        "id": limited(claim["id"]),
        "name": limited(claim["name"]),
        "formula": formula(claim.get("latex"), claim.get("formula")),
        "sign": sign(verdict),
        "cases": claim_facts.cases(claim),
        "when": list(map(limited, claim_facts.conditions(claim) if is_limited else ())),
        "remark": "" if is_refuted else limited(claim.get("message") or ""),
        "source": limited(claim.get("source") or ""),
        "tables": _tables(rows),
        "counterexamples": [_counterexample(row, at) for row, at in rows if not row["holds"]],
        "replay": replay(claim, record) if is_refuted else "",
    }


def _counterexample(row: Line, anchor: str) -> dict[str, str]:
    """Return where a claim does not hold: under what, for what, and why."""
    example = row["counterexample"]
    parts = [part for part in (row["reading"], row["condition"]) if part]
    return {
        "anchor": anchor,
        "where": limited(", ".join(parts)),
        "example": limited(brief(example)) if example else "",
        "message": limited(example["message"] or "") if example else "",
    }


def _tables(rows: Rows) -> list[dict[str, Any]]:
    """Return one table; one for each reading, where one would be long, or mostly holes."""
    if len(rows) < 2:
        return []
    by_reading: dict[str, Rows] = {}
    for row, anchor in rows:
        by_reading.setdefault(row["reading"] or "", []).append((row, anchor))
    conditions = {row["condition"] for row, _ in rows}
    holes = 1 - len(rows) / (len(by_reading) * len(conditions))
    if holes <= _HOLES and not (len(conditions) > _FEW and _in_two(rows)):
        return [_by_reading(rows)]
    return [
        _by_condition(reading, some) if _in_two(some) else _by_reading(some, reading)
        for reading, some in by_reading.items()
    ]


def _in_two(rows: Rows) -> bool:
    """Whether every condition has two parts, such as "CE, softmax"."""
    return all(", " in (row["condition"] or "") for row, _ in rows)


def _by_reading(rows: Rows, caption: str = "") -> dict[str, Any]:
    """Readings × conditions, the more of them one under the other."""
    cells = {
        ("" if caption else row["reading"] or "", row["condition"] or ""): _cell(row, anchor)
        for row, anchor in rows
    }
    readings, conditions = (len(set(axis)) for axis in zip(*cells, strict=True))
    if readings > conditions:
        return _table(caption, "reading", {pair[::-1]: cell for pair, cell in cells.items()})
    return _table(caption, "condition", cells)


def _by_condition(reading: str, rows: Rows) -> dict[str, Any]:
    """Conditions such as "CE, softmax": what comes before the comma × what comes after it."""
    halves = [(row["condition"].partition(", "), _cell(row, anchor)) for row, anchor in rows]
    return _table(reading, "condition", {(tail, head): cell for (head, _, tail), cell in halves})


def _table(caption: str, corner: str, cells: dict[tuple[str, str], str]) -> dict[str, Any]:
    """Return a truth table.

    A cell is where the counterexample stands; an empty text where the claim holds; None where a
    reading and a condition do not go together.
    """
    columns, heads = (dict.fromkeys(axis) for axis in zip(*cells, strict=True))
    return {
        "caption": limited(caption),
        "corner": corner,
        "columns": [limited(column) or "holds" for column in columns],
        "rows": [(limited(h) or "always", [cells.get((c, h)) for c in columns]) for h in heads],
    }


def _cell(row: Line, anchor: str) -> str:
    return "" if row["holds"] else f"#{anchor}"
