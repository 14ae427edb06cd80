"""Operations × checks: for each operation, by family, what each kind of check came to."""

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from conformance.record.file import Line, Record
from conformance.record.vocabulary import WORST_FIRST, Kind, Partial, Verdict, Word
from conformance.report import totals
from conformance.report.html.checks import Addresses
from conformance.report.html.formulas import formula
from conformance.report.html.signs import sign
from conformance.report.safe_text import limited

_TOLD = {Verdict.CONVENTION, Verdict.EXPECTED, Verdict.NOT_PROVIDED, Verdict.NOT_JUDGED}


def matrix(record: Record, at: Addresses, stories: Mapping[str, str]) -> dict[str, Any]:
    """Return the kinds of checks, and the operations of a record by family.

    `at` has the anchor of each operation and kind, `stories` that of each failing check.
    """
    missing = Counter((line["operation"], line["check"]) for line in record.not_selected)
    grouped = groupby(totals.operations(record), key=lambda operation: operation.family)
    families = tuple(
        (limited(family or "other"), tuple(_row(each, missing, at, stories) for each in group))
        for family, group in grouped
    )
    return {"kinds": tuple(Kind), "families": families}


def _row(
    operation: totals.Operation,
    missing: Counter[tuple[str, str]],
    at: Addresses,
    stories: Mapping[str, str],
) -> dict[str, Any]:
    by_kind: dict[str, list[Line]] = defaultdict(list)
    for check in operation.checks:
        by_kind[check["check"]].append(check)
    latex = next((check["latex"] for check in operation.checks if check.get("latex")), None)
    return {
        "name": limited(operation.name),
        "anchor": at[operation.name],
        "rank": _rank(operation.verdict),
        "formula": formula(latex, operation.formula),
        "sign": sign(operation.verdict, operation.words),
        "cells": [
            _cell(by_kind[kind], missing[operation.name, kind], stories)
            | {"kind": at.get(f"{operation.name}/{kind}", "")}
            for kind in Kind
        ],
        "figures": list(zip(operation.figures, _numbers(operation), strict=True)),
    }


def _rank(word: Word) -> int:
    """Return how far up the list a word stands where the worst comes first."""
    return len(WORST_FIRST) - WORST_FIRST.index(word)


def _numbers(operation: totals.Operation) -> tuple[str, ...]:
    """Return the figures as a script compares them; what is no number is worse than any."""
    every = (operation.cases or None, operation.worst, operation.torch_worst)
    return tuple("" if n is None else repr(n) if math.isfinite(n) else "Infinity" for n in every)


def _cell(checks: Sequence[Line], missing: int, stories: Mapping[str, str]) -> dict[str, Any]:
    """Return what checks of one kind came to, where the page tells of it, and of how many.

    A kind that the operation does not owe has no sign.
    """
    tally = Counter(check["verdict"] for check in checks)
    worst = next((word for word in WORST_FIRST if tally[word]), None)
    if worst is None:
        not_run = sign(Partial.NOT_RUN) if missing else None
        return {"sign": not_run, "target": "#not-run", "part": "", "rank": "", "told": False}
    whole = len(checks) + missing
    some = tally[worst] != whole
    words = f"{worst} {tally[worst]} of {whole}" if some else worst
    anchors = (stories.get(check["id"]) for check in checks if check["verdict"] == worst)
    anchor = next((anchor for anchor in anchors if anchor), "")
    failed = f"#{anchor}" if anchor else "#failures"
    target = failed if worst.failed else ""
    part = f"{tally[worst]}/{whole}" if some else ""
    return {
        "sign": sign(worst, words),
        "target": target,
        "part": part,
        "rank": _rank(worst),
        "told": worst in _TOLD,
    }
