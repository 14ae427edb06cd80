"""Find the smallest case in which a check fails as it did: the counterexample that is shown."""

from conformance.explain.integers import filled, is_plain, shares
from conformance.explain.shrink import same_way, simplify, size
from conformance.implementation.implementation import Implementation
from conformance.judge.check import case_of
from conformance.judge.claim import RowRun
from conformance.judge.coverage import coverage_of
from conformance.judge.draw import search, searching, trials
from conformance.judge.kinds import judge, judge_trial
from conformance.judge.search import Plan, silent
from conformance.record.vocabulary import Kind, Problem, Verdict
from conformance.spec.case import Case, Structure
from conformance.spec.check import Check
from conformance.spec.claim import Claim, Row
from conformance.spec.finding import Finding, Judged

_EXAMPLES = 40
# A case of more elements is left as it is.
_LARGE = 10_000
# Verdicts of calls that did not come back: each more might cost a process, or its time.
_ENDED = frozenset({Verdict.CRASHED, Verdict.TIMED_OUT})


def smallest(check: Check, contender: Implementation, plan: Plan, failure: Judged) -> Judged:
    """Return the smallest case found that fails as a check did, and its finding.

    The failure is drawn again and shrunk by Hypothesis; then its arrays are made simple. If odd
    numbers remain, a case of small integers is searched for that fails in the same way.
    """
    finding = failure.finding
    if finding.verdict != Verdict.FAILS or finding.problem == Problem.NO_ONE_CONVENTION:
        return failure
    if sum(array.size for array in failure.case.arrays) > _LARGE:
        # Fewer elements would not show it.
        return failure
    shrunk = _shrunk(check, contender, plan, failure)
    if shrunk.finding.verdict in _ENDED:
        return shrunk
    bench = _Bench(check, contender)
    simple = bench.simplified(shrunk)
    if check.kind == Kind.SPECIAL or simple.case.refusal or is_plain(check.operation, simple.case):
        return simple
    return _on_integers(bench, plan, simple.finding) or simple


def smallest_of_row(claim: Claim, row: Row, plan: Plan, failure: Judged) -> Judged:
    """Return the smallest case found in which a claim's row disagrees, and its finding."""
    run = RowRun(claim, row)
    run.search(plan, shrink=True)
    with silent():
        return simplify(min([failure, *run.failures], key=_size), run.judge)


def _size(judged: Judged) -> tuple[int, ...]:
    return size(judged.case)


def _shrunk(check: Check, contender: Implementation, plan: Plan, failure: Judged) -> Judged:
    """Draw the same cases again, and smaller ones from the first that fails in the same way."""
    drawing, failures = searching(check, plan, shrink=True), [failure]

    def passes(structure: Structure, seed: int) -> bool:
        for trial in trials(check, structure, seed):
            finding = judge_trial(check, trial, contender)
            if finding.verdict in _ENDED:
                drawing.settle()
            if finding.verdict in _ENDED or same_way(finding, failure.finding):
                failures.append(Judged(case_of(check, trial.case), finding))
                return False
        return True

    search(check, plan, passes, coverage_of(check, contender), drawing=drawing)
    return min(failures, key=_size)


class _Bench:
    """Judges cases of a check until a call does not come back."""

    def __init__(self, check: Check, contender: Implementation) -> None:
        self.check = check
        self._contender = contender
        self.ended = False
        self.coverage = coverage_of(check, contender)

    def judge(self, case: Case) -> Finding:
        if self.ended:
            return Finding(Verdict.ERRORED, Problem.GIVEN_UP)
        finding = judge(self.check, case, self._contender)
        self.ended = finding.verdict in _ENDED
        return finding

    def simplified(self, failure: Judged) -> Judged:
        operation = self.check.operation
        with silent():
            return simplify(failure, self.judge, operation.completed, shares(operation))


def _on_integers(bench: _Bench, plan: Plan, due: Finding) -> Judged | None:
    """Return a case of small integers that fails in the same way; None where none comes up.

    A result that is NaN or infinite in one case and merely wrong in the other fails alike.
    """
    failures: list[Judged] = []
    operation = bench.check.operation
    check, examples = bench.check, Plan(_EXAMPLES, plan.seed)
    drawing = searching(check, examples, purpose=f"/{check.stem}: integers", shrink=True)

    def passes(structure: Structure, seed: int) -> bool:
        for trial in trials(bench.check, structure, seed):
            for case in filled(operation, case_of(check, trial.case), seed):
                finding = bench.judge(case)
                is_wrong = finding.verdict == Verdict.FAILS and finding.ours.flaw.is_numeric
                if (is_wrong and due.ours.flaw.is_numeric) or same_way(finding, due):
                    failures.append(Judged(case, finding))
                    return False
                if bench.ended:
                    drawing.settle()
                    return False
        return True

    search(check, examples, passes, bench.coverage, drawing=drawing)
    if not failures:
        return None
    simple = bench.simplified(min(failures, key=_size))
    return simple if is_plain(operation, simple.case) else None
