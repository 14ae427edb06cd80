"""Frameworks side by side as plain data: what each cell comes to, without its cases.

The tables and the page of the documentation are made of it, so that no record needs to be kept.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from conformance.report.frameworks import ABSENT, TONES, WITHIN, Cell, Framework

# What a framework, or one operation of it, comes to.
Plain = Mapping[str, Any]
_WORDS = ("core", "special", "edge", "traces", "validation", "coverage")


def digest(frameworks: Sequence[Framework]) -> list[Plain]:
    """Return what each framework that was judged comes to, in plain data."""
    return [_plain(each) for each in frameworks if each.record is not None]


def _plain(framework: Framework) -> Plain:
    record = framework.record
    assert record is not None
    cells = framework.cells
    return {
        "name": framework.name,
        "version": framework.version,
        "profile": record.header["profile"],
        "seed": record.header["seed"],
        "cases": sum(cell.cases for cell in cells.values()),
        "accuracy": dict(framework.accuracy),
        "operations": {name: _cell(cell) for name, cell in cells.items() if cell.core != ABSENT},
    }


def _cell(cell: Cell) -> Plain:
    words = {name: getattr(cell, name) for name in _WORDS}
    return {
        "family": cell.family,
        "cases": cell.cases,
        **{name: text for name, text in words.items() if text},
        "conventions": list(cell.conventions),
    }


def count(framework: Plain, *words: str) -> int:
    """Return how many operations of a framework come to one of these words."""
    return sum(cell["core"] in words for cell in framework["operations"].values())


def coarser(framework: Plain) -> int:
    """Return how many operations are right with coarser elementary functions."""
    cells = framework["operations"].values()
    return sum(cell["core"] != WITHIN and cell["core"] not in TONES for cell in cells)
