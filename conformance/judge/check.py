"""Run one check: draw, judge, tally, and make the first failure small."""

import time
import warnings
from dataclasses import replace
from typing import Any

from conformance.explain.counterexample import counterexample
from conformance.explain.counterexample_search import smallest
from conformance.explain.shrink import size
from conformance.implementation.implementation import Implementation
from conformance.judge.draw import trials
from conformance.judge.kinds import judge_trial
from conformance.judge.search import Plan, Search
from conformance.judge.stopwatch import stopwatch
from conformance.judge.trial import Trial
from conformance.spec.case import Case
from conformance.spec.check import Check
from conformance.spec.finding import CheckResult, Finding, Tally

__all__ = ["CheckRun", "Plan", "Search", "run_check"]

_NO_CONVENTION = "follows no one convention throughout"

# What a case may come to that ends its check.
_WRONG = frozenset({"fails", "crashed", "timed out"})


class CheckRun:
    """One check against one implementation, as its cases come in."""

    def __init__(self, check: Check, contender: Implementation) -> None:
        self._check = check
        self._contender = contender
        self.tally = Tally()
        self.failure: tuple[Case, Finding] | None = None
        self.suspect: tuple[Case, Finding] | None = None
        self.defect: tuple[Case, Finding] | None = None
        self.absent = ""
        self.answers: tuple[str, ...] | None = None
        # Whether a call took its process down: each more would cost a process, or its time.
        self.ended = False

    def example(self, structure: Any, seed: int) -> bool:
        """Judge every case of a structure; whether all of them pass."""
        return all(self.case(trial) for trial in trials(self._check, structure, seed))

    def case(self, trial: Trial) -> bool:
        """Judge one case; whether it passes."""
        finding = judge_trial(self._check, trial, self._contender)
        self.ended |= finding.verdict in {"crashed", "timed out"}
        if finding.verdict == "not provided":
            self.absent = self.absent or finding.message
            return True
        if self.failure is None:
            self.tally.add(finding)
        if finding.verdict == "errored":
            self.suspect = self.suspect or (trial.case, finding)
        elif finding.verdict in _WRONG or not self._consistent(finding):
            self._keep(trial.case, finding)
            return False
        elif not finding.torch.agrees:
            self.defect = self.defect or (trial.case, finding)
        return True

    def _consistent(self, finding: Finding) -> bool:
        """Whether one and the same answer fits all cases of a question of convention."""
        if finding.answers:
            known = self.answers or finding.answers
            self.answers = tuple(one for one in known if one in finding.answers)
        return self.answers != ()

    def _keep(self, case: Case, finding: Finding) -> None:
        if finding.verdict not in _WRONG:
            finding = replace(finding, verdict="fails", message=_NO_CONVENTION)
        if self.failure is None or size(case) < size(self.failure[0]):
            self.failure = (case, finding)

    def result(self, plan: Plan) -> CheckResult:
        """What the cases so far come to; the failure is made small first."""
        defect = self._as_data(self.defect)
        # A failure counts, even where another case found nothing to judge.
        if self.absent and self.failure is None:
            return CheckResult("not provided", self.tally, self.absent, torch_defect=defect)
        if self.failure is not None:
            case, finding = self._smallest(plan)
            data = self._as_data((case, finding))
            return CheckResult(finding.verdict, self.tally, finding.message, "", data, defect)
        if self.suspect is not None:
            message, data = self.suspect[1].message, self._as_data(self.suspect)
            return CheckResult("errored", self.tally, message, "", data, defect)
        if self.tally.elements == 0:
            message = "no element was judged: the check is vacuous"
            return CheckResult("errored", self.tally, message)
        convention = _other_convention(self._check, self.answers)
        verdict: Any = "convention" if convention else "conforms"
        return CheckResult(verdict, self.tally, "", convention, None, defect)

    def _smallest(self, plan: Plan) -> tuple[Case, Finding]:
        assert self.failure is not None
        case, finding = self.failure
        if self.ended or not plan.small or finding.message == _NO_CONVENTION:
            return case, finding
        return smallest(self._check, self._contender, plan, case, finding)

    def _as_data(self, kept: tuple[Case, Finding] | None) -> dict[str, Any] | None:
        return None if kept is None else counterexample(self._check, *kept)


def run_check(check: Check, contender: Implementation, plan: Plan) -> CheckResult:
    """Judge one check over drawn cases.

    Deterministic: the same check, implementation, plan and versions give the same result but
    for its seconds.
    """
    began = time.perf_counter()
    if not check.provided_by(contender):
        return CheckResult("not provided", Tally(), f"{check.function} is not provided")
    run = CheckRun(check, contender)
    search = Search(check.id, plan)

    def example(structure: Any, seed: int) -> bool:
        passes = run.example(structure, seed)
        if run.ended:
            search.settle()
        return passes

    # Warnings are judged where they are listened to; here they must neither show nor raise.
    with stopwatch.lap("draw"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        search.over(check.operation.structures, example)
        result = run.result(plan)
    return replace(result, seconds=time.perf_counter() - began)


def _other_convention(check: Check, answers: tuple[str, ...] | None) -> str:
    if check.kind != "convention" or not answers:
        return ""
    question = next(c for c in check.operation.conventions if c.question == check.argument)
    return "" if question.answers[0].name in answers else answers[0]
