"""The store rule: a result computed in float32 is rounded once to a 16-bit format."""

import numpy as np

from conformance.bounds.ball import Ball
from conformance.bounds.floats import Array, Format, rounded, ulp


def store(ball: Ball) -> Ball:
    """Return a ball that holds all numbers of the ball, each rounded to the stored format.

    The bound becomes E + ½ ulp. It stays E where every number within E of v rounds to v. Where all
    of them round to infinity, v becomes infinite; where only some do, no claim is made. A ball
    whose arithmetic has no stored format is returned as it is.

    >>> from conformance.bounds import Ball, arithmetic
    >>> ball = store(Ball.exact([1.0, 1.0 + 2.0**-12, 1e6], arithmetic("float16")))
    >>> ball.value.tolist(), (ball.bound * 2**11).tolist()
    ([1.0, 1.000244140625, inf], [0.0, 1.0, 0.0])
    """
    form = ball.arithmetic.store
    if form is None:
        return ball
    value, error = ball.value.astype(np.float64), ball.bound
    room = error * (1.0 + ball.arithmetic.slack)
    low, high = rounded(value - room, form), rounded(value + room, form)
    if ball.error is None and np.array_equal(low, value, equal_nan=True):
        return ball
    kept = (low == value) & (high == value)
    stored = np.where(kept, error, error + _half_ulp(value, np.maximum(-low, high), form))
    beyond = np.isinf(low) & (low == high)
    doubtful = ~beyond & ~(np.isfinite(low) & np.isfinite(high))
    stored = np.where(beyond, 0.0, np.where(doubtful, np.inf, stored))
    # An element that was not finite before the store keeps its class, or its lack of a claim.
    finite = np.isfinite(value)
    value, stored = np.where(beyond & finite, low, value), np.where(finite, stored, error)
    return Ball(value, stored, ball.arithmetic)


def _half_ulp(value: Array, far: Array, form: Format) -> Array:
    """Return the largest error of a rounding, where the farthest number is rounded to `far`.

    Where `far` is a power of two, the ulp below it counts, since a number that is rounded down to
    it moves toward v.
    """
    return ulp(np.maximum(np.abs(value), np.abs(far) * (1.0 - form.u)), form) / 2.0
