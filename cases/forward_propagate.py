"""The multilayer perceptron: a pass forward through its layers.

With A⁰ = X, weights stored in × out, and g the activation:

    Zˡ = Aˡ⁻¹ Wˡ + bˡ              Aˡ = g(Zˡ)                     for l = 1, …, L
"""

from itertools import pairwise
from typing import Any

import numpy as np
from hypothesis.strategies import DrawFn

from conformance.bounds import Ball, matmul, relu, sigmoid, tanh
from conformance.spec import (
    LARGE,
    Input,
    Lesson,
    Operation,
    Refusal,
    Structure,
    Tensor,
    batch_sizes,
    calm,
    structures,
    torch,
)

from ._layers import (
    CONNECTED,
    NAMED,
    NOTE,
    Balls,
    Tensors,
    grown,
    layer_widths,
    parameters_of,
    shorter,
    torch_activation,
    with_changed,
)


def _forward(draw: DrawFn) -> tuple[dict[str, Any], dict[str, Any]]:
    n, widths = draw(batch_sizes()), draw(layer_widths())
    biases = [(width,) for width in widths[1:]]
    shapes = {"x": (n, widths[0]), "weights": list(pairwise(widths)), "biases": biases}
    return shapes, parameters_of(draw)


def _torch_forward(
    x: Tensor, weights: Tensors, biases: Tensors, *, activation: str = "sigmoid"
) -> tuple[Tensors, Tensors]:
    g = torch_activation(activation)
    activations, zs = [x], []
    for weight, bias in zip(weights, biases, strict=True):
        zs.append(torch.addmm(bias, activations[-1], weight))
        activations.append(g(zs[-1]))
    return activations, zs


_VALUES = {"sigmoid": sigmoid, "tanh": tanh, "relu": relu}


def _forward_value(
    x: Ball, weights: Balls, biases: Balls, *, activation: str = "sigmoid"
) -> tuple[Balls, Balls]:
    activations, zs = [x], []
    for weight, bias in zip(weights, biases, strict=True):
        zs.append(matmul(activations[-1], weight, plus=bias))
        activations.append(_VALUES[activation](zs[-1]))
    return activations, zs


ORDER = 90
OPERATIONS = (
    Operation(
        name="forward_propagate",
        family="mlp",
        formula="Zˡ = Aˡ⁻¹ Wˡ + bˡ, Aˡ = g(Zˡ)",
        latex=r"Z^l = A^{l-1} W^l + b^l, \quad A^l = g(Z^l)",
        source="document 3.1, 4.1",
        inputs=(
            Input("x", calm, "(n, d₀)"),
            Input("weights", calm, "a list of (dₗ₋₁, dₗ)"),
            Input("biases", calm, "a list of (dₗ,)"),
        ),
        parameters={"activation": "sigmoid"},
        result="a pair of lists: the activations, which begin with x, and the zs",
        notes=(NOTE,),
        lesson=Lesson(
            130, "Layers one after the other; what each of them saw is kept for the way back."
        ),
        structures=structures(_forward),
        large=Structure({"x": (LARGE, 1), "weights": [(1, 1)], "biases": [(1,)]}),
        torch=_torch_forward,
        value=_forward_value,
        refusals=(
            CONNECTED,
            Refusal("bias-too-long", "a bias must have one entry per output", grown("biases")),
            Refusal("x-of-rank-1", "x must be of rank 2", with_changed("x", np.ravel)),
            Refusal(
                "too-few-biases", "every weight must have a bias", with_changed("biases", shorter)
            ),
            Refusal(
                "too-few-weights", "every bias must have a weight", with_changed("weights", shorter)
            ),
            NAMED,
        ),
    ),
)
