"""Elementary functions of balls: the argument's error carried over, and K ulp of their own.

E = C + K ulp(|f| + C), where C is the largest change of f over the argument's ball. exp and sigmoid
may flush results below the normal range to zero: there N_min, the smallest normal number, is added
to E.

No accuracy K is chosen by hand. `python benchmarks/calibration.py` measures each on NumPy,
SciPy and torch, and `calibration.json` in this package holds the result.

Where f is not finite, only its class is compared. Where the argument has no claim, f has none.
"""

import numpy as np

from conformance.bounds.ball import Ball, disclaim, settle
from conformance.bounds.floats import Array, ulp
from conformance.bounds.masks import every, some


def _elementary(value: Array, carried: Array | None, name: str, x: Ball) -> Ball:
    """Return f(x) = value with E = C + K ulp(|f| + C), where `carried` is C, or None for zero.

    Vectorised exponentials may flush results below the normal range to zero, so exp and sigmoid
    have N_min more there. An argument without a claim may be a NaN: its function has no claim.
    """
    arithmetic, form = x.arithmetic, x.arithmetic.form
    size = np.fabs(value).astype(np.float64, copy=False)
    far = size if carried is None else size + carried
    # Where it is not finite its ulp is no number of meaning, and the bound is settled without it.
    error = arithmetic.accuracies[name] * ulp(far, form)
    if name in {"exp", "sigmoid"}:
        near = size if carried is None else size - carried
        normal = near >= form.smallest_normal
        if not every(normal):
            flushed = ~normal & (size != 0)
            error = error + np.where(flushed, form.smallest_normal, 0.0)
    if not every(far != 0):
        error = np.where((value == 0) & (far == 0), 0.0, error)
    if carried is None:
        return settle(value, error, arithmetic)
    return disclaim(settle(value, error + carried, arithmetic), np.isinf(x.bound))


def exp(x: Ball) -> Ball:
    """Return e^x; an error E of the argument carries over as C = e^x · expm1(E).

    No claim is made where e^x overflows the arbiter's range.

    >>> from conformance.bounds import Ball, arithmetic, exp
    >>> ball = exp(Ball.exact([0.0, 1.0], arithmetic("float32")))
    >>> ball.value.round(3).tolist(), (ball.bound * 2**23).tolist()  # 3 ulp of 1.0 and of 2.718
    ([1.0, 2.718], [3.0, 6.0])
    """
    value = np.exp(x.value)
    carried = None
    if x.error is not None:
        # Where E is large, e^x may be 0 and so is e^x · expm1(E): e^(x + E) bounds the change.
        carried = value.astype(np.float64) * np.expm1(np.minimum(x.error, 1.0))
        large = x.error > 1.0
        if some(large):
            far = np.exp(np.minimum(x.value.astype(np.float64) + x.error, 1e4))
            carried = np.where(large, far, carried)
    result = _elementary(value, carried, "exp", x)
    infinite = np.isinf(value)
    return disclaim(result, infinite & np.isfinite(x.value)) if some(infinite) else result


def log(x: Ball) -> Ball:
    """Return ln x; an error E of the argument carries over as C = −log1p(−E / x).

    No claim is made where E > 0 and the argument's ball reaches zero.

    >>> from conformance.bounds import Ball, arithmetic, log
    >>> ball = log(Ball.exact([1.0, 4.0], arithmetic("float32")))
    >>> ball.value.round(3).tolist(), (ball.bound * 2**23).tolist()  # ln 1 is exact
    ([0.0, 1.386], [0.0, 4.0])
    """
    return _logarithm(np.log(x.value), x.value, "log", x)


def _logarithm(value: Array, argument: Array, name: str, x: Ball) -> Ball:
    """Return ln(argument) = value, with no claim where the argument's ball reaches zero."""
    if x.error is None:
        return _elementary(value, None, name, x)
    share = np.where(x.error == 0, 0.0, x.error / argument.astype(np.float64))
    inside = np.abs(share) < 1
    if every(inside):
        return _elementary(value, -np.log1p(-share), name, x)
    carried = np.where(inside, -np.log1p(-share), np.inf)
    return disclaim(_elementary(value, carried, name, x), ~inside)


