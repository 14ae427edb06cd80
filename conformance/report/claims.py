"""A record as the document's own story, in Markdown: which of its formulas hold, when, and why not.

Every word about a claim is the record's; the rest is the same for all claims. Foreign text is
escaped as in `conformance.report.markdown`.
"""

import html
from collections import Counter
from collections.abc import Iterable, Iterator

from conformance.record.file import Line, Record
from conformance.record.vocabulary import ClaimVerdict
from conformance.report import claim_facts, counterexample
from conformance.report.markdown import escaped
from conformance.report.safe_text import limited

_LABELS = {"got": "the formula gives", "expected": "the truth"}
_COLUMN = 19
_COMMAND = "nn-conformance run -k test_claim --format story"
_INTRODUCTION = """\
Each formula of the document is run as it is written, in every reading that its symbols allow and
under every condition that it could depend on, and held against torch and against a derived error
bound. ✓ stands where every case agreed; ✗ where one did not, and the smallest one found is shown.
No verdict is written down anywhere: each run finds them again."""


def story(record: Record) -> str:
    """Return the document by sections: formula, verdict, truth table, counterexamples."""
    parts = [_title(record), _contents(record)]
    parts += [_section(name, claims) for name, claims in claim_facts.sections(record)]
    parts.append(_not_tried(record))
    return "\n".join(row for part in parts for row in part).rstrip() + "\n"


def _title(record: Record) -> Iterator[str]:
    header = record.header
    yield from ["# Which of its formulas to believe", ""]
    if not record.claims:
        # How the page is made is not how this record was.
        yield from [f"No claim was tried. All of them are by `{_COMMAND}`.", ""]
        return
    yield f"Made by `{_COMMAND}`,"
    yield f"profile {escaped(header['profile'])}, seed {escaped(str(header['seed']))}; by no hand."
    yield from ["", *_INTRODUCTION.splitlines(), ""]


def _contents(record: Record) -> Iterator[str]:
    if not record.claims:
        return
    tally = Counter(claim["verdict"] for claim in record.claims)
    yield " · ".join(f"{_signed(word)}: {tally[word]}" for word in ClaimVerdict if tally[word])
    yield from ["", "| claim | formula | verdict |", "|---|---|---|"]
    for _, claims in claim_facts.sections(record):
        for claim in claims:
            cells = [escaped(claim["id"]), escaped(claim.get("formula") or "")]
            yield f"| {' | '.join([*cells, _signed(claim['verdict'])])} |"
    yield ""


def _signed(verdict: str) -> str:
    word = ClaimVerdict(verdict)
    return f"{word.sign} {word}{' …' * (word == ClaimVerdict.HOLDS_WHEN)}"


def _section(name: str, claims: Iterable[Line]) -> Iterator[str]:
    yield from [f"## {escaped(name)}", ""]
    for claim in claims:
        yield from _claim(claim)


def _claim(claim: Line) -> Iterator[str]:
    yield from [f"### {escaped(claim['name'])}", ""]
    yield from _block([limited(claim.get("formula") or "")])
    if claim.get("source"):
        yield from [f"Said in, and held against: {escaped(claim['source'])}.", ""]
    yield from _verdict(claim)
    yield from _truth_table(claim["readings"])
    yield from _counterexamples(claim["readings"])


def _verdict(claim: Line) -> Iterator[str]:
    verdict = claim["verdict"]
    if verdict == ClaimVerdict.NAMED:
        yield from [f"**{_signed(verdict)}**: {escaped(claim.get('message') or '')}.", ""]
        return
    yield from [f"**{_signed(verdict)}**, over {claim_facts.cases(claim) or 0} cases.", ""]
    if verdict == ClaimVerdict.HOLDS_WHEN:
        yield from [f"- when {escaped(words)}" for words in claim_facts.conditions(claim)]
        yield ""


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
    heads = [escaped(reading or "holds") for reading in readings]
    yield f"| | {' | '.join(heads)} |"
    yield "|---|" + ":-:|" * len(heads)
    for condition in conditions:
        cells = [_CELLS[holds.get((reading, condition))] for reading in readings]
        yield f"| {escaped(condition or 'always')} | {' | '.join(cells)} |"
    yield ""


_CELLS = {True: "✓", False: "✗", None: ""}


def _counterexamples(rows: list[Line]) -> Iterator[str]:
    """Show the first in full view, which is enough to see that it fails; fold the others."""
    wrong = [row for row in rows if row["counterexample"]]
    for row in wrong[:1]:
        yield from _counterexample(row)
    if wrong[1:]:
        yield from [f"<details><summary>{len(wrong) - 1} more counterexamples</summary>", ""]
        for row in wrong[1:]:
            yield from _counterexample(row)
        yield from ["</details>", ""]


def _counterexample(row: Line) -> Iterator[str]:
    example = row["counterexample"]
    name = ", ".join(part for part in (row["reading"], row["condition"]) if part)
    yield from [f"✗ {escaped(name or 'always')}:", ""]
    # Claims are tried in float64: the shortest figures that mean the number.
    facts = counterexample.facts(example, "float64")
    rows = [
        f"{limited(_LABELS.get(label, label)).ljust(_COLUMN)}{limited(text)}"
        for label, text in facts
    ]
    yield from _block([*rows, limited(example["message"] or "")])


def _block(rows: Iterable[str]) -> Iterator[str]:
    yield "<pre>"
    yield from (html.escape(row, quote=False) for row in rows if row)
    yield from ["</pre>", ""]


def _not_tried(record: Record) -> Iterator[str]:
    left = [line["id"] for line in record.not_selected if line["section"]]
    if left:
        yield from ["## Not tried", "", "This run left out, and says nothing of:", ""]
        yield from [f"- {escaped(name)}" for name in left]
