"""A record as the document's own story, in Markdown: which of its formulas hold, when, and why not.

Every word about a claim is the record's; the rest is the same for all claims. Foreign text is
escaped as in `conformance.report.markdown`.
"""

from collections import Counter
from collections.abc import Iterator
from itertools import chain

from conformance.record.file import Line, Record
from conformance.record.vocabulary import ClaimVerdict
from conformance.report import claim_facts, counterexample
from conformance.report.markdown import block, escaped
from conformance.report.safe_text import limited

_LABELS = {"got": "the formula gives", "expected": "the truth"}
_CELLS = {True: "✓", False: "✗", None: ""}
_COLUMN = 19
_COMMAND = "nn-conformance run -k test_claim --format story"
_INTRODUCTION = """\
Each formula of the document is run as it is written, in every reading that its symbols allow and
under every condition that it could depend on, and held against torch and against a derived error
bound. ✓ stands where every case agreed; ✗ where one did not, and the smallest one found is shown.
No verdict is written down anywhere: each run finds them again."""


def story(record: Record) -> str:
    """Return the document by sections: formula, verdict, truth table, counterexamples."""
    rows = list(_title(record))
    for section, claims in claim_facts.sections(record):
        rows += [f"## {escaped(section)}", ""]
        rows += [row for claim in claims for row in _claim(claim)]
    left = [line["id"] for line in record.not_selected if line["section"]]
    if left:
        rows += ["## Not tried", "", "This run left out, and says nothing of:", ""]
        rows += [f"- {escaped(name)}" for name in left]
    return "\n".join(rows).rstrip() + "\n"


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
    tally = Counter(claim["verdict"] for claim in record.claims)
    yield " · ".join(f"{_signed(word)}: {tally[word]}" for word in ClaimVerdict if tally[word])
    yield from ["", "| claim | formula | verdict |", "|---|---|---|"]
    for _, claims in claim_facts.sections(record):
        for claim in claims:
            name, formula = escaped(claim["id"]), escaped(claim.get("formula") or "")
            yield f"| {name} | {formula} | {_signed(claim['verdict'])} |"
    yield ""


def _signed(verdict: str) -> str:
    word = ClaimVerdict(verdict)
    return f"{word.sign} {word}{' …' * (word == ClaimVerdict.HOLDS_WHEN)}"


def _claim(claim: Line) -> Iterator[str]:
    yield from [f"### {escaped(claim['name'])}", ""]
    yield from block(filter(None, [limited(claim.get("formula") or "")]))
    if claim.get("source"):
        yield from [f"Said in, and held against: {escaped(claim['source'])}.", ""]
    yield from _verdict(claim)
    yield from _truth_table(claim["readings"])
    # The first in full view, which is enough to see that it fails; the others folded.
    wrong = [_counterexample(row) for row in claim["readings"] if row["counterexample"]]
    yield from chain(*wrong[:1])
    if wrong[1:]:
        yield from [f"<details><summary>{len(wrong) - 1} more counterexamples</summary>", ""]
        yield from [*chain(*wrong[1:]), "</details>", ""]


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


def _counterexample(row: Line) -> Iterator[str]:
    example = row["counterexample"]
    name = ", ".join(part for part in (row["reading"], row["condition"]) if part)
    yield from [f"✗ {escaped(name or 'always')}:", ""]
    # Claims are tried in float64: the shortest figures that mean the number.
    rows = []
    for label, text in counterexample.facts(example, "float64"):
        rows.append(limited(_LABELS.get(label, label)).ljust(_COLUMN) + limited(text))
    yield from block(filter(None, [*rows, limited(example["message"] or "")]))
