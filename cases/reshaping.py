"""Flatten each sample to a row, its elements in row-major order.

    y[n, i] = x[n, …]              grad_x[n, …] = grad_y[n, i]

Nothing is computed, so nothing is rounded: results are equal to the bit.
"""

from math import prod
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from conformance.bounds import Ball
from conformance.spec import (
    LARGE,
    Input,
    Lesson,
    Operation,
    Structure,
    Tensor,
    axis_lengths,
    batch_sizes,
    real,
    structures,
    torch,
)


def _samples(draw: DrawFn) -> tuple[dict[str, Any], dict[str, Any]]:
    # Sizes of two and three come first and more often: of axes of one or none the order is unseen.
    axes = draw(st.lists(axis_lengths((2, 3, 1, 4, 5, 2, 3, 4, 5, 0)), min_size=1, max_size=4))
    # Often as many samples as elements of a sample: there a transposed result has the right shape.
    square = prod(axes) <= 8 and draw(st.sampled_from((False, False, True)))
    return {"x": (prod(axes) if square else draw(batch_sizes()), *axes)}, {}


def _torch(x: Tensor) -> Tensor:
    return torch.flatten(x, start_dim=1)


def _value(x: Ball) -> Ball:
    return x.reshape(x.shape[0], prod(x.shape[1:]))


def _grad_x(grad_output: Ball, x: Ball) -> Ball:
    return grad_output.reshape(*x.shape)


ORDER = 80
OPERATIONS = (
    Operation(
        name="flatten",
        family="reshaping",
        formula="y[n, i] = x[n, …]",
        latex=r"y[n, i] = x[n, \ldots]",
        source="torch.flatten",
        inputs=(Input("x", real, "(n, …)"),),
        result="(n, product of the rest)",
        lesson=Lesson(
            40, "Nothing is computed: the numbers only move, and the gradient moves them back."
        ),
        structures=structures(_samples),
        large=Structure({"x": (2, LARGE)}),
        torch=_torch,
        value=_value,
        gradients={"x": _grad_x},
    ),
)
