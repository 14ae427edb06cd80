"""Layers, activations and refusals, which both passes through a multilayer perceptron share."""

from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from conformance.bounds import Array, Ball
from conformance.spec import Parameters, Refusal, Spoil, Tensor, axis_lengths, torch

Tensors = list[Tensor]
Balls = list[Ball]

# Small, empty, and long enough for blocks of eight and sixteen.
_WIDTHS = (1, 2, 3, 4, 5, 0, 8, 17)


@st.composite
def layer_widths(draw: DrawFn) -> list[int]:
    """Draw the widths of one to three layers, the inputs' first; neighbours are often equal."""
    chosen = [draw(axis_lengths(_WIDTHS))]
    for _ in range(draw(st.integers(1, 3))):
        chosen.append(draw(axis_lengths((chosen[-1], *_WIDTHS))))
    return chosen


ACTIVATIONS = ("sigmoid", "tanh", "relu")


def parameters_of(draw: DrawFn) -> Parameters:
    """Draw an activation, or none, as the parameters of a pass."""
    name = draw(st.sampled_from((None, *ACTIVATIONS)))
    return {} if name is None else {"activation": name}


def torch_activation(name: str) -> Callable[[Tensor], Tensor]:
    """Return torch's function for an activation."""
    if name not in ACTIVATIONS:
        raise ValueError(f"activation is {name!r}; it must be one of {', '.join(ACTIVATIONS)}")
    function: Callable[[Tensor], Tensor] = getattr(torch, name)
    return function


def with_changed(name: str, change: Callable[[Any], Any]) -> Spoil:
    """Return a change that spoils one input."""
    return lambda inputs, parameters: ({**inputs, name: change(inputs[name])}, parameters)


def shorter(arrays: list[Array]) -> list[Array]:
    """Return the list without its last array."""
    return arrays[:-1]


def grown(name: str, axis: int = 0) -> Spoil:
    """Return a change that lengthens an axis of an input, or of the first array of a list.

    It adds two, so that no axis broadcasts.
    """

    def change(value: Any) -> Any:
        if isinstance(value, list):
            return [change(value[0]), *value[1:]]
        return np.pad(value, [(0, 2 * (i == axis)) for i in range(value.ndim)], constant_values=1)

    return with_changed(name, change)


CONNECTED = Refusal(
    "layers-disagree",
    "a weight must have a row for each of its inputs",
    grown("weights"),
)

NAMED = Refusal(
    "unknown-activation",
    "activation must be sigmoid, tanh or relu",
    lambda inputs, parameters: (inputs, {**parameters, "activation": "staircase"}),
)

NOTE = 'activation is "sigmoid", "tanh" or "relu".'
