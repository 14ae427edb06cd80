"""The page as plain data: all that its templates show."""

from typing import Any

from conformance.record.file import Record
from conformance.record.vocabulary import ClaimVerdict, Verdict
from conformance.report import totals
from conformance.report.failures import names
from conformance.report.html.checks import addresses, every_check
from conformance.report.html.claims import document, sections
from conformance.report.html.matrix import matrix
from conformance.report.html.plots import drawn
from conformance.report.html.shares import shares
from conformance.report.html.signs import sign
from conformance.report.html.stories import failures
from conformance.report.language import language_code
from conformance.report.numbers import counted
from conformance.report.remarks import Remark, Row, not_run, remarks
from conformance.report.safe_text import LONGEST, limited

_LISTED = 4000
GLANCED = 6
"""Failures named at the top of the page."""


def page(record: Record) -> dict[str, Any]:
    """Return the page of a record."""
    header = record.header
    verdict, _ = totals.total(record)
    settings = (
        ("profile", header["profile"]),
        ("seed", str(header["seed"])),
        ("versions", ", ".join(totals.versions(record))),
        ("machine", f"{header['cpu']}, {totals.threads(record)}"),
        ("started", header["started"].replace("T", " ")),
        ("time", f"{record.footer['seconds']} s"),
    )
    failing, at = failures(record), addresses(record)
    # The first of each operation's failures, then the others.
    first = {story["title"]: story for story in reversed(failing["stories"])}
    ranked = sorted(failing["stories"], key=lambda story: first[story["title"]] is not story)
    return {
        "implementation": limited(header["implementation"]),
        "title": limited(totals.title(record)),
        "of_claims": bool(record.claims) and not record.checks,
        "verdict": sign(verdict),
        "judgement": totals.judgement(record),
        "counts": totals.counts(record),
        "trouble": limited(header.get("message") or ""),
        "settings": [(label, limited(words)) for label, words in settings],
        "checks": shares(record.checks, Verdict),
        "claims": shares(record.claims, ClaimVerdict),
        "checks_in_all": counted(len(record.checks)),
        "claims_in_all": counted(len(record.claims)),
        "matrix": matrix(record, at, failing["anchors"]),
        "every": every_check(record, at, failing["anchors"]),
        "failures": failing,
        "glance": ranked[:GLANCED],
        "sections": sections(record),
        "document": document(record),
        "language": language_code(),
        "plots": drawn(record),
        "remarks": list(map(note, [*remarks(record), *filter(None, [not_run(record)])])),
    }


def note(remark: Remark) -> dict[str, Any]:
    """Return a remark as the templates show it."""
    return {
        "anchor": remark.anchor,
        "title": remark.title,
        "meaning": remark.meaning,
        "sign": sign(remark.word, "defect" if remark.anchor == "defects" else None),
        "rows": [(limited(row.name or names(row.checks)), _words(row)) for row in remark.rows],
    }


def _words(row: Row) -> str:
    case = f" ({row.case})" if row.case else ""
    # A list of places is not cut: each of them is short.
    return limited(row.words + case, _LISTED if row.name else LONGEST)
