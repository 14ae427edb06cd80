"""A record as Markdown, for the page of a job such as GitHub's $GITHUB_STEP_SUMMARY.

Foreign text stands in a table with all that could be markup escaped, or in HTML's own `pre` and
`summary`, where no Markdown is read.
"""

import html
from collections.abc import Iterable, Iterator

from conformance.record.file import Record
from conformance.record.vocabulary import ClaimVerdict, Tone
from conformance.report import claim_facts, failures, totals
from conformance.report.numbers import counted
from conformance.report.safe_text import limited

STORIES = 20
"""Failures told in full: such a page may have a megabyte at most."""

# The verdict's own sign is a letter: such a page shows an emoji in its colour.
_SIGNS: dict[Tone, str] = {
    "good": "✅",
    "mixed": "🟡",
    "absent": "⬜",
    "bad": "❌",
    "broken": "❌",
}
# An escaped colon makes no link, an escaped @ no mail address; a pipe would split its cell first.
_ESCAPES = {sign: f"\\{sign}" for sign in "\\`*_[]~@$:"}
_MARKUP = str.maketrans({**_ESCAPES, "|": "&#124;", "&": "&amp;", "<": "&lt;", ">": "&gt;"})


def markdown(record: Record) -> str:
    """Return the verdict, tables of operations and claims, and what fails, with its cases."""
    parts = (_title(record), _operations(record), _claims(record), _failures(record))
    return "\n".join(row for part in parts for row in part) + "\n"


def escaped(text: str) -> str:
    """Return foreign text on one line, nothing of it being markup to Markdown."""
    return limited(text).translate(_MARKUP).replace("www.", "www\\.")


def block(rows: Iterable[str]) -> Iterator[str]:
    """Yield lines as they stand, nothing of them being markup."""
    yield from ["<pre>", *map(_quoted, rows), "</pre>", ""]


def _quoted(text: str) -> str:
    return html.escape(text, quote=False)


def _title(record: Record) -> Iterator[str]:
    verdict, words = totals.total(record)
    header, footer = record.header, record.footer
    yield from ["## Conformance", ""]
    yield f"{_SIGNS[verdict.tone]} **{words}**"
    yield from ["", f"Judged: {escaped(header['implementation'])}"]
    if header.get("message"):
        yield from ["", f"❌ {escaped(header['message'])}"]
    facts = [*totals.settings(record), *totals.versions(record), f"{footer['seconds']} s"]
    yield from ["", "<sub>" + " · ".join(map(escaped, facts)) + "</sub>"]
    if not footer["complete"]:
        yield from ["", "❌ The run was interrupted: not all of it is judged."]
    elif words := totals.not_asked(record):
        yield from ["", f"{words}."]


def _operations(record: Record) -> Iterator[str]:
    operations = totals.operations(record)
    if not operations:
        return
    yield from ["", "### Operations", "", "Worst error as a share of its bound.", ""]
    yield from ["| operation | verdict | cases | worst | torch's |", "|---|---|--:|--:|--:|"]
    for each in operations:
        verdict = f"{_SIGNS[each.verdict.tone]} {each.words}"
        yield f"| {' | '.join([escaped(each.name), verdict, *each.figures])} |"


def _claims(record: Record) -> Iterator[str]:
    if not record.claims:
        return
    yield from ["", "### Claims of the document", ""]
    yield from ["| claim | formula | verdict | |", "|---|---|---|---|"]
    for _, claims in claim_facts.sections(record):
        for claim in claims:
            verdict = ClaimVerdict(claim["verdict"])
            cells = [escaped(claim["id"]), escaped(claim.get("formula") or "")]
            notes = "<br>".join(map(escaped, claim_facts.notes(claim)))
            cells += [f"{_SIGNS[verdict.tone]} {verdict}", notes]
            yield f"| {' | '.join(cells)} |"


def _failures(record: Record) -> Iterator[str]:
    stories = failures.stories(record)
    if not stories:
        return
    bad = sum(len(story.checks) for story in stories)
    yield from ["", "### What fails", "", f"{bad} of {counted(len(record.checks))} checks.", ""]
    for story in failures.chosen(stories, STORIES):
        names = limited(f"{story.first['verdict']}: {failures.names(story.checks)}")
        # An empty line ends the HTML of the summary; what follows is HTML of its own.
        yield from [f"<details><summary>❌ {_quoted(names)}</summary>", ""]
        yield from block(failures.lines_of(story.first, story.diagnosis, record))
        yield from ["</details>", ""]
    if len(stories) > STORIES:
        yield f"And {len(stories) - STORIES} more, in the record."
