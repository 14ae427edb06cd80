"""Judge one check: draw its cases, judge them, add them up. What fails is explained elsewhere."""

from collections.abc import Callable, Mapping
from typing import Any

from conformance.implementation.implementation import Implementation
from conformance.judge.draw import trials
from conformance.judge.kinds import judge_trial
from conformance.judge.search import Plan, Search
from conformance.judge.stopwatch import lap
from conformance.judge.trial import Trial
from conformance.record.vocabulary import Problem, Verdict
from conformance.spec.check import Check
from conformance.spec.finding import CheckResult, Finding, Judged, Tally


class CheckRun:
    """What one check of one implementation comes to, as its cases are judged."""

    def __init__(self, check: Check, contender: Implementation) -> None:
        self._check = check
        self._contender = contender
        self.tally = Tally()
        self.failure: Judged | None = None
        self.suspect: Judged | None = None
        self.defect: Judged | None = None
        self.absent: Finding | None = None
        self.answers: tuple[str, ...] | None = None

    def case(self, trial: Trial) -> bool:
        """Judge one case; return whether it passes."""
        finding = judge_trial(self._check, trial, self._contender)
        if finding.verdict == Verdict.NOT_PROVIDED:
            self.absent = self.absent or finding
            return True
        self.tally.add(finding)
        if finding.verdict == Verdict.ERRORED:
            self.suspect = self.suspect or Judged(trial.case, finding)
            return True
        if not finding.verdict.failed and not self._is_consistent(finding):
            finding = finding.but(Problem.NO_ONE_CONVENTION)
        if finding.verdict.failed:
            self.failure = Judged(trial.case, finding)
            return False
        if not finding.torch.agrees:
            self.defect = self.defect or Judged(trial.case, finding)
        return True

    def _is_consistent(self, finding: Finding) -> bool:
        """Return whether some answer fits all cases of a question of convention so far."""
        if finding.answers:
            known = self.answers or finding.answers
            self.answers = tuple(name for name in known if name in finding.answers)
        return self.answers != ()

    def result(self) -> CheckResult:
        """Return what the cases so far come to."""
        # A failure counts, even where another case found nothing to judge.
        failure = self.failure or (self.suspect if self.absent is None else None)
        finding = failure.finding if failure else self.absent
        if finding is None and self.tally.elements == 0:
            finding = Finding(Verdict.ERRORED, Problem.VACUOUS)
        if finding is not None:
            return CheckResult(finding.verdict, self.tally, finding, failure, self.defect)
        convention = self._other_convention()
        verdict = Verdict.CONVENTION if convention else Verdict.CONFORMS
        return CheckResult(verdict, self.tally, None, None, self.defect, convention)

    def _other_convention(self) -> str:
        """Return the answer that is followed, where it is not torch's."""
        if not self.answers:
            return ""
        torch = self._check.question.answers[0].name
        return "" if torch in self.answers else self.answers[0]


def judge_check(check: Check, contender: Implementation, plan: Plan) -> CheckResult:
    """Judge one check over drawn cases, up to the first that fails.

    Deterministic: the same check, implementation, plan and versions give the same result.
    """
    with lap("draw"):
        results = judge_all(check, {"": contender}, plan)
    missing = Finding(Verdict.NOT_PROVIDED, Problem.ABSENT, what=check.function)
    return results.get("") or CheckResult(Verdict.NOT_PROVIDED, Tally(), missing)


def judge_all(
    check: Check,
    contenders: Mapping[str, Implementation],
    plan: Plan,
    before: Callable[[Trial], None] = lambda _trial: None,
) -> dict[str, CheckResult]:
    """Judge one check of many implementations on the same cases; return the results by name.

    Drawing a case, torch and the bound cost most, and are done once for all. Each implementation
    gets the verdict that it would get alone; one without the function has no result.

    Args:
        check: the check.
        contenders: the implementations, by name.
        plan: how the cases are drawn.
        before: called with every trial before the implementations meet it.
    """
    runs = {
        name: CheckRun(check, contender)
        for name, contender in contenders.items()
        if check.provided_by(contender)
    }
    pending = dict(runs)

    def meet(trial: Trial) -> bool:
        before(trial)
        for name in [name for name, run in pending.items() if not run.case(trial)]:
            del pending[name]
        return bool(pending)

    if pending:
        visit(check, plan, meet)
    return {name: run.result() for name, run in runs.items()}


def visit(check: Check, plan: Plan, meet: Callable[[Trial], bool]) -> None:
    """Call `meet` with the trials of a check one by one, until it returns False."""

    def example(structure: Any, seed: int) -> bool:
        return all(map(meet, trials(check, structure, seed)))

    Search(check.id, plan).over(check.operation.structures, example)
