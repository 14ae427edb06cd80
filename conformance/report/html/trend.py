"""One implementation over time as an HTML page: what each run came to, and what changed."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from conformance.record.diff import Change, Comparison, compare
from conformance.record.file import Record
from conformance.record.vocabulary import ClaimVerdict, Partial, Verdict
from conformance.report import totals
from conformance.report.diff import together
from conformance.report.html.anchors import anchors
from conformance.report.html.document import rendered
from conformance.report.html.shares import shares
from conformance.report.html.signs import sign
from conformance.report.safe_text import limited

MOST = 40
"""Kinds of changes that are listed; of the others the number."""


def trend_page(records: Sequence[Record]) -> str:
    """Return the page; it has the runs by the time when they began."""
    runs = sorted(records, key=lambda record: str(record.header["started"]))
    steps = list(pairwise(runs))
    page = {
        "implementation": limited(runs[0].header["implementation"]),
        "verdict": sign(totals.total(runs[-1])[0]),
        "judgement": totals.judgement(runs[-1]),
        "runs": [_run(number, run) for number, run in enumerate(runs, 1)],
        "operations": _operations(runs),
        "steps": [_step(number, *pair) for number, pair in reversed(list(enumerate(steps, 2)))],
    }
    return rendered("trend", page)


def _run(number: int, run: Record) -> dict[str, Any]:
    header = run.header
    return {
        "number": number,
        "started": limited(header["started"].partition("+")[0].replace("T", " ")),
        "settings": f"profile {limited(header['profile'])}, seed {header['seed']}",
        "verdict": sign(totals.total(run)[0], totals.judgement(run)),
        "checks": shares(run.checks, Verdict),
        "claims": shares(run.claims, ClaimVerdict),
    }


def _operations(runs: Sequence[Record]) -> list[dict[str, Any]]:
    """Return the operations with what each run made of them; those that changed come first."""
    every = [{each.name: each for each in totals.operations(run)} for run in runs]
    names = dict.fromkeys(name for operations in every for name in operations)
    at = anchors(names)
    rows = []
    for name in names:
        words = [_words(operations.get(name)) for operations in every]
        changed = [False, *(a != b for a, b in pairwise(words))]
        rows.append(
            {
                "anchor": at[name],
                "name": limited(name),
                "cells": list(zip([sign(*each) for each in words], changed, strict=True)),
                "changed": any(changed),
            }
        )
    return sorted(rows, key=lambda row: not row["changed"])


def _words(operation: totals.Operation | None) -> tuple[Any, str]:
    if operation is None:
        return Partial.NOT_RUN, str(Partial.NOT_RUN)
    return operation.verdict, operation.words


def _step(number: int, before: Record, after: Record) -> dict[str, Any]:
    """Return what changed from a run to the next."""
    comparison = compare(before, after)
    return {
        "number": number,
        "settings": [(limited(n), limited(a), limited(b)) for n, a, b in comparison.settings],
        "parts": [part for part in _parts(comparison) if part["rows"]],
        "alike": comparison.alike,
    }


def _parts(comparison: Comparison) -> list[dict[str, Any]]:
    return [
        _part("worse", "bad", comparison.towards("worse")),
        _part("better", "good", comparison.towards("better")),
        _part("otherwise", "mixed", comparison.towards("other")),
    ]


def _part(title: str, tone: str, changes: Sequence[Change]) -> dict[str, Any]:
    rows = [(limited(", ".join(ids)), words) for words, ids in together(changes).items()]
    return {
        "title": title,
        "tone": tone,
        "rows": rows[:MOST],
        "more": max(len(rows) - MOST, 0),
    }
