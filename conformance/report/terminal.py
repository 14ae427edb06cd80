"""A record on the terminal: the operations, the claims, and last what fails.

Every line is laid out here, in columns of the terminal, so that nothing depends on how a console
wraps. A verdict is a symbol and a word; colour only repeats it.
"""

from collections.abc import Iterator
from itertools import chain, groupby

from rich.console import Console
from rich.text import Text

from conformance.record.facts import message
from conformance.record.file import Line, Record
from conformance.record.vocabulary import ClaimVerdict, Tone, Verdict
from conformance.report import claim_facts, failures, totals
from conformance.report.columns import Page
from conformance.report.counterexample import facts, replay
from conformance.report.diagnosis import labelled
from conformance.report.language import say
from conformance.report.numbers import counted
from conformance.report.remarks import not_run, remarks

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
    """Print the record: title, operations by family, claims by section, and last what fails."""
    page = Page(max(width or console.width, _NARROWEST), console.encoding)
    parts = (_title, _operations, _remarks, _claims, _not_run, _failures)
    lines = (part(record, page) for part in parts)
    for line in chain(*lines, [Text(), _total(record, page)]):
        line.rstrip()
        console.print(line, soft_wrap=True, highlight=False)


def _title(record: Record, page: Page) -> Iterator[Text]:
    header, footer = record.header, record.footer
    yield page.line(totals.title(record), "bold")
    yield from page.listed(totals.versions(record))
    settings = [*totals.settings(record), totals.threads(record)]
    yield from page.listed([*settings, f"{footer['seconds']} s"])
    yield _total(record, page)
    if header.get("message"):
        yield from page.wrapped(f"! {header['message']}", 0, "magenta")


def _total(record: Record, page: Page) -> Text:
    verdict, words = totals.total(record)
    return page.line(f"{verdict.sign} {words}", _STYLES[verdict.tone])


def _claims(record: Record, page: Page) -> Iterator[Text]:
    if not record.claims:
        return
    yield from page.heading(say("The document's claims"), totals.claim_counts(record, decided=True))
    for section, claims in claim_facts.sections(record):
        tried = [claim for claim in claims if claim_facts.is_testable(claim)]
        heading, original = claim_facts.heading(record, section)
        if tried:
            known = original if page.has(original) else ""
            yield page.line(f"{heading}  {known}".rstrip(), "bold")
        for claim in tried:
            yield from _claim(claim, page)
    left = [claim for claim in record.claims if not claim_facts.is_testable(claim)]
    if left:
        yield Text()
        words = say("not testable: {count}; --format story tells why")
        yield from page.wrapped(f"· {words.format(count=len(left))}", 2, "dim")


def _claim(claim: Line, page: Page) -> Iterator[Text]:
    verdict = ClaimVerdict(claim["verdict"])
    subject = claim["name"], say(claim.get("formula") or "")
    judged = verdict.sign, say(verdict), _STYLES[verdict.tone]
    yield page.row(subject, judged, [claim_facts.cases(claim)])
    for note in claim_facts.notes(claim, most=4):
        yield from page.wrapped(note, 6, "dim")


def _operations(record: Record, page: Page) -> Iterator[Text]:
    operations = totals.operations(record)
    if not operations:
        return
    yield from page.heading("The operations", "worst error as a share of its bound")
    heads = ["cases", "worst", "torch's"] if page.wide else ["cases", "worst"]
    yield page.row(("", ""), ("", "", ""), heads)
    for family, group in groupby(operations, key=lambda operation: operation.family):
        yield page.line(family or "other", "bold")
        for each in group:
            judged = each.verdict.sign, each.words, _STYLES[each.verdict.tone]
            yield page.row((each.name, each.formula), judged, each.figures[: len(heads)])


def _remarks(record: Record, page: Page) -> Iterator[Text]:
    for remark in remarks(record):
        style = _STYLES[remark.word.tone]
        yield from page.heading(remark.title, remark.brief)
        for row in remark.rows:
            name = row.name or failures.short_names(record, row.checks)
            words = f": {row.words}" if row.words else ""
            yield from page.wrapped(f"{remark.word.sign} {name}{words}", 2, style)
            yield from page.note(row.case)


def _not_run(record: Record, page: Page) -> Iterator[Text]:
    remark = not_run(record)
    if remark is None:
        return
    # What nobody asked for is no news: a line, and no heading.
    is_news = not record.footer["complete"]
    yield from page.heading(remark.title, remark.brief) if is_news else [Text()]
    for row in remark.rows:
        words = f": {row.words}" if row.words else ""
        yield from page.wrapped(f"{row.name}{words}", 2, "" if is_news else "dim")


def _failures(record: Record, page: Page) -> Iterator[Text]:
    stories = failures.stories(record)
    if not stories:
        return
    count = sum(len(story.checks) for story in stories)
    yield from page.heading("What fails", f"{count} of {counted(len(record.checks))} checks")
    for position, story in enumerate(failures.chosen(stories, STORIES)):
        yield from [Text()] if position else []
        yield from _story(story, record, page)
    if len(stories) > STORIES:
        yield Text()
        yield Text(f"  and {len(stories) - STORIES} more, in the record", "bold")


def _story(story: failures.Story, record: Record, page: Page) -> Iterator[Text]:
    check = story.first
    verdict, example = Verdict(check["verdict"]), check["counterexample"]
    checks = failures.short_names(record, story.checks)
    yield from page.wrapped(f"{verdict.sign} {verdict}: {checks}", 2, _STYLES[verdict.tone])
    yield from page.wrapped(message(check), 4)
    for label, words in labelled(story.diagnosis):
        yield from page.wrapped(f"{label}: {words}", 4, "yellow")
    if example:
        for label, words in facts(example, check["dtype"] or ""):
            yield from page.wrapped(words, 17, "", label)
        # Never cut or wrapped: it is there to be copied.
        yield Text("    replay".ljust(17) + replay(check, record, page.encoding), "cyan")
