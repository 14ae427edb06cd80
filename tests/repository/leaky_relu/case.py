"""The leaky ReLU: max(x, 0), and a small slope below zero instead of none.

    y = x where x > 0, else s x              grad_x = g where x > 0, else s g

It has no slope at 0: there any from s to 1 is right, and which one it is gets reported by name.
The slope s is a Python number, which may be rounded to the precision of x first.
"""

from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from conformance.bounds import Ball, between, disclaim, select
from conformance.spec import (
    Answer,
    Convention,
    Input,
    Inputs,
    Lesson,
    Operation,
    Parameters,
    TorchFunction,
    real,
    shapes,
    structures,
)

_SLOPES = st.sampled_from([{}, {"negative_slope": 0.25}, {"negative_slope": 0.5}])


def _arrays(draw: DrawFn) -> tuple[dict[str, Any], dict[str, Any]]:
    return {"x": draw(shapes(most_rank=3))}, draw(_SLOPES)


def _value(x: Ball, negative_slope: float = 0.01) -> Ball:
    return select(x.value > 0, x, x * negative_slope)


def _grad_x(grad_output: Ball, x: Ball, negative_slope: float = 0.01) -> Ball:
    below = grad_output * negative_slope
    at_kink = select(x.value == 0, between(below, grad_output), below)
    grad = select(x.value > 0, grad_output, at_kink)
    # What a NaN lets through is left open, and what the kink lets through of an infinity.
    return disclaim(grad, np.isnan(x.value) | ((x.value == 0) & ~np.isfinite(grad_output.value)))


def _below(grad_output: Ball, x: Ball, negative_slope: float = 0.01) -> Ball:
    return select(x.value > 0, grad_output, grad_output * negative_slope)


def _above(grad_output: Ball, x: Ball, negative_slope: float = 0.01) -> Ball:
    return select(x.value >= 0, grad_output, grad_output * negative_slope)


def _plant_zeros(rng: Any, inputs: Inputs, _parameters: Parameters) -> Inputs:
    x = inputs["x"]
    return {**inputs, "x": np.where(rng.random(x.shape) < 0.5, x.dtype.type(0), x)}


OPERATIONS = (
    Operation(
        name="leaky_relu",
        family="activations",
        formula="leaky relu x = max(x, 0) + s min(x, 0)",
        latex=r"\operatorname{leaky relu} x = \max(x, 0) + s \min(x, 0)",
        source="torch.nn.functional.leaky_relu",
        inputs=(Input("x", real, "any shape"),),
        parameters={"negative_slope": 0.01},
        result="x's shape",
        notes=("negative_slope is the s of the formula.",),
        lesson=Lesson(15, "The same with a leak: what is negative is made small, and not nothing."),
        structures=structures(_arrays),
        torch=TorchFunction("torch.nn.functional.leaky_relu"),
        value=_value,
        gradients={"x": _grad_x},
        conventions=(
            Convention(
                "slope-at-zero",
                "x",
                _plant_zeros,
                (Answer("that of below", _below), Answer("that of above", _above)),
            ),
        ),
    ),
)
