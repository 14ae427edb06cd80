"""A record as the document's own story, in Markdown: which of its formulas hold, when, and why not.

Every word about a claim is the record's; the rest is the same for all claims. Foreign text is
escaped as in `conformance.report.markdown`.
"""

import re
from collections import Counter
from collections.abc import Iterator
from itertools import chain
from textwrap import wrap

from conformance.record.file import Line, Record
from conformance.record.vocabulary import ClaimVerdict
from conformance.report import claim_facts, counterexample
from conformance.report.language import is_english, language_code, language_name, say, say_all
from conformance.report.markdown import block, escaped
from conformance.report.safe_text import limited, padded

_LABELS = {
    "formula": {"got": "the formula gives", "expected": "the truth"},
    "listing": {"got": "the listing gives", "expected": "the truth"},
}
_CELLS = {True: "✓", False: "✗", None: ""}
_COLUMN = 19
_COMMAND = "nn-conformance claims --format story"
_HOW = (
    "Each statement of the document that can be run is run: a formula in every reading that its "
    "symbols allow and under every condition that it could depend on, a listing with its own "
    "code. All are held against torch and against a derived error bound."
)
_READING = (
    "The document's own reading comes first and decides the verdict. ✓ stands where every case "
    "agreed; ✗ where one did not, and the smallest one found is shown. No verdict is written "
    "down beforehand: each run finds them again."
)


def story(record: Record) -> str:
    """Return the document by sections: what it says, verdicts, truth tables, counterexamples."""
    rows = list(_title(record))
    for section, claims in claim_facts.sections(record):
        rows += [f"## {_heading(record, section)}", ""]
        rows += [row for claim in claims if claim_facts.is_testable(claim) for row in _claim(claim)]
        rows += _untested([claim for claim in claims if not claim_facts.is_testable(claim)])
    left = [line["id"] for line in record.not_selected if line["section"]]
    if left:
        rows += [f"## {say('Not tried')}", "", say("This run says nothing of these:"), ""]
        rows += [f"- {escaped(name)}" for name in left]
    return "\n".join(rows).rstrip() + "\n"


def _title(record: Record) -> Iterator[str]:
    header = record.header
    yield from [f"# {say('Which of its formulas to believe')}", ""]
    yield from _identity(header.get("document"))
    command = _COMMAND if is_english() else f"{_COMMAND} --language {language_code()}"
    if not record.claims:
        # How the page is made is not how this record was.
        none = say("No claim was tried. All of them are by {command}.")
        yield from [none.format(command=f"`{command}`"), ""]
        return
    made = say("Made by {command}, profile {profile}, seed {seed}; not edited by hand.")
    gaps = {"command": f"`{command}`", "profile": escaped(header["profile"])}
    yield from [made.format(**gaps, seed=escaped(str(header["seed"]))), ""]
    legend = (header.get("document") or {"legend": ""})["legend"]
    for words in filter(None, (_HOW, _READING, legend)):
        yield from [*wrap(escaped(say(words)), 100), ""]
    tally = Counter(claim["verdict"] for claim in record.claims)
    counts = [f"{_signed(word)}{say(': ')}{tally[word]}" for word in ClaimVerdict if tally[word]]
    yield say("; ").join(counts)
    yield from _contents(record)


def _identity(document: Line | None) -> Iterator[str]:
    """Yield the title, the author and the language of the document."""
    if document is None:
        return
    words = {name: escaped(document[name]) for name in ("title", "author", "english")}
    words["language"] = language_name(document["language"])
    pattern = say("*{title}* ({english}), by {author}, in {language}.")
    yield from [pattern.format(**words), ""]


def _contents(record: Record) -> Iterator[str]:
    """Yield a table of all statements, with links to what came of them."""
    yield from ["", f"| {say('the document says')} | {say('claim')} | {say('verdict')} |"]
    yield "|---|---|---|"
    for section, claims in claim_facts.sections(record):
        yield f"| **{_heading(record, section)}** | | |"
        for claim in claims:
            name = escaped(claim["id"])
            link = f"[{name}](#{_anchor(claim)})" if claim_facts.is_testable(claim) else name
            words = escaped(say(claim.get("statement") or claim.get("formula") or ""))
            yield f"| {words} | {link} | {_brief(claim)} |"
    yield ""


def _brief(claim: Line) -> str:
    """Return a verdict with its condition, or with why there is none."""
    verdict = ClaimVerdict(claim["verdict"])
    if readings := claim_facts.other_readings(claim):
        own = say_all(claim_facts.own_reading(claim) or "")
        pattern = say("{reading}: {verdict}")
        first = pattern.format(reading=own, verdict=claim_facts.in_full(claim))
        return f"{verdict.sign} {escaped(say('; ').join([first, *readings]))}"
    if verdict == ClaimVerdict.HOLDS_WHEN:
        return f"{verdict.sign} {escaped(claim_facts.in_full(claim))}"
    if verdict == ClaimVerdict.NOT_TESTABLE:
        return f"{_signed(verdict)}{say(': ')}{escaped(say(claim['message'] or ''))}"
    return _signed(verdict)


