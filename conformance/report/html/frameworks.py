"""Frameworks side by side as one HTML page: sorted, filtered, each cell with an address."""

import re
from collections.abc import Mapping, Sequence
from itertools import groupby
from types import MappingProxyType
from typing import Any

from conformance.record.vocabulary import Verdict
from conformance.report.counterexample import brief, replay
from conformance.report.diagnosis import labelled
from conformance.report.frameworks import Cell, Framework, rows, words_of
from conformance.report.html.document import rendered
from conformance.report.safe_text import limited

_MARKS = {"good": "✓", "mixed": "≈", "bad": "✗", "absent": "○"}
_LONGEST = 400


def frameworks_page(
    frameworks: Sequence[Framework],
    scripts: Mapping[tuple[str, str], str] = MappingProxyType({}),
    history: Mapping[str, Sequence[Mapping[str, Any]]] = MappingProxyType({}),
    noun: str = "frameworks",
) -> str:
    """Return the page.

    Args:
        frameworks: the columns.
        scripts: by framework and id of a check, the address of a script that shows its failure.
        history: by framework, what earlier runs came to, the oldest first.
        noun: what the columns are called.
    """
    judged = [each for each in frameworks if each.cells]
    families = [
        (limited(family or "other"), [operation for _, operation in group])
        for family, group in groupby(rows(judged), key=lambda row: row[0])
    ]
    page = {
        "noun": noun,
        "frameworks": [_column(each) for each in judged],
        "absent": [(each.name, limited(each.trouble)) for each in frameworks if not each.cells],
        "families": [
            (family, [_row(name, judged) for name in operations]) for family, operations in families
        ],
        "details": [_details(each, scripts, history.get(each.name, ())) for each in judged],
    }
    return rendered("frameworks", page)


def anchor(framework: str, operation: str) -> str:
    """Return the address of a cell within the page."""
    return re.sub(r"[^\w-]", "-", f"{framework}-{operation}")


def _column(framework: Framework) -> dict[str, Any]:
    return {
        "name": framework.name,
        "version": limited(framework.version),
        "offered": framework.offered,
    }


def _row(operation: str, frameworks: Sequence[Framework]) -> dict[str, Any]:
    cells = [(each, each.cells.get(operation)) for each in frameworks]
    return {"name": limited(operation), "cells": [_cell(each, cell) for each, cell in cells]}


def _cell(framework: Framework, cell: Cell | None) -> dict[str, Any] | None:
    if cell is None or cell.core == "not offered":
        return None
    others = [cell.special, cell.edge, cell.traces]
    return {
        "mark": _MARKS[cell.tone],
        "tone": cell.tone,
        "words": cell.core,
        "also": sum(word in {"wrong", "crashes"} for word in others),
        "target": anchor(framework.name, cell.operation),
        "framework": framework.name,
    }


def _details(
    framework: Framework,
    scripts: Mapping[tuple[str, str], str],
    history: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    offered = [cell for cell in framework.cells.values() if cell.core != "not offered"]
    return {
        "name": framework.name,
        "version": limited(framework.version),
        "accuracy": limited(framework.ulps),
        "operations": [_detail(framework, cell, scripts) for cell in offered],
        "history": [
            {"date": each["date"][:10], "version": each["version"], "counts": each["counts"]}
            for each in history
        ],
    }


def _detail(
    framework: Framework, cell: Cell, scripts: Mapping[tuple[str, str], str]
) -> dict[str, Any]:
    columns = (
        ("core numerics", cell.core),
        ("not offered", cell.coverage or "everything is offered"),
        ("conventions", "; ".join(cell.conventions) or "torch's"),
        ("special values", cell.special),
        ("empty and single axes", cell.edge),
        ("dtypes and traces", cell.traces),
        ("validation", cell.validation),
    )
    return {
        "anchor": anchor(framework.name, cell.operation),
        "name": limited(cell.operation),
        "mark": _MARKS[cell.tone],
        "tone": cell.tone,
        "cases": f"{cell.cases:,}",
        "columns": [(label, limited(words, _LONGEST)) for label, words in columns if words],
        "stories": [_story(framework, story, scripts) for story in cell.stories],
    }


def _story(
    framework: Framework, story: Any, scripts: Mapping[tuple[str, str], str]
) -> dict[str, Any]:
    names = [str(check["id"]) for check in story.checks]
    keys = [(framework.name, name) for name in names]
    script = next((scripts[key] for key in keys if key in scripts), "")
    more = f" and {len(names) - 6} more" if len(names) > 6 else ""
    first, record = story.first, framework.record
    example = first["counterexample"]
    again = replay(first, record) if example and record and not script else ""
    return {
        "checks": limited(", ".join(names[:6]) + more),
        "verdict": Verdict(story.first["verdict"]),
        "message": limited(words_of(story), _LONGEST),
        "findings": [limited(words, _LONGEST) for _, words in labelled(story.diagnosis)],
        "case": limited(brief(example, first["dtype"] or ""), _LONGEST) if example else "",
        "script": script,
        "again": again,
    }
