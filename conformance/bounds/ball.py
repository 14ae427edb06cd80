"""Error-carrying arrays: a value and a rigorous bound on how far a right result may lie from it.

A `Ball` is a pair (v, E). v is the value in the arbiter's precision; E bounds, element by
element, the distance from v of every *admissible* evaluation in the working precision.
Admissible are: any order of summation, fused multiply-add or not, any association of a
product, declared alternatives (`either`), and elementary functions within K ulp, K calibrated.

Notation of the rules, after Higham, *Accuracy and Stability of Numerical Algorithms*, ch. 2–4:
u is the unit roundoff, γ_n = nu / (1 − nu), ω the largest error of a rounding that underflows.

Two rules hold everywhere. Where an intermediate result may overflow the working format, E is
infinite: no claim is made, and the element is reported as unjudged. Where inputs are integers
times one power of two, small enough that no rounding can occur, E is zero and equality is
demanded; that regime is found from the inputs themselves (`Ball.least_bit`).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np

from conformance.bounds.floats import Arithmetic, Array

Bilinear = Callable[[Array, Array], Array]
Axis = int | tuple[int, ...] | None


class Ball:
    """(v, E): a value in the arbiter's precision, and the bound on an admissible result's error.

    `error` is None where the value is exact: an input, or a result that no rounding touched.
    """

    __array_ufunc__ = None  # NumPy must not take over `array * ball`

    def __init__(self, value: Array, error: Array | None, arithmetic: Arithmetic) -> None:
        self.value = value
        self.error = error
        self.arithmetic = arithmetic

    @classmethod
    def exact(cls, array: Array | float, arithmetic: Arithmetic) -> Ball:
        """An input, or a constant of a formula: known without error."""
        return cls(np.asarray(array).astype(arithmetic.arbiter), None, arithmetic)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the value."""
        return self.value.shape

    @cached_property
    def bound(self) -> Array:
        """E as an array: zeros where the value is exact."""
        return np.zeros(self.value.shape) if self.error is None else self.error

    @cached_property
    def magnitude(self) -> Array:
        """|v| + E: the largest magnitude that an admissible result can have."""
        size = np.abs(self.value).astype(np.float64)
        return size if self.error is None else size + self.error

    @cached_property
    def least_bit(self) -> int:
        """Exponent of the least significant bit set in any element of an exact value."""
        x = self.value.astype(np.float64).ravel()
        x = x[(x != 0) & np.isfinite(x)]
        if x.size == 0:
            return 10_000
        mantissa, exponent = np.frexp(x)
        digits = np.ldexp(mantissa, 53).astype(np.int64)
        lowest = np.frexp((digits & -digits).astype(np.float64))[1] - 1
        return int((lowest + exponent - 53).min())

    def like(self, array: Array | float) -> Ball:
        """An exact ball in this ball's arithmetic."""
        return Ball.exact(array, self.arithmetic)

    def map(self, move: Callable[[Array], Array]) -> Ball:
        """Apply a function that only moves elements: reshape, transpose, index, broadcast."""
        error = None if self.error is None else move(self.error)
        return Ball(move(self.value), error, self.arithmetic)

    def reshape(self, *shape: int) -> Ball:
        """The same elements in another shape."""
        return self.map(lambda a: a.reshape(shape))

    @property
    def T(self) -> Ball:  # noqa: N802 - NumPy's own name
        """The transpose."""
        return self.map(lambda a: a.T)

    def __getitem__(self, index: Any) -> Ball:
        return self.map(lambda a: a[index])

    def __neg__(self) -> Ball:
        return Ball(-self.value, self.error, self.arithmetic)

    def __add__(self, other: Ball | float) -> Ball:
        return add(self, _ball(other, self))

    def __sub__(self, other: Ball | float) -> Ball:
        return add(self, -_ball(other, self))

    def __rsub__(self, other: float) -> Ball:
        return add(_ball(other, self), -self)

    def __mul__(self, other: Ball | float) -> Ball:
        return multiply(self, _ball(other, self))

    def __truediv__(self, other: Ball | float) -> Ball:
        return divide(self, _ball(other, self))

    __radd__ = __add__
    __rmul__ = __mul__


