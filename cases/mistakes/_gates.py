"""Gated networks with their gates in another order, or with another step."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from conformance.bounds import Array
from conformance.spec import Mistake, Wrong

from ._recurrent import broken_gradients, given, returned, twice

_WEIGHTS = ("w_ih", "w_hh", "b_ih", "b_hh")


def ordered(operation: str, order: tuple[int, ...]) -> Wrong:
    """Return a mistake that reads the gates of all weights in another order."""

    def change(weight: Array) -> Array:
        gates = weight.reshape(len(order), len(weight) // len(order), *weight.shape[1:])
        result: Array = gates[list(order)].reshape(weight.shape)
        return result

    return given(operation, **dict.fromkeys(_WEIGHTS, change))


def gate(operation: str, number: int, change: Callable[[Array], Array]) -> Callable[..., Array]:
    """Return a function that changes the rows of a gate, in a weight or in its gradient."""
    gates = 4 if operation.startswith("lstm") else 3

    def changed(array: Array, *_inputs: Array) -> Array:
        width = len(array) // gates
        rows = slice(number * width, (number + 1) * width)
        copy = array.copy()
        copy[rows] = change(array[rows])
        return copy

    return changed


def logistic(z: Array) -> Array:
    """Return 1 / (1 + e^−z)."""
    with np.errstate(over="ignore"):
        result: Array = (1 / (1 + np.exp(-z))).astype(z.dtype)
    return result


def stepped(operation: str, step: Callable[..., tuple[Array, ...]]) -> Wrong:
    """Return a mistake that takes another step, in a sequence again and again."""
    states = 2 if operation.startswith("lstm") else 1

    def cell(right: Any, *inputs: Array) -> Any:
        getattr(right, operation)(*inputs)  # it refuses invalid inputs
        with np.errstate(all="ignore"):
            state = step(*inputs)
        return state if states > 1 else state[0]

    def sequence(right: Any, x: Array, *rest: Array) -> Any:
        getattr(right, operation)(x, *rest)
        state, outputs = rest[:states], []
        with np.errstate(all="ignore"):
            for k in range(x.shape[1]):
                state = step(x[:, k], *state, *rest[states:])
                outputs.append(state[0])
        return np.stack(outputs, axis=1), *state

    run = cell if operation.endswith("_cell") else sequence
    return lambda right: {operation: partial(run, right)}


def counted_twice(operation: str) -> Mistake:
    """Return the mistake that doubles the gradient of the recurrent weight."""
    return Mistake(
        f"{operation}/recurrent-weight-gradient-twice",
        "the gradient of w_hh is added up twice",
        "Compare one element with a difference quotient.",
        broken_gradients(operation, "w_hh"),
        returned(operation, w_hh=twice),
    )
