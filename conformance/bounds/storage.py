"""The store rule: a result computed in float32 and rounded once to a format of 16 bits."""

import numpy as np

from conformance.bounds.ball import Ball
from conformance.bounds.floats import Array, Format, rounded, ulp


def store(ball: Ball) -> Ball:
    """All roundings to the stored format of what lies within E of v; the ball itself without one.

    E + ½ ulp; E alone where v is a number of the format and everything within E is rounded to
    it. Where everything is rounded to infinity, so is v; where only part of it is, no claim.
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
    # What is not finite before the store has its class, or none, already.
    finite = np.isfinite(value)
    value, stored = np.where(beyond & finite, low, value), np.where(finite, stored, error)
    return Ball(value, stored, ball.arithmetic)


def _half_ulp(value: Array, far: Array, form: Format) -> Array:
    """The largest error of the rounding, where the farthest number is rounded to `far`.

    What is rounded down to a power of two moves toward v: the ulp below the power counts.
    """
    return ulp(np.maximum(np.abs(value), np.abs(far) * (1.0 - form.u)), form) / 2.0
