"""A check on trial: many contenders, most of them wrong, meet the same cases of one check.

What a case costs is drawing it, torch, and the bound; all of that is done once for all contenders.
Each of them gets the verdict that a run of its own would have come to.
"""

import warnings
from collections.abc import Callable, Mapping
from typing import Any

from conformance.implementation.implementation import Implementation
from conformance.judge.check import CheckRun, Plan, Search
from conformance.judge.draw import trials
from conformance.judge.trial import Trial
from conformance.spec.check import Check
from conformance.spec.finding import CheckResult, CheckVerdict


def results(
    check: Check,
    contenders: Mapping[str, Implementation],
    plan: Plan,
    before: Callable[[Trial], None] = lambda _trial: None,
) -> dict[str, CheckResult]:
    """What a check comes to on each contender that offers its function, by name.

    `before` is told of every trial before the contenders meet it.
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

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        visit(check, plan, meet)
        return {name: run.result(plan) for name, run in runs.items()}


def verdicts(
    check: Check,
    contenders: Mapping[str, Implementation],
    plan: Plan,
    before: Callable[[Trial], None] = lambda _trial: None,
) -> dict[str, CheckVerdict]:
    """The verdict of a check on each contender, by name."""
    found = results(check, contenders, plan, before)
    return {name: found[name].verdict if name in found else "not provided" for name in contenders}


def visit(check: Check, plan: Plan, meet: Callable[[Trial], bool]) -> None:
    """Hand over the trials of a check, one by one, until nobody wants more."""

    def example(structure: Any, seed: int) -> bool:
        return all(map(meet, trials(check, structure, seed)))

    Search(check.id, plan).over(check.operation.structures, example)
