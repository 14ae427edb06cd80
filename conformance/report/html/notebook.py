"""A record as a part of another page: what a notebook shows of a verdict."""

from hashlib import blake2b
from typing import Any

from conformance.record.file import Record
from conformance.report import totals
from conformance.report.html.document import rendered
from conformance.report.html.page import note
from conformance.report.html.signs import sign
from conformance.report.html.stories import failures
from conformance.report.remarks import remarks
from conformance.report.safe_text import limited


def notebook(record: Record) -> str:
    """Return the verdict, what fails as the report tells it, and the remarks."""
    verdict, _ = totals.total(record)
    failing = failures(record)
    # A notebook may show many verdicts: an address is no other's.
    key = blake2b(repr((record.header, failing["anchors"])).encode(), digest_size=4).hexdigest()
    stories: list[dict[str, Any]] = [
        story | {"anchor": f"{key}/{story['anchor']}"} for story in failing["stories"]
    ]
    page = {
        "implementation": limited(record.header["implementation"]),
        "verdict": sign(verdict),
        "judgement": totals.judgement(record),
        "counts": totals.counts(record),
        "trouble": limited(record.header.get("message") or ""),
        "stories": stories,
        "others": failing["others"],
        "remarks": [note(remark) for remark in remarks(record) if remark.anchor != "not-run"],
    }
    return rendered("notebook", page)
