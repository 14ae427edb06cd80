"""A record in brief for programs.

Nothing that comes from the implementation leaves here with a character that is not shown as it
is: control characters and marks of the reading direction are escapes, so that a file needs no
more than its own quoting.
"""

import json
import math
from collections import Counter
from typing import Any

from conformance.record.facts import message
from conformance.record.file import Line, Record
from conformance.record.vocabulary import FAILED
from conformance.report import totals
from conformance.report.safe_text import limited


def summary_json(record: Record) -> str:
    """The run's settings and counts, each operation's verdict, and what fails, as JSON."""
    verdict, words = totals.total(record)
    header, footer = record.header, record.footer
    told = ("implementation", "profile", "seed", "versions", "cpu", "started")
    data = {
        "format": 1,
        "verdict": verdict,
        "words": words,
        "header": {name: _plain(header[name]) for name in told},
        "message": limited(header.get("message") or "") or None,
        "counts": {name: footer[name] for name in ("checks", "claims", "not_selected")},
        "complete": footer["complete"],
        "seconds": footer["seconds"],
        "operations": [_operation(one) for one in totals.operations(record)],
        "claims": {limited(claim["id"]): claim["verdict"] for claim in record.claims},
        "failing": [_failing(check) for check in record.checks if check["verdict"] in FAILED],
    }
    return json.dumps(data, indent=1, allow_nan=False) + "\n"


def _plain(value: Any) -> Any:
    """Return the value with every text in it made safe."""
    if isinstance(value, dict):
        return {limited(name): _plain(inner) for name, inner in value.items()}
    return limited(value) if isinstance(value, str) else value


def _operation(one: totals.Operation) -> dict[str, Any]:
    worst = one.worst
    return {
        "name": limited(one.name),
        "family": limited(one.family),
        "verdict": one.verdict,
        "words": one.words,
        "cases": one.cases,
        "worst_ratio": worst if worst is None or math.isfinite(worst) else str(worst),
        "checks": dict(Counter(check["verdict"] for check in one.checks)),
    }


def _failing(check: Line) -> dict[str, Any]:
    found = check.get("diagnosis") or {"mistakes": [], "findings": []}
    return {
        "id": limited(check["id"]),
        "verdict": check["verdict"],
        "message": limited(message(check)),
        "mistakes": [_plain(one) for one in found["mistakes"]],
        "findings": [limited(words) for words in found["findings"]],
    }
