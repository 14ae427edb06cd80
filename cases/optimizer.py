"""One step of gradient descent.

    θ ← θ − η grad_θ

for every parameter in a list. The rate η is a Python number, and has no array's precision: it may
be used as it is, or rounded to the parameters' precision first.
"""

from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from conformance.bounds import Ball
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
    Tensor,
    real,
    shapes,
    structures,
    torch,
)

# Powers of two and small integers, which need no rounding; then the usual decimals. Zero is there
# three times: only at zero does `rate or 0.01` go wrong.
_RATES = (1.0, 0.5, 2.0, 0.0, 0.0, 0.0, 0.1, 0.01, 0.3, 1e-3, 3e-4, 7.5)


def _steps(draw: DrawFn) -> tuple[dict[str, Any], dict[str, Any]]:
    each = draw(st.lists(shapes(most_rank=3), min_size=1, max_size=3))
    return {"parameters": each, "gradients": each}, {"learning_rate": draw(st.sampled_from(_RATES))}


def _torch(
    parameters: list[Tensor], gradients: list[Tensor], *, learning_rate: float
) -> list[Tensor]:
    # torch steps in place, so the parameters are cloned.
    stepped = [theta.clone() for theta in parameters]
    for theta, grad in zip(stepped, gradients, strict=True):
        theta.grad = grad
    torch.optim.SGD(stepped, lr=learning_rate).step()
    return stepped


def _rate(learning_rate: float, like: Ball) -> Ball:
    """Return η, with the error of rounding it to the working precision."""
    arithmetic = like.arithmetic
    lost = abs(float(np.float64(learning_rate).astype(arithmetic.dtype)) - learning_rate)
    error = np.asarray(lost) if lost > 0 else None
    return Ball(np.asarray(learning_rate, arithmetic.arbiter), error, arithmetic)


def _value(parameters: list[Ball], gradients: list[Ball], *, learning_rate: float) -> list[Ball]:
    return [
        theta - _rate(learning_rate, theta) * grad
        for theta, grad in zip(parameters, gradients, strict=True)
    ]


def _more_axes(inputs: Inputs, parameters: Parameters) -> Spoiled:
    # Two copies, stacked, would broadcast with the parameter.
    first, *rest = inputs["gradients"]
    return {**inputs, "gradients": [np.stack([first, first]), *rest]}, parameters


def _fewer_gradients(inputs: Inputs, parameters: Parameters) -> Spoiled:
    return {**inputs, "gradients": inputs["gradients"][:-1]}, parameters


def _uphill(inputs: Inputs, parameters: Parameters) -> Spoiled:
    return inputs, {**parameters, "learning_rate": -0.5}


ORDER = 100
OPERATIONS = (
    Operation(
        name="gradient_descent",
        family="optimizer",
        formula="θ ← θ − η grad_θ",
        latex=r"\theta \leftarrow \theta - \eta\, \text{grad}_\theta",
        source="document 3.2; torch.optim.SGD",
        inputs=(
            Input("parameters", real, "a list of arrays"),
            Input("gradients", real, "a list of arrays"),
        ),
        parameters={"learning_rate": ...},
        result="a list: the new parameters",
        lesson=Lesson(70, "What gradients are for. It takes lists, and returns a new one."),
        structures=structures(_steps),
        large=Structure(
            {"parameters": [(LARGE,)], "gradients": [(LARGE,)]}, {"learning_rate": 0.5}
        ),
        torch=_torch,
        value=_value,
        refusals=(
            Refusal("shapes-disagree", "a gradient must have its parameter's shape", _more_axes),
            Refusal("too-few-gradients", "every parameter must have a gradient", _fewer_gradients),
            Refusal("negative-rate", "learning_rate must not be negative", _uphill),
        ),
    ),
)
