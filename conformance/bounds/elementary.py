"""Elementary functions of error-carrying arrays: a few ulp of their own, and what they carry.

The accuracies K are not chosen: `python -m conformance.bounds.calibration` measures them on NumPy,
SciPy and torch, and its result is data of this package.
"""

import numpy as np

from conformance.bounds.ball import Ball, disclaim, settle
from conformance.bounds.floats import Array, ulp


def _elementary(value: Array, carried: Array | None, name: str, x: Ball) -> Ball:
    """f(x) within K ulp: carried + K ulp(|f| + carried), and N_min where |f| < N_min for exp.

    Vectorized exponentials may flush results below the normal range to zero. An argument x
    without a claim may have become a NaN: no claim is made on its function either.
    """
    arithmetic, form = x.arithmetic, x.arithmetic.form
    size = np.abs(value).astype(np.float64)
    far = size if carried is None else size + carried
    # An infinite carried error has no ulp; the bound is infinite there already.
    error = arithmetic.accuracies[name] * ulp(np.where(np.isfinite(far), far, 0.0), form)
    if name in {"exp", "sigmoid"}:
        near = size if carried is None else size - carried
        flushed = ~(near >= form.smallest_normal) & (size != 0)
        error = error + np.where(flushed, form.smallest_normal, 0.0)
    error = np.where((value == 0) & (far == 0), 0.0, error)
    if carried is None:
        return settle(value, error, arithmetic)
    return disclaim(settle(value, error + carried, arithmetic), np.isinf(x.bound))


def exp(x: Ball) -> Ball:
    """e^x; an error E of the argument carries f · expm1(E)."""
    value = np.exp(x.value)
    carried = None
    if x.error is not None:
        # A large E may belong to a result that underflows all the same: e^(x + E) covers it.
        near = value.astype(np.float64) * np.expm1(np.minimum(x.error, 1.0))
        far = np.exp(np.minimum(x.value.astype(np.float64) + x.error, 1e4))
        carried = np.where(x.error > 1.0, far, near)
    result = _elementary(value, carried, "exp", x)
    return disclaim(result, np.isinf(value) & np.isfinite(x.value))


def log(x: Ball) -> Ball:
    """Ln x; an error E of the argument carries −log1p(−E / x)."""
    value = np.log(x.value)
    if x.error is None:
        return _elementary(value, None, "log", x)
    return _logarithm(value, x.value.astype(np.float64), "log", x)


def _logarithm(value: Array, argument: Array, name: str, x: Ball) -> Ball:
    """No claim where the ball of the argument reaches zero, from either side."""
    assert x.error is not None
    share = np.where(x.error == 0, 0.0, x.error / argument)
    carried = np.where(np.abs(share) < 1, -np.log1p(-share), np.inf)
    return disclaim(_elementary(value, carried, name, x), ~(np.abs(share) < 1))


def log1p(x: Ball) -> Ball:
    """ln(1 + x); an error E of the argument carries −log1p(−E / (1 + x))."""
    value = np.log1p(x.value)
    if x.error is None:
        return _elementary(value, None, "log1p", x)
    return _logarithm(value, (1 + x.value).astype(np.float64), "log1p", x)


def sqrt(x: Ball) -> Ball:
    """√x; an error E of the argument carries √x − √(x − E) = E / (√x + √(x − E)).

    Where the ball of x reaches below zero the true argument is taken to be none the less ≥ 0,
    as a variance is; where x itself lies below, no claim is made.
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
    """max(|x| − E, 0), where a function steepest at zero has its largest slope in the ball."""
    return np.maximum(np.abs(x.value).astype(np.float64) - x.bound, 0.0)


def tanh(x: Ball) -> Ball:
    """Tanh x; an error E of the argument carries (1 − tanh² t) E at t = max(|x| − E, 0)."""
    carried = None
    if x.error is not None:
        # 1 − tanh² t = 1 / cosh² t; the cosh is held where its square is still finite.
        slope = 1.0 / np.cosh(np.minimum(_least_argument(x), 350.0)) ** 2
        carried = np.minimum(slope * x.error, 2.0)
    return _elementary(np.tanh(x.value), carried, "tanh", x)


def _logistic(x: Array) -> Array:
    z = np.exp(-np.abs(x))
    return np.where(x >= 0, 1 / (1 + z), z / (1 + z))


def sigmoid(x: Ball) -> Ball:
    """σ(x) = 1 / (1 + e^−x); an error E carries σ′(t) E at t = max(|x| − E, 0)."""
    carried = None
    if x.error is not None:
        tail = _logistic(-_least_argument(x))
        carried = np.minimum(tail * (1.0 - tail) * x.error, 1.0)
    return _elementary(_logistic(x.value), carried, "sigmoid", x)
