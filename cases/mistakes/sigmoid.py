"""Mistakes of the sigmoid: powers that overflow, digits lost, slopes of the wrong thing."""

from typing import Any

import numpy as np

from conformance.bounds import Array
from conformance.spec import Functions, Mistake

from ._wrong import dtype_checks, gradient_checks, value_checks


def _scalar_as_float(right: Any) -> Functions:
    def sigmoid(x: Array) -> Array | float:
        y: Array = right.sigmoid(x)
        return float(y.item()) if y.size == 1 else y

    return {"sigmoid": sigmoid}


MISTAKES: tuple[Mistake, ...] = (
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
        (*value_checks("sigmoid"), *dtype_checks("sigmoid")),
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
