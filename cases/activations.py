"""Activation functions: elementwise, and softmax over the last axis.

With a = σ(x) or tanh x, p = softmax(x), and g the upstream gradient:

    σ(x) = 1 / (1 + e^−x)         grad_x = g a (1 − a)
    tanh x                        grad_x = g (1 − a²)
    relu x = max(x, 0)            grad_x = g where x > 0, else 0
    softmax x = e^x / Σ e^x       grad_x = p (g − Σ g p)
    log softmax x                 grad_x = g − p Σ g

Both softmaxes subtract the maximum first: the mathematics does not change, and no power
overflows. ReLU has no slope at 0, and a NaN lies on neither side of the kink. There any slope from
0 to 1 is right, and at a NaN also NaN. The report names the slope.
"""

from functools import lru_cache
from typing import Any

import numpy as np
from hypothesis.strategies import DrawFn

from conformance.bounds import (
    Ball,
    between,
    disclaim,
    either,
    exp,
    gate,
    log,
    multiply,
    peak,
    relu,
    select,
    sigmoid,
    tanh,
    total,
)
from conformance.spec import (
    LARGE,
    Answer,
    Convention,
    Input,
    Inputs,
    Lesson,
    Operation,
    Parameters,
    Structure,
    Tensor,
    TorchFunction,
    logits,
    real,
    shapes,
    structures,
    torch,
)


def _arrays(draw: DrawFn) -> tuple[dict[str, Any], dict[str, Any]]:
    return {"x": draw(shapes(most_rank=3))}, {}


def _rows(draw: DrawFn) -> tuple[dict[str, Any], dict[str, Any]]:
    return {"x": draw(shapes(least_rank=1, most_rank=3))}, {}


def _grad_sigmoid(grad_output: Ball, x: Ball) -> Ball:
    a = sigmoid(x)
    return either(
        multiply(grad_output, a, 1.0 - a),
        multiply(grad_output, a, sigmoid(-x)),
        grad_output * (a - a * a),
    )


def _grad_tanh(grad_output: Ball, x: Ball) -> Ball:
    a = tanh(x)
    return either(grad_output * (1.0 - a * a), multiply(grad_output, 1.0 - a, 1.0 + a))


def _grad_relu(grad_output: Ball, x: Ball) -> Ball:
    # A closed gate passes nothing, not even ∞; a mask multiplied in makes 0 · ∞ = NaN of it. At the
    # kink and at NaN the slope is a convention, and so is its product with ∞.
    at_kink = (x.value == 0) & ~np.isfinite(grad_output.value)
    return disclaim(gate(grad_output, x), at_kink | np.isnan(x.value))


def _slope(at_zero: float, at_nan: float) -> Any:
    """Return ReLU's gradient with these slopes at zero and at NaN."""

    def gradient(grad_output: Ball, x: Ball) -> Ball:
        shut = grad_output.like(np.zeros(grad_output.shape))
        routed = select(x.value > 0, grad_output, shut)
        routed = select(x.value == 0, grad_output * at_zero, routed)
        return select(np.isnan(x.value), grad_output * at_nan, routed)

    return gradient


def _any_slope(grad_output: Ball, x: Ball) -> Ball:
    """Return ReLU's gradient with any slope from zero to one at zero."""
    shut = grad_output.like(np.zeros(grad_output.shape))
    return select(x.value == 0, between(shut, grad_output), _slope(0.0, 1.0)(grad_output, x))


def _plant_zeros(rng: Any, inputs: Inputs, _parameters: Parameters) -> Inputs:
    x = inputs["x"]
    zeros = np.array([0.0, -0.0], x.dtype)[rng.integers(0, 2, x.shape)]
    return {**inputs, "x": np.where(rng.random(x.shape) < 0.5, zeros, x)}


def _plant_nans(rng: Any, inputs: Inputs, _parameters: Parameters) -> Inputs:
    # Without zeros, which are a convention of their own.
    x = np.where(inputs["x"] == 0, inputs["x"].dtype.type(1), inputs["x"])
    return {**inputs, "x": np.where(rng.random(x.shape) < 0.5, x.dtype.type(np.nan), x)}


def shifted(z: Ball) -> Ball:
    """Return d = z − max z over the last axis, which may be empty."""
    return z - peak(z, -1) if z.value.size else z


def _sum(e: Ball) -> Ball:
    return total(e, axis=-1, keepdims=True)


# The two softmaxes share it, and so do the value and the gradient of a case.
@lru_cache(maxsize=1)
def _powers(z: Ball) -> tuple[Ball, Ball, Ball, Ball]:
    """Return d, e^d, Σ e^d and log Σ e^d."""
    d = shifted(z)
    e = exp(d)
    s = _sum(e)
    return d, e, s, log(s)


@lru_cache(maxsize=1)
def softmax_of(z: Ball) -> Ball:
    """Return the softmax of z: e^d / Σ e^d, or exp(d − log Σ e^d)."""
    d, e, s, log_s = _powers(z)
    return either(e / s, exp(d - log_s))


@lru_cache(maxsize=1)
def log_softmax_of(z: Ball) -> Ball:
    """Return the log softmax of z: d − log Σ e^d, or z − (max z + log Σ e^d)."""
    d, _, _, log_s = _powers(z)
    if not z.value.size:
        return d
    return either(d - log_s, z - (peak(z, -1) + log_s))


