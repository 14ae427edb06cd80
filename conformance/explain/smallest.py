"""Find the smallest case in which a check fails as it did: the counterexample that is shown."""

from typing import Any

from conformance.explain.integers import filled, is_plain, shares
from conformance.explain.shrink import same_way, simplify, size
from conformance.implementation.implementation import Implementation
from conformance.judge.claim import RowRun, search_row
from conformance.judge.draw import trials
from conformance.judge.kinds import judge, judge_trial
from conformance.judge.search import Plan, Search, silent
from conformance.record.vocabulary import Kind, Problem, Verdict
from conformance.spec.case import Case, Structure
from conformance.spec.check import Check
from conformance.spec.claim import Claim, Row
from conformance.spec.finding import Finding, Judged

_EXAMPLES = 40
# Verdicts of calls that did not come back: each more might cost a process, or its time.
_ENDED = frozenset({Verdict.CRASHED, Verdict.TIMED_OUT})


def smallest(check: Check, contender: Implementation, plan: Plan, failure: Judged) -> Judged:
    """Return the smallest failing case that is found, and its finding.

    The failure is drawn again and shrunk by Hypothesis; then its arrays are made simple; where
    that leaves odd numbers, a case of small integers that fails in the same way is looked for.
    """
    finding = failure.finding
    is_single = finding.verdict == Verdict.FAILS and finding.problem != Problem.NO_ONE_CONVENTION
    if not is_single:
        return failure
    shrunk = _shrunk(check, contender, plan, failure)
    if shrunk.finding.verdict in _ENDED:
        return shrunk
    judged = _Judge(check, contender)
    with silent():
        simple = _simplified(check, judged, shrunk)
    if check.kind == Kind.SPECIAL or simple.case.refusal or is_plain(check.operation, simple.case):
        return simple
    return _on_integers(check, judged, plan, simple.finding) or simple


def _shrunk(check: Check, contender: Implementation, plan: Plan, failure: Judged) -> Judged:
    """Draw the same cases again, and smaller ones from the first failure on."""
    search, best = Search(check.id, plan, shrink=True), failure

    def passes(structure: Any, seed: int) -> bool:
        nonlocal best
        for trial in trials(check, structure, seed):
            finding = judge_trial(check, trial, contender)
            if finding.verdict in _ENDED:
                search.settle()
            if finding.verdict.failed and finding.verdict != Verdict.ERRORED:
                best = min(best, Judged(trial.case, finding), key=lambda one: size(one.case))
                return False
        return True

    search.over(check.operation.structures, passes)
    return best


def smallest_of_row(claim: Claim, row: Row, plan: Plan, failure: Judged) -> Judged:
    """Return the smallest case found in which a claim's row disagrees, and its finding."""
    assert claim.formula is not None
    run, best = RowRun(row, claim.formula), failure

    def agrees(structure: Structure, seed: int) -> bool:
        nonlocal best
        smaller = run.failure_in(structure, seed)
        if smaller is not None:
            best = min(best, smaller, key=lambda one: size(one.case))
        return smaller is None

    search_row(claim, row, plan, agrees, shrink=True)
    with silent():
        return simplify(best, run.judge)


class _Judge:
    """Judges cases until a call does not come back."""

    def __init__(self, check: Check, contender: Implementation) -> None:
        self._check = check
        self._contender = contender
        self.ended = False

    def __call__(self, case: Case) -> Finding:
        if self.ended:
            return Finding(Verdict.ERRORED, Problem.GIVEN_UP)
        finding = judge(self._check, case, self._contender)
        self.ended = finding.verdict in _ENDED
        return finding


def _simplified(check: Check, judged: _Judge, failure: Judged) -> Judged:
    operation = check.operation
    return simplify(failure, judged, operation.complete, shares(operation))


def _on_integers(check: Check, judged: _Judge, plan: Plan, finding: Finding) -> Judged | None:
    """Return a case of small integers that fails in the same way; None where none is found.

    A result that is NaN or infinite here and merely wrong there fails in the same way.
    """
    failures: list[Judged] = []
    operation = check.operation
    examples = Plan(_EXAMPLES, plan.seed)
    search = Search(f"{check.id}: integers", examples, shrink=True)

    def passes(structure: Any, seed: int) -> bool:
        drawn = (trial.case for trial in trials(check, structure, seed))
        for case in (case for one in drawn for case in filled(operation, one, seed)):
            finding_here = judged(case)
            if same_way(finding_here, finding) or _both_by_numbers(finding_here, finding):
                failures.append(Judged(case, finding_here))
                return False
            if judged.ended:
                search.settle()
                return False
        return True

    search.over(operation.structures, passes)
    if not failures:
        return None
    with silent():
        simple = _simplified(check, judged, min(failures, key=lambda one: size(one.case)))
    return simple if is_plain(operation, simple.case) else None


def _both_by_numbers(one: Finding, other: Finding) -> bool:
    flaws = (one.ours.flaw, other.ours.flaw)
    return one.verdict == Verdict.FAILS and all(flaw.is_numeric for flaw in flaws)
