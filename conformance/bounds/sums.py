"""Sums of balls in any order: bilinear forms such as matmul and convolution, totals and means.

Operands of one formula have the same arithmetic, and shapes that broadcast.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from conformance.bounds.ball import Ball, disclaim, rounds_nothing, settle, undetermined
from conformance.bounds.floats import Array
from conformance.bounds.masks import every
from conformance.bounds.rounding import gamma

Bilinear = Callable[[Array, Array], Array]
Axis = int | tuple[int, ...] | None


def bilinear(apply: Bilinear, a: Ball, b: Ball, plus: Ball | None = None, divisor: int = 1) -> Ball:
    """Return (L(a, b) + c) / m, where L is bilinear with coefficients 0 and 1.

    `apply` is L: matmul, convolution, or an adjoint of theirs; `plus` is c, and `divisor` m. With
    S = L(|a| + E_a, |b| + E_b) + |c| + E_c, and n the number of nonzero terms of each element,
    E = L(E_a, |b| + E_b) + L(|a|, E_b) + E_c + γ_n S + nω for m = 1. Another m adds two roundings,
    for s / m or s · (1/m), after the sum or inside it.

    >>> from conformance.bounds import Ball, arithmetic, bilinear
    >>> x = Ball.exact([1.0, 2.0, 0.0], arithmetic("float32")) / 3.0
    >>> round(float(bilinear(np.dot, x, x).bound) * 2**24 / (5 / 9), 3)  # γ₂, E_a, E_b
    4.0
    """
    arithmetic, underflow = a.arithmetic, a.arithmetic.form.underflow
    value, reach = _applied(apply, a.value, b.value), apply(a.magnitude, b.magnitude)
    if plus is not None:
        value, reach = value + plus.value, reach + plus.magnitude
    if divisor == 1 and rounds_nothing(reach, (a, b), *(() if plus is None else ((plus,),))):
        return Ball(value, None, arithmetic)
    products = _products(apply, a, b)
    terms = products if plus is None else products + (plus.magnitude != 0)
    extra = 0 if divisor == 1 else 2
    share = gamma(terms, arithmetic)
    error = (share if extra == 0 else gamma(terms + extra, arithmetic)) * reach
    error = error + (products + extra) * divisor * underflow
    if a.error is not None:
        error = error + apply(a.error, b.magnitude)
    if b.error is not None:
        error = error + apply(a.absolute, b.error)
    if plus is not None and plus.error is not None:
        error = error + plus.error
    reach = reach * (1.0 + share)
    if divisor > 1:
        value, error = value / arithmetic.arbiter(divisor), error / divisor
        # Either operand may be divided by m first, and underflow there.
        nonzero_a, nonzero_b = ((x.magnitude != 0).astype(np.float64) for x in (a, b))
        halves = apply(nonzero_a, b.magnitude) + apply(a.magnitude, nonzero_b)
        error = error + underflow * halves
    result = settle(value, error, arithmetic, reach)
    if result.error is error or every(np.isfinite(value)):
        return result
    loose_a, loose_b = (undetermined(x).astype(np.float64) for x in (a, b))
    met = apply(loose_a, np.ones(b.shape)) + apply(np.ones(a.shape), loose_b) > 0
    return disclaim(result, met if plus is None else met | np.isinf(plus.bound))


def _applied(apply: Bilinear, a: Array, b: Array) -> Array:
    """Return L(a, b); of long doubles the infinities and NaNs apart, by their classes.

    A processor takes 150 ns to multiply or add one of them, a hundred times as long as a number.
    """
    if a.dtype == np.float64 or (every(np.isfinite(a)) and every(np.isfinite(b))):
        return apply(a, b)
    value = apply(*(np.where(np.isfinite(x), x, 0) for x in (a, b)))
    reached = apply(classes(a), classes(b))
    return np.where(np.isfinite(reached), value, reached)


def classes(array: Array) -> Array:
    """Return float64 numbers of the same classes: infinities, NaNs, and the signs of the rest.

    Sums of their products are infinite and NaN where those of the array's own numbers are.

    >>> classes(np.array([3.0, -0.5, 0.0, np.inf, np.nan])).tolist()
    [1.0, -1.0, 0.0, inf, nan]
    """
    finite = np.isfinite(array)
    # The sign of a NaN in a long double takes 1 µs too.
    return np.where(finite, np.sign(np.where(finite, array, 0)), array).astype(np.float64)


def _products(apply: Bilinear, a: Ball, b: Ball) -> Any:
    """Return the number of nonzero products in each element."""
    nonzero_a, nonzero_b = a.magnitude != 0, b.magnitude != 0
    if apply is np.matmul and every(nonzero_a) and every(nonzero_b):
        # One number for all elements: no matrices to multiply, and no array to take γ of.
        return a.shape[-1]
    return apply(nonzero_a.astype(np.float64), nonzero_b.astype(np.float64))


def matmul(a: Ball, b: Ball, plus: Ball | None = None, divisor: int = 1) -> Ball:
    """Return (a @ b + c) / m, with the bound of `bilinear`, c = `plus` and m = `divisor`.

    >>> from conformance.bounds import Ball, arithmetic, matmul
    >>> x = Ball.exact([[1.0, 2.0]], arithmetic("float32"))
    >>> matmul(x, x.T).value.tolist(), matmul(x, x.T).error is None
    ([[5.0]], True)
    """
    return bilinear(np.matmul, a, b, plus, divisor)


def total(
    x: Ball, axis: Axis = None, *, keepdims: bool = False, divisor: int | None = None
) -> Ball:
    """Return Σ x over axes, with the bound ΣE + γ_{k−1} Σ(|v| + E).

    v and E are the values and bounds of x; k is the number of nonzero terms. The bound holds for
    every order of summation. The sum of small integers is exact: its `error` is None. With a
    divisor m the result is Σ x / m; the division adds two roundings, and the least number that
    may underflow. An empty mean is NaN.

    >>> from conformance.bounds import Ball, arithmetic, total
    >>> x = Ball.exact([[1.0, 2.0, 4.0]], arithmetic("float32"))
    >>> total(x, axis=1).value.tolist(), total(x, axis=1).error is None
    ([7.0], True)
    >>> (total(x / 3.0, axis=1).bound * 2**24).round(3).tolist()  # 7/3 of x / 3, plus 2 · 7/3
    [7.0]
    """
    arithmetic = x.arithmetic
    value = x.value.sum(axis=axis, keepdims=keepdims)
    reach = x.magnitude.sum(axis=axis, keepdims=keepdims)
    divided = divisor is not None and divisor != 1
    if not divided and rounds_nothing(reach, (x,)):
        return Ball(value, None, arithmetic)
    terms = _terms(x, axis, keepdims=keepdims)
    fewer = max(terms - 1, 0) if isinstance(terms, int) else np.maximum(terms - 1, 0)
    share = gamma(fewer + 2 if divided else fewer, arithmetic)
    error = share * reach
    if x.error is not None:
        error = error + x.error.sum(axis=axis, keepdims=keepdims)
    reach = reach * (1.0 + share)
    if divided:
        value = value / arithmetic.arbiter(divisor or 0)
        # x/m may be rounded term by term, each below the normal range.
        error = error / max(divisor or 0, 1) + (terms + 2) * arithmetic.form.underflow
    result = settle(np.asarray(value), np.asarray(error), arithmetic, np.asarray(reach))
    if x.error is None or every(np.isfinite(value)):
        return result
    return disclaim(result, np.asarray(np.isinf(x.error).any(axis=axis, keepdims=keepdims)))


def _terms(x: Ball, axis: Axis, *, keepdims: bool) -> Any:
    """Return the number of nonzero terms in each sum; one number where it is the same for all."""
    nonzero = x.magnitude != 0
    if not every(nonzero):
        return nonzero.sum(axis=axis, keepdims=keepdims)
    axes = range(len(x.shape)) if axis is None else (axis,) if isinstance(axis, int) else axis
    return math.prod(x.shape[axis] for axis in axes)


def mean(x: Ball) -> Ball:
    """Return Σ x / m over all m elements, with the bound of `total`; NaN where there are none.

    >>> from conformance.bounds import Ball, arithmetic, mean
    >>> float(mean(Ball.exact([1.0, 2.0, 6.0], arithmetic("float32"))).value)
    3.0
    """
    return total(x, divisor=x.value.size)
