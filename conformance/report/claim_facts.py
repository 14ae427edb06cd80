"""What the claims of a record come to: sections, when a claim holds, what else to say of it."""

import re
from itertools import groupby

from conformance.record.file import Line, Record
from conformance.record.vocabulary import ClaimVerdict
from conformance.report.counterexample import brief
from conformance.report.numbers import counted


def sections(record: Record) -> tuple[tuple[str, tuple[Line, ...]], ...]:
    """Return the claims by section, sections in the order of their numbers."""
    ordered = sorted(record.claims, key=lambda line: (_natural(line["section"]), line["id"]))
    grouped = groupby(ordered, key=lambda line: str(line["section"]))
    return tuple((section, tuple(lines)) for section, lines in grouped)


def section_title(section: str) -> str:
    """Return a section as a heading: a bare number says that it is one."""
    return f"Section {section}" if section.replace(".", "").isdigit() else section


def _natural(text: str) -> list[tuple[int, str]]:
    parts: list[str] = re.findall(r"\d+|\D+", text)
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts]


def conditions(claim: Line) -> tuple[str, ...]:
    """Return when a claim holds: a line for each reading under which it ever does."""
    table: dict[str, list[Line]] = {}
    for row in claim["readings"]:
        table.setdefault(row["reading"] or "", []).append(row)
    if len(table) == 1:
        return _only(*table.popitem())
    lines = []
    for reading, rows in table.items():
        held = _condensed(rows, holds=True)
        if all(row["holds"] for row in rows):
            lines.append(reading or "always")
        elif held:
            lines.append(f"{reading}: {'; '.join(held)}")
    return tuple(lines)


def notes(claim: Line, most: int | None = None) -> list[str]:
    """Return what to say of a claim: when it holds, a case in which it does not, its message.

    Args:
        claim: the claim's line.
        most: say no more than so many conditions.
    """
    words, wrong = [], counterexamples(claim)
    if claim["verdict"] == ClaimVerdict.HOLDS_WHEN and claim["readings"]:
        words = [f"when {condition}" for condition in conditions(claim)[:most]]
    if claim["verdict"] == ClaimVerdict.DOES_NOT_HOLD and wrong:
        words = [f"not for {brief(wrong[0])}"]
    return [*words, claim["message"]] if claim.get("message") else words


def counterexamples(claim: Line) -> list[Line]:
    """Return the counterexamples of a claim, in the order of its truth table."""
    return [row["counterexample"] for row in claim["readings"] if row["counterexample"]]


def cases(claim: Line) -> str:
    """Return in how many cases a claim was tried; empty where in none."""
    count = sum(row["cases"] for row in claim["readings"])
    return counted(count) if count else ""


def _only(reading: str, rows: list[Line]) -> tuple[str, ...]:
    """Return when the only reading holds: what it takes or excludes, whichever is shorter."""
    held, broken = _condensed(rows, holds=True), _condensed(rows, holds=False)
    words = "; ".join(held) if len(held) <= len(broken) else "not " + "; ".join(broken)
    return (f"{reading}: {words}" if reading else words,)


def _condensed(rows: list[Line], *, holds: bool) -> list[str]:
    """Return the conditions of rows; "A, any" stands for all conditions that begin with A."""
    by_head: dict[str, list[Line]] = {}
    for row in rows:
        by_head.setdefault((row["condition"] or "").partition(", ")[0], []).append(row)
    words: list[str] = []
    for head, group in by_head.items():
        meant = [row["condition"] or "" for row in group if row["holds"] == holds]
        words += [f"{head}, any"] if len(meant) == len(group) > 1 else meant
    return words