def _ball(x: Ball | Array | float, like: Ball) -> Ball:
    if isinstance(x, Ball):
        return x
    return _constant(x, like) if isinstance(x, float) else like.like(x)


def _constant(number: float, like: Ball) -> Ball:
    """A number of a formula, which may be rounded to the working format before it is used."""
    exact = like.like(number)
    rounded = np.asarray(number, like.arithmetic.dtype).astype(np.float64)
    if rounded == number or np.isnan(number):
        return exact
    return Ball(exact.value, np.abs(rounded - number), like.arithmetic)


def gamma(n: Array | float, arithmetic: Arithmetic) -> Array:
    """γ_n = nu / (1 − nu), infinite where nu ≥ 1/2 and the rule says nothing."""
    if isinstance(n, int | float):
        share = n * arithmetic.form.u
        return np.asarray(share / (1.0 - share) if share < 0.5 else np.inf)
    nu = np.asarray(n, np.float64) * arithmetic.form.u
    return np.where(nu < 0.5, nu / (1.0 - np.minimum(nu, 0.5)), np.inf)


def _no_rounding(magnitude: Array, least_bit: int, arithmetic: Arithmetic) -> bool:
    """Whether sums of such magnitude, over multiples of 2^least_bit, are all representable."""
    form = arithmetic.form
    if least_bit < form.smallest_subnormal_exponent:
        return False
    limit = 2.0 ** min(least_bit + form.p, form.e_max)
    if form.p > 24:
        # The magnitude is a float64 sum, rounded itself: at the limit it may stand for one above.
        limit *= 1.0 - 2.0**-40
    return magnitude.size == 0 or bool(magnitude.max() <= limit)


def settle(value: Array, error: Array, arithmetic: Arithmetic, reach: Array | None = None) -> Ball:
    """Make a ball of (v, E): no claim where the working format may overflow on the way.

    Where v itself is not finite, its class alone is compared, and E plays no part.
    `reach` is the largest magnitude on the way to v; |v| + E where not given.
    """
    if reach is None:
        reach = np.abs(value).astype(np.float64) + error
    claimed = reach < arithmetic.form.largest
    if not claimed.all():
        error = np.where(np.isfinite(value), np.where(claimed, error, np.inf), 0.0)
    return Ball(value, error, arithmetic)


def disclaim(ball: Ball, where: Array) -> Ball:
    """Make no claim on the elements chosen."""
    if not where.any():
        return ball
    return Ball(ball.value, np.where(where, np.inf, ball.bound), ball.arithmetic)


def _open(x: Ball) -> Array:
    """Where x is unknown, or may be zero or of either sign: times infinity it may be anything."""
    return np.isinf(x.bound) | ((x.bound > 0) & (x.bound >= np.abs(x.value)))


def _undecided(result: Ball, operands: tuple[Ball, ...]) -> Ball:
    """Make no claim on the class of what is not finite, where that of an operand is not known.

    Nor where an infinite operand meets one that may be zero, as in a product.
    """
    if np.isfinite(result.value).all():
        return result
    unknown, infinite, vanishing, certain = (np.zeros((), bool) for _ in range(4))
    for one in operands:
        size = np.abs(one.value).astype(np.float64)
        unknown = unknown | np.isinf(one.bound)
        infinite = infinite | np.isinf(size)
        vanishing = vanishing | ((size <= one.bound) & ((one.value != 0) | (one.bound > 0)))
        certain = certain | np.isnan(size)
    return disclaim(result, np.asarray(unknown | (infinite & vanishing & ~certain)))


def _plus(*errors: Array | None) -> Array | None:
    """Sum of errors, None standing for zero."""
    total: Array | None = None
    for error in errors:
        if error is not None:
            total = error if total is None else total + error
    return total


def add(a: Ball, b: Ball) -> Ball:
    """A + b: E_a + E_b + u (|v| + E_a + E_b). A sum is never hurt by underflow."""
    arithmetic = a.arithmetic
    value = a.value + b.value
    carried = _plus(a.error, b.error)
    if carried is None:
        reach = a.magnitude + b.magnitude
        if _no_rounding(reach, min(a.least_bit, b.least_bit), arithmetic):
            return Ball(value, None, arithmetic)
        return settle(value, arithmetic.form.u * np.abs(value).astype(np.float64), arithmetic)
    carried = np.broadcast_to(carried, value.shape)
    reach = np.abs(value).astype(np.float64) + carried
    result = settle(value, carried + arithmetic.form.u * reach, arithmetic)
    return disclaim(result, np.isinf(carried))


