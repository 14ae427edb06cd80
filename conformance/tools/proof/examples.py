"""Measure how small the counterexamples of named mistakes are, as a report shows them.

A counterexample is easy to read if few of its numbers are not zero, and these are small integers.
Some mistakes do not show on small integers. To find them, each mistake is judged on many structures
filled with small integers alone.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from conformance.explain.integers import filled, is_plain
from conformance.explain.smallest import smallest
from conformance.implementation.implementation import Implementation
from conformance.implementation.overlay import made
from conformance.judge.check import case_of, judge_check
from conformance.judge.draw import search, searching, trials
from conformance.judge.kinds import judge
from conformance.judge.search import Plan
from conformance.record.vocabulary import Kind, Verdict
from conformance.run.run import Run
from conformance.run.workers import spread
from conformance.spec.check import Check
from conformance.spec.mistake import Mistake


@dataclass(frozen=True)
class Example:
    """The size of a mistake's counterexample.

    Attributes:
        mistake: the id of the mistake.
        check: the id of the check that fails.
        numbers: the count of numbers in the inputs and the upstream gradient.
        nonzero: how many of them are not zero.
        plain: whether all numbers that can be are small integers.
        integers: whether the mistake shows on small integers at all.
    """

    mistake: str
    check: str
    numbers: int
    nonzero: int
    plain: bool
    integers: bool


def shown_check(mistake: Mistake, checks: dict[str, Check]) -> Check:
    """Return the plainest check that a mistake breaks, with which its story in a report begins."""
    broken = [check for check in checks.values() if mistake.breaks_check(check.id)]
    return min(broken, key=lambda check: (list(Kind).index(Kind(check.kind)), check.id))


def example(mistake: Mistake, run: Run) -> Example:
    """Measure the counterexample that a run shows for a mistake.

    Raises:
        LookupError: the suite does not reject the mistake.
    """
    check = shown_check(mistake, run.checks)
    contender = made(mistake, run.right)
    failure = judge_check(check, contender, run.plan).failure
    if failure is None:
        raise LookupError(f"{check.id} does not reject {mistake.id}")
    case = smallest(check, contender, run.plan, failure).case
    return Example(
        mistake.id,
        check.id,
        sum(array.size for array in case.arrays),
        sum(int(np.count_nonzero(array)) for array in case.arrays),
        is_plain(check.operation, case),
        _on_integers(check, contender, run.plan),
    )


def _on_integers(check: Check, contender: Implementation, plan: Plan) -> bool:
    """Return whether a case of small integers alone fails."""
    # The purpose seeds the search: its draws differ from those of a run.
    drawing = searching(check, plan, purpose=f"/{check.stem}: shown on integers")

    def passes(structure: Any, seed: int) -> bool:
        cases = (case_of(check, trial.case) for trial in trials(check, structure, seed))
        plain = (variant for case in cases for variant in filled(check.operation, case, seed))
        return not any(judge(check, case, contender).verdict == Verdict.FAILS for case in plain)

    search(check, plan, passes, drawing=drawing)
    return drawing.failed


def _example(run: Run, name: str) -> Example:
    return example(next(mistake for mistake in run.mistakes if mistake.id == name), run)


def examples(run: Run, names: list[str], workers: int) -> dict[str, Example]:
    """Measure the counterexamples of mistakes on several processes; return them by id."""
    return spread(_example, run, names, workers)
