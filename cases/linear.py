"""The affine map of a layer.

y = x Wᵀ + b over rows of x, with the weight stored out × in. The gradients of x and W are the
adjoints of the same bilinear map, and the bias gradient is a sum over the batch:

    grad_x = grad_y W        grad_W = grad_yᵀ x        grad_b = Σₙ grad_y
"""

from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from conformance.bounds import Ball, matmul, total
from conformance.spec import (
    LARGE,
    Input,
    Inputs,
    Lesson,
    Operation,
    Parameters,
    Refusal,
    Spoiled,
    Structure,
    TorchFunction,
    batch_sizes,
    long_sizes,
    real,
    structures,
)


def _layers(draw: DrawFn) -> tuple[dict[str, Any], dict[str, Any]]:
    n, features, out = draw(batch_sizes()), draw(long_sizes()), draw(long_sizes())
    # In a square a forgotten transpose shows in the numbers only: each operand and the result are
    # often drawn square.
    square = draw(st.sampled_from(["nothing", "weight", "x", "y"]))
    if square == "weight":
        out = features
    elif square == "x":
        features = n
    elif square == "y":
        out = n
    return {"x": (n, features), "weight": (out, features), "bias": (out,)}, {}


def _value(x: Ball, weight: Ball, bias: Ball) -> Ball:
    return matmul(x, weight.T, plus=bias)


def _grad_x(grad_output: Ball, _x: Ball, weight: Ball, _bias: Ball) -> Ball:
    return matmul(grad_output, weight)


def _grad_weight(grad_output: Ball, x: Ball, _weight: Ball, _bias: Ball) -> Ball:
    return matmul(grad_output.T, x)


def _grad_bias(grad_output: Ball, _x: Ball, _weight: Ball, _bias: Ball) -> Ball:
    return total(grad_output, axis=0)


def _more_features(inputs: Inputs, parameters: Parameters) -> Spoiled:
    n, features = inputs["x"].shape
    return {**inputs, "x": _ones(inputs, (n, features + 1))}, parameters


def _longer_bias(inputs: Inputs, parameters: Parameters) -> Spoiled:
    # Two more, so that neither zero nor one becomes a size that broadcasts.
    return {**inputs, "bias": _ones(inputs, (inputs["bias"].size + 2,))}, parameters


def _weight_of_rank_three(inputs: Inputs, parameters: Parameters) -> Spoiled:
    return {**inputs, "weight": inputs["weight"][None]}, parameters


def _ones(inputs: Inputs, shape: tuple[int, ...]) -> Any:
    return np.ones(shape, inputs["x"].dtype)


ORDER = 10
OPERATIONS = (
    Operation(
        name="linear",
        family="linear",
        formula="y = x Wᵀ + b",
        latex=r"y = x W^{T} + b",
        source="document 3.1; torch.nn.functional.linear",
        inputs=(
            Input("x", real, "(n, in)"),
            Input("weight", real, "(out, in)"),
            Input("bias", real, "(out,)"),
        ),
        orders={"in, out": ("weight",)},
        result="(n, out)",
        lesson=Lesson(
            50,
            "The first sum of products, and three gradients: "
            "each is a product of the other two arrays.",
        ),
        structures=structures(_layers),
        large=Structure({"x": (LARGE, 1), "weight": (1, 1), "bias": (1,)}),
        torch=TorchFunction("torch.nn.functional.linear"),
        value=_value,
        gradients={"x": _grad_x, "weight": _grad_weight, "bias": _grad_bias},
        refusals=(
            Refusal("features-disagree", "x must have as many features as weight", _more_features),
            Refusal("bias-too-long", "bias must have one entry per output", _longer_bias),
            Refusal("weight-of-rank-3", "weight must be of rank 2", _weight_of_rank_three),
        ),
    ),
)