def probabilities_of(z: Ball) -> Ball:
    """Return the softmax of z, or the exponential of its log softmax."""
    power = exp(log_softmax_of(z))
    # As no z exceeds the rounded max z + log Σ e^d, no power exceeds e^0, within its ulp.
    limit = 1.0 + 8.0 * z.arithmetic.form.u
    bound = np.where(np.isfinite(power.value), np.minimum(power.bound, limit), power.bound)
    return either(softmax_of(z), Ball(power.value, bound, z.arithmetic))


def _grad_softmax(grad_output: Ball, x: Ball) -> Ball:
    p = softmax_of(x)
    inner = _sum(grad_output * p)
    return either(p * (grad_output - inner), grad_output * p - p * inner)


def _grad_log_softmax(grad_output: Ball, x: Ball) -> Ball:
    return grad_output - probabilities_of(x) * _sum(grad_output)


def _softmax(x: Tensor) -> Tensor:
    return torch.nn.functional.softmax(x, dim=-1)


def _log_softmax(x: Tensor) -> Tensor:
    return torch.nn.functional.log_softmax(x, dim=-1)


_SLOPE_AT_ZERO = Convention(
    question="slope-at-zero",
    argument="x",
    plant=_plant_zeros,
    answers=(
        Answer("zero", _slope(0.0, 1.0)),
        Answer("one", _slope(1.0, 1.0)),
        Answer("one-half", _slope(0.5, 1.0)),
    ),
    otherwise=Answer("between zero and one", _any_slope),
)

_SLOPE_AT_NAN = Convention(
    question="slope-at-nan",
    argument="x",
    plant=_plant_nans,
    answers=(
        Answer("one", _slope(0.0, 1.0)),
        Answer("zero", _slope(0.0, 0.0)),
        Answer("nan", _slope(0.0, np.nan)),
    ),
)

ORDER = 20
OPERATIONS = (
    Operation(
        name="sigmoid",
        family="activations",
        formula="σ(x) = 1 / (1 + e^−x)",
        latex=r"\sigma(x) = \frac{1}{1 + e^{-x}}",
        source="torch.sigmoid",
        inputs=(Input("x", logits, "any shape"),),
        result="x's shape",
        lesson=Lesson(
            20, "The same with a curve: large numbers of either sign must not overflow on the way."
        ),
        structures=structures(_arrays),
        large=Structure({"x": (LARGE,)}),
        torch=TorchFunction("torch.sigmoid"),
        value=sigmoid,
        gradients={"x": _grad_sigmoid},
    ),
    Operation(
        name="tanh",
        family="activations",
        formula="tanh x = (e^x − e^−x) / (e^x + e^−x)",
        latex=r"\tanh x = \frac{e^{x} - e^{-x}}{e^{x} + e^{-x}}",
        source="torch.tanh",
        inputs=(Input("x", logits, "any shape"),),
        result="x's shape",
        lesson=Lesson(30, "A gradient that is computed best from the result."),
        structures=structures(_arrays),
        large=Structure({"x": (LARGE,)}),
        torch=TorchFunction("torch.tanh"),
        value=tanh,
        gradients={"x": _grad_tanh},
    ),
    Operation(
        name="relu",
        family="activations",
        formula="relu x = max(x, 0)",
        latex=r"\operatorname{relu} x = \max(x, 0)",
        source="torch.relu",
        inputs=(Input("x", real, "any shape"),),
        result="x's shape",
        lesson=Lesson(
            10,
            "A function of each number alone, and a first gradient: "
            "what comes back is what went through.",
        ),
        structures=structures(_arrays),
        large=Structure({"x": (LARGE,)}),
        torch=TorchFunction("torch.relu"),
        value=relu,
        gradients={"x": _grad_relu},
        conventions=(_SLOPE_AT_ZERO, _SLOPE_AT_NAN),
    ),
    Operation(
        name="softmax",
        family="activations",
        formula="softmax(x)ᵢ = e^(xᵢ) / Σⱼ e^(xⱼ)",
        latex=r"\operatorname{softmax}(x)_i = \frac{e^{x_i}}{\sum_j e^{x_j}}",
        source="torch.nn.functional.softmax, dim=-1",
        inputs=(Input("x", logits, "(…, classes)"),),
        result="x's shape; over the last axis",
        lesson=Lesson(80, "Every result depends on the whole row, and so does every gradient."),
        structures=structures(_rows),
        large=Structure({"x": (2, LARGE)}),
        torch=_softmax,
        value=softmax_of,
        gradients={"x": _grad_softmax},
    ),
    Operation(
        name="log_softmax",
        family="activations",
        formula="log softmax(x)ᵢ = xᵢ − log Σⱼ e^(xⱼ)",
        latex=r"\log \operatorname{softmax}(x)_i = x_i - \log \sum_j e^{x_j}",
        source="torch.nn.functional.log_softmax, dim=-1",
        inputs=(Input("x", logits, "(…, classes)"),),
        result="x's shape; over the last axis",
        lesson=Lesson(90, "The logarithm of a probability that may be too small to be held."),
        structures=structures(_rows),
        large=Structure({"x": (2, LARGE)}),
        torch=_log_softmax,
        value=log_softmax_of,
        gradients={"x": _grad_log_softmax},
    ),
)
