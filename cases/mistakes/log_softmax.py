"""Mistakes of log softmax: logarithms of what is rounded already, maxima gone astray."""

from typing import Any

import numpy as np

from conformance.bounds import Array
from conformance.spec import Functions, Mistake

from ._softmax import first_axis, peak
from ._wrong import gradient_checks, value_checks


def _maximum_not_added_back(_right: Any) -> Functions:
    def log_softmax(x: Array) -> Array:
        e = np.exp(x - peak(x))
        y: Array = x - np.log(e.sum(axis=-1, keepdims=True))
        return y

    return {"log_softmax": log_softmax}


def _mean_of_powers(_right: Any) -> Functions:
    def log_softmax(x: Array) -> Array:
        d = x - peak(x)
        y: Array = d - np.log(np.exp(d).mean(axis=-1, keepdims=True))
        return y

    return {"log_softmax": log_softmax}


def _sum_of_powers_unshifted(_right: Any) -> Functions:
    def log_softmax(x: Array) -> Array:
        y: Array = x - np.log(np.exp(x).sum(axis=-1, keepdims=True))
        return y

    return {"log_softmax": log_softmax}


MISTAKES: tuple[Mistake, ...] = (
    Mistake(
        "log_softmax/logarithm-of-softmax",
        "the logarithm is taken of the finished softmax, whose small elements are 0: log 0 = −∞",
        "What is the smallest probability that this precision can hold, and its logarithm?",
        value_checks("log_softmax"),
        lambda right: {"log_softmax": lambda x: np.log(right.softmax(x))},
    ),
    Mistake(
        "log_softmax/probability-clipped",
        "probabilities are clipped at 1e-7 first, so that no logarithm is below −16.2",
        "How far apart may two logits be, and how far apart are the results?",
        value_checks("log_softmax"),
        lambda right: {"log_softmax": lambda x: np.log(np.maximum(right.softmax(x), 1e-7))},
    ),
    Mistake(
        "log_softmax/maximum-not-subtracted",
        "the maximum is not subtracted, and the sum of the powers overflows or is 0",
        "Add 1000 to every logit: the mathematics says that nothing changes.",
        value_checks("log_softmax"),
        _sum_of_powers_unshifted,
    ),
    Mistake(
        "log_softmax/maximum-not-added-back",
        "the maximum is subtracted inside the logarithm and not taken back outside",
        "Add 1 to every logit: the mathematics says that nothing changes.",
        value_checks("log_softmax"),
        _maximum_not_added_back,
    ),
    Mistake(
        "log_softmax/mean-of-powers",
        "the logarithm is that of the powers' mean instead of their sum",
        "What do the exponentials of the result add up to?",
        value_checks("log_softmax"),
        _mean_of_powers,
    ),
    Mistake(
        "log_softmax/first-axis",
        "the sum runs over the first axis, the samples, instead of the last, the classes",
        "Along which axis do the exponentials of the result add up to 1?",
        value_checks("log_softmax"),
        lambda right: first_axis(right, "log_softmax"),
    ),
    Mistake(
        "log_softmax/gradient-of-softmax",
        "the gradient is softmax's, p (g − Σ g p): the logarithm is not differentiated",
        "Which function's derivative is p (g − Σ g p)?",
        gradient_checks("log_softmax", "x"),
        lambda right: {"log_softmax_backward": right.softmax_backward},
    ),
    Mistake(
        "log_softmax/upstream-taken-for-one-hot",
        "the gradient is g − p, which holds only where each sample's upstream gradient sums to 1",
        "By what is p multiplied in the formula?",
        gradient_checks("log_softmax", "x"),
        lambda right: {"log_softmax_backward": lambda g, x: g - right.softmax(x)},
    ),
)
