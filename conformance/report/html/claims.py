"""The document's claims by section, each with its truth table: readings × conditions."""

from typing import Any

from conformance.record.file import Line, Record
from conformance.record.vocabulary import ClaimVerdict
from conformance.report import claim_facts
from conformance.report.counterexample import brief, replay
from conformance.report.html.anchors import anchors
from conformance.report.html.formulas import formula
from conformance.report.html.signs import sign
from conformance.report.language import language_name, say, say_all
from conformance.report.safe_text import limited

_FEW = 8  # conditions that still stand one under the other
_HOLES = 0.4  # of a table's cells, that do not go together
Rows = list[tuple[Line, str]]


def sections(record: Record) -> list[dict[str, Any]]:
    """Return the claims of a record by section."""
    names = anchors(str(claim["id"]) for claim in record.claims)
    return [
        {
            **_heading(record, section),
            "claims": [
                _claim(record, claim, names[claim["id"]])
                for claim in claims
                if claim_facts.is_testable(claim)
            ],
            "untested": [
                (names[claim["id"]], limited(say(_statement(claim))), limited(say(_why(claim))))
                for claim in claims
                if not claim_facts.is_testable(claim)
            ],
        }
        for section, claims in claim_facts.sections(record)
    ]


def _heading(record: Record, section: str) -> dict[str, str]:
    """Return a section's heading in the language that is spoken, and in the document's."""
    heading, original = claim_facts.heading(record, section)
    document = record.header.get("document") or {"language": ""}
    language = document["language"]
    return {"title": limited(heading), "original": limited(original), "language": language}


def document(record: Record) -> dict[str, str]:
    """Return title, author and language of the document; nothing where the record has none."""
    known = record.header.get("document")
    if known is None:
        return {}
    return {
        "title": limited(known["title"]),
        "english": limited(known["english"]),
        "author": limited(known["author"]),
        "code": limited(known["language"]),
        "language": language_name(known["language"]),
        "legend": limited(say(known["legend"])),
    }


def _statement(claim: Line) -> str:
    return claim.get("statement") or ""


def _why(claim: Line) -> str:
    return claim.get("message") or ""


def _claim(record: Record, claim: Line, anchor: str) -> dict[str, Any]:
    rows = [(row, f"{anchor}/not-{number}") for number, row in enumerate(claim["readings"], 1)]
    verdict = ClaimVerdict(claim["verdict"])
    is_refuted = bool(claim_facts.counterexamples(claim))
    is_limited = verdict == ClaimVerdict.HOLDS_WHEN
    return {
        "anchor": anchor,
        "id": limited(claim["id"]),
        "name": limited(claim["name"]),
        "statement": limited(say(_statement(claim))),
        "formula": formula(claim.get("latex"), say(claim.get("formula") or "")),
        "sign": sign(verdict, say(verdict)),
        "cases": claim_facts.cases(claim),
        "when": limited(claim_facts.in_full(claim)) if is_limited else "",
        "readings": list(map(limited, claim_facts.other_readings(claim))),
        "remark": "" if is_refuted else limited(say(_why(claim))),
        "source": limited(say(claim.get("source") or "")),
        "tables": _tables(rows),
        "counterexamples": [_counterexample(row, at) for row, at in rows if not row["holds"]],
        "replay": replay(claim, record) if is_refuted else "",
    }


def _counterexample(row: Line, anchor: str) -> dict[str, str]:
    """Return where a claim does not hold: under what, for what, and why."""
    example = row["counterexample"]
    parts = [say_all(part) for part in (row["reading"], row["condition"]) if part]
    return {
        "anchor": anchor,
        "where": limited(say(", ").join(parts)),
        "example": limited(brief(example)) if example else "",
        "message": limited(say(example["message"] or "")) if example else "",
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
        "caption": limited(say_all(caption)),
        "corner": say(corner),
        "columns": [limited(say_all(column or "holds")) for column in columns],
        "rows": [
            (limited(say_all(h or "always")), [cells.get((c, h)) for c in columns]) for h in heads
        ],
    }


def _cell(row: Line, anchor: str) -> str:
    return "" if row["holds"] else f"#{anchor}"
