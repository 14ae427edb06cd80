"""A record as a badge: the JSON that shields.io's endpoint badge reads."""

import json

from conformance.record.file import Record
from conformance.report import totals


def badge(record: Record) -> str:
    """How many operations fail; where none does, what the run says for itself."""
    found = totals.operations(record)
    bad = sum(one.verdict.failed for one in found)
    words = totals.total(record)[1].partition(":")[0]
    if bad:
        words = f"{bad} of {len(found)} operations {'fails' if bad == 1 else 'fail'}"
    data = {
        "schemaVersion": 1,
        "label": "conformance",
        "message": words,
        "color": "red" if bad else _color(words),
    }
    return json.dumps(data) + "\n"


def _color(words: str) -> str:
    """Bright green is for what conforms without a limit."""
    if words == "nothing judged":
        return "lightgrey"
    return "brightgreen" if words == "conforms" else "yellowgreen"
