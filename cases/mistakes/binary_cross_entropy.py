"""Mistakes of the binary cross-entropy of probabilities: floors, signs, averages."""

from typing import Any

import numpy as np

from conformance.bounds import Array
from conformance.spec import Functions, Mistake

from ._binary_cross_entropy import terms
from ._losses import loss, loss_gradient
from ._wrong import gradient_checks, value_checks

_P = "binary_cross_entropy"


_P_VALUE = value_checks(_P)


_P_GRADIENT = gradient_checks(_P, "input")


def _clipped_terms(p: Array, t: Array) -> Array:
    return terms(np.clip(p, 1e-7, 1 - 1e-7), t)


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


MISTAKES: tuple[Mistake, ...] = (
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
        loss(_P, lambda p, t: terms(p, t, floor=-np.inf)),
    ),
    Mistake(
        "binary_cross_entropy/floor-on-the-term",
        "the floor is put under the whole term instead of under each logarithm",
        "What is the loss where p is 0 and the target 1/2?",
        _P_VALUE,
        loss(_P, lambda p, t: np.minimum(terms(p, t, floor=-1e30), 100)),
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
