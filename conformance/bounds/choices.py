"""Choices over error-carrying arrays: the larger, the one selected, either of two, all between.

A comparison is exact. Where what is compared is not known exactly, or mathematics leaves the
choice open, the result covers every choice that an admissible evaluation may make.
"""

import numpy as np

from conformance.bounds.ball import Ball, disclaim, settle
from conformance.bounds.floats import Array


def maximum(x: Ball, floor: float) -> Ball:
    """max(x, floor): comparisons are exact, and the maximum is 1-Lipschitz."""
    return Ball(np.maximum(x.value, x.arithmetic.arbiter(floor)), x.error, x.arithmetic)


def peak(x: Ball, axis: int) -> Ball:
    """Largest element along an axis, kept as an axis of one: exact, and 1-Lipschitz."""
    error = None if x.error is None else x.error.max(axis=axis, keepdims=True)
    return Ball(x.value.max(axis=axis, keepdims=True), error, x.arithmetic)


def either(first: Ball, *others: Ball) -> Ball:
    """Several admissible formulas for one quantity: the union of their balls, around the first."""
    if first.error is None and all(
        other.error is None and np.array_equal(other.value, first.value, equal_nan=True)
        for other in others
    ):
        return first
    error = first.bound
    for other in others:
        apart = np.abs(other.value - first.value).astype(np.float64)
        same = (other.value == first.value) | (np.isnan(other.value) & np.isnan(first.value))
        # Where one formula is finite and another is not, nothing is claimed.
        apart = np.where(same, 0.0, np.where(np.isfinite(apart), apart, np.inf))
        error = np.maximum(error, other.bound + apart)
    return Ball(first.value, error, first.arithmetic)


def between(a: Ball, b: Ball) -> Ball:
    """Everything from a to b: where mathematics leaves a choice, as at a kink."""
    value = (a.value + b.value) / 2
    same = (a.value == b.value) | (np.isnan(a.value) & np.isnan(b.value))
    # Half of the smallest number is zero in float64: ω stands for what is lost.
    half = (np.abs(a.value - b.value) / 2).astype(np.float64) + a.arithmetic.form.underflow
    half = np.where(same, 0.0, half)
    error = np.where(same, np.maximum(a.bound, b.bound), half + a.bound + b.bound)
    # From a number to an infinity or a NaN lies everything.
    return disclaim(settle(value, error, a.arithmetic), ~np.isfinite(error))


def select(condition: Array, a: Ball, b: Ball) -> Ball:
    """A where the condition holds, b elsewhere."""
    value = np.where(condition, a.value, b.value)
    exact = a.error is None and b.error is None
    error = None if exact else np.where(condition, a.bound, b.bound)
    return Ball(value, error, a.arithmetic)


def relu(x: Ball) -> Ball:
    """max(x, 0); NaN stays NaN."""
    return maximum(x, 0.0)


def gate(grad: Ball, x: Ball) -> Ball:
    """Grad where x > 0, nothing where x < 0, and all between where x may be 0 (ReLU's kink)."""
    closed = grad.like(np.zeros(grad.shape))
    routed = select(x.value > 0, grad, closed)
    # Written so that a NaN, at which the slope is a convention too, is unsure.
    unsure = ~(np.abs(x.value).astype(np.float64) > x.bound)
    if not unsure.any():
        return routed
    return select(unsure, between(closed, grad), routed)


def stack(balls: list[Ball], axis: int = 0) -> Ball:
    """Balls of one shape along a new axis."""
    exact = all(ball.error is None for ball in balls)
    error = None if exact else np.stack([ball.bound for ball in balls], axis)
    return Ball(np.stack([ball.value for ball in balls], axis), error, balls[0].arithmetic)


def concatenate(balls: list[Ball], axis: int = 0) -> Ball:
    """Balls side by side along an axis."""
    exact = all(ball.error is None for ball in balls)
    error = None if exact else np.concatenate([ball.bound for ball in balls], axis)
    value = np.concatenate([ball.value for ball in balls], axis)
    return Ball(value, error, balls[0].arithmetic)
