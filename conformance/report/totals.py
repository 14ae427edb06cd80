"""What a record comes to: operations with their checks summed, and one total."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from conformance.record.facts import real
from conformance.record.file import Line, Record
from conformance.record.vocabulary import (
    FAILED,
    WORST_FIRST,
    ClaimVerdict,
    Partial,
    Reason,
    Verdict,
    Word,
)
from conformance.report.language import say
from conformance.report.numbers import counted, share


@dataclass(frozen=True)
class Operation:
    """An operation with its checks summed: the worst verdict is its own.

    `verdict` is a check's verdict, or "partly" where some checks did not run or have nothing to
    run on and nothing worse happened; `words` is what to say of it.
    """

    name: str
    family: str
    formula: str
    verdict: Word
    words: str
    cases: int
    worst: float | None
    torch_worst: float | None
    checks: tuple[Line, ...]

    @property
    def figures(self) -> tuple[str, str, str]:
        """Return the number of cases, the worst error as a share of its bound, and torch's."""
        return figures(self.checks)


def title(record: Record) -> str:
    """Return what was judged: an implementation, or the claims of a document."""
    document = record.header.get("document")
    if _is_of_claims(record) and document:
        return say("The claims of {title}").format(title=document["title"])
    return f"Conformance of {record.header['implementation']}"


def versions(record: Record) -> list[str]:
    """Return the versions of what took part, each in two words."""
    return [f"{name} {version}" for name, version in record.header["versions"].items()]


def threads(record: Record) -> str:
    """Return how many threads one process had."""
    count = record.header["threads"]
    return f"{count} thread{'s' * (count != 1)}"


def settings(record: Record) -> list[str]:
    """Return under which settings the run was, and on which machine, each in a few words."""
    header = record.header
    return [f"profile {header['profile']}", f"seed {header['seed']}", header["cpu"]]


def operations(record: Record) -> tuple[Operation, ...]:
    """Return every operation of which a check ran, by family and name."""
    missing = Counter(line["operation"] for line in record.not_selected)
    by_name: dict[str, list[Line]] = {}
    for check in record.checks:
        by_name.setdefault(check["operation"], []).append(check)
    every = [
        Operation(
            name,
            _first(checks, "family"),
            _first(checks, "formula"),
            *_verdict(checks, missing[name]),
            cases=sum(check["cases"] for check in checks),
            worst=_largest(checks, "worst_ratio"),
            torch_worst=_largest(checks, "torch_worst_ratio"),
            checks=tuple(checks),
        )
        for name, checks in by_name.items()
    ]
    return tuple(sorted(every, key=lambda operation: (operation.family, operation.name)))


def figures(checks: Sequence[Line]) -> tuple[str, str, str]:
    """Return the number of cases of checks, their worst error and that of torch, in words."""
    cases = sum(check["cases"] for check in checks)
    ratios = (_largest(checks, field) for field in ("worst_ratio", "torch_worst_ratio"))
    worst, torch_worst = map(share, ratios)
    return counted(cases) if cases else "", worst, torch_worst


def coverage_words(check: Line) -> str:
    """Return what a check's implementation offers of its function, and what it does not."""
    coverage = check["coverage"]
    offered = f"offered: {', '.join(coverage['offered'])}; " if coverage["offered"] else ""
    return f"{offered}not: {', '.join(coverage['missing'])}"


def _verdict(checks: Sequence[Line], missing: int) -> tuple[Word, str]:
    """Return the worst verdict and its words: how many of how many where not all share it."""
    every = [check["verdict"] for check in checks]
    # What is told by another check, or has nothing to judge, makes nothing worse.
    verdicts = [verdict for verdict in every if verdict != Verdict.NOT_JUDGED] or every
    tally = Counter(verdicts)
    worst = next(verdict for verdict in WORST_FIRST if tally[verdict])
    whole = len(verdicts) + missing
    if worst.failed:
        return worst, worst if tally[worst] == whole else f"{worst} {tally[worst]} of {whole}"
    if worst == Verdict.EXPECTED:
        return worst, f"expected: {tally[worst]} of {whole} fail"
    if worst == Verdict.NOT_PROVIDED and tally[worst] < len(verdicts):
        return Partial.PARTLY, "partly provided"
    if missing and worst != Verdict.NOT_PROVIDED:
        word = "conform" if worst == Verdict.CONFORMS else worst
        return Partial.PARTLY, f"{len(verdicts)} of {whole} {word}"
    if worst.passed and any(check.get("coverage") for check in checks):
        return worst, f"{worst} where offered"
    return worst, worst


