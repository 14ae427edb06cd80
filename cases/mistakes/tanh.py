"""Mistakes of tanh: powers that overflow, digits lost, slopes of the wrong thing."""

from typing import Any

import numpy as np

from conformance.bounds import Array
from conformance.spec import Functions, Mistake

from ._wrong import gradient_checks, value_checks


def _saturated(_right: Any) -> Functions:
    def tanh(x: Array) -> Array:
        return np.where(np.abs(x) > 3, np.sign(x), np.tanh(x))

    return {"tanh": tanh}


def _seeded(right: Any) -> Functions:
    def tanh(x: Array) -> Array:
        np.random.seed(0)  # noqa: NPY002 - the mistake
        y: Array = right.tanh(x)
        return y

    return {"tanh": tanh}


MISTAKES: tuple[Mistake, ...] = (
    Mistake(
        "tanh/quotient-of-powers",
        "the formula is computed as it stands, and is ∞ / ∞ = NaN where |x| is large",
        "What are the numerator and the denominator at x = 1000?",
        value_checks("tanh"),
        lambda _: {
            "tanh": lambda x: (np.exp(x) - np.exp(-x)) / (np.exp(x) + np.exp(-x)),
        },
        noisy=True,
    ),
    Mistake(
        "tanh/digits-lost-at-zero",
        "computed as 2 σ(2x) − 1, a difference of nearly equal numbers where x is small",
        "For small x, tanh x is nearly x: how many digits of x does the result have?",
        value_checks("tanh"),
        lambda right: {"tanh": lambda x: 2 * right.sigmoid(2 * x) - 1},
        noisy=True,
    ),
    Mistake(
        "tanh/sigmoid-of-x",
        "computed as 2 σ(x) − 1, which is tanh(x/2)",
        "Which multiple of x belongs into the sigmoid?",
        value_checks("tanh"),
        lambda right: {"tanh": lambda x: 2 * right.sigmoid(x) - 1},
    ),
    Mistake(
        "tanh/saturated-early",
        "beyond |x| = 3 the result is ±1, though 1 − tanh 3 is 5e-3",
        "From which x on is 1 the nearest number of this precision?",
        value_checks("tanh"),
        _saturated,
    ),
    Mistake(
        "tanh/in-place",
        "the result is written over the input, which the backward pass still needs",
        "Look at x after the call.",
        (*value_checks("tanh"), "tanh/pure[*]"),
        lambda _: {"tanh": lambda x: np.tanh(x, out=x)},
    ),
    Mistake(
        "tanh/seed-set",
        "NumPy's global generator is seeded, so that everyone else's random numbers repeat",
        "Draw two random numbers with a call in between.",
        ("tanh/pure[*]",),
        _seeded,
    ),
    Mistake(
        "tanh/square-missing",
        "the slope is 1 − a instead of 1 − a²",
        "The slope of an odd function is even: is yours?",
        gradient_checks("tanh", "x"),
        lambda _: {"tanh_backward": lambda g, x: g * (1 - np.tanh(x))},
    ),
    Mistake(
        "tanh/slope-of-activation",
        "the slope is 1 − x², as if the input were the activation already",
        "In 1 − a², what is a: what went into the function or what came out?",
        gradient_checks("tanh", "x"),
        lambda _: {"tanh_backward": lambda g, x: g * (1 - x**2)},
    ),
    Mistake(
        "tanh/slope-of-sigmoid",
        "the slope is a (1 − a), the sigmoid's",
        "How steep is the function at zero?",
        gradient_checks("tanh", "x"),
        lambda _: {"tanh_backward": lambda g, x: g * np.tanh(x) * (1 - np.tanh(x))},
    ),
)
