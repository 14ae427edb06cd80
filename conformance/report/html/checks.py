"""Every check by operation: what it came to in each dtype, and where its failure is told."""

from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any

from conformance.record.file import Line, Record
from conformance.record.vocabulary import Kind, Verdict
from conformance.report import totals
from conformance.report.failures import stem
from conformance.report.html.anchors import anchors
from conformance.report.html.signs import sign
from conformance.report.safe_text import limited

_LONGEST = 160
Addresses = Mapping[str, str]


def addresses(record: Record) -> Addresses:
    """Return the anchor of each operation, of each of its kinds, and of each check.

    They are called conv2d, conv2d/gradient and conv2d/gradient/weight.
    """
    names = [
        name
        for operation in totals.operations(record)
        for name in (operation.name, *_kinds(operation), *map(stem, operation.checks))
    ]
    return anchors(names)


def kind_of(check: Line) -> str:
    """Return the name of a check's kind: conv2d/gradient."""
    return f"{check['operation']}/{check['check']}"


def every_check(record: Record, at: Addresses, stories: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the operations with their checks; `stories` has the anchor of each failing check."""
    return [
        {
            "anchor": at[operation.name],
            "name": limited(operation.name),
            "sign": sign(operation.verdict, operation.words),
            "whole": len(operation.checks),
            "kinds": [
                {
                    "anchor": at[f"{operation.name}/{kind}"],
                    "kind": kind,
                    "rows": _rows(at, list(checks), stories, f"{operation.name}/{kind}"),
                }
                for kind, checks in groupby(_in_order(operation), key=lambda c: c["check"])
            ],
        }
        for operation in totals.operations(record)
    ]


def _kinds(operation: totals.Operation) -> Iterable[str]:
    return dict.fromkeys(map(kind_of, operation.checks))


def _in_order(operation: totals.Operation) -> list[Line]:
    def key(check: Line) -> tuple[int, str, int, str]:
        # A check's address is that of its worst row.
        rank = Verdict(check["verdict"]).rank
        return list(Kind).index(check["check"]), stem(check), -rank, check["verdict"]

    return sorted(operation.checks, key=key)


def _rows(
    at: Addresses, checks: list[Line], stories: Mapping[str, str], kind: str
) -> list[dict[str, Any]]:
    """Return a row for each check, its dtypes together where they came to the same."""
    rows = []
    addressed = {kind}
    for (name, verdict), group in groupby(checks, key=lambda c: (stem(c), c["verdict"])):
        lines = list(group)
        rows.append(
            {
                # The kind's own anchor stands for a check that is alone in it.
                "anchor": "" if name in addressed else at[name],
                "name": limited(name.removeprefix(f"{lines[0]['operation']}/")),
                "verdict": sign(Verdict(verdict)),
                "dtypes": ", ".join(limited(line["dtype"] or "") for line in lines),
                "figures": totals.figures(lines),
                "words": _words(lines[0]),
                "story": next((stories[c["id"]] for c in lines if c["id"] in stories), ""),
            }
        )
        addressed.add(name)
    return rows


def _words(check: Line) -> str:
    """Return what there is to say of a check that does not fail."""
    if Verdict(check["verdict"]).failed:
        return ""
    words = check.get("convention") or check.get("message") or ""
    if not words and check.get("coverage"):
        words = totals.coverage_words(check)
    return limited(words, _LONGEST)
