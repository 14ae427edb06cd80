"""Operations × checks: for each operation, by family, what each kind of check came to."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from conformance.record.file import Line, Record
from conformance.record.vocabulary import WORST_FIRST, Kind, Partial, Verdict
from conformance.report import totals
from conformance.report.html.formulas import formula
from conformance.report.html.signs import sign
from conformance.report.safe_text import limited

_REMARKS = {
    Verdict.CONVENTION: "#conventions",
    Verdict.EXPECTED: "#expected",
    Verdict.NOT_PROVIDED: "#not-provided",
}


def matrix(record: Record, stories: Mapping[str, str]) -> dict[str, Any]:
    """Return the kinds of checks, and the operations of a record by family.

    `stories` has the anchor of each failing check.
    """
    missing = Counter((line["operation"], line["check"]) for line in record.not_selected)
    grouped = groupby(totals.operations(record), key=lambda operation: operation.family)
    families = tuple(
        (limited(family or "other"), tuple(_row(each, missing, stories) for each in group))
        for family, group in grouped
    )
    return {"kinds": tuple(Kind), "families": families}


def _row(
    operation: totals.Operation, missing: Counter[tuple[str, str]], stories: Mapping[str, str]
) -> dict[str, Any]:
    by_kind: dict[str, list[Line]] = defaultdict(list)
    for check in operation.checks:
        by_kind[check["check"]].append(check)
    latex = next((check["latex"] for check in operation.checks if check.get("latex")), None)
    return {
        "name": limited(operation.name),
        "formula": formula(latex, operation.formula),
        "sign": sign(operation.verdict, operation.words),
        "cells": [_cell(by_kind[kind], missing[operation.name, kind], stories) for kind in Kind],
        "figures": operation.figures,
    }


def _cell(
    checks: Sequence[Line], missing: int, stories: Mapping[str, str]
) -> dict[str, Any] | None:
    """Return what checks of one kind came to, where the page tells of it, and of how many.

    None stands for a kind that the operation does not owe.
    """
    tally = Counter(check["verdict"] for check in checks)
    worst = next((word for word in WORST_FIRST if tally[word]), None)
    if worst is None:
        not_run = {"sign": sign(Partial.NOT_RUN), "target": "#not-run", "part": ""}
        return not_run if missing else None
    whole = len(checks) + missing
    some = tally[worst] != whole
    words = f"{worst} {tally[worst]} of {whole}" if some else worst
    anchors = (stories.get(check["id"]) for check in checks if check["verdict"] == worst)
    anchor = next((anchor for anchor in anchors if anchor), "")
    failed = f"#{anchor}" if anchor else "#failures"
    target = failed if worst.failed else _REMARKS.get(worst, "")
    part = f"{tally[worst]}/{whole}" if some else ""
    return {"sign": sign(worst, words), "target": target, "part": part}
