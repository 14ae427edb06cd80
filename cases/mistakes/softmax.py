"""Mistakes of softmax: maxima not subtracted, sums over the wrong elements."""

from typing import Any

import numpy as np

from conformance.bounds import Array
from conformance.spec import Functions, Mistake

from ._softmax import first_axis, peak
from ._wrong import gradient_checks, in_memory_order, value_checks


def _normalized(e: Array, axis: int | None = -1) -> Array:
    p: Array = e / e.sum(axis=axis, keepdims=True)
    return p


def _one_maximum_for_all(_right: Any) -> Functions:
    def softmax(x: Array) -> Array:
        return _normalized(np.exp(x - x.max(initial=-np.inf)))

    return {"softmax": softmax}


def _guarded_division(_right: Any) -> Functions:
    @np.errstate(all="ignore")
    def softmax(x: Array) -> Array:
        e = np.exp(x - peak(x))
        p: Array = e / (e.sum(axis=-1, keepdims=True) + 1e-8)
        return p

    return {"softmax": softmax}


def _diagonal_only(right: Any) -> Functions:
    def softmax_backward(g: Array, x: Array) -> Array:
        p: Array = right.softmax(x)
        grad: Array = g * p * (1 - p)
        return grad

    return {"softmax_backward": softmax_backward}


def _inner_over_batch(right: Any) -> Functions:
    def softmax_backward(g: Array, x: Array) -> Array:
        p: Array = right.softmax(x)
        grad: Array = p * (g - (g * p).sum())
        return grad

    return {"softmax_backward": softmax_backward}


MISTAKES: tuple[Mistake, ...] = (
    Mistake(
        "softmax/maximum-not-subtracted",
        "the maximum is not subtracted, and e^x overflows: ∞ / ∞ = NaN",
        "Add 1000 to every logit: the mathematics says that nothing changes.",
        value_checks("softmax"),
        lambda _: {"softmax": lambda x: _normalized(np.exp(x))},
    ),
    Mistake(
        "softmax/one-maximum-for-all",
        "one maximum is subtracted from all rows, so that a row far below it becomes 0 / 0 = NaN",
        "What is left of the powers of a row whose largest logit is 1000 below another row's?",
        value_checks("softmax"),
        _one_maximum_for_all,
    ),
    Mistake(
        "softmax/first-axis",
        "the sum runs over the first axis, the samples, instead of the last, the classes",
        "Along which axis does the result add up to 1?",
        value_checks("softmax"),
        lambda right: first_axis(right, "softmax"),
    ),
    Mistake(
        "softmax/sum-over-everything",
        "the powers are divided by their sum over the whole array: right for a single sample only",
        "Does the result of a sample depend on the others in its batch?",
        value_checks("softmax"),
        lambda _: {"softmax": lambda x: _normalized(np.exp(x - x.max(initial=-np.inf)), axis=None)},
    ),
    Mistake(
        "softmax/guarded-division",
        "1e-8 is added to the denominator, which is never below 1: seen in float64 only",
        "How small can the sum of the powers be once the maximum is subtracted?",
        value_checks("softmax", dtype="float64"),
        _guarded_division,
    ),
    Mistake(
        "softmax/memory-order",
        "x is read in the order in which it lies in memory, which need not be that of its rows",
        "Pass the same numbers in a transposed or a reversed view: is the result the same?",
        value_checks("softmax"),
        lambda right: {"softmax": lambda x: right.softmax(in_memory_order(x))},
    ),
    Mistake(
        "softmax/diagonal-only",
        "the gradient is g p (1 − p): only the diagonal of the Jacobian, as if it were a sigmoid",
        "Raise one logit: which probabilities change?",
        gradient_checks("softmax", "x"),
        _diagonal_only,
    ),
    Mistake(
        "softmax/inner-product-missing",
        "the gradient is p g: the sum of g p is not subtracted",
        "Add the same number to every upstream gradient: what should become of yours?",
        gradient_checks("softmax", "x"),
        lambda right: {"softmax_backward": lambda g, x: g * right.softmax(x)},
    ),
    Mistake(
        "softmax/inner-product-over-batch",
        "the sum of g p runs over the whole batch instead of each sample's classes",
        "Does the gradient of a sample depend on the others in its batch?",
        gradient_checks("softmax", "x"),
        _inner_over_batch,
    ),
)
