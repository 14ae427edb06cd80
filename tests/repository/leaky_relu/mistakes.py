"""Mistakes of the leaky ReLU."""

import numpy as np

from conformance.spec import Mistake

from ._wrong import gradient_checks, value_checks

MISTAKES = (
    Mistake(
        "leaky_relu/nothing-leaks",
        "what is negative becomes 0: this is the ReLU",
        "What is the result at x = −1?",
        value_checks("leaky_relu"),
        lambda _: {"leaky_relu": lambda x, **_parameters: np.maximum(x, 0)},
    ),
    Mistake(
        "leaky_relu/gradient-does-not-leak",
        "the gradient is cut off where x is negative",
        "Change x slightly where it is negative: does the output change?",
        (*gradient_checks("leaky_relu", "x"), "leaky_relu/convention/slope-at-zero[*]"),
        lambda _: {"leaky_relu_backward": lambda g, x, **_parameters: np.where(x > 0, g, 0 * g)},
    ),
)
