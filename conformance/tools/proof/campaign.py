"""A campaign: many cases over implementations known to be right, in search of a false alarm.

All of them meet the same cases, which are drawn, and answered by torch and the bounds, once. What
is found is summed up operation by operation: how many cases, how much was judged, and how near to
its bound any right result came.
"""

import importlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from conformance.implementation.bundled import bundled
from conformance.implementation.load import load
from conformance.judge.check import judge_all
from conformance.judge.draw import fills
from conformance.judge.search import Plan
from conformance.record.vocabulary import Verdict
from conformance.run.run import Run
from conformance.run.settings import REFERENCE
from conformance.run.workers import spread
from conformance.spec.finding import CheckResult


@dataclass
class Sum:
    """What one operation came to, over all implementations and seeds."""

    cases: dict[str, int] = field(default_factory=dict)
    elements: int = 0
    unjudged: int = 0
    exact: int = 0
    worst: dict[str, float] = field(default_factory=dict)
    torch_worst: float = 0.0
    alarms: list[str] = field(default_factory=list)

    def add(self, implementation: str, check: str, result: CheckResult) -> None:
        """Add what one check came to on one implementation."""
        tally = result.tally
        self.cases[implementation] = self.cases.get(implementation, 0) + tally.cases
        self.elements += tally.elements
        self.unjudged += tally.unjudged
        self.exact += tally.exact
        self.worst[implementation] = max(self.worst.get(implementation, 0.0), tally.worst_ratio)
        self.torch_worst = max(self.torch_worst, tally.torch_worst_ratio)
        if not result.verdict.passed:
            self.alarms.append(f"{implementation}: {check}: {result.message}")

    def plain(self) -> dict[str, Any]:
        """The sum as plain data."""
        share = max(self.elements, 1)
        return {
            "cases": dict(sorted(self.cases.items())),
            "elements": self.elements,
            "exact_share": self.exact / share,
            "unjudged_share": self.unjudged / share,
            "worst_ratio": dict(sorted(self.worst.items())),
            "torch_worst_ratio": self.torch_worst,
            "alarms": self.alarms,
        }


def right_implementations(cases: str) -> tuple[str, ...]:
    """Those known to be right: the reference, torch, and the alternatives of a package of cases."""
    found = importlib.import_module(f"{bundled(cases)}.alternatives")
    return (bundled(REFERENCE), "conformance.adapters.torch", *found.ALTERNATIVES)


def campaign(
    implementations: Sequence[str], run: Run, names: Sequence[str], cases: int, workers: int
) -> dict[str, Sum]:
    """Judge every implementation by these checks; so many cases at least, all in all."""
    examples = examples_for(cases, implementations, run, names)
    plan = Plan(examples, run.settings.seed)
    found = spread(partial(_judged, tuple(implementations), plan), run, names, workers)
    sums: dict[str, Sum] = {}
    for name, by_implementation in found.items():
        one = sums.setdefault(run.checks[name].operation.name, Sum())
        for implementation, result in by_implementation.items():
            # What is not offered is no part of the sum.
            if result.verdict != Verdict.NOT_PROVIDED:
                one.add(implementation, name, result)
    return dict(sorted(sums.items()))


def examples_for(cases: int, implementations: Sequence[str], run: Run, names: Sequence[str]) -> int:
    """Examples for each check so that all implementations together meet so many cases."""
    judged = [load(one) for one in implementations]
    # Of a network nobody knows beforehand who has all that it is made of.
    owed = [run.checks[name] for name in names]
    single = [check for check in owed if check.operation.network is None]
    each = sum(fills(check) for check in single for one in judged if check.provided_by(one))
    return -(-cases // max(each, 1))


def _judged(
    implementations: Sequence[str], plan: Plan, run: Run, name: str
) -> dict[str, CheckResult]:
    check = run.checks[name]
    offering = {one: load(one) for one in implementations}
    return judge_all(
        check, {one: it for one, it in offering.items() if check.dtype in it.dtypes}, plan
    )