def _first(lines: Iterable[Line], field: str) -> str:
    return next((str(line[field]) for line in lines if line.get(field)), "")


def _largest(lines: Iterable[Line], field: str) -> float | None:
    """Return the largest ratio; NaN is larger than every number."""
    ratios = [ratio for line in lines if (ratio := real(line.get(field))) is not None]
    return max(ratios, key=lambda ratio: math.inf if math.isnan(ratio) else ratio, default=None)


def total(record: Record) -> tuple[Word, str]:
    """Return the run's own verdict: the operations' worst, and one line of words.

    A run of claims alone is no verdict on an implementation: it says what they came to.
    """
    if _is_of_claims(record):
        holds = all(claim["verdict"] == ClaimVerdict.HOLDS for claim in record.claims)
        word: Word = ClaimVerdict.HOLDS if holds else Partial.PARTLY
        return word, f"{judgement(record)}{say(': ')}{counts(record)}"
    verdicts = {operation.verdict for operation in operations(record)}
    worst = next((word for word in WORST_FIRST if word in verdicts), Verdict.NOT_PROVIDED)
    return worst, f"{judgement(record)}: {counts(record)}"


def counts(record: Record) -> str:
    """Return how many operations came to what, and over how many cases, in words.

    Where claims alone ran, return how many came to what.
    """
    if _is_of_claims(record):
        return claim_counts(record)
    every = operations(record)
    tally = Counter(operation.verdict for operation in every)
    return f"{_operations(tally)}, {counted(sum(operation.cases for operation in every))} cases"


_DECIDED = (ClaimVerdict.HOLDS, ClaimVerdict.HOLDS_WHEN, ClaimVerdict.DOES_NOT_HOLD)


def claim_counts(record: Record, *, decided: bool = False) -> str:
    """Return how many claims came to what, in words; `decided` leaves out those not run."""
    tally = Counter(claim["verdict"] for claim in record.claims)
    verdicts = _DECIDED if decided else tuple(ClaimVerdict)
    words = [f"{tally[v]} {say(v.verb(tally[v]))}" for v in verdicts if tally[v]]
    return say(", ").join(words)


def not_asked(record: Record) -> str:
    """Return how many checks and claims the run was not asked for, in words; empty for none."""
    left = [line for line in record.not_selected if line["reason"] == Reason.DESELECTED]
    claims = sum(bool(line.get("section")) for line in left)
    parts = ((len(left) - claims, "check"), (claims, "claim"))
    words = [f"{counted(count)} {noun}{'s' * (count != 1)}" for count, noun in parts if count]
    return f"{' and '.join(words)} not asked for" if words else ""


def _is_of_claims(record: Record) -> bool:
    return bool(record.claims) and not record.checks


def judgement(record: Record) -> str:
    """Return the run's own verdict in a few words: whether it conforms, and with which limits."""
    if _is_of_claims(record):
        return say("{count} claims").format(count=counted(len(record.claims)))
    if any(check["verdict"] in FAILED for check in record.checks):
        return "does not conform"
    if not record.checks or all(c["verdict"] == Verdict.NOT_PROVIDED for c in record.checks):
        return "nothing judged"
    limits = []
    if any(check["verdict"] == Verdict.NOT_PROVIDED for check in record.checks):
        limits.append("provided")
    elif any(check.get("coverage") for check in record.checks):
        limits.append("offered")
    if record.not_selected or not record.footer["complete"]:
        limits.append("judged")
    words = "conforms where " + " and ".join(limits) if limits else "conforms"
    expected = sum(check["verdict"] == Verdict.EXPECTED for check in record.checks)
    return f"{words}, but for {expected} expected failures" if expected else words


def _operations(tally: Counter[Word]) -> str:
    """Return how many operations came to what; another convention conforms too."""
    passed = {word: tally.pop(word) for word in list(tally) if word.passed}
    tally[Verdict.CONFORMS] = sum(passed.values())
    counts = [(tally[word], word) for word in WORST_FIRST if tally[word]]
    if not counts:
        return "no operation ran"
    count, word = counts[0]
    if len(counts) == 1 and count > 1:
        return f"all {count} operations {word.verb(count)}"
    noun = "operation" if count == 1 else "operations"
    first = f"{count} {noun} {word.verb(count)}"
    return ", ".join([first, *(f"{count} {word.verb(count)}" for count, word in counts[1:])])
