"""Mistakes of the binary cross-entropy, of probabilities and of logits: floors, saturation."""

from typing import Any

import numpy as np

from conformance.bounds import Array
from conformance.spec import Functions, Mistake

from ._losses import loss, loss_gradient, sum_averaged_too
from ._wrong import gradient_checks, value_checks

_P = "binary_cross_entropy"
_X = "binary_cross_entropy_with_logits"
_P_VALUE = value_checks(_P, refusal=True)
_X_VALUE = value_checks(_X, refusal=True)
_P_GRADIENT = gradient_checks(_P, "input")
_X_GRADIENT = gradient_checks(_X, "input")


def _terms(p: Array, t: Array, floor: float = -100) -> Array:
    log_p, log_q = np.maximum(np.log(p), floor), np.maximum(np.log1p(-p), floor)
    terms: Array = -(t * log_p + (1 - t) * log_q)
    return terms


def _sigmoid(x: Array) -> Array:
    e = np.exp(-np.abs(x))
    return np.where(x >= 0, 1 / (1 + e), e / (1 + e))


def _clipped_terms(p: Array, t: Array) -> Array:
    return _terms(np.clip(p, 1e-7, 1 - 1e-7), t)


def _guarded_terms(p: Array, t: Array) -> Array:
    terms: Array = -(t * np.log(p + 1e-8) + (1 - t) * np.log(1 - p + 1e-8))
    return terms


def _probability_clipped_into_range(right: Any) -> Functions:
    return {
        _P: lambda p, t, reduction="mean": right.binary_cross_entropy(
            np.clip(p, 0, 1), t, reduction=reduction
        )
    }


def _swapped(right: Any) -> Functions:
    return {
        _P: lambda p, t, reduction="mean": right.binary_cross_entropy(t, p, reduction=reduction)
    }


def _variance(p: Array, floor: float) -> Array:
    variance: Array = np.maximum(p * (1 - p), p.dtype.type(floor))
    return variance


def _floor_of_own_precision(_right: Any) -> Functions:
    @np.errstate(all="ignore")
    def wrong(g: Array, p: Array, t: Array, reduction: str = "mean") -> Array:
        terms = max(p.size, 1) if reduction == "mean" else 1
        grad: Array = g * (p - t) / _variance(p, 1e-12) / terms
        return grad

    return {f"{_P}_backward": wrong}


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


_OF_PROBABILITIES = (
    Mistake(
        "binary_cross_entropy/clipped",
        "probabilities are clipped to [1e-7, 1 − 1e-7], so that no logarithm is below −16.2",
        "What is the loss where p is 1e-20 and the target 1?",
        _P_VALUE,
        loss(_P, _clipped_terms),
    ),
    Mistake(
        "binary_cross_entropy/guarded-logarithm",
        "1e-8 is added inside the logarithms",
        "What is the loss where p is 1e-20 and the target 1?",
        _P_VALUE,
        loss(_P, _guarded_terms),
    ),
    Mistake(
        "binary_cross_entropy/no-floor",
        "the logarithms have no floor, and 0 · log 0 is NaN where prediction and target agree",
        "What is the loss of a perfect prediction, p = t = 0?",
        _P_VALUE,
        loss(_P, lambda p, t: _terms(p, t, floor=-np.inf)),
    ),
    Mistake(
        "binary_cross_entropy/floor-on-the-term",
        "the floor is put under the whole term instead of under each logarithm",
        "What is the loss where p is 0 and the target 1/2?",
        _P_VALUE,
        loss(_P, lambda p, t: np.minimum(_terms(p, t, floor=-1e30), 100)),
    ),
    Mistake(
        "binary_cross_entropy/second-term-missing",
        "only −t log p is summed, so that a target of 0 costs nothing",
        "What is the loss of p = 0.9 where the target is 0?",
        _P_VALUE,
        loss(_P, lambda p, t: -t * np.maximum(np.log(p), -100)),
    ),
    Mistake(
        "binary_cross_entropy/arguments-swapped",
        "input and target are taken for each other, as in libraries that want the target first",
        "Which of the two stands inside the logarithm?",
        _P_VALUE,
        _swapped,
    ),
    Mistake(
        "binary_cross_entropy/clipped-into-range",
        "probabilities outside [0, 1] are clipped into it in silence",
        "Call it with p = 1.5: who should be told?",
        (f"{_P}/refusal[*]",),
        _probability_clipped_into_range,
    ),
    Mistake(
        "binary_cross_entropy/gradient-of-logit",
        "the gradient is p − t, which is that with respect to the logit",
        "With respect to what is the gradient asked for?",
        _P_GRADIENT,
        loss_gradient(_P, lambda p, t: p - t),
    ),
    Mistake(
        "binary_cross_entropy/gradient-without-floor",
        "p (1 − p) has no floor, and 0 / 0 is NaN where a perfect prediction has the gradient 0",
        "What is the gradient where p = t = 1?",
        _P_GRADIENT,
        loss_gradient(_P, lambda p, t: (p - t) / (p * (1 - p))),
    ),
    Mistake(
        "binary_cross_entropy/gradient-floor-too-high",
        "the floor of p (1 − p) is 1e-7 instead of 1e-12",
        "From which p on does the gradient stop growing?",
        _P_GRADIENT,
        loss_gradient(_P, lambda p, t: (p - t) / _variance(p, 1e-7)),
    ),
    Mistake(
        "binary_cross_entropy/gradient-floor-of-own-precision",
        "the floor of p (1 − p) is the nearest float64 to 1e-12, where torch's is the float32's",
        "Which number is 1e-12 in float32, written out with sixteen digits?",
        gradient_checks(_P, "input", dtype="float64"),
        _floor_of_own_precision,
    ),
    Mistake(
        "binary_cross_entropy/gradient-not-averaged",
        "the gradient of the mean is not divided by the number of elements",
        "Where in the chain does the 1/m arise?",
        _P_GRADIENT,
        lambda right: {
            f"{_P}_backward": lambda g, p, t, reduction="mean": right.binary_cross_entropy_backward(  # noqa: ARG005 - the mistake
                g, p, t, reduction="sum"
            )
        },
    ),
)

_OF_LOGITS = (
    Mistake(
        "binary_cross_entropy_with_logits/through-probability",
        "the sigmoid is taken first, and its logarithm is lost where it rounds to 0 or 1",
        "What is 1 − σ(40) in this precision, and its logarithm?",
        _X_VALUE,
        loss(_X, lambda x, t: _terms(_sigmoid(x), t)),
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

MISTAKES: tuple[Mistake, ...] = (*_OF_PROBABILITIES, *_OF_LOGITS)
