"""Mistakes of the binary cross-entropy of logits: powers that overflow, saturation, averages."""

from typing import Any

import numpy as np

from conformance.bounds import Array
from conformance.spec import Functions, Mistake

from ._binary_cross_entropy import terms
from ._losses import loss, loss_gradient, sum_averaged_too
from ._wrong import gradient_checks, value_checks

_X = "binary_cross_entropy_with_logits"


_X_VALUE = value_checks(_X)


_X_GRADIENT = gradient_checks(_X, "input")


def _sigmoid(x: Array) -> Array:
    e = np.exp(-np.abs(x))
    return np.where(x >= 0, 1 / (1 + e), e / (1 + e))


def _softplus(x: Array) -> Array:
    """Compute log(1 + e^−|x|)."""
    s: Array = np.log1p(np.exp(-np.abs(x)))
    return s


def _infinity_less_infinity(_right: Any) -> Functions:
    @np.errstate(all="ignore")
    def wrong(x: Array, t: Array, reduction: str = "mean") -> Any:
        if x.shape != t.shape or reduction not in {"mean", "sum"}:
            raise ValueError("shapes must agree, and reduction must be 'mean' or 'sum'")
        terms = np.asarray(np.maximum(x, 0) - x * t + _softplus(x))
        return terms.sum() / x.dtype.type(terms.size) if reduction == "mean" else terms.sum()

    return {_X: wrong}


def _mean_over_batch(right: Any) -> Functions:
    def wrong(x: Array, t: Array, reduction: str = "mean") -> Any:
        total = right.binary_cross_entropy_with_logits(x, t, reduction="sum")
        samples = len(x) if x.ndim else 1
        return total / x.dtype.type(samples) if reduction == "mean" else total

    return {_X: wrong}


def _clipped_logits(x: Array, t: Array) -> Array:
    c = np.clip(x, -20, 20)
    terms: Array = (1 - t) * c + np.maximum(-c, 0) + _softplus(c)
    return terms


MISTAKES: tuple[Mistake, ...] = (
    Mistake(
        "binary_cross_entropy_with_logits/through-probability",
        "the sigmoid is taken first, and its logarithm is lost where it rounds to 0 or 1",
        "What is 1 − σ(40) in this precision, and its logarithm?",
        _X_VALUE,
        loss(_X, lambda x, t: terms(_sigmoid(x), t)),
    ),
    Mistake(
        "binary_cross_entropy_with_logits/unsigned-power",
        "log(1 + e^−x) is taken where −|x| belongs into the power: wrong below zero",
        "Which sign has the exponent where x is negative?",
        _X_VALUE,
        loss(_X, lambda x, t: np.maximum(x, 0) - x * t + np.log1p(np.exp(-x))),
    ),
    Mistake(
        "binary_cross_entropy_with_logits/logits-clipped",
        "logits are clipped to [−20, 20], beyond which the loss no longer grows",
        "What is the loss where x is −1000 and the target 1?",
        _X_VALUE,
        loss(_X, _clipped_logits),
    ),
    Mistake(
        "binary_cross_entropy_with_logits/target-flipped",
        "t stands where 1 − t belongs, so that the targets 0 and 1 are exchanged",
        "Should the loss be large or small where x is large and the target 1?",
        _X_VALUE,
        loss(_X, lambda x, t: t * x + np.maximum(-x, 0) + _softplus(x)),
    ),
    Mistake(
        "binary_cross_entropy_with_logits/mean-over-batch",
        "the sum is divided by the number of samples, not by that of all elements",
        "Over how many terms does the sum run?",
        _X_VALUE,
        _mean_over_batch,
    ),
    Mistake(
        "binary_cross_entropy_with_logits/infinity-less-infinity",
        "max(x, 0) − t x is ∞ − ∞ = NaN at an infinite logit, where the loss is infinite",
        "What is the loss where x is ∞ and the target 1/2?",
        (f"{_X}/special[*]",),
        _infinity_less_infinity,
    ),
    Mistake(
        "binary_cross_entropy_with_logits/sigmoid-missing-in-gradient",
        "the gradient is x − t, without the sigmoid",
        "How large can the gradient of one element become?",
        _X_GRADIENT,
        loss_gradient(_X, lambda x, t: x - t),
    ),
    Mistake(
        "binary_cross_entropy_with_logits/slope-not-cancelled",
        "the gradient is multiplied by σ (1 − σ), which the loss's own derivative has cancelled",
        "How fast should an element learn that is sure and wrong?",
        _X_GRADIENT,
        loss_gradient(_X, lambda x, t: (_sigmoid(x) - t) * _sigmoid(x) * _sigmoid(-x)),
    ),
    Mistake(
        "binary_cross_entropy_with_logits/gradient-not-signed",
        "the gradient is that of the absolute error |σ(x) − t|",
        "In which direction should x move where it is too small?",
        _X_GRADIENT,
        loss_gradient(_X, lambda x, t: np.abs(_sigmoid(x) - t)),
    ),
    Mistake(
        "binary_cross_entropy_with_logits/gradient-always-averaged",
        "the gradient of the sum is divided by the number of elements too",
        "Which of the two reductions has a 1/m in it?",
        _X_GRADIENT,
        lambda right: sum_averaged_too(right, _X, np.size),
    ),
)
