"""Binary cross-entropy, of probabilities and of logits, and its gradients.

With p a probability, m the number of terms (1 for the sum), and g the upstream gradient, a number:

    −t log p − (1 − t) log(1 − p)   grad_p = (p − t) / (p (1 − p)) g / m
    (1 − t) x − log σ(x)            grad_x = (σ(x) − t) g / m

torch has two rules for p = 0 and p = 1. A logarithm is at least −100, and p (1 − p) in the gradient
is at least 1e-12: the float32 number, in every precision.
"""

from typing import Any

import numpy as np

from conformance.bounds import (
    Array,
    Ball,
    either,
    exp,
    log,
    log1p,
    maximum,
    multiply,
    relu,
    select,
    sigmoid,
    stack,
    total,
)
from conformance.spec import (
    LARGE,
    Input,
    Lesson,
    Operation,
    Refusal,
    Shape,
    Structure,
    TorchFunction,
    logits,
    probabilities,
    real,
    structures,
)

from ._losses import NOTE, REDUCTION, SCALAR, SHAPES, elements, reduced, share_of, with_element

_LOG_FLOOR = -100.0
_VARIANCE_FLOOR = float(np.float32(1e-12))


def _soft_or_real(rng: Any, shape: Shape, dtype: str, regime: str, of: Structure) -> Array:
    """Return targets of logits: mostly probabilities; the formula holds for all real numbers."""
    fill = real if rng.random() < 0.3 else probabilities
    return fill(rng, shape, dtype, regime, of)


def _bce(p: Ball, target: Ball, reduction: str = "mean") -> Ball:
    log_p = maximum(log(p), _LOG_FLOOR)
    log_q = maximum(either(log1p(-p), log(1.0 - p)), _LOG_FLOOR)
    return reduced(-(target * log_p + (1.0 - target) * log_q), reduction)


def _grad_bce(grad_output: Ball, p: Ball, target: Ball, reduction: str = "mean") -> Ball:
    """Return (p − t) / (p (1 − p)); away from the floor also (1 − t) / (1 − p) − t / p."""
    share = share_of(grad_output, p.value.size, reduction)
    variance = p * (1.0 - p)
    floor = maximum(variance, _VARIANCE_FLOOR)
    # Scaled before the division or after it: with a tiny share only the second keeps all digits.
    floored = either(multiply(p - target, *share) / floor, multiply((p - target) / floor, *share))
    apart = multiply((1.0 - target) / (1.0 - p) - target / p, *share)
    return select(variance.value > 2 * _VARIANCE_FLOOR, either(floored, apart), floored)


def _bce_with_logits(x: Ball, target: Ball, reduction: str = "mean") -> Ball:
    """Return the loss by any of three formulas, where −log σ(x) = max(−x, 0) + log(1 + e^−|x|)."""
    e = exp(-x.map(np.fabs))
    s = either(log1p(e), log(1.0 + e))
    first = _sum((1.0 - target) * x, relu(-x), s)
    second = _sum(relu(x), -(target * x), s)
    third = target * (relu(-x) + s) + (1.0 - target) * (relu(x) + s)
    # For an infinite logit the second formula gives NaN where the loss is infinite.
    near = select(np.isfinite(first.value), either(first, second), first)
    return reduced(either(near, third), reduction)


def _sum(*terms: Ball) -> Ball:
    return total(stack(list(terms)), axis=0)


def _grad_bce_with_logits(
    grad_output: Ball, x: Ball, target: Ball, reduction: str = "mean"
) -> Ball:
    """Return σ(x) − t, or (1 − t) σ(x) − t σ(−x), times the share."""
    share = share_of(grad_output, x.value.size, reduction)
    a = sigmoid(x)
    return either(
        multiply(a - target, *share),
        multiply((1.0 - target) * a - target * sigmoid(-x), *share),
    )


ORDER = 31
OPERATIONS = (
    Operation(
        name="binary_cross_entropy",
        family="losses",
        formula="L = −Σᵢ [tᵢ log pᵢ + (1 − tᵢ) log(1 − pᵢ)] / m",
        latex=r"L = -\frac{1}{m} \sum_i [t_i \log p_i + (1 - t_i) \log (1 - p_i)]",
        source="torch.nn.functional.binary_cross_entropy",
        inputs=(
            Input("input", probabilities, "any shape, in [0, 1]"),
            Input("target", probabilities, "input's shape, in [0, 1]"),
        ),
        parameters={"reduction": "mean"},
        result=SCALAR,
        notes=(NOTE, "A logarithm is at least −100."),
        lesson=Lesson(
            110, "A loss over probabilities, with logarithms that must not become infinite."
        ),
        structures=structures(elements),
        large=Structure({"input": (LARGE,), "target": (LARGE,)}),
        torch=TorchFunction("torch.nn.functional.binary_cross_entropy"),
        value=_bce,
        gradients={"input": _grad_bce},
        refusals=(
            SHAPES,
            REDUCTION,
            Refusal("input-above-1", "input must be at most 1", with_element("input", 1.5)),
            Refusal("input-below-0", "input must be at least 0", with_element("input", -0.5)),
            Refusal("target-above-1", "target must be at most 1", with_element("target", 1.5)),
            Refusal("target-below-0", "target must be at least 0", with_element("target", -0.5)),
        ),
    ),
    Operation(
        name="binary_cross_entropy_with_logits",
        family="losses",
        formula="L = Σᵢ [(1 − tᵢ) xᵢ − log σ(xᵢ)] / m",
        latex=r"L = \frac{1}{m} \sum_i [(1 - t_i)\, x_i - \log \sigma(x_i)]",
        source="torch.nn.functional.binary_cross_entropy_with_logits",
        inputs=(
            Input("input", logits, "any shape"),
            Input("target", _soft_or_real, "input's shape"),
        ),
        parameters={"reduction": "mean"},
        result=SCALAR,
        notes=(NOTE,),
        lesson=Lesson(120, "The same loss from logits, where nothing need be cut off."),
        structures=structures(elements),
        large=Structure({"input": (LARGE,), "target": (LARGE,)}),
        torch=TorchFunction("torch.nn.functional.binary_cross_entropy_with_logits"),
        value=_bce_with_logits,
        gradients={"input": _grad_bce_with_logits},
        refusals=(SHAPES, REDUCTION),
    ),
)