def _anchor(claim: Line) -> str:
    """Return the anchor that Markdown gives to the heading of a claim."""
    return re.sub(r"[^\w-]", "", limited(claim["id"])).lower()


def _heading(record: Record, section: str) -> str:
    """Return a section's heading in the language that is spoken, then in the document's."""
    return escaped(" · ".join(filter(None, claim_facts.heading(record, section))))


def _untested(claims: list[Line]) -> list[str]:
    """Return the statements that cannot be run, with the reason for each."""
    pairs = [(claim.get("statement") or claim["id"], claim["message"] or "") for claim in claims]
    rows = [f"- {escaped(say(words))} *{escaped(say(why))}*" for words, why in pairs]
    return [f"**{say('Not testable')}**", "", *rows, ""] if rows else []


def _signed(verdict: str) -> str:
    word = ClaimVerdict(verdict)
    return f"{word.sign} {say(word)}{say(' …') * (word == ClaimVerdict.HOLDS_WHEN)}"


def _claim(claim: Line) -> Iterator[str]:
    yield from [f"### {escaped(claim['id'])}", ""]
    if claim.get("statement"):
        yield from [escaped(say(claim["statement"])), ""]
    yield from block(filter(None, [limited(say(claim.get("formula") or ""))]))
    yield from _verdict(claim)
    if claim.get("source"):
        yield from [f"{say('Held against:')} {escaped(say(claim['source']))}{say('.')}", ""]
    yield from _truth_table(claim["readings"])
    # The first in full view, which is enough to see that it fails; the others folded.
    wrong = [_counterexample(row) for row in claim["readings"] if row["counterexample"]]
    yield from chain(*wrong[:1])
    if wrong[1:]:
        more = say("{count} more counterexamples").format(count=len(wrong) - 1)
        yield from [f"<details><summary>{more}</summary>", ""]
        yield from [*chain(*wrong[1:]), "</details>", ""]


def _verdict(claim: Line) -> Iterator[str]:
    verdict = ClaimVerdict(claim["verdict"])
    if verdict == ClaimVerdict.NAMED:
        why = escaped(say(claim.get("message") or ""))
        yield from [f"**{_signed(verdict)}**{say(': ')}{why}{say('.')}", ""]
        return
    cases = say("over {count} cases").format(count=claim_facts.cases(claim) or 0)
    yield from [
        f"**{verdict.sign} {escaped(claim_facts.in_full(claim))}**{say(', ')}{cases}{say('.')}",
        "",
    ]
    if readings := claim_facts.other_readings(claim):
        own = escaped(say_all(claim_facts.own_reading(claim) or ""))
        yield f"- {say('as the document means it')}{say(': ')}{own}"
        yield from [*(f"- {say('read as')} {escaped(words)}" for words in readings), ""]


def _truth_table(rows: list[Line]) -> Iterator[str]:
    """Show readings across and conditions down; of what there is only one, there is no axis."""
    if len(rows) < 2:
        return
    readings = list(dict.fromkeys(row["reading"] for row in rows))
    conditions = list(dict.fromkeys(row["condition"] for row in rows))
    holds = {(row["reading"], row["condition"]): row["holds"] for row in rows}
    if len(conditions) == 1:
        # A list is read down.
        readings, conditions = conditions, readings
        holds = {pair[::-1]: value for pair, value in holds.items()}
    heads = [escaped(say_all(reading or "holds")) for reading in readings]
    yield f"| | {' | '.join(heads)} |"
    yield "|---|" + ":-:|" * len(heads)
    for condition in conditions:
        cells = [_CELLS[holds.get((reading, condition))] for reading in readings]
        yield f"| {escaped(say_all(condition or 'always'))} | {' | '.join(cells)} |"
    yield ""


def _counterexample(row: Line) -> Iterator[str]:
    example = row["counterexample"]
    name = say(", ").join(say_all(part) for part in (row["reading"], row["condition"]) if part)
    yield from [f"✗ {escaped(name or say('always'))}{say(':')}", ""]
    # Claims are tried in float64, and a formula that is wrong leaves every bound far behind.
    rows, finding = [], example.get("finding") or {}
    labels = _LABELS["listing" if "listing" in finding.get("subject", ()) else "formula"]
    for label, text in counterexample.facts({**example, "bound": None}, "float64"):
        words = limited(say(labels.get(label, label)))
        rows.append(padded(words, _COLUMN) + limited(say(text)))
    yield from block(filter(None, [*rows, limited(say(example["message"] or ""))]))
