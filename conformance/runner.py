"""Run one check: draw, judge, tally, and make the first failure small."""

import time
import warnings
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import hypothesis
from hypothesis import HealthCheck, Phase
from hypothesis import strategies as st
from hypothesis.errors import HypothesisException
from hypothesis.internal.conjecture.providers import AVAILABLE_PROVIDERS, HypothesisProvider
from hypothesis.strategies import SearchStrategy

from conformance.case import Case, Check
from conformance.drawing import trials
from conformance.fills import probabilities
from conformance.implementation import Implementation
from conformance.judges import judge, judge_trial
from conformance.plain import counterexample
from conformance.simplify import simplify, size
from conformance.timing import stopwatch
from conformance.trial import Trial
from conformance.verdict import CheckResult, Finding, Tally

# Examples that Hypothesis may try while it makes a failure small; counted, so that a run is
# the same on a slow machine.
_SHRINK_BUDGET = 150

# With the structure itself this seeds the fill.
_NUMBERS = st.integers(0, 255)

_NO_CONVENTION = "follows no one convention throughout"


class _Draws(HypothesisProvider):
    """Hypothesis's own way of drawing, but for two habits.

    It draws constants that stand in the source of modules that happen to be imported: what is
    drawn would depend on whose implementation is judged, and on how the suite was installed.
    And under its own name, which this provider does not bear, every third example is one drawn
    before with a part copied over another: a third fewer distinct shapes. Shrinking is the same.
    """

    def _maybe_draw_constant(self, *_args: Any, **_options: Any) -> None:
        return None


_BACKEND = "nn-conformance"
AVAILABLE_PROVIDERS.setdefault(_BACKEND, _Draws)


@dataclass(frozen=True)
class Plan:
    """How a run draws: structures per check, seed, whether failures are made small."""

    examples: int = 40
    seed: int = 0
    small: bool = True
    replay: str = "nn-conformance replay '{id}'"


# What a case may come to that ends its check.
_WRONG = frozenset({"fails", "crashed", "timed out"})


class _Wrong(Exception):  # noqa: N818 - a signal to Hypothesis that the example is interesting
    """Raised inside a Hypothesis test where a case fails."""


class Search:
    """Examples of a strategy until one fails; then smaller ones that fail too, within a budget."""

    def __init__(self, name: str, plan: Plan) -> None:
        self._name = name
        self._plan = plan
        self.failed = False
        self._left = _SHRINK_BUDGET if plan.small else 0

    def settle(self) -> None:
        """No smaller example is wanted."""
        self._left = 0

    def over(self, strategy: SearchStrategy[Any], test: Callable[[Any, int], bool]) -> None:
        """Call the test with examples and seeds; it returns whether the example passes."""

        def body(example: Any, number: int) -> None:
            if self.failed:
                if self._left <= 0:
                    return
                self._left -= 1
            if not test(example, zlib.crc32(f"{example!r}: {number}".encode())):
                self.failed = True
                raise _Wrong

        seed = zlib.crc32(f"{self._plan.seed}:{self._name}".encode())
        given = hypothesis.given(strategy, _NUMBERS)(body)
        try:
            hypothesis.seed(seed)(self._settings()(given))()
        except (_Wrong, HypothesisException, BaseExceptionGroup):
            # Past its budget a failing example no longer fails, which Hypothesis calls flaky.
            if not self.failed:
                raise

    def _settings(self) -> hypothesis.settings:
        phases = (Phase.generate, Phase.shrink) if self._plan.small else (Phase.generate,)
        return hypothesis.settings(
            backend=_BACKEND,
            max_examples=self._plan.examples,
            database=None,
            deadline=None,
            derandomize=False,
            print_blob=False,
            report_multiple_bugs=False,
            phases=phases,
            suppress_health_check=list(HealthCheck),
        )


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

    @property
    def ended(self) -> bool:
        """Whether a call took its process down: each more would cost a process, or its time."""
        return self.failure is not None and self.failure[1].verdict != "fails"

    def example(self, structure: Any, seed: int) -> bool:
        """Judge every case of a structure; whether all of them pass."""
        return all(self.case(trial) for trial in trials(self._check, structure, seed))

    def case(self, trial: Trial) -> bool:
        """Judge one case; whether it passes."""
        finding = judge_trial(self._check, trial, self._contender)
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
        defect = self._as_data(self.defect, plan)
        # A failure counts, even where another case found nothing to judge.
        if self.absent and self.failure is None:
            return CheckResult("not provided", self.tally, self.absent, torch_defect=defect)
        if self.failure is not None:
            case, finding = self._smallest(plan)
            data = self._as_data((case, finding), plan)
            return CheckResult(finding.verdict, self.tally, finding.message, "", data, defect)
        if self.suspect is not None:
            message, data = self.suspect[1].message, self._as_data(self.suspect, plan)
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
        check, contender, operation = self._check, self._contender, self._check.operation
        shares = {one.name for one in operation.inputs if one.fill is probabilities}
        return simplify(
            case, finding, lambda c: judge(check, c, contender), operation.complete, shares
        )

    def _as_data(self, kept: tuple[Case, Finding] | None, plan: Plan) -> dict[str, Any] | None:
        return None if kept is None else counterexample(self._check, *kept, plan.replay)


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
