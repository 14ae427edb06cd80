"""Prove the suite: find which named mistakes each check rejects, and how fine each check is.

Both go check by check, over the cases that a run of the same seed draws.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from conformance.bounds.floats import FORMATS
from conformance.implementation.overlay import made
from conformance.judge.check import judge_sweep
from conformance.judge.draw import visit
from conformance.judge.kinds import judge_trial
from conformance.judge.search import Plan
from conformance.judge.trial import Trial
from conformance.record.vocabulary import Kind, Verdict
from conformance.run.run import Run
from conformance.run.workers import spread
from conformance.spec.check import Check, checks_of
from conformance.spec.mistake import Mistake
from conformance.tools.proof.mechanical import Mistaken, scaled

_PLAIN = frozenset({Kind.VALUE, Kind.GRADIENT})
_ELSEWHERE = frozenset({Kind.SPECIAL, Kind.EDGE, Kind.REFUSAL, Kind.CONVENTION})
# Kinds of check that compare numbers of more than empty arrays, so that each has a finest error.
NUMERIC = frozenset({Kind.VALUE, Kind.GRADIENT, Kind.SPECIAL, Kind.CONVENTION, Kind.TRAINING})


@dataclass(frozen=True)
class Score:
    """A check, and ids of named mistakes.

    Attributes:
        check: the id of the check.
        broken: the mistakes that break it.
        rejected: those that it rejects.
        shown: those that break another check, and that it may reject too.
    """

    check: str
    broken: tuple[str, ...]
    rejected: tuple[str, ...]
    shown: tuple[str, ...] = ()

    @property
    def missed(self) -> tuple[str, ...]:
        """Return the mistakes that break the check, and that it does not reject."""
        return tuple(name for name in self.broken if name not in self.rejected)

    @property
    def wronged(self) -> tuple[str, ...]:
        """Return the mistakes that the check rejects, though they do not break it."""
        due = {*self.broken, *self.shown}
        return tuple(name for name in self.rejected if name not in due)


def score(
    checks: Sequence[Check], mistakes: Sequence[Mistake], right: Any, plan: Plan
) -> list[Score]:
    """Judge every mistake of an operation by its checks in one dtype; return the checks' scores."""
    own = [mistake for mistake in mistakes if mistake.operation == checks[0].operation.name]
    contenders = {mistake.id: made(mistake, right) for mistake in own}
    results = judge_sweep(checks, contenders, plan, first=True)
    rejects = {key for key, result in results.items() if result.rejects}
    return [
        Score(
            check.id,
            tuple(mistake.id for mistake in own if mistake.breaks_check(check.id)),
            tuple(mistake.id for mistake in own if (check.id, mistake.id) in rejects),
            tuple(mistake.id for mistake in own if _may_show(mistake, check)),
        )
        for check in checks
    ]


def _may_show(mistake: Mistake, check: Check) -> bool:
    """Return whether a check may show a mistake that ordinary numbers are due to show.

    What is wrong on those may be wrong on special numbers, at ties and where an axis is empty too.
    Code that was written anew may also refuse less than it should.
    """
    others = {each.id for each in checks_of(check.operation, (check.dtype,)) if each.kind in _PLAIN}
    return check.kind in _ELSEWHERE and any(map(mistake.breaks_check, others))


def sensitivity(checks: Sequence[Check], right: Any, plan: Plan) -> dict[str, int]:
    """Return by check the largest k with which a result scaled by 1 + 2^−k is rejected; 0 for none.

    The checks are of one operation and dtype, and of kinds in NUMERIC.
    """
    finest = {check.id: 0 for check in checks}
    most = FORMATS[checks[0].dtype].p - 1

    def rejects(check: Check, trial: Trial) -> bool:
        mistaken = Mistaken(check, right, scaled(finest[check.id] + 1))
        mistaken.watch(trial)
        finding = judge_trial(check, trial, mistaken.contender("scaled"))
        # A strict run has no grades of accuracy.
        return finding.verdict == Verdict.FAILS or finding.grade > 0

    for _, sharing in groupby(sorted(checks, key=_sweep), key=_sweep):
        pending = list(sharing)

        def meet(trial: Trial, pending: list[Check] = pending) -> bool:
            for check in list(pending):
                while finest[check.id] < most and rejects(check, trial):
                    finest[check.id] += 1
                if finest[check.id] == most:
                    pending.remove(check)
            return bool(pending)

        visit(pending[0], plan, meet)
    return finest


def _sweep(check: Check) -> str:
    return check.sweep


def _scores(run: Run, names: tuple[str, ...]) -> list[Score]:
    return score([run.checks[name] for name in names], run.mistakes, run.right, run.plan)


def _sensitivity(run: Run, names: tuple[str, ...]) -> dict[str, int]:
    return sensitivity([run.checks[name] for name in names], run.right, run.plan)


def scores(run: Run, names: Sequence[str], workers: int) -> list[Score]:
    """Return the scores of checks, from several processes."""
    by_group = spread(_scores, run, _groups(run, names), workers)
    return [each for group in by_group.values() for each in group]


def sensitivities(run: Run, names: Sequence[str], workers: int) -> dict[str, int]:
    """Return the sensitivity of each check, by id, from several processes."""
    by_group = spread(_sensitivity, run, _groups(run, names), workers)
    return {name: k for group in by_group.values() for name, k in group.items()}


def _groups(run: Run, names: Sequence[str]) -> list[tuple[str, ...]]:
    return [tuple(check.id for check in group) for group in run.grouped(names).values()]
