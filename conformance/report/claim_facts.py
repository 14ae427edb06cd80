"""What the claims of a record come to: sections, when a claim holds, what else to say of it."""

import re
from itertools import groupby
from typing import Any

from conformance.record.file import Line, Record
from conformance.record.vocabulary import ClaimVerdict
from conformance.report.language import say, say_all
from conformance.report.numbers import counted

_FEW = 3  # conditions that are listed although there are fewer exceptions


def sections(record: Record) -> tuple[tuple[str, tuple[Line, ...]], ...]:
    """Return the claims by section, sections by number, claims in the document's order."""
    known = (record.header.get("document") or {"claims": ()})["claims"]
    order = {name: position for position, name in enumerate(known)}

    def rank(line: Line) -> tuple[Any, ...]:
        return _natural(line["section"]), order.get(line["id"], len(order)), line["id"]

    ordered = sorted(record.claims, key=rank)
    grouped = groupby(ordered, key=lambda line: str(line["section"]))
    return tuple((section, tuple(lines)) for section, lines in grouped)


def section_title(section: str) -> str:
    """Return a section as a heading: a bare number says that it is one."""
    return f"Section {section}" if section.replace(".", "").isdigit() else section


def _natural(text: str) -> list[tuple[int, str]]:
    parts: list[str] = re.findall(r"\d+|\D+", text)
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts]


def is_testable(claim: Line) -> bool:
    """Return whether a claim can be run at all."""
    return str(claim["verdict"]) != ClaimVerdict.NOT_TESTABLE


def heading(record: Record, section: str) -> tuple[str, str]:
    """Return a section's heading, and that of the document where it has other words."""
    number = section.partition(" ")[0]
    document = record.header.get("document") or {"headings": []}
    titles = {line["number"]: line["title"] for line in document["headings"]}
    words, original = say(section_title(section)), titles.get(number, "")
    return words, original if original not in words else ""


def conditions(claim: Line) -> str:
    """Return under what a claim holds in the document's own reading, or what is excepted."""
    rows = [row for row in claim["readings"] if row["reading"] == own_reading(claim)]
    return _when(rows)


def own_reading(claim: Line) -> str | None:
    """Return the reading in which the document means a claim: the first."""
    return claim["readings"][0]["reading"] if claim["readings"] else None


def other_readings(claim: Line) -> tuple[str, ...]:
    """Return for each other reading whether the claim holds in it, and when."""
    table: dict[str, list[Line]] = {}
    for row in claim["readings"]:
        if row["reading"] != own_reading(claim):
            table.setdefault(row["reading"] or "", []).append(row)
    pattern = say("{reading}: {verdict}")
    return tuple(
        pattern.format(reading=say_all(reading), verdict=_summed(rows))
        for reading, rows in table.items()
    )


def in_full(claim: Line) -> str:
    """Return a verdict with its condition: holds only when L = BCE."""
    verdict = claim["verdict"]
    if verdict != ClaimVerdict.HOLDS_WHEN or not claim["readings"]:
        return say(verdict)
    return say("holds {conditions}").format(conditions=conditions(claim))


def _summed(rows: list[Line]) -> str:
    """Return the verdict of rows with its conditions."""
    held = [row["holds"] for row in rows]
    if all(held) or not any(held):
        return say(ClaimVerdict.HOLDS if all(held) else ClaimVerdict.DOES_NOT_HOLD)
    return say("holds {conditions}").format(conditions=_when(rows))


def _when(rows: list[Line]) -> str:
    """Return "only when …", or "except when …" where that is much shorter."""
    held, broken = _condensed(rows, holds=True), _condensed(rows, holds=False)
    if len(held) <= max(len(broken), _FEW):
        return say("only when {conditions}").format(conditions=say("; or ").join(held))
    return say("except when {conditions}").format(conditions=say("; or ").join(broken))


def notes(claim: Line, most: int | None = None) -> list[str]:
    """Return what to say of a claim: when it holds or why not, then its other readings.

    Args:
        claim: the claim's line.
        most: say no more than so many other readings.
    """
    words = []
    if claim["verdict"] == ClaimVerdict.HOLDS_WHEN and claim["readings"]:
        words = [conditions(claim)]
    elif claim.get("message") and claim["verdict"] != ClaimVerdict.HOLDS:
        words = [say(claim["message"])]
    return [*words, *other_readings(claim)[:most]]


def counterexamples(claim: Line) -> list[Line]:
    """Return the counterexamples of a claim, in the order of its truth table."""
    return [row["counterexample"] for row in claim["readings"] if row["counterexample"]]


def cases(claim: Line) -> str:
    """Return in how many cases a claim was tried; empty where in none."""
    count = sum(row["cases"] for row in claim["readings"])
    return counted(count) if count else ""


def _condensed(rows: list[Line], *, holds: bool) -> list[str]:
    """Return the conditions of rows; "A" stands for all conditions that begin with "A, "."""
    by_head: dict[str, list[Line]] = {}
    for row in rows:
        by_head.setdefault((row["condition"] or "").partition(", ")[0], []).append(row)
    words: list[str] = []
    for head, group in by_head.items():
        meant = [row["condition"] or "" for row in group if row["holds"] == holds]
        words += [head] if len(meant) == len(group) > 1 else meant
    return [say_all(condition) for condition in words]
