"""Cases in which every number that is free to choose is a small integer: the easiest to read."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from conformance.bounds.floats import Array, is_real
from conformance.spec.case import Case
from conformance.spec.operation import Operation
from conformance.spec.tree import leaves, nested
from conformance.spec.values import probabilities

_LARGEST = 9
_FILLINGS = 2


def is_small(array: Array) -> Array:
    """Which elements are small integers."""
    numbers = array.astype(np.float64)
    with np.errstate(invalid="ignore"):
        small: Array = (np.abs(numbers) <= _LARGEST) & (numbers == np.rint(numbers))
    return small


def fill(rng: np.random.Generator, array: Array, *, share: bool = False) -> Array:
    """Small integers in an array's place, 0 and 1 if it is a `share`; labels stay as they are."""
    if not is_real(array.dtype):
        return array
    low, high = (0, 2) if share else (-4, 5)
    return np.asarray(rng.integers(low, high, array.shape)).astype(array.dtype)


def shares(operation: Operation) -> frozenset[str]:
    """The inputs whose numbers are probabilities."""
    return frozenset(one.name for one in operation.inputs if one.fill is probabilities)


def filled(operation: Operation, case: Case, seed: int) -> Iterator[Case]:
    """The case with all its numbers replaced; a refusal's case is what it is."""
    if case.refusal is not None:
        yield case
        return
    within = shares(operation)
    for number in range(_FILLINGS):
        rng = np.random.Generator(np.random.PCG64([seed, number]))
        inputs = {
            name: nested(partial(fill, rng, share=name in within), value)
            for name, value in case.inputs.items()
        }
        if operation.complete is not None:
            inputs = operation.complete(inputs, dict(case.parameters))
        upstream = case.grad_output
        if upstream is not None:
            upstream = nested(partial(fill, rng), upstream)
        yield replace(case, inputs=inputs, grad_output=upstream)


def is_plain(operation: Operation, case: Case) -> bool:
    """Whether all that is free to choose are small integers."""
    return all(bool(is_small(array).all()) for array in leaves(_free(operation, case)))


def _free(operation: Operation, case: Case) -> list[Any]:
    """The upstream gradient, and the inputs that do not follow from others."""
    inputs = case.inputs
    if operation.complete is None or case.refusal is not None:
        return [*inputs.values(), case.grad_output]
    made = operation.complete(dict(inputs), dict(case.parameters))
    free = [value for name, value in inputs.items() if made[name] is value]
    return [*free, case.grad_output]