def log1p(x: Ball) -> Ball:
    """Return ln(1 + x); an error E of the argument carries over as C = −log1p(−E / (1 + x)).

    No claim is made where E > 0 and the ball of 1 + x reaches zero.

    >>> from conformance.bounds import Ball, arithmetic, log1p
    >>> ball = log1p(Ball.exact([0.0, 3.0], arithmetic("float32")))
    >>> ball.value.round(3).tolist(), (ball.bound * 2**23).tolist()
    ([0.0, 1.386], [0.0, 2.5])
    """
    return _logarithm(np.log1p(x.value), 1 + x.value, "log1p", x)


def sqrt(x: Ball) -> Ball:
    """Return √x; an error E carries over as C = √x − √(x − E) = E / (√x + √(x − E)).

    The true argument is assumed not to be negative, as a variance is not, even where x's ball
    reaches below zero; there C = √(x + E). No claim is made where x < 0 and its ball reaches zero.

    >>> from conformance.bounds import Ball, arithmetic, sqrt
    >>> ball = sqrt(Ball.exact([0.0, 4.0], arithmetic("float32")))
    >>> ball.value.tolist(), (ball.bound * 2**23).tolist()
    ([0.0, 2.0], [0.0, 2.0])
    """
    value = np.sqrt(x.value)
    if x.error is None:
        return _elementary(value, None, "sqrt", x)
    low = np.sqrt(np.maximum(x.value.astype(np.float64) - x.error, 0.0))
    inside = x.value > x.error
    carried = np.where(inside, x.error / (value.astype(np.float64) + low), np.sqrt(x.magnitude))
    carried = np.where(x.error == 0, 0.0, carried)
    below = (x.value < 0) & (x.error >= -x.value)
    return disclaim(_elementary(value, carried, "sqrt", x), below)


def _least_argument(x: Ball) -> Array:
    """Return max(|x| − E, 0), at which a function steepest at zero has its largest slope."""
    least: Array = np.maximum(x.absolute - x.bound, 0.0)
    return least


def tanh(x: Ball) -> Ball:
    """Return tanh x; an error E carries over as C = (1 − tanh² t) E, where t = max(|x| − E, 0).

    >>> from conformance.bounds import Ball, arithmetic, tanh
    >>> ball = tanh(Ball.exact([0.0, 1.0], arithmetic("float32")))
    >>> ball.value.round(3).tolist(), (ball.bound * 2**24).tolist()
    ([0.0, 0.762], [0.0, 2.5])
    """
    carried = None
    if x.error is not None:
        # 1 − tanh² t = 1 / cosh² t, with t capped so that the square of cosh stays finite.
        slope = 1.0 / np.cosh(np.minimum(_least_argument(x), 350.0)) ** 2
        carried = np.minimum(slope * x.error, 2.0)
    return _elementary(np.tanh(x.value), carried, "tanh", x)


def _logistic(x: Array) -> Array:
    z = np.exp(-np.fabs(x))
    result: Array = np.where(x >= 0, 1, z) / (1 + z)
    return result


def sigmoid(x: Ball) -> Ball:
    """Return σ(x) = 1 / (1 + e^−x); an error E carries over as C = σ′(t) E, t = max(|x| − E, 0).

    >>> from conformance.bounds import Ball, arithmetic, sigmoid
    >>> ball = sigmoid(Ball.exact([0.0, 2.0], arithmetic("float32")))
    >>> ball.value.round(3).tolist(), (ball.bound * 2**24).tolist()
    ([0.5, 0.881], [4.0, 4.0])
    """
    carried = None
    if x.error is not None:
        tail = _logistic(-_least_argument(x))
        carried = np.minimum(tail * (1.0 - tail) * x.error, 1.0)
    return _elementary(_logistic(x.value), carried, "sigmoid", x)
