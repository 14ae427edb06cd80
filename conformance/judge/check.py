"""Judge checks over the trials that they share. What fails is explained elsewhere.

`judge_sweep` is the one way in: a run, a test, a lesson, a campaign and a proof come here.
"""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import groupby

from conformance.implementation.implementation import Implementation
from conformance.judge.coverage import coverage_of
from conformance.judge.draw import visit
from conformance.judge.kinds import judge_trial, not_judged
from conformance.judge.search import Plan
from conformance.judge.stopwatch import lap
from conformance.judge.trial import Trial
from conformance.record.vocabulary import Kind, Problem, Verdict
from conformance.spec.case import Case
from conformance.spec.check import Check
from conformance.spec.coverage import Coverage
from conformance.spec.finding import RESULT, CheckResult, Finding, Judged, Tally

# Ways of failing that are kept apart; after as many, one more tells little.
_MOST_WAYS = 4
# Verdicts of calls that did not come back: each more might cost a process, or its time.
_ENDED = frozenset({Verdict.CRASHED, Verdict.TIMED_OUT})


class CheckRun:
    """What one check of one implementation comes to, as its cases are judged.

    Args:
        check: the check.
        contender: the implementation.
        first: whether the first failure ends it; else it goes on, to find each way of failing.
    """

    def __init__(self, check: Check, contender: Implementation, *, first: bool = False) -> None:
        self._check = check
        self._contender = contender
        self._first = first
        self.tally = Tally()
        self.failures: dict[object, Judged] = {}
        self.suspect: Judged | None = None
        self.defect: Judged | None = None
        self.absent: Finding | None = None
        self.beside: Finding | None = None
        self.answers: tuple[str, ...] | None = None
        self.habits: set[str] = set()
        self.grade = 0
        self.coarse: Judged | None = None
        self.rules: dict[str, Judged | None] = {}

    def case(self, trial: Trial) -> bool:
        """Judge one case; return whether to go on."""
        began = time.perf_counter()
        finding = judge_trial(self._check, trial, self._contender)
        goes_on = self._take(finding, case_of(self._check, trial.case))
        self.tally.seconds += time.perf_counter() - began
        return goes_on

    def _take(self, finding: Finding, case: Case) -> bool:
        if finding.verdict == Verdict.NOT_PROVIDED:
            self.absent = self.absent or finding
            self.tally.declined += 1
            return True
        if finding.verdict == Verdict.NOT_JUDGED:
            self.beside = self.beside or finding
            return True
        self.tally.add(finding)
        if case.refusal is not None and finding.problem in {Problem.NONE, Problem.ACCEPTED}:
            self._keep_rule(finding, case)
            return True
        if finding.verdict == Verdict.ERRORED:
            self.suspect = self.suspect or Judged(case, finding)
            return True
        if not finding.verdict.failed and not self._is_consistent(finding):
            finding = finding.but(Problem.NO_ONE_CONVENTION)
        if finding.verdict.failed:
            self.failures.setdefault(finding.way, Judged(case, finding))
            return not self._is_over(finding)
        if finding.grade > self.grade:
            self.grade, self.coarse = finding.grade, Judged(case, finding)
        if not finding.torch.agrees:
            self.defect = self.defect or Judged(case, finding)
        return True

    def _keep_rule(self, finding: Finding, case: Case) -> None:
        """Keep whether a rule is kept, with the first case in which it is not."""
        refusals = {each.name: each.rule for each in self._check.operation.refusals}
        broken = Judged(case, finding) if finding.problem is Problem.ACCEPTED else None
        rule = refusals[str(case.refusal)]
        self.rules[rule] = self.rules.get(rule) or broken

    def _is_over(self, finding: Finding) -> bool:
        many = len(self.failures) >= _MOST_WAYS
        last = finding.problem is Problem.NO_ONE_CONVENTION or finding.verdict in _ENDED
        return self._first or many or last

    def _is_consistent(self, finding: Finding) -> bool:
        """Return whether some answer fits all cases of a question of convention so far."""
        self.habits |= set(finding.habits)
        if finding.answers:
            known = self.answers or finding.answers
            self.answers = tuple(name for name in known if name in finding.answers)
            otherwise = self._check.question.otherwise
            if otherwise is not None and otherwise.name in {*known, *finding.answers}:
                # What follows none of those with a name may look like any of them in a case.
                self.answers = (otherwise.name,)
        return self.answers != ()

    def result(self) -> CheckResult:
        """Return what the cases so far come to."""
        failures = tuple(self.failures.values())
        missing = self.absent if self.tally.cases == 0 else None
        # A failure counts, even where another case found nothing to judge.
        first = failures[0] if failures else (self.suspect if missing is None else None)
        finding = first.finding if first else (missing or self._nothing())
        if finding is not None:
            failures = failures or ((first,) if first else ())
            return CheckResult(finding.verdict, self.tally, finding, failures, self.defect)
        convention = self._other_convention()
        verdict = Verdict.CONVENTION if convention else Verdict.CONFORMS
        accepted = tuple(broken for broken in self.rules.values() if broken is not None)
        shown = (accepted + ((self.coarse,) if self.coarse else ()))[:_MOST_WAYS]
        return CheckResult(verdict, self.tally, None, shown, self.defect, convention)

    def _nothing(self) -> Finding | None:
        """Return the finding that nothing was judged; None where something was."""
        if self.tally.cases == 0 and self.beside is not None:
            return self.beside
        if self.tally.cases == 0 and self._check.kind == Kind.EDGE:
            return not_judged(RESULT, "no axis of its inputs may be empty")
        # Of empty arrays no element is compared, nor of what should have been refused.
        has_elements = self._check.kind not in {Kind.EDGE, Kind.REFUSAL}
        is_vacuous = self.tally.elements == 0 and has_elements
        if self.tally.cases == 0 or is_vacuous:
            return Finding(Verdict.ERRORED, Problem.VACUOUS)
        return None

    def _other_convention(self) -> str:
        """Return the answer that is followed, where it is not torch's."""
        named = sorted(self.habits)
        if self.grade:
            named.append(f"elementary functions within {self.grade} ulp")
        if self.answers and self._check.question.answers[0].name not in self.answers:
            named.append(self.answers[0])
        broken = [rule for rule, case in self.rules.items() if case is not None]
        if broken:
            kept = len(self.rules) - len(broken)
            named.append(f"keeps {kept} of {len(self.rules)} rules; not: {', '.join(broken)}")
        return ", ".join(named)


