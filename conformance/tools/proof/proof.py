"""Prove the suite: find which named mistakes each check rejects, and how fine each check is.

Both go check by check, over the cases that a run of the same seed draws.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from conformance.bounds.floats import FORMATS
from conformance.implementation.overlay import made
from conformance.judge.check import judge_all, visit
from conformance.judge.kinds import judge_trial
from conformance.judge.search import Plan
from conformance.judge.trial import Trial
from conformance.record.vocabulary import Verdict
from conformance.run.run import Run
from conformance.run.workers import spread
from conformance.spec.check import Check
from conformance.spec.mistake import Mistake
from conformance.tools.proof.mechanical import Mistaken, scaled


@dataclass(frozen=True)
class Score:
    """A check, the ids of the named mistakes that break it, and of those that it rejects."""

    check: str
    broken: tuple[str, ...]
    rejected: tuple[str, ...]

    @property
    def missed(self) -> tuple[str, ...]:
        """Return the mistakes that break the check, and that it does not reject."""
        return tuple(name for name in self.broken if name not in self.rejected)

    @property
    def wronged(self) -> tuple[str, ...]:
        """Return the mistakes that the check rejects, though they do not break it."""
        return tuple(name for name in self.rejected if name not in self.broken)


def score(check: Check, mistakes: Sequence[Mistake], right: Any, plan: Plan) -> Score:
    """Judge every mistake of the check's operation by the check; return its score."""
    own = [mistake for mistake in mistakes if mistake.operation == check.operation.name]
    results = judge_all(check, {mistake.id: made(mistake, right) for mistake in own}, plan)
    broken = tuple(mistake.id for mistake in own if mistake.breaks_check(check.id))
    rejected = [name for name, result in results.items() if result.verdict == Verdict.FAILS]
    return Score(check.id, broken, tuple(rejected))


def sensitivity(check: Check, right: Any, plan: Plan) -> int:
    """Return the largest k with which a result scaled by 1 + 2^−k is rejected; 0 for none."""
    finest = 0
    most = FORMATS[check.dtype].p - 1

    def rejects(trial: Trial, k: int) -> bool:
        mistaken = Mistaken(check, right, scaled(k))
        mistaken.watch(trial)
        return judge_trial(check, trial, mistaken.contender("scaled")).verdict == Verdict.FAILS

    def meet(trial: Trial) -> bool:
        nonlocal finest
        while finest < most and rejects(trial, finest + 1):
            finest += 1
        return finest < most

    visit(check, plan, meet)
    return finest


def _score(run: Run, name: str) -> Score:
    return score(run.checks[name], run.mistakes, run.right, run.plan)


def _sensitivity(run: Run, name: str) -> int:
    return sensitivity(run.checks[name], run.right, run.plan)


def scores(run: Run, names: Sequence[str], workers: int) -> dict[str, Score]:
    """Return the score of each check, by id, from several processes."""
    return spread(_score, run, names, workers)


def sensitivities(run: Run, names: Sequence[str], workers: int) -> dict[str, int]:
    """Return the sensitivity of each check, by id, from several processes."""
    return spread(_sensitivity, run, names, workers)