def multiply(*factors: Ball) -> Ball:
    """Product of k factors, in any association.

    E = Π(|v| + E) − Π|v| + γ_{k−1} Π(|v| + E) + (k − 1) ω Π max(1, |v| + E).
    """
    arithmetic = factors[0].arithmetic
    value, size = factors[0].value, np.abs(factors[0].value)
    # Part of a product of three may leave the range of float64, and come back into it.
    wide = arithmetic.arbiter if len(factors) > 2 else np.float64
    reach = factors[0].magnitude.astype(wide, copy=False)
    carried = None if factors[0].error is None else factors[0].error.astype(wide, copy=False)
    partial = np.maximum(1.0, factors[0].magnitude)
    present = reach != 0
    for factor in factors[1:]:
        carried = _plus(
            None if carried is None else carried * factor.magnitude,
            None if factor.error is None else size.astype(wide, copy=False) * factor.error,
        )
        value, size = value * factor.value, size * np.abs(factor.value)
        reach = reach * factor.magnitude
        partial = partial * np.maximum(1.0, factor.magnitude)
        # Of the factors, not of their product: that may have underflowed here too.
        present = present & (factor.magnitude != 0)
    roundings = len(factors) - 1
    if carried is None and _exact_product(factors, reach, partial):
        return Ball(value, None, arithmetic)
    underflow = roundings * arithmetic.form.underflow * (partial if roundings > 1 else 1.0)
    rounding = gamma(roundings, arithmetic) * reach + np.where(present, underflow, 0.0)
    error = (rounding if carried is None else rounding + carried).astype(np.float64, copy=False)
    # Three factors or more may overflow on the way to a small product.
    result = settle(value, error, arithmetic, partial if roundings > 1 else None)
    return _undecided(result, factors)


def _exact_product(factors: tuple[Ball, ...], reach: Array, partial: Array) -> bool:
    """Whether no association of the product rounds, underflows or overflows on its way."""
    arithmetic = factors[0].arithmetic
    if not _no_rounding(reach, sum(factor.least_bit for factor in factors), arithmetic):
        return False
    if len(factors) == 2 or partial.size == 0:
        return True
    lowest = sum(min(factor.least_bit, 0) for factor in factors)
    underflows = lowest < arithmetic.form.smallest_subnormal_exponent
    return not underflows and bool(partial.max() < arithmetic.form.largest)


def divide(a: Ball, b: Ball) -> Ball:
    """A / b: carried (E_a + |v| E_b) / (|b| − E_b), then one rounding u (|v| + carried) + ω."""
    arithmetic = a.arithmetic
    form = arithmetic.form
    value = a.value / b.value
    size = np.abs(value).astype(np.float64)
    if a.error is None and b.error is None:
        underflow = np.where(a.value == 0, 0.0, form.underflow)
        return settle(value, form.u * size + underflow, arithmetic)
    room = np.abs(b.value).astype(np.float64) - b.bound
    unbounded = (room <= 0) & (b.bound > 0)
    carried = (a.bound + np.where(b.bound == 0, 0.0, size * b.bound)) / room
    result = settle(value, carried + form.u * (size + carried) + form.underflow, arithmetic)
    # Over zero, what may itself be zero or of either sign is anything.
    unbounded = unbounded | np.isinf(b.bound) | ((b.value == 0) & _open(a))
    return disclaim(_undecided(result, (a,)), unbounded)


