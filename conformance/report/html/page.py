"""The page as plain data: all that its templates show."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from conformance.record.file import Line, Record
from conformance.record.vocabulary import ClaimVerdict, Verdict, Word
from conformance.report import totals
from conformance.report.failures import names
from conformance.report.html.claims import Claim, sections
from conformance.report.html.errors import Plot, drawn
from conformance.report.html.matrix import Matrix, matrix
from conformance.report.html.signs import Sign, sign
from conformance.report.html.stories import Failures, Story, failures
from conformance.report.numbers import counted
from conformance.report.remarks import Remark, Row, remarks
from conformance.report.safe_text import LONGEST, limited

_LISTED = 4000
GLANCED = 6
"""Failures named at the top of the page."""


@dataclass(frozen=True)
class Share:
    """How many of a whole came to a verdict, in words and in hundredths."""

    sign: Sign
    count: str
    words: str
    percent: float


@dataclass(frozen=True)
class Note:
    """A heading, what it means, and the checks that something is said of, each with the words."""

    anchor: str
    title: str
    meaning: str
    sign: Sign
    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Page:
    """A whole run."""

    implementation: str
    verdict: Sign
    judgement: str
    counts: str
    trouble: str
    settings: tuple[tuple[str, str], ...]
    checks: tuple[Share, ...]
    claims: tuple[Share, ...]
    checks_in_all: str
    claims_in_all: str
    matrix: Matrix
    failures: Failures
    glance: tuple[Story, ...]
    sections: tuple[tuple[str, tuple[Claim, ...]], ...]
    plots: tuple[Plot, ...]
    remarks: tuple[Note, ...]


def page(record: Record) -> Page:
    """Return the page of a record."""
    verdict, words = totals.total(record)
    failing = failures(record)
    judgement, _, counts = words.partition(": ")
    return Page(
        implementation=limited(record.header["implementation"]),
        verdict=sign(verdict),
        judgement=judgement,
        counts=counts,
        trouble=limited(record.header.get("message") or ""),
        settings=tuple(_settings(record)),
        checks=_shares(record.checks, Verdict),
        claims=_shares(record.claims, ClaimVerdict),
        checks_in_all=counted(len(record.checks)),
        claims_in_all=counted(len(record.claims)),
        matrix=matrix(record, failing.anchors),
        failures=failing,
        glance=_glance(failing.stories),
        sections=sections(record),
        plots=drawn(record),
        remarks=tuple(map(_note, remarks(record))),
    )


def _glance(stories: tuple[Story, ...]) -> tuple[Story, ...]:
    """Return the first of each operation's failures, then the others."""
    first = {story.title: story for story in reversed(stories)}
    ranked = sorted(stories, key=lambda story: first[story.title] is not story)
    return tuple(ranked[:GLANCED])


def _settings(record: Record) -> list[tuple[str, str]]:
    header, footer = record.header, record.footer
    rows = [
        ("profile", header["profile"]),
        ("seed", str(header["seed"])),
        ("versions", ", ".join(totals.versions(record))),
        ("machine", f"{header['cpu']}, {totals.threads(record)}"),
        ("started", header["started"].replace("T", " ")),
        ("time", f"{footer['seconds']} s"),
    ]
    return [(label, limited(words)) for label, words in rows]


def _shares(lines: Sequence[Line], words: Iterable[Word]) -> tuple[Share, ...]:
    tally = Counter(line["verdict"] for line in lines)
    percent = {word: round(100 * tally[word] / len(lines), 3) for word in words if tally[word]}
    return tuple(
        Share(sign(word), counted(tally[word]), word.verb(tally[word]), share)
        for word, share in percent.items()
    )


def _note(remark: Remark) -> Note:
    sign_of_it = sign(remark.word, "defect" if remark.anchor == "defects" else None)
    rows = tuple((limited(row.name or names(row.checks)), _words(row)) for row in remark.rows)
    return Note(remark.anchor, remark.title, remark.meaning, sign_of_it, rows)


def _words(row: Row) -> str:
    case = f" ({row.case})" if row.case else ""
    # A list of places is not cut: each of them is short.
    return limited(row.words + case, _LISTED if row.name else LONGEST)
