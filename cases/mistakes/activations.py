"""Mistakes of the sigmoid and tanh: powers that overflow, digits lost, slopes of the wrong thing.

Those of the other activations stand in `relu.py` and `softmax.py`.
"""

from typing import Any

import numpy as np

from conformance.bounds import Array
from conformance.spec import Functions, Mistake

from ._wrong import gradient_checks, value_checks


def _scalar_as_float(right: Any) -> Functions:
    def sigmoid(x: Array) -> Array | float:
        y: Array = right.sigmoid(x)
        return float(y.item()) if y.size == 1 else y

    return {"sigmoid": sigmoid}


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


_SIGMOID = (
    Mistake(
        "sigmoid/overflow-warning",
        "e^−x overflows where x is far below zero; the result is right, but NumPy warns of it",
        "Call it with x = −1000, and look for an equal form with a power that cannot overflow.",
        ("sigmoid/special[*]",),
        lambda _: {"sigmoid": lambda x: 1 / (1 + np.exp(-x))},
    ),
    Mistake(
        "sigmoid/powers-of-plus-x",
        "e^x / (1 + e^x) is ∞ / ∞ = NaN where x is large",
        "What are the numerator and the denominator at x = 1000?",
        value_checks("sigmoid"),
        lambda _: {"sigmoid": lambda x: np.exp(x) / (1 + np.exp(x))},
    ),
    Mistake(
        "sigmoid/sign-of-exponent",
        "the exponent's sign is wrong: 1 / (1 + e^x) is σ(−x)",
        "To what should the result tend where x is large and positive?",
        value_checks("sigmoid"),
        lambda right: {"sigmoid": lambda x: right.sigmoid(-x)},
    ),
    Mistake(
        "sigmoid/tail-lost",
        "computed as (1 + tanh(x/2)) / 2, where 1 + tanh loses every digit of the left tail",
        "What is left of 1 + a where a is nearly −1, and what is σ(−20)?",
        value_checks("sigmoid"),
        lambda _: {"sigmoid": lambda x: (1 + np.tanh(x / 2)) / 2},
    ),
    Mistake(
        "sigmoid/clipped",
        "the result is clipped to [1e-7, 1 − 1e-7]",
        "How small can σ(x) become, and who asked for a least value?",
        value_checks("sigmoid"),
        lambda right: {"sigmoid": lambda x: np.clip(right.sigmoid(x), 1e-7, 1 - 1e-7)},
    ),
    Mistake(
        "sigmoid/argument-clipped",
        "x is clipped to [−500, 500] against overflow, which float64 can tell",
        "Down to which x is e^x still a number of this precision?",
        value_checks("sigmoid", dtype="float64"),
        lambda right: {"sigmoid": lambda x: right.sigmoid(np.clip(x, -500, 500))},
    ),
    Mistake(
        "sigmoid/one-element-as-float",
        "an array of one element comes back as a Python number",
        "Is the result an array of x's shape for every shape of x?",
        value_checks("sigmoid"),
        _scalar_as_float,
    ),
    Mistake(
        "sigmoid/slope-of-activation",
        "the slope is x (1 − x), as if the input were the activation already",
        "In a (1 − a), what is a: what went into the function or what came out?",
        gradient_checks("sigmoid", "x"),
        lambda _: {"sigmoid_backward": lambda g, x: g * x * (1 - x)},
    ),
    Mistake(
        "sigmoid/half-a-slope",
        "the slope is a instead of a (1 − a)",
        "How steep is the function where it is close to 1?",
        gradient_checks("sigmoid", "x"),
        lambda right: {"sigmoid_backward": lambda g, x: g * right.sigmoid(x)},
    ),
    Mistake(
        "sigmoid/upstream-ignored",
        "the upstream gradient is left out, as if it were ones",
        "Double the upstream gradient: what becomes of yours?",
        gradient_checks("sigmoid", "x"),
        lambda right: {"sigmoid_backward": lambda _, x: right.sigmoid(x) * right.sigmoid(-x)},
    ),
)

_TANH = (
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
        value_checks("tanh"),
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

MISTAKES: tuple[Mistake, ...] = (*_SIGMOID, *_TANH)