def bilinear(apply: Bilinear, a: Ball, b: Ball, plus: Ball | None = None, divisor: int = 1) -> Ball:
    """(L(a, b) + c) / m, L bilinear with coefficients 0 and 1: matmul, convolution, their adjoints.

    With S = L(|A| + E_A, |B| + E_B) + |c| + E_c and n the number of nonzero terms of each
    element, E = L(E_A, |B| + E_B) + L(|A|, E_B) + E_c + γ_n S + nω. Two roundings more for the
    division by m (as s / m or s · (1/m), after the sum or inside it).
    """
    arithmetic = a.arithmetic
    value = apply(a.value, b.value)
    reach = apply(a.magnitude, b.magnitude)
    terms = apply((a.magnitude != 0).astype(np.float64), (b.magnitude != 0).astype(np.float64))
    least = a.least_bit + b.least_bit if a.error is None and b.error is None else -10_000
    products = terms
    if plus is not None:
        value, reach = value + plus.value, reach + plus.magnitude
        terms = terms + (plus.magnitude != 0)
        least = min(least, plus.least_bit) if plus.error is None else -10_000
    if divisor == 1 and _no_rounding(reach, least, arithmetic):
        return Ball(value, None, arithmetic)
    extra = 0 if divisor == 1 else 2
    error = gamma(terms + extra, arithmetic) * reach
    error = error + (products + extra) * divisor * arithmetic.form.underflow
    if a.error is not None:
        error = error + apply(a.error, b.magnitude)
    if b.error is not None:
        error = error + apply(np.abs(a.value).astype(np.float64), b.error)
    if plus is not None and plus.error is not None:
        error = error + plus.error
    reach = reach * (1.0 + gamma(terms, arithmetic))
    if divisor > 1:
        value, error = value / arithmetic.arbiter(divisor), error / divisor
        # Either operand may be divided by m first, and underflow there.
        error = error + arithmetic.form.underflow * (
            apply((a.magnitude != 0).astype(np.float64), b.magnitude)
            + apply(a.magnitude, (b.magnitude != 0).astype(np.float64))
        )

    result = settle(value, error, arithmetic, reach)
    if np.isfinite(value).all():
        return result
    open_a, open_b = (_open(x).astype(np.float64) for x in (a, b))
    met = apply(open_a, np.ones(b.shape)) + apply(np.ones(a.shape), open_b) > 0
    return disclaim(result, met if plus is None else met | np.isinf(plus.bound))


def matmul(a: Ball, b: Ball, plus: Ball | None = None, divisor: int = 1) -> Ball:
    """(a @ b + c) / m."""
    return bilinear(np.matmul, a, b, plus, divisor)


def total(
    x: Ball, axis: Axis = None, *, keepdims: bool = False, divisor: int | None = None
) -> Ball:
    """Σ x over axes, in any order: ΣE + γ_{k−1} Σ(|v| + E), k the number of nonzero terms.

    With a divisor m the mean Σ x / m, with two roundings more; an empty mean is NaN.
    """
    arithmetic = x.arithmetic
    value = x.value.sum(axis=axis, keepdims=keepdims)
    reach = x.magnitude.sum(axis=axis, keepdims=keepdims)
    divided = divisor is not None and divisor != 1
    if not divided and x.error is None and _no_rounding(reach, x.least_bit, arithmetic):
        return Ball(value, None, arithmetic)
    terms = np.count_nonzero(x.magnitude, axis=axis, keepdims=keepdims)
    roundings = np.maximum(terms - 1, 0) + (2 if divided else 0)
    error = gamma(roundings, arithmetic) * reach
    if x.error is not None:
        error = error + x.error.sum(axis=axis, keepdims=keepdims)
    reach = reach * (1.0 + gamma(roundings, arithmetic))
    if divided:
        value = value / arithmetic.arbiter(divisor or 0)
        # x/m may be rounded term by term, each below the normal range.
        error = error / max(divisor or 0, 1) + (terms + 2) * arithmetic.form.underflow
    result = settle(np.asarray(value), np.asarray(error), arithmetic, np.asarray(reach))
    if x.error is None or np.isfinite(value).all():
        return result
    return disclaim(result, np.asarray(np.isinf(x.error).any(axis=axis, keepdims=keepdims)))


def mean(x: Ball) -> Ball:
    """Σ x / m over all m elements; NaN where there are none."""
    return total(x, divisor=x.value.size)


def widen(ball: Ball, error: Array, reach: Array | None = None) -> Ball:
    """Admit results farther away by an error; no claim where the reach or E overflows."""
    together = ball.bound + error
    away = together if reach is None else np.maximum(together, reach)
    settled = settle(ball.value, together, ball.arithmetic, away)
    return disclaim(settled, np.isinf(ball.bound))
