"""A record as a badge: the JSON that shields.io's endpoint badge reads."""

import json

from conformance.record.file import Record
from conformance.report import totals


def badge(record: Record) -> str:
    """Return the badge: how many operations fail; where none does, the run's own verdict."""
    verdicts = [operation.verdict for operation in totals.operations(record)]
    failing = sum(verdict.failed for verdict in verdicts)
    words, color = totals.judgement(record), "red"
    if failing:
        words = f"{failing} of {len(verdicts)} operations {'fails' if failing == 1 else 'fail'}"
    else:
        # Bright green is for what conforms without a limit.
        color = {"nothing judged": "lightgrey", "conforms": "brightgreen"}.get(words, "yellowgreen")
    data = {"schemaVersion": 1, "label": "conformance", "message": words, "color": color}
    return json.dumps(data) + "\n"
