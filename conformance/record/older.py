"""What records of older versions lack or say in words: completed where a record is read.

Nothing else takes an id or a message apart.
"""

import re
from typing import Any

from conformance.record.vocabulary import ClaimVerdict, Kind, Verdict

_RENAMED = {"holds when": str(ClaimVerdict.HOLDS_WHEN)}
_STALE = "it conforms, and was expected to fail"


def completed(line: dict[str, Any]) -> dict[str, Any]:
    """Return a line with the fields that lines of its type have today.

    A line that breaks the rules stays as it is; who reads it says what is wrong.
    """
    kind, name = line.get("type"), line.get("id")
    if kind == "footer":
        return _footer(line)
    if not isinstance(kind, str) or not isinstance(name, str) or kind not in _COMPLETE:
        return line
    return _COMPLETE[kind](line)


def counterexample(data: Any) -> Any:
    """Return a counterexample whose output is a list of positions: "[0][1]" becomes [0, 1]."""
    if isinstance(data, dict) and isinstance(data.get("output"), str):
        return {**data, "output": [int(step) for step in re.findall(r"\d+", data["output"])]}
    return data


def _footer(line: dict[str, Any]) -> dict[str, Any]:
    """Return a footer that counts the verdicts of today: none had one before there was one."""
    checks, claims = line.get("checks"), line.get("claims")
    if isinstance(checks, dict):
        known = str(Verdict.NOT_JUDGED)
        line = {**line, "checks": {**checks, known: checks.get(known, 0)}}
    if isinstance(claims, dict):
        renamed = {_RENAMED.get(word, word): count for word, count in claims.items()}
        known = str(ClaimVerdict.NOT_TESTABLE)
        line = {**line, "claims": {**renamed, known: renamed.get(known, 0)}}
    return line


def _check(line: dict[str, Any]) -> dict[str, Any]:
    names = [name for name in ("counterexample", "torch_defect") if name in line]
    line = {**line, **{name: counterexample(line[name]) for name in names}}
    if "stale" not in line:
        is_stale = str(line.get("message")).startswith(_STALE)
        line["stale"] = True if is_stale and line.get("counterexample") is None else None
    return line


def _claim(line: dict[str, Any]) -> dict[str, Any]:
    rows, verdict = line.get("readings"), line.get("verdict")
    if isinstance(verdict, str):
        line = {**line, "verdict": _RENAMED.get(verdict, verdict)}
    line = {**line, "readings": list(map(_reading, rows))} if isinstance(rows, list) else line
    return line if line.get("name") else {**line, "name": _claim_name(line["id"])}


def _reading(row: Any) -> Any:
    if not isinstance(row, dict) or "counterexample" not in row:
        return row
    return {**row, "counterexample": counterexample(row["counterexample"])}


def _not_selected(line: dict[str, Any]) -> dict[str, Any]:
    is_named = line.get("operation") or line.get("section")
    return line if is_named else {**line, **named(line["id"])}


_COMPLETE = {"check": _check, "claim": _claim, "not selected": _not_selected}


def named(name: str) -> dict[str, Any]:
    """Return what the id of a check or a claim says: 3.2/output-delta, relu/gradient/x[float32].

    A claim's id begins with the number of its section.
    """
    subject, _, rest = name.partition("/")
    if subject.replace(".", "").isdecimal():
        return {"section": subject, "name": _claim_name(name)}
    stem, _, dtype = rest.partition("[")
    kind, _, argument = stem.partition("/")
    return {
        "operation": subject,
        "check": kind if kind in tuple(Kind) else None,
        "argument": argument or None,
        "dtype": dtype.removesuffix("]") or None,
    }


def _claim_name(name: str) -> str:
    return name.partition("/")[2] or name
