"""Choices between balls: the larger, a selected one, either of two, everything between two.

A comparison is exact. Where its operands are not known exactly, or mathematics leaves the choice
open, the result covers every choice that an admissible evaluation may make.

Operands of one formula have the same arithmetic, and shapes that broadcast.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import numpy as np

from conformance.bounds.ball import Ball, disclaim, settle
from conformance.bounds.floats import Array
from conformance.bounds.masks import every, some


def maximum(x: Ball, floor: float) -> Ball:
    """Return max(x, floor), with x's E: comparisons are exact, and the maximum is 1-Lipschitz.

    The floor is a number of the working format. NaN stays NaN.

    >>> from conformance.bounds import Ball, arithmetic, maximum
    >>> maximum(Ball.exact([-1.0, 2.0], arithmetic("float32")), 0.5).value.tolist()
    [0.5, 2.0]
    """
    return Ball(np.maximum(x.value, x.arithmetic.arbiter(floor)), x.error, x.arithmetic)


def peak(x: Ball, axis: int) -> Ball:
    """Return max x along an axis, which is kept with size 1; E is the largest along it.

    The axis is not empty.

    >>> from conformance.bounds import Ball, arithmetic, peak
    >>> peak(Ball.exact([[1.0, 3.0], [4.0, 2.0]], arithmetic("float32")), axis=1).value.tolist()
    [[3.0], [4.0]]
    """
    error = None if x.error is None else x.error.max(axis=axis, keepdims=True)
    return Ball(x.value.max(axis=axis, keepdims=True), error, x.arithmetic)


def either(first: Ball, *others: Ball) -> Ball:
    """Return a ball around the first that holds the balls of all admissible formulas.

    E = max over the balls i of |vᵢ − v| + Eᵢ. All balls have the same shape.

    >>> from conformance.bounds import Ball, arithmetic, either
    >>> one, two = (Ball.exact(number, arithmetic("float32")) for number in (1.0, 2.0))
    >>> either(one, two).value.tolist(), either(one, two).bound.tolist()
    (1.0, 1.0)
    """
    if first.error is None and all(
        other.error is None and np.array_equal(other.value, first.value, equal_nan=True)
        for other in others
    ):
        return first
    error = first.bound
    for other in others:
        apart = np.fabs(other.value - first.value).astype(np.float64, copy=False)
        finite = np.isfinite(apart)
        if not every(finite):
            same = (other.value == first.value) | (np.isnan(other.value) & np.isnan(first.value))
            # Where one formula is finite and another is not, nothing is claimed.
            apart = np.where(same, 0.0, np.where(finite, apart, np.inf))
        error = np.maximum(error, apart if other.error is None else other.error + apart)
    return Ball(first.value, error, first.arithmetic)


def between(a: Ball, b: Ball) -> Ball:
    """Return a ball that holds every number from a to b: (a + b) / 2 ± (|a − b| / 2 + E_a + E_b).

    It stands where mathematics leaves the choice open, as for the slope at a kink. Where only one
    of a and b is finite, no claim is made.

    >>> from conformance.bounds import Ball, arithmetic, between
    >>> zero, one = (Ball.exact(number, arithmetic("float32")) for number in (0.0, 1.0))
    >>> between(zero, one).value.tolist(), between(zero, one).bound.tolist()
    (0.5, 0.5)
    """
    value = (a.value + b.value) / 2
    same = (a.value == b.value) | (np.isnan(a.value) & np.isnan(b.value))
    # In float64 half of the smallest number is zero: ω stands for it.
    half = (np.fabs(a.value - b.value) / 2).astype(np.float64) + a.arithmetic.form.underflow
    half = np.where(same, 0.0, half)
    error = np.where(same, np.maximum(a.bound, b.bound), half + a.bound + b.bound)
    # Any number may lie between a finite one and an infinity or a NaN.
    return disclaim(settle(value, error, a.arithmetic), ~np.isfinite(error))


def select(condition: Array, a: Ball, b: Ball) -> Ball:
    """Return a, with its E, where the condition holds, and b with its E elsewhere.

    >>> from conformance.bounds import Ball, arithmetic, select
    >>> x = Ball.exact([1.0, 2.0], arithmetic("float32"))
    >>> select(x.value > 1, x, -x).value.tolist()
    [-1.0, 2.0]
    """
    value = np.where(condition, a.value, b.value)
    exact = a.error is None and b.error is None
    error = None if exact else np.where(condition, a.bound, b.bound)
    return Ball(value, error, a.arithmetic)


def relu(x: Ball) -> Ball:
    """Return max(x, 0), with x's E; NaN stays NaN.

    >>> from conformance.bounds import Ball, arithmetic, relu
    >>> relu(Ball.exact([-1.0, 2.0], arithmetic("float32"))).value.tolist()
    [0.0, 2.0]
    """
    return maximum(x, 0.0)


# Whether what is shut out is multiplied by zero, which makes NaN of infinity, instead of left out.
_MULTIPLIES: ContextVar[bool] = ContextVar("multiplies", default=False)


@contextmanager
def multiplied_by_zero() -> Iterator[None]:
    """Compute gradients as code does that multiplies by a mask what it shuts out.

    >>> from conformance.bounds import Ball, arithmetic, shut
    >>> with multiplied_by_zero():
    ...     shut(Ball.exact([3.0, np.inf], arithmetic("float32"))).value.tolist()
    [0.0, nan]
    """
    token = _MULTIPLIES.set(True)
    try:
        yield
    finally:
        _MULTIPLIES.reset(token)


def shut(grad: Ball) -> Ball:
    """Return what passes where all of a gradient is shut out: nothing, or zero times it.

    >>> from conformance.bounds import Ball, arithmetic, shut
    >>> shut(Ball.exact([3.0, np.inf], arithmetic("float32"))).value.tolist()
    [0.0, 0.0]
    """
    zeros = grad.like(np.zeros(grad.shape))
    if not _MULTIPLIES.get():
        return zeros
    with np.errstate(invalid="ignore"):
        return grad * zeros


def gate(grad: Ball, x: Ball) -> Ball:
    """Return the gradient of ReLU: grad where x > 0, 0 where x < 0.

    Where x is NaN, or its ball holds 0, any slope from 0 to 1 is admissible: the result is
    everything `between` 0 and grad.

    >>> from conformance.bounds import Ball, arithmetic, gate
    >>> x = Ball.exact([-1.0, 0.0, 2.0], arithmetic("float32"))
    >>> grad = gate(x.like([4.0, 4.0, 4.0]), x)
    >>> grad.value.tolist(), grad.bound.tolist()
    ([0.0, 2.0, 4.0], [0.0, 2.0, 0.0])
    """
    closed = shut(grad)
    routed = select(x.value > 0, grad, closed)
    # The negated comparison also chooses NaN, at which the slope is a convention too.
    unsure = ~(x.absolute > x.bound)
    if not some(unsure):
        return routed
    return select(unsure, between(closed, grad), routed)


def stack(balls: list[Ball], axis: int = 0) -> Ball:
    """Return balls of one shape, at least one, stacked along a new axis.

    >>> from conformance.bounds import Ball, arithmetic, stack
    >>> x = Ball.exact([1.0, 2.0], arithmetic("float32"))
    >>> stack([x, -x]).value.tolist()
    [[1.0, 2.0], [-1.0, -2.0]]
    """
    exact = all(ball.error is None for ball in balls)
    error = None if exact else np.stack([ball.bound for ball in balls], axis)
    return Ball(np.stack([ball.value for ball in balls], axis), error, balls[0].arithmetic)


def concatenate(balls: list[Ball], axis: int = 0) -> Ball:
    """Return balls, at least one, joined along an axis; their other axes have the same sizes.

    >>> from conformance.bounds import Ball, arithmetic, concatenate
    >>> x = Ball.exact([1.0, 2.0], arithmetic("float32"))
    >>> concatenate([x, -x]).value.tolist()
    [1.0, 2.0, -1.0, -2.0]
    """
    exact = all(ball.error is None for ball in balls)
    error = None if exact else np.concatenate([ball.bound for ball in balls], axis)
    value = np.concatenate([ball.value for ball in balls], axis)
    return Ball(value, error, balls[0].arithmetic)
