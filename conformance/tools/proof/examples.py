"""How small the suite's counterexamples are: for each named mistake, the one that a report shows.

A counterexample is easy to read where few of its numbers are not zero and these are small
integers. Some mistakes do not show on small integers: in which that is so is tried by itself, on
many structures filled with nothing else.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from conformance.explain.integers import filled, is_plain
from conformance.explain.smallest import smallest
from conformance.implementation.implementation import Implementation
from conformance.implementation.overlay import made
from conformance.judge.check import judge_check
from conformance.judge.draw import trials
from conformance.judge.kinds import judge
from conformance.judge.search import Plan, Search
from conformance.record.vocabulary import Kind, Verdict
from conformance.run.run import Run
from conformance.run.workers import spread
from conformance.spec.check import Check
from conformance.spec.mistake import Mistake
from conformance.spec.tree import leaves


@dataclass(frozen=True)
class Example:
    """The counterexample of a mistake.

    Attributes:
        mistake: its id.
        check: the check that it is shown for.
        numbers: how many numbers the inputs have, the upstream gradient's included.
        nonzero: how many of them are not zero.
        plain: whether all that is free to choose are small integers.
        integers: whether the mistake shows where everything is.
    """

    mistake: str
    check: str
    numbers: int
    nonzero: int
    plain: bool
    integers: bool


def shown_check(mistake: Mistake, checks: dict[str, Check]) -> Check:
    """The plainest check that a mistake breaks: what a report's story of it begins with."""
    broken = [one for one in checks.values() if mistake.breaks_check(one.id)]
    return min(broken, key=lambda one: (list(Kind).index(Kind(one.kind)), one.id))


def example(mistake: Mistake, run: Run) -> Example:
    """The counterexample that a run shows for a mistake, measured.

    Raises:
        LookupError: the suite finds none.
    """
    check = shown_check(mistake, run.checks)
    contender = made(mistake, run.right)
    failure = judge_check(check, contender, run.plan).failure
    if failure is None:
        raise LookupError(f"{check.id} does not reject {mistake.id}")
    case = smallest(check, contender, run.plan, failure).case
    given = list(leaves([*case.inputs.values(), case.grad_output]))
    return Example(
        mistake.id,
        check.id,
        sum(array.size for array in given),
        sum(int(np.count_nonzero(array)) for array in given),
        is_plain(check.operation, case),
        _on_integers(check, contender, run.plan),
    )


def _on_integers(check: Check, contender: Implementation, plan: Plan) -> bool:
    """Whether some case fails in which all numbers are small integers."""
    # Other draws than those in which a run looks for such a case: it must find what is there.
    search = Search(f"{check.id}: shown on integers", plan)

    def passes(structure: Any, seed: int) -> bool:
        cases = (trial.case for trial in trials(check, structure, seed))
        plain = (one for case in cases for one in filled(check.operation, case, seed))
        return not any(judge(check, case, contender).verdict == Verdict.FAILS for case in plain)

    search.over(check.operation.structures, passes)
    return search.failed


def _example(run: Run, name: str) -> Example:
    return example(next(one for one in run.mistakes if one.id == name), run)


def examples(run: Run, names: list[str], workers: int) -> dict[str, Example]:
    """The counterexamples of mistakes by their ids, on several processes."""
    return spread(_example, run, names, workers)
