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
    """Read the gates of all weights in another order."""

    def change(one: Array) -> Array:
        gates = one.reshape(len(order), len(one) // len(order), *one.shape[1:])
        result: Array = gates[list(order)].reshape(one.shape)
        return result

    return given(operation, **dict.fromkeys(_WEIGHTS, change))


def gate(operation: str, number: int, change: Callable[[Array], Array]) -> Callable[..., Array]:
    """Change what belongs to one gate of a weight or of its gradient."""
    gates = 4 if operation.startswith("lstm") else 3

    def changed(one: Array, *_inputs: Array) -> Array:
        width = len(one) // gates
        copy = one.copy()
        copy[number * width : (number + 1) * width] = change(
            one[number * width : (number + 1) * width]
        )
        return copy

    return changed


def logistic(z: Array) -> Array:
    """1 / (1 + e^−z)."""
    with np.errstate(over="ignore"):
        result: Array = (1 / (1 + np.exp(-z))).astype(z.dtype)
    return result


def stepped(operation: str, step: Callable[..., tuple[Array, ...]]) -> Wrong:
    """A network with another step; a sequence takes it over and over."""
    states = 2 if operation.startswith("lstm") else 1

    def cell(right: Any, *inputs: Array) -> Any:
        getattr(right, operation)(*inputs)  # what must be refused is
        with np.errstate(all="ignore"):
            found = step(*inputs)
        return found if states > 1 else found[0]

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
    """The gradient of the recurrent weight is twice what it should be."""
    return Mistake(
        f"{operation}/recurrent-weight-gradient-twice",
        "the gradient of w_hh is added up twice",
        "Compare one element with a difference quotient.",
        broken_gradients(operation, "w_hh"),
        returned(operation, w_hh=twice),
    )
