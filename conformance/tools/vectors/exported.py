"""A truth and its bound in float64, such that |y − v| ≤ E is the suite's own decision.

E has the suite's slack in it: it is the largest number that the suite lets pass. Where E is
infinite, no claim is made and every y passes. Else NaN and infinities of v are demanded as they
are, with E zero. A truth that float64 cannot hold is two numbers, v = high + low.
"""

from typing import NamedTuple

import numpy as np

from conformance.bounds.ball import Ball
from conformance.bounds.floats import Array


class Exported(NamedTuple):
    """A truth and its bound, as arrays of float64; `low` is None where it is zero throughout."""

    truth: Array
    low: Array | None
    bound: Array


def exported(ball: Ball) -> Exported:
    """Return a ball's numbers for a comparison elsewhere.

    >>> from conformance.bounds import Ball, arithmetic
    >>> third = Ball.exact([1.0], arithmetic("float32")) / 3.0
    >>> truth, low, bound = exported(third)
    >>> low is None, bool((bound >= third.bound).all())
    (True, True)
    """
    with np.errstate(all="ignore"):
        high = np.asarray(ball.value, np.float64)
        rest = np.asarray(np.where(np.isfinite(high), ball.value - high, 0.0), np.float64)
        is_class = ~np.isfinite(ball.value) & ~np.isinf(ball.bound)
        bound = np.where(is_class, 0.0, _widest(ball.bound, ball.arithmetic.slack))
    low = rest if rest.any() else None
    return Exported(high, low, bound)


def _widest(error: Array, slack: float) -> Array:
    """Return the largest distances whose share of the bound and slack rounds to 1 at most."""

    def passes(distance: Array) -> Array:
        result: Array = np.where(distance == 0, 0.0, distance / error / (1.0 + slack)) <= 1.0
        return result

    bound = np.asarray(error * (1.0 + slack), np.float64)
    for _ in range(_STEPS):
        higher = np.nextafter(bound, np.inf)
        bound = np.where(np.isfinite(error) & passes(higher), higher, bound)
    for _ in range(2 * _STEPS):
        lower = np.nextafter(bound, 0.0)
        bound = np.where(np.isfinite(error) & ~passes(bound), lower, bound)
    return bound


# A quotient of two roundings is that near to the product.
_STEPS = 4
