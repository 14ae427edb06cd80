"""Make a failing case small: fewer elements that are not zero, small integers, few digits.

Hypothesis has made the structure small; this makes the arrays readable, as long as the same
check fails in the same way. Bounded by a count of calls, so that it is the same everywhere.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from conformance.bounds.floats import Array, is_real
from conformance.explain.integers import fill, is_small
from conformance.record.vocabulary import Verdict
from conformance.spec.case import Case, Inputs, Parameters
from conformance.spec.finding import Finding, Judged
from conformance.spec.tree import leaves, nested

_CALLS = 600
# Fillings of small integers that are tried where the failing numbers are none.
_REFILLS = 8
# What is tried for a number after the small integers, the plainest first: those beyond it in
# size are passed over.
_LARGE = (20, 50, 100, 200, 500, 1000, 5000, 10_000, 100_000)
_FRACTIONS = (0.5, 0.25, 0.1, 0.01, 1e-3, 1e-4, 1e-6, 1e-8, 1e-12, 1e-20, 1e-30)

Complete = Callable[[Inputs, Parameters], Inputs] | None


def size(case: Case) -> tuple[int, int, int, int]:
    """What makes a case larger to read: elements, parameters, odd layouts, odd numbers."""
    arrays = list(leaves([*case.inputs.values(), case.grad_output]))
    elements = sum(array.size for array in arrays)
    parameters = sum(abs(number) for number in _numbers(list(case.parameters.values())))
    odd = sum(layout != "contiguous" for layout in case.layouts.values())
    rough = sum(int(np.count_nonzero(~is_small(array))) for array in arrays)
    return elements, parameters, odd, rough


def _numbers(values: list[Any]) -> Iterator[int]:
    for value in values:
        if isinstance(value, tuple | list):
            yield from _numbers(list(value))
        elif isinstance(value, int):
            yield int(value)


class _Budget:
    """The best failing case so far, and the calls that are left."""

    def __init__(
        self, failure: Judged, judge: Callable[[Case], Finding], complete: Complete
    ) -> None:
        self.case, self.finding = failure
        self._judge = judge
        self._complete = complete
        self._left = _CALLS

    def offer(self, case: Case) -> bool:
        """Take the case if it fails in the same way."""
        if self._left <= 0:
            return False
        self._left -= 1
        try:
            if self._complete is not None and case.refusal is None:
                # Derived inputs follow those that were made simpler.
                case = replace(case, inputs=self._complete(case.inputs, dict(case.parameters)))
            finding = self._judge(case)
        except Exception:  # noqa: BLE001 - out of the operation's domain, as a label may get
            return False
        alike = same_way(finding, self.finding)
        if alike:
            self.case, self.finding = case, finding
        return alike


def same_way(one: Finding, other: Finding) -> bool:
    """Return whether a case fails, and in the same way as another."""
    return one.verdict == Verdict.FAILS and _way(one) == _way(other)


def _way(finding: Finding) -> object:
    return finding.ours.flaw or finding.key


def simplify(
    failure: Judged,
    judge: Callable[[Case], Finding],
    complete: Complete = None,
    shares: Collection[str] = (),
) -> Judged:
    """Return the simplest case found that fails in the same way, and its finding.

    `complete` is the operation's own: it derives the inputs that depend on others. `shares` names
    inputs whose numbers are probabilities: no number outside [0, 1] is offered for them.
    """
    budget = _Budget(failure, judge, complete)
    budget.offer(replace(failure.case, layouts={}))
    names = [*failure.case.inputs, "grad_output"]
    _refill(budget, [name for name in names if name not in shares])
    for step in (_to_zeros, _to_ones, _to_integers):
        for name in names:
            step(budget, name)
    for name in names:
        _element_by_element(budget, name, 1.0 if name in shares else np.inf)
    return Judged(budget.case, budget.finding)


def _refill(budget: _Budget, names: list[str]) -> None:
    """All numbers at once by small integers, some of them equal, some zero."""
    if all(is_small(array).all() for name in names for array in leaves(_get(budget.case, name))):
        return
    for seed in range(_REFILLS):
        rng = np.random.Generator(np.random.PCG64(seed))
        case = budget.case
        for name in names:
            if _get(case, name) is not None:
                case = _put(case, name, nested(partial(fill, rng), _get(case, name)))
        if budget.offer(case):
            return


def _get(case: Case, name: str) -> Any:
    return case.grad_output if name == "grad_output" else case.inputs[name]


def _put(case: Case, name: str, value: Any) -> Case:
    if name == "grad_output":
        return replace(case, grad_output=value)
    return replace(case, inputs={**case.inputs, name: value})


def _whole(budget: _Budget, name: str, change: Callable[[Array], Array]) -> None:
    value = _get(budget.case, name)
    if value is not None:
        with np.errstate(all="ignore"):
            budget.offer(_put(budget.case, name, nested(change, value)))


def _to_zeros(budget: _Budget, name: str) -> None:
    _whole(budget, name, np.zeros_like)


def _to_ones(budget: _Budget, name: str) -> None:
    if any(array.any() for array in leaves(_get(budget.case, name))):
        _whole(budget, name, np.ones_like)


def _to_integers(budget: _Budget, name: str) -> None:
    _whole(budget, name, lambda a: np.rint(np.clip(a, -9, 9)).astype(a.dtype))


def _element_by_element(budget: _Budget, name: str, most: float) -> None:
    """Each element in turn: nothing, one, a small integer, a round number, two digits."""
    for leaf, array in enumerate(leaves(_get(budget.case, name))):
        for position in range(min(array.size, 40)):
            number = array.reshape(-1)[position]
            for simpler in _simpler(number):
                if abs(simpler) > most:
                    continue
                if budget.offer(_with_element(budget.case, name, leaf, position, simpler)):
                    break


def _simpler(number: Any) -> list[Any]:
    """What may stand in a number's place, the plainest first."""
    if number == 0 or (number == 1 and is_real(number.dtype)):
        return [0] if number == 1 else []
    if not np.isfinite(number):
        return [0, 1]
    near, sign = float(number), -1 if number < 0 else 1
    choices: list[float] = [0, 1, -1 if number < 0 else 2]
    if not is_small(np.asarray(number)):
        choices += [sign * one for one in (2, 3, 5, 9)]
        choices += [sign * one for one in _LARGE if one < abs(near)]
        choices += [sign * one for one in _FRACTIONS if one > abs(near)]
    choices += [round(near), float(f"{near:.1g}"), float(f"{near:.2g}")]
    return [one for one in dict.fromkeys(choices) if one != number]


def _with_element(case: Case, name: str, leaf: int, position: int, number: Any) -> Case:
    counter = iter(range(1_000_000))

    def change(array: Array) -> Array:
        if next(counter) != leaf:
            return array
        copy = array.copy()
        copy.reshape(-1)[position] = number
        return copy

    return _put(case, name, nested(change, _get(case, name)))
