"""A record on the terminal: the claims, the operations, and last what fails.

Every line is laid out here, in columns of the terminal, so that nothing depends on how a console
wraps. A verdict is a symbol and a word; colour only repeats it.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import groupby

from rich.console import Console
from rich.text import Text

from conformance.record.file import Line, Record
from conformance.record.vocabulary import ClaimVerdict, Partial, Tone, Verdict, Word
from conformance.report import claim_facts, counterexample, diagnosis, failures, totals
from conformance.report.columns import Page
from conformance.report.numbers import counted, share
from conformance.report.remarks import remarks
from conformance.report.replay import replay

STORIES = 12
"""Failures told in full; the record has all of them."""

_NARROWEST = 60
_STYLES: dict[Tone, str] = {
    "good": "green",
    "mixed": "yellow",
    "absent": "cyan",
    "bad": "bold red",
    "broken": "bold magenta",
}


def render(record: Record, console: Console, *, width: int | None = None) -> None:
    """Print the record: title, claims by section, operations by family, and last what fails."""
    page = Page(max(width or console.width, _NARROWEST), console.encoding)
    for line in _lines(record, page):
        line.rstrip()
        console.print(line, soft_wrap=True, highlight=False)


def _lines(record: Record, page: Page) -> Iterator[Text]:
    yield from _title(record, page)
    yield from _claims(record, page)
    yield from _operations(record, page)
    yield from _remarks(record, page)
    yield from _failures(record, page)
    yield Text()
    yield _total(record, page)


def _title(record: Record, page: Page) -> Iterator[Text]:
    header, footer = record.header, record.footer
    settings = [f"profile {header['profile']}", f"seed {header['seed']}", header["cpu"]]
    yield page.line(f"Conformance of {header['implementation']}", "bold")
    yield from page.listed(totals.versions(record))
    yield from page.listed([*settings, totals.threads(record), f"{footer['seconds']} s"])
    yield _total(record, page)
    if header.get("message"):
        yield from page.wrapped(f"! {header['message']}", 0, "magenta")


def _total(record: Record, page: Page) -> Text:
    verdict, words = totals.total(record)
    return page.line(f"{verdict.sign} {words}", _STYLES[verdict.tone])


def _claims(record: Record, page: Page) -> Iterator[Text]:
    if not record.claims:
        return
    tally = Counter(claim["verdict"] for claim in record.claims)
    words = ", ".join(f"{tally[v]} {v.verb(tally[v])}" for v in ClaimVerdict if tally[v])
    yield from page.heading("The document's claims", words)
    for section, claims in claim_facts.sections(record):
        yield page.line(claim_facts.section_title(section), "bold")
        for claim in claims:
            yield from _claim(claim, page)


def _claim(claim: Line, page: Page) -> Iterator[Text]:
    verdict = ClaimVerdict(claim["verdict"])
    subject = claim["name"], claim.get("formula") or ""
    yield page.row(subject, _judged(verdict, verdict), [claim_facts.cases(claim)])
    for words in claim_facts.notes(claim, most=4):
        yield from page.note(words)


def _judged(verdict: Word, words: str) -> tuple[str, str, str]:
    return verdict.sign, words, _STYLES[verdict.tone]


def _operations(record: Record, page: Page) -> Iterator[Text]:
    found = totals.operations(record)
    if not found:
        return
    yield from page.heading("The operations", "worst error as a share of its bound")
    heads = ["cases", "worst", "torch's"] if page.wide else ["cases", "worst"]
    yield page.row(("", ""), ("", "", ""), heads)
    for family, group in groupby(found, key=lambda one: one.family):
        yield page.line(family or "other", "bold")
        for one in group:
            figures = [
                counted(one.cases) if one.cases else "",
                share(one.worst),
                share(one.torch_worst),
            ]
            judged = _judged(one.verdict, one.words)
            yield page.row((one.name, one.formula), judged, figures[: len(heads)])


def _remarks(record: Record, page: Page) -> Iterator[Text]:
    for remark in remarks(record):
        yield from page.heading(remark.title, remark.brief)
        sign = "" if remark.word == Partial.NOT_RUN else f"{remark.word.sign} "
        style = _STYLES[remark.word.tone] if sign else ""
        for row in remark.rows:
            name = row.name or _short_names(record, row.checks)
            words = f": {row.words}" if row.words else ""
            yield from page.wrapped(f"{sign}{name}{words}", 2, style)
            yield from page.note(row.case)


def _failures(record: Record, page: Page) -> Iterator[Text]:
    told = failures.stories(record)
    if not told:
        return
    bad = sum(len(story.checks) for story in told)
    yield from page.heading("What fails", f"{bad} of {counted(len(record.checks))} checks")
    for position, story in enumerate(failures.chosen(told, STORIES)):
        yield from [Text()] if position else []
        yield from _story(story, record, page)
    if len(told) > STORIES:
        yield Text()
        yield Text(f"  and {len(told) - STORIES} more, in the record", "bold")


def _story(story: failures.Story, record: Record, page: Page) -> Iterator[Text]:
    verdict = Verdict(story.verdict)
    checks = _short_names(record, story.checks)
    yield from page.wrapped(f"{verdict.sign} {verdict}: {checks}", 2, _STYLES[verdict.tone])
    yield from page.wrapped(story.message, 4)
    for label, words in diagnosis.told(story.diagnosis):
        yield from page.wrapped(f"{label}: {words}", 4, "yellow")
    found = story.counterexample
    if found:
        for label, words in counterexample.facts(found, story.checks[0]["dtype"] or ""):
            yield from page.wrapped(words, 17, "", label)
        # Never cut or wrapped: it is there to be copied.
        again = replay(story.checks[0], record, page.encoding)
        yield Text("    replay".ljust(17) + again, "cyan")


def _short_names(record: Record, checks: Iterable[Line]) -> str:
    """Ids of checks; an operation by its name alone where all of its checks are among them."""
    whole = Counter(check["operation"] for check in record.checks)
    parts = []
    for operation, group in groupby(checks, key=lambda check: str(check["operation"])):
        lines = list(group)
        full = len(lines) == whole[operation] > 1
        parts.append(f"{operation} (all {len(lines)})" if full else failures.names(lines))
    return ", ".join(parts)
