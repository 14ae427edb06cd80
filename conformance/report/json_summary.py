"""A record in brief for programs: a summary, and the badge that shields.io's endpoint badge reads.

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
from conformance.report.diagnosis import diagnosis_of
from conformance.report.safe_text import limited


def summary_json(record: Record) -> str:
    """Return the run's settings and counts, each operation's verdict, and what fails, as JSON."""
    verdict, words = totals.total(record)
    header, footer = record.header, record.footer
    shown = ("implementation", "profile", "seed", "versions", "cpu", "started")
    data = {
        "format": 1,
        "verdict": verdict,
        "words": words,
        "header": {name: _plain(header[name]) for name in shown},
        "message": limited(header.get("message") or "") or None,
        "counts": {name: footer[name] for name in ("checks", "claims", "not_selected")},
        "complete": footer["complete"],
        "seconds": footer["seconds"],
        "operations": list(map(_operation, totals.operations(record))),
        "claims": {limited(claim["id"]): claim["verdict"] for claim in record.claims},
        "failing": [_failing(check) for check in record.checks if check["verdict"] in FAILED],
    }
    return json.dumps(data, indent=1, allow_nan=False) + "\n"


def badge(record: Record) -> str:
    """Return the badge: how many operations fail; where none does, the run's own verdict."""
    verdicts = [operation.verdict for operation in totals.operations(record)]
    failing = sum(verdict.failed for verdict in verdicts)
    words, color = totals.judgement(record), "red"
    if failing:
        words = f"{failing} of {len(verdicts)} operations {'fails' if failing == 1 else 'fail'}"
    elif not record.checks or words == "nothing judged":
        color = "lightgrey"
    else:
        # Bright green is for what conforms without a limit.
        color = "brightgreen" if words == "conforms" else "yellowgreen"
    data = {"schemaVersion": 1, "label": "conformance", "message": words, "color": color}
    return json.dumps(data) + "\n"


def _plain(value: Any) -> Any:
    """Return the value with every text in it made safe."""
    if isinstance(value, dict):
        return {limited(name): _plain(inner) for name, inner in value.items()}
    return limited(value) if isinstance(value, str) else value


def _operation(operation: totals.Operation) -> dict[str, Any]:
    worst = operation.worst
    return {
        "name": limited(operation.name),
        "family": limited(operation.family),
        "verdict": operation.verdict,
        "words": operation.words,
        "cases": operation.cases,
        "worst_ratio": worst if worst is None or math.isfinite(worst) else str(worst),
        "checks": dict(Counter(check["verdict"] for check in operation.checks)),
    }


def _failing(check: Line) -> dict[str, Any]:
    diagnosis = diagnosis_of(check)
    return {
        "id": limited(check["id"]),
        "verdict": check["verdict"],
        "message": limited(message(check)),
        "mistakes": list(map(_plain, diagnosis["mistakes"])),
        "findings": list(map(limited, diagnosis["findings"])),
    }