def case_of(check: Check, case: Case) -> Case:
    """Return the part of a case that a check looks at: a value needs no upstream gradient."""
    is_forward = check.kind in {Kind.VALUE, Kind.SPECIAL} and check.argument is None
    if case.grad_output is None or not is_forward or check.operation.network is not None:
        return case
    layouts = {name: layout for name, layout in case.layouts.items() if name != "grad_output"}
    return replace(case, grad_output=None, layouts=layouts)


def judge_check(check: Check, contender: Implementation, plan: Plan) -> CheckResult:
    """Judge one check over drawn cases.

    Deterministic: the same check, implementation, plan and versions give the same result, whatever
    other checks are judged with it.
    """
    return judge_checks([check], contender, plan)[check.id]


def judge_checks(
    checks: Iterable[Check], contender: Implementation, plan: Plan, *, first: bool = False
) -> dict[str, CheckResult]:
    """Judge checks of one operation and dtype; return their results by id."""
    owed = list(checks)
    with lap("draw"):
        results = judge_sweep(owed, {"": contender}, plan, first=first)
    return {check.id: results.get((check.id, "")) or _unprovided(check) for check in owed}


def _unprovided(check: Check) -> CheckResult:
    missing = Finding(Verdict.NOT_PROVIDED, Problem.ABSENT, what=check.function)
    return CheckResult(Verdict.NOT_PROVIDED, Tally(), missing)


def judge_sweep(
    checks: Iterable[Check],
    contenders: Mapping[str, Implementation],
    plan: Plan,
    before: Callable[[Trial], None] = lambda _trial: None,
    *,
    first: bool = False,
) -> dict[tuple[str, str], CheckResult]:
    """Judge checks of one operation and dtype, for many implementations, on the same trials.

    A trial is drawn once. torch, its bounds and each function of an implementation are evaluated
    once for all checks that look at them. Each pair gets the verdict that it would get alone.

    Args:
        checks: the checks, of one operation and one dtype.
        contenders: the implementations, by name.
        plan: how the cases are drawn.
        before: called with every trial before the implementations meet it.
        first: whether a check ends with its first failure.

    Returns:
        The results by (id of the check, name of the implementation); none where the implementation
        has no such function.
    """
    results: dict[tuple[str, str], CheckResult] = {}
    by_sweep = sorted(checks, key=lambda check: check.sweep)
    for _, members in groupby(by_sweep, key=lambda check: check.sweep):
        sharing = list(members)
        runs = {
            (check.id, name): CheckRun(check, contender, first=first)
            for check in sharing
            for name, contender in contenders.items()
            if check.provided_by(contender)
        }
        for coverage, some in _by_coverage(sharing, contenders, runs):
            _judge_together(sharing[0], some, plan, before, coverage)
        results |= {key: run.result() for key, run in runs.items()}
    return results


def _judge_together(
    check: Check,
    runs: Mapping[tuple[str, str], CheckRun],
    plan: Plan,
    before: Callable[[Trial], None],
    coverage: Coverage,
) -> None:
    pending = dict(runs)

    def meet(trial: Trial) -> bool:
        before(trial)
        for key in [key for key, run in pending.items() if not run.case(trial)]:
            del pending[key]
        return bool(pending)

    if pending:
        visit(check, plan, meet, coverage)


def _by_coverage(
    checks: Sequence[Check],
    contenders: Mapping[str, Implementation],
    runs: Mapping[tuple[str, str], CheckRun],
) -> list[tuple[Coverage, dict[tuple[str, str], CheckRun]]]:
    """Return the runs that can meet the same trials: those that are offered the same."""
    groups: list[tuple[Coverage, dict[tuple[str, str], CheckRun]]] = []
    for check in checks:
        for name, contender in contenders.items():
            if (check.id, name) not in runs:
                continue
            coverage = coverage_of(check, contender)
            group = next((runs for known, runs in groups if known == coverage), None)
            if group is None:
                group = {}
                groups.append((coverage, group))
            group[check.id, name] = runs[check.id, name]
    return groups
