"""A record on the terminal: the claims, the operations, and last what fails.

Every line is laid out here, in columns of the terminal, so that nothing depends on how a console
wraps. A verdict is a symbol and a word; colour only repeats it.
"""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING

from rich.text import Text

from conformance.record.vocabulary import ClaimVerdict, Reason, Verdict
from conformance.report import diagnosis, failures
from conformance.report import totals as summary
from conformance.report.columns import Page
from conformance.report.numbers import counted, share
from conformance.report.replay import replay

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from rich.console import Console

    from conformance.record.file import Line, Record
    from conformance.record.vocabulary import Tone, Word

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
    yield from _conventions(record, page)
    yield from _defects(record, page)
    yield from _expected(record, page)
    yield from _not_provided(record, page)
    yield from _not_selected(record, page)
    yield from _failures(record, page)
    yield Text()
    yield _total(record, page)


def _title(record: Record, page: Page) -> Iterator[Text]:
    header, footer = record.header, record.footer
    versions = [f"{name} {version}" for name, version in header["versions"].items()]
    threads = f"{header['threads']} thread{'s' * (header['threads'] != 1)}"
    settings = [f"profile {header['profile']}", f"seed {header['seed']}", header["cpu"], threads]
    yield page.line(f"Conformance of {header['implementation']}", "bold")
    yield from page.listed(versions)
    yield from page.listed([*settings, f"{footer['seconds']} s"])
    yield _total(record, page)
    if header.get("message"):
        yield from page.wrapped(f"! {header['message']}", 0, "magenta")


def _total(record: Record, page: Page) -> Text:
    verdict, words = summary.total(record)
    return page.line(f"{verdict.sign} {words}", _STYLES[verdict.tone])


def _claims(record: Record, page: Page) -> Iterator[Text]:
    if not record.claims:
        return
    tally = Counter(claim["verdict"] for claim in record.claims)
    words = ", ".join(f"{tally[v]} {v.verb(tally[v])}" for v in ClaimVerdict if tally[v])
    yield from page.heading("The document's claims", words)
    for section, claims in summary.sections(record):
        yield page.line(_section_name(section), "bold")
        for claim in claims:
            yield from _claim(claim, page)


def _section_name(section: str) -> str:
    return f"Section {section}" if section.replace(".", "").isdigit() else section


def _claim(claim: Line, page: Page) -> Iterator[Text]:
    verdict = ClaimVerdict(claim["verdict"])
    cases = sum(reading["cases"] for reading in claim["readings"])
    name = claim["name"]
    yield page.row(
        (name, claim.get("formula") or ""),
        _judged(verdict, verdict),
        [counted(cases) if cases else ""],
    )
    if verdict == ClaimVerdict.HOLDS_WHEN:
        for words in summary.conditions(claim)[:4]:
            yield from page.note(f"when {words}")
    if verdict == ClaimVerdict.DOES_NOT_HOLD:
        found = [row["counterexample"] for row in claim["readings"] if row["counterexample"]]
        yield from page.note(f"not for {failures.brief(found[0])}" if found else "")
    yield from page.note(claim.get("message") or "")


def _judged(verdict: Word, words: str) -> tuple[str, str, str]:
    return verdict.sign, words, _STYLES[verdict.tone]


def _by(lines: Iterable[Line], words: Callable[[Line], str]) -> list[tuple[str, list[Line]]]:
    """The lines that share the same words, together."""
    found: dict[str, list[Line]] = {}
    for line in lines:
        found.setdefault(words(line), []).append(line)
    return list(found.items())


def _operations(record: Record, page: Page) -> Iterator[Text]:
    found = summary.operations(record)
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


def _conventions(record: Record, page: Page) -> Iterator[Text]:
    found = [check for check in record.checks if check["verdict"] == Verdict.CONVENTION]
    if found:
        yield from page.heading("Other conventions", "as valid as torch's; no failures")
    for words, checks in _by(found, lambda check: check.get("convention") or "unnamed"):
        yield from page.wrapped(f"≈ {failures.names(checks)}: {words}", 2, "yellow")


def _defects(record: Record, page: Page) -> Iterator[Text]:
    found = [check for check in record.checks if check.get("torch_defect")]
    if found:
        yield from page.heading("Defects of torch", "not held against the implementation")
    for words, checks in _by(found, lambda check: check["torch_defect"]["message"] or ""):
        yield from page.wrapped(f"! {failures.names(checks)}: {words}", 2, "magenta")
        defect = failures.brief(checks[0]["torch_defect"], checks[0]["dtype"] or "")
        yield from page.note(defect)


def _expected(record: Record, page: Page) -> Iterator[Text]:
    found = [check for check in record.checks if check["verdict"] == Verdict.EXPECTED]
    if found:
        yield from page.heading("Expected failures", "known, with the reason")
    for words, checks in _by(found, lambda check: check.get("message") or ""):
        yield from page.wrapped(f"≉ {_short_names(record, checks)}: {words}", 2, "yellow")


def _not_provided(record: Record, page: Page) -> Iterator[Text]:
    found = [check for check in record.checks if check["verdict"] == Verdict.NOT_PROVIDED]
    if found:
        yield from page.heading("Not provided", "not judged, and not passed")
    whole = [one for one in summary.operations(record) if one.verdict == Verdict.NOT_PROVIDED]
    if whole:
        yield from page.wrapped(f"○ {', '.join(one.name for one in whole)}", 2, "cyan")
    names = {one.name for one in whole}
    partly = [check for check in found if check["operation"] not in names]
    for words, checks in _by(partly, lambda check: check.get("message") or ""):
        text = f"○ {_short_names(record, checks)}{': ' * bool(words)}{words}"
        yield from page.wrapped(text, 2, "cyan")


def _not_selected(record: Record, page: Page) -> Iterator[Text]:
    if record.not_selected or not record.footer["complete"]:
        complete = "" if record.footer["complete"] else "the run was interrupted"
        yield from page.heading("Not run", complete or "not judged, and not passed")
    for words, lines in _by(record.not_selected, _reason):
        places = Counter(summary.place(line) for line in lines)
        listed = ", ".join(f"{place} ({times})" for place, times in places.items())
        yield from page.wrapped(f"{len(lines)} {words}: {listed}", 2)


def _reason(line: Line) -> str:
    reason = "not reached" if line["reason"] == Reason.INTERRUPTED else line["reason"]
    return f"{reason} ({line['message']})" if line.get("message") else reason


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
        for label, words in failures.facts(found, story.checks[0]["dtype"] or ""):
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
