"""Make a failing case small: fewer elements that are not zero, small integers, few digits.

Hypothesis has made the structure small; this makes the arrays readable, as long as the same
check fails in the same way. Bounded by a count of calls, so that it is the same everywhere.
"""

from collections.abc import Callable, Collection
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from conformance.bounds.floats import Array, is_real
from conformance.explain.integers import fill, is_small
from conformance.record.vocabulary import Verdict
from conformance.spec.case import Case
from conformance.spec.finding import Finding, Judged
from conformance.spec.tree import leaves, nested

_CALLS = 600
# More elements of an array are not tried one by one.
_ELEMENTS = 40
# Fillings of small integers that are tried where the failing numbers are none.
_REFILLS = 8
# Numbers that are tried after the small integers, the plainest first; only those smaller in size
# than the number itself, or larger if they are fractions.
_LARGE = (20, 50, 100, 200, 500, 1000, 5000, 10_000, 100_000)
_FRACTIONS = (0.5, 0.25, 0.1, 0.01, 1e-3, 1e-4, 1e-6, 1e-8, 1e-12, 1e-20, 1e-30)

Judge = Callable[[Case], Finding]
Completed = Callable[[Case], Case]


def size(case: Case) -> tuple[int, int, int, int]:
    """Return what makes a case large to read: elements, parameters, odd layouts, odd numbers."""
    numbers = leaves(list(case.parameters.values()))
    parameters = sum(abs(number) for number in numbers if isinstance(number, int))
    layouts = sum(layout != "contiguous" for layout in case.layouts.values())
    odd = sum(int(np.count_nonzero(~is_small(array))) for array in case.arrays)
    return sum(array.size for array in case.arrays), parameters, layouts, odd


class _Budget:
    """The simplest failing case so far, and the calls that are left to find a simpler one."""

    def __init__(self, failure: Judged, judge: Judge, completed: Completed) -> None:
        self.case, self.finding = failure
        self._judge = judge
        self._completed = completed
        self._left = _CALLS

    def offer(self, case: Case) -> bool:
        """Keep a case if it fails in the same way; return whether it does."""
        if self._left <= 0:
            return False
        self._left -= 1
        try:
            # Derived inputs follow those that were made simpler.
            case = self._completed(case)
            finding = self._judge(case)
        except Exception:  # noqa: BLE001 - out of the operation's domain, as a label may get
            return False
        alike = same_way(finding, self.finding)
        if alike:
            self.case, self.finding = case, finding
        return alike


def same_way(finding: Finding, other: Finding) -> bool:
    """Return whether a case fails, and in the same way as another."""
    return finding.verdict == Verdict.FAILS and finding.way == other.way


def simplify(
    failure: Judged,
    judge: Judge,
    completed: Completed = lambda case: case,
    shares: Collection[str] = (),
) -> Judged:
    """Return the simplest case found that fails in the same way, and its finding.

    Args:
        failure: the failing case, and its finding.
        judge: judges a case.
        completed: the operation's own; it derives the inputs that depend on others.
        shares: names of inputs whose numbers are probabilities, which stay within [0, 1].
    """
    budget = _Budget(failure, judge, completed)
    budget.offer(replace(failure.case, layouts={}))
    names = list(failure.case.arguments)
    _refill(budget, [name for name in names if name not in shares])
    for change in (np.zeros_like, np.ones_like, _rounded):
        for name in names:
            _change(budget, name, change)
    for name in names:
        _element_by_element(budget, name, 1.0 if name in shares else np.inf)
    return Judged(budget.case, budget.finding)


def _refill(budget: _Budget, names: list[str]) -> None:
    """Replace all numbers at once by small integers, some of them equal, some zero."""
    given = {name: budget.case.arguments[name] for name in names}
    if all(is_small(array).all() for array in leaves(list(given.values()))):
        return
    for seed in range(_REFILLS):
        rng = np.random.Generator(np.random.PCG64(seed))
        drawn = {name: nested(partial(fill, rng), value) for name, value in given.items()}
        if budget.offer(budget.case.but(**drawn)):
            return


def _change(budget: _Budget, name: str, change: Callable[[Array], Array]) -> None:
    """Offer the case with all elements of one argument changed."""
    value = budget.case.arguments[name]
    # Zeros are simpler than ones.
    if change is np.ones_like and not any(array.any() for array in leaves(value)):
        return
    with np.errstate(all="ignore"):
        budget.offer(budget.case.but(**{name: nested(change, value)}))


def _rounded(array: Array) -> Array:
    rounded: Array = np.rint(np.clip(array, -9, 9)).astype(array.dtype)
    return rounded


def _element_by_element(budget: _Budget, name: str, most: float) -> None:
    """Replace each element in turn by a simpler number, the plainest that fails."""
    for leaf, array in enumerate(leaves(budget.case.arguments[name])):
        for position in range(min(array.size, _ELEMENTS)):
            for number in _simpler(array.reshape(-1)[position]):
                if abs(number) > most:
                    continue
                if budget.offer(_with_element(budget.case, name, leaf, position, number)):
                    break


def _simpler(number: Any) -> list[Any]:
    """Return what may stand in a number's place, the plainest first."""
    if number == 0 or (number == 1 and is_real(number.dtype)):
        return [0] if number == 1 else []
    if not np.isfinite(number):
        return [0, 1]
    near, sign = float(number), -1 if number < 0 else 1
    choices: list[float] = [0, 1, -1 if number < 0 else 2]
    if not is_small(np.asarray(number)):
        choices += [sign * integer for integer in (2, 3, 5, 9)]
        choices += [sign * large for large in _LARGE if large < abs(near)]
        choices += [sign * fraction for fraction in _FRACTIONS if fraction > abs(near)]
    choices += [round(near), float(f"{near:.1g}"), float(f"{near:.2g}")]
    return [choice for choice in dict.fromkeys(choices) if choice != number]


def _with_element(case: Case, name: str, leaf: int, position: int, number: Any) -> Case:
    """Return the case with one element replaced, of one of the arrays of an argument."""
    copied = nested(lambda array: array.copy(), case.arguments[name])
    list(leaves(copied))[leaf].reshape(-1)[position] = number
    return case.but(**{name: copied})
