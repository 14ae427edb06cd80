"""A campaign: judge right implementations on many cases, in search of a false alarm.

All implementations meet the same cases, for which torch and the bounds are evaluated once. The sum
of an operation says how many cases and elements were judged, and how near to its bound the worst
right result came.
"""

import importlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from conformance.implementation.bundled import bundled
from conformance.implementation.load import load
from conformance.judge.check import judge_sweep
from conformance.judge.draw import fills
from conformance.judge.search import Plan
from conformance.record.vocabulary import Verdict
from conformance.run.run import Run
from conformance.run.settings import REFERENCE
from conformance.run.workers import spread
from conformance.spec.finding import CheckResult


@dataclass
class Sum:
    """The sum of an operation's checks, over all implementations."""

    cases: dict[str, int] = field(default_factory=dict)
    elements: int = 0
    unjudged: int = 0
    exact: int = 0
    worst: dict[str, float] = field(default_factory=dict)
    torch_worst: float = 0.0
    alarms: list[str] = field(default_factory=list)

    def add(self, implementation: str, check: str, result: CheckResult) -> None:
        """Add the result of a check on an implementation."""
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
        """Return the sum as plain data."""
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
    """Return the right implementations: the reference, torch, and the alternatives of the cases."""
    module = importlib.import_module(f"{bundled(cases)}.alternatives")
    return (bundled(REFERENCE), "conformance.adapters.torch", *module.ALTERNATIVES)


def campaign(
    implementations: Sequence[str], run: Run, names: Sequence[str], cases: int, workers: int
) -> dict[str, Sum]:
    """Judge every implementation by these checks, on so many cases in all; return sums by name."""
    examples = examples_for(cases, implementations, run, names)
    plan = Plan(examples, run.settings.seed)
    groups = [tuple(check.id for check in group) for group in run.grouped(names).values()]
    results = spread(partial(_judged, tuple(implementations), plan), run, groups, workers)
    sums: dict[str, Sum] = {}
    for by_pair in results.values():
        for (name, implementation), result in by_pair.items():
            if result.verdict != Verdict.NOT_PROVIDED:
                of_operation = sums.setdefault(run.checks[name].operation.name, Sum())
                of_operation.add(implementation, name, result)
    return dict(sorted(sums.items()))


def examples_for(cases: int, implementations: Sequence[str], run: Run, names: Sequence[str]) -> int:
    """Return the examples of each check with which all implementations meet so many cases."""
    judged = [load(spec) for spec in implementations]
    # Networks are left out: which implementations provide all their layers shows only when drawn.
    owed = [run.checks[name] for name in names]
    single = [check for check in owed if check.operation.network is None]
    each = sum(fills(check) for check in single for it in judged if check.provided_by(it))
    return -(-cases // max(each, 1))


def _judged(
    implementations: Sequence[str], plan: Plan, run: Run, names: Sequence[str]
) -> dict[tuple[str, str], CheckResult]:
    checks = [run.checks[name] for name in names]
    loaded = {spec: load(spec) for spec in implementations}
    offered = {spec: it for spec, it in loaded.items() if checks[0].dtype in it.dtypes}
    return judge_sweep(checks, offered, plan, first=True)
