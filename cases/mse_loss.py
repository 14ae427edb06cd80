"""The mean squared error, and its gradient.

With d = x − t, m the number of terms (1 for the sum), and g the upstream gradient, a number:

    L = Σ d² / m              grad_x = 2 d g / m
"""

import warnings

from conformance.bounds import Ball, multiply
from conformance.spec import (
    LARGE,
    Input,
    Lesson,
    Operation,
    Structure,
    Tensor,
    real,
    structures,
    torch,
)

from ._losses import NOTE, REDUCTION, SCALAR, SHAPES, elements, reduced, share_of


def _mse(x: Ball, target: Ball, reduction: str = "mean") -> Ball:
    d = x - target
    return reduced(d * d, reduction)


def _grad_mse(grad_output: Ball, x: Ball, target: Ball, reduction: str = "mean") -> Ball:
    share = share_of(grad_output, x.value.size, reduction)
    return multiply(x - target, x.like(2.0), *share)


def _torch_mse(x: Tensor, target: Tensor, reduction: str = "mean") -> Tensor:
    with warnings.catch_warnings():
        # torch warns of shapes that differ before it refuses them.
        warnings.simplefilter("ignore")
        return torch.nn.functional.mse_loss(x, target, reduction=reduction)


ORDER = 30
OPERATIONS = (
    Operation(
        name="mse_loss",
        family="losses",
        formula="L = Σᵢ (xᵢ − tᵢ)² / m",
        latex=r"L = \frac{1}{m} \sum_i (x_i - t_i)^2",
        source="torch.nn.functional.mse_loss",
        inputs=(Input("input", real, "any shape"), Input("target", real, "input's shape")),
        parameters={"reduction": "mean"},
        result=SCALAR,
        notes=(NOTE,),
        lesson=Lesson(
            60, "A loss: one number comes out, so its upstream gradient is one number too."
        ),
        structures=structures(elements),
        large=Structure({"input": (LARGE,), "target": (LARGE,)}),
        torch=_torch_mse,
        value=_mse,
        gradients={"input": _grad_mse},
        refusals=(SHAPES, REDUCTION),
    ),
)
