"""Mistakes of ReLU: what is let through, and the slope at the kink, at infinity and at NaN."""

from typing import Any

import numpy as np

from conformance.bounds import Array
from conformance.spec import Functions, Mistake

from ._wrong import gradient_checks, value_checks

_AT_KINK = "relu/convention/slope-at-zero[*]"
_AT_NAN = "relu/convention/slope-at-nan[*]"
_RELU_GRADIENT = gradient_checks("relu", "x")


def _half_open(_right: Any) -> Functions:
    def relu_backward(g: Array, x: Array) -> Array:
        return np.select([x > 0, x < 0], [g, np.zeros_like(g)], default=g / 2)

    return {"relu_backward": relu_backward}


def _tie_multiplied(_right: Any) -> Functions:
    def relu_backward(g: Array, x: Array) -> Array:
        y = np.maximum(x, 0)
        winners = (y == x).astype(g.dtype) + (y == 0)
        return np.where(y == x, g * winners, 0)

    return {"relu_backward": relu_backward}


def _relu_in_place(_right: Any) -> Functions:
    def relu(x: Array) -> Array:
        x[x < 0] = 0
        return x

    return {"relu": relu}


def _leaky(_right: Any) -> Functions:
    return {
        "relu": lambda x: np.where(x > 0, x, x / 100),
        "relu_backward": lambda g, x: np.where(x > 0, g, g / 100),
    }


def _by_difference(right: Any) -> Functions:
    def relu_backward(g: Array, x: Array) -> Array:
        h = x.dtype.type(1e-3)
        slope: Array = (right.relu(x + h) - right.relu(x - h)) / (2 * h)
        return g * slope

    return {"relu_backward": relu_backward}


MISTAKES: tuple[Mistake, ...] = (
    Mistake(
        "relu/nan-swallowed",
        "a NaN becomes 0, for it is not greater than 0",
        "What should become of a NaN, so that it is noticed?",
        ("relu/special[*]",),
        lambda _: {"relu": lambda x: np.where(x > 0, x, x.dtype.type(0))},
    ),
    Mistake(
        "relu/capped-at-six",
        "results are capped at 6, which is the function called ReLU6",
        "Is there an upper limit in max(x, 0)?",
        value_checks("relu"),
        lambda _: {"relu": lambda x: np.minimum(np.maximum(x, 0), 6)},
    ),
    Mistake(
        "relu/absolute-value",
        "negative elements are mirrored instead of cut off",
        "What is the result at x = −1?",
        value_checks("relu"),
        lambda _: {"relu": np.abs},
    ),
    Mistake(
        "relu/in-place",
        "negative elements are overwritten in the input itself",
        "Look at x after the call.",
        # What is read-only has no value then.
        (*value_checks("relu"), "relu/pure[*]"),
        _relu_in_place,
    ),
    Mistake(
        "relu/leaky",
        "below zero there is a slope of 1/100: this is the leaky ReLU, with its own gradient",
        "What is the result at x = −1?",
        (*value_checks("relu"), *_RELU_GRADIENT),
        _leaky,
    ),
    Mistake(
        "relu/gate-left-open",
        "the upstream gradient is passed on everywhere",
        "Change x slightly where it is negative: does the output change?",
        _RELU_GRADIENT,
        lambda _: {"relu_backward": lambda g, _x: g.copy()},
    ),
    Mistake(
        "relu/gate-on-upstream",
        "the upstream gradient is cut off where it is itself negative, not where x is",
        "Which of the two arrays decides whether an element went through?",
        _RELU_GRADIENT,
        lambda _: {"relu_backward": lambda g, _x: np.maximum(g, 0)},
    ),
    Mistake(
        "relu/slope-by-difference",
        "the slope is a central difference, blurred near the kink and rounded everywhere",
        "How far from zero does your slope begin to be 1, and is it 1 exactly?",
        _RELU_GRADIENT,
        _by_difference,
    ),
    Mistake(
        "relu/tie-multiplied",
        "where x and 0 tie for the maximum the gradient is multiplied by the number of winners "
        "instead of divided by it",
        "Which slopes lie between the one on the left of zero and the one on its right?",
        (*_RELU_GRADIENT, _AT_KINK),
        _tie_multiplied,
    ),
    Mistake(
        "relu/nan-taken-for-kink",
        "what is neither above nor below zero gets the slope 1/2: at zero a choice, at NaN a slip",
        "Which x satisfy neither x > 0 nor x < 0?",
        (_AT_NAN,),
        _half_open,
    ),
)
