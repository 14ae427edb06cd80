"""Cases in which every number that is free to choose is a small integer: the easiest to read."""

from collections.abc import Iterator
from functools import partial

import numpy as np

from conformance.bounds.floats import Array, is_real
from conformance.judge.draw import completed
from conformance.spec.case import Case
from conformance.spec.operation import Operation
from conformance.spec.tree import leaves, nested
from conformance.spec.values import probabilities

_LARGEST = 9
_FILLINGS = 2


def is_small(array: Array) -> Array:
    """Return a mask of the elements that are small integers."""
    numbers = array.astype(np.float64)
    with np.errstate(invalid="ignore"):
        small: Array = (np.abs(numbers) <= _LARGEST) & (numbers == np.rint(numbers))
    return small


def fill(rng: np.random.Generator, array: Array, *, share: bool = False) -> Array:
    """Return small integers of an array's shape, 0 and 1 if it is a `share`; labels unchanged."""
    if not is_real(array.dtype):
        return array
    low, high = (0, 2) if share else (-4, 5)
    return np.asarray(rng.integers(low, high, array.shape)).astype(array.dtype)


def shares(operation: Operation) -> frozenset[str]:
    """Return the names of the inputs whose numbers are probabilities."""
    return frozenset(
        argument.name for argument in operation.inputs if argument.fill is probabilities
    )


def filled(operation: Operation, case: Case, seed: int) -> Iterator[Case]:
    """Yield the case with all its numbers drawn anew; a case that must be refused, as it is."""
    if case.refusal is not None:
        yield case
        return
    within = shares(operation)
    for number in range(_FILLINGS):
        rng = np.random.Generator(np.random.PCG64([seed, number]))
        arguments = {
            name: nested(partial(fill, rng, share=name in within), value)
            for name, value in case.arguments.items()
        }
        yield completed(operation, case.but(**arguments))


def is_plain(operation: Operation, case: Case) -> bool:
    """Return whether all numbers that are free to choose are small integers."""
    derived = operation.completed(case).arguments
    free = [value for name, value in case.arguments.items() if derived[name] is value]
    return all(bool(is_small(array).all()) for array in leaves(free))
