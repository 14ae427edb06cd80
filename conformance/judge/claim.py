"""Find the verdict of one claim of the document: try its formula in every row of its table."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.util import find_spec
from typing import Any

import numpy as np

from conformance.judge.search import Plan, Search
from conformance.record.vocabulary import ClaimVerdict, Problem, Verdict
from conformance.spec.case import Case, Structure
from conformance.spec.claim import Claim, Row, row_name
from conformance.spec.finding import Finding, Judged, Tally

# Each drawn structure is filled with numbers so many times.
_FILLS = 3
# A row whose claim has many of them gets fewer structures, but never fewer than these.
_LEAST_EXAMPLES = 10
_ROWS_AT_FULL_EXAMPLES = 4


@dataclass(frozen=True)
class RowResult:
    """Whether a row holds, over how many cases, and the first case in which it does not."""

    row: Row
    holds: bool
    cases: int
    failure: Judged | None = None


@dataclass(frozen=True)
class ClaimResult:
    """A claim's verdict, its truth table, and why nothing was run where nothing was."""

    claim: Claim
    verdict: ClaimVerdict
    rows: tuple[RowResult, ...] = ()
    reason: str = ""


class RowRun:
    """What one row of a claim with a formula comes to, as its cases are judged."""

    def __init__(self, claim: Claim, row: Row) -> None:
        assert claim.formula is not None
        self._claim = claim
        self._row = row
        self._formula = claim.formula
        self.tally = Tally()
        self.failures: list[Judged] = []

    def judge(self, case: Case) -> Finding:
        """Return the finding of a case; no failure where it lies outside the row's universe."""
        if not self._row.admits(case):
            return Finding(Verdict.ERRORED, Problem.OUTSIDE)
        with np.errstate(all="ignore"):
            return self._row.judge(self._formula, case)

    def search(self, plan: Plan, *, shrink: bool = False) -> None:
        """Draw structures of the row until one disagrees; with `shrink`, smaller ones after it."""
        share = _ROWS_AT_FULL_EXAMPLES / max(len(self._claim.rows), _ROWS_AT_FULL_EXAMPLES)
        examples = max(_LEAST_EXAMPLES, round(plan.examples * share))
        plan = replace(plan, examples=min(examples, self._row.examples or examples))
        search = Search(f"{self._claim.id}: {self._row.name}", plan, shrink=shrink)
        search.over(self._row.structures.map(lambda structure: structure), self._agrees)

    def _agrees(self, structure: Structure, seed: int) -> bool:
        """Fill a structure several times; return whether the formula agrees in every case."""
        for number in range(_FILLS):
            rng = np.random.Generator(np.random.PCG64([seed, number]))
            case = Case(self._row.fill(rng, structure), dict(structure.parameters))
            finding = self.judge(case)
            if finding.verdict != Verdict.ERRORED:
                self.tally.add(finding)
            if finding.verdict == Verdict.FAILS:
                self.failures.append(Judged(case, finding))
                return False
        return True


def judge_claim(claim: Claim, plan: Plan) -> ClaimResult:
    """Judge a claim: try its formula in every row of its truth table; return the verdict.

    The rows of the document's own reading decide the verdict. Deterministic: the same claim, plan
    and versions give the same result.

    Raises:
        Suspect: torch and the suite's own truth contradict each other.
    """
    if claim.untestable:
        return ClaimResult(claim, ClaimVerdict.NOT_TESTABLE, reason=claim.untestable)
    if claim.needs and find_spec(claim.needs) is None:
        missing = f"it needs {claim.needs}, which is not installed here"
        return ClaimResult(claim, ClaimVerdict.NOT_TESTABLE, reason=missing)
    if claim.formula is None:
        return ClaimResult(
            claim, ClaimVerdict.NAMED, reason=f"section {claim.number} gives no formula for it"
        )
    rows = tuple(_judge_row(claim, row, plan) for row in claim.rows)
    own = [result.holds for result in rows if result.row.reading == claim.own_reading]
    verdict = ClaimVerdict.HOLDS if all(own) else ClaimVerdict.HOLDS_WHEN
    return ClaimResult(claim, verdict if any(own) else ClaimVerdict.DOES_NOT_HOLD, rows)


def _judge_row(claim: Claim, row: Row, plan: Plan) -> RowResult:
    run = RowRun(claim, row)
    run.search(plan)
    # A row on which nothing was judged is not passed by absence.
    holds = not run.failures and run.tally.elements > 0
    return RowResult(row, holds, run.tally.cases, next(iter(run.failures), None))


def rejudge(claim: Claim, stored: Mapping[str, Any]) -> Finding:
    """Judge the counterexample of one stored row again; return its finding.

    Raises:
        ValueError: the row has no counterexample, or the claim has no such row or no formula.
    """
    counterexample = stored["counterexample"]
    name = row_name(stored["reading"], stored["condition"]) or "the only row"
    if counterexample is None:
        raise ValueError(f"{claim.id}: the row {name} holds: it has no counterexample")
    if claim.formula is None:
        raise ValueError(f"{claim.id}: the document gives no formula: nothing can be replayed")
    rows = {(row.reading, row.condition): row for row in claim.rows}
    row = rows.get((stored["reading"], stored["condition"]))
    if row is None:
        known = "; ".join(row.name or "the only row" for row in claim.rows)
        raise ValueError(f"{claim.id} has no row {name}; it has {known}")
    # Claims are tried on float64 arrays without empty axes: nested lists say everything.
    inputs = {name: np.array(value, np.float64) for name, value in counterexample["inputs"].items()}
    return RowRun(claim, row).judge(Case(inputs, dict(counterexample["parameters"])))
