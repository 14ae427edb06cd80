"""Balls: arrays with a rigorous bound on how far a right result may lie from each value.

A `Ball` is a pair (v, E). v is the value in the arbiter's precision. E bounds, element by element,
the distance from v of every *admissible* evaluation in the working precision. An evaluation is
admissible whatever its order of summation and its association of products, with or without fused
multiply-add, by any of the formulas declared as alternatives (`either`), and with elementary
functions within K ulp, K calibrated.

The notation is that of Higham, *Accuracy and Stability of Numerical Algorithms*, chapters 2 to 4:
u is the unit roundoff, γ_n = nu / (1 − nu), and ω the largest error of a rounding that underflows.

Two rules hold everywhere:

- Where an intermediate result may overflow the working format, E is infinite. No claim is made,
  and the element is reported as unjudged.
- Where all inputs are integers times one power of two, and so small that no rounding can occur,
  E is zero. Equality is demanded. `Ball.least_bit` recognises such inputs.

Operands of one formula have the same arithmetic, and shapes that broadcast.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from conformance.bounds.masks import every, some
from conformance.bounds.rounding import bit_of, gamma, least_bit, no_rounding

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.bounds.floats import Arithmetic, Array


class Ball:
    """(v, E): a value in the arbiter's precision, and a bound on an admissible result's error.

    Attributes:
        value: v, an array of the arbiter's type.
        error: E, a float64 array that broadcasts to v's shape. None where v is exact: an input, or
            a result that no rounding can have changed.
        arithmetic: the working precision whose roundings E admits, and its arbiter.

    >>> from conformance.bounds import Ball, arithmetic
    >>> third = Ball.exact([1.0, 2.0], arithmetic("float32")) / 3.0
    >>> third.value.round(3).tolist(), third.bound.tolist() == (third.value * 2.0**-24).tolist()
    ([0.333, 0.667], True)
    """

    __slots__ = ("_absolute", "_least_bit", "_magnitude", "arithmetic", "error", "value")
    __array_ufunc__ = None  # NumPy must not take over `array * ball`

    def __init__(self, value: Array, error: Array | None, arithmetic: Arithmetic) -> None:
        self.value = value
        self.error = error
        self.arithmetic = arithmetic
        # Kept when first computed. A cached_property takes a lock in Python 3.11, and 2 µs.
        self._absolute: Array | None = None
        self._magnitude: Array | None = None
        self._least_bit: int | None = None

    @classmethod
    def exact(cls, array: Array | float, arithmetic: Arithmetic) -> Ball:
        """Return an array that is known without error: an input, or a constant of a formula.

        Its elements are numbers of the working format; otherwise its `least_bit` claims too much.

        >>> from conformance.bounds import Ball, arithmetic
        >>> Ball.exact([1.0, 2.0], arithmetic("float32")).bound.tolist()
        [0.0, 0.0]
        """
        return cls(np.asarray(array).astype(arithmetic.arbiter), None, arithmetic)

    @property
    def shape(self) -> tuple[int, ...]:
        """Return the shape of the value."""
        return self.value.shape

    @property
    def bound(self) -> Array:
        """Return E as an array, which is zero where the value is exact."""
        return np.zeros(self.value.shape) if self.error is None else self.error

    @property
    def absolute(self) -> Array:
        """Return |v| in float64."""
        if self._absolute is None:
            # As everywhere here, fabs: of a NaN in a long double np.abs takes 1 µs, this 2 ns.
            self._absolute = np.fabs(self.value).astype(np.float64, copy=False)
        return self._absolute

    @property
    def magnitude(self) -> Array:
        """Return |v| + E, the largest magnitude that an admissible result can have."""
        if self._magnitude is None:
            self._magnitude = self.absolute if self.error is None else self.absolute + self.error
        return self._magnitude

    @property
    def least_bit(self) -> int:
        """Return the exponent of the least significant bit that is set in any element of v."""
        if self._least_bit is None:
            self._least_bit = least_bit(self.value)
        return self._least_bit

    @property
    def first_bit(self) -> int:
        """Return the exponent of the least significant bit of v's first element."""
        return bit_of(float(self.value.flat[0])) if self.value.size else 10_000

    def like(self, array: Array | float) -> Ball:
        """Return an exact ball in this ball's arithmetic."""
        return Ball.exact(array, self.arithmetic)

    def map(self, move: Callable[[Array], Array]) -> Ball:
        """Apply a function that only moves elements: reshape, transpose, index or broadcast."""
        error = None if self.error is None else move(self.error)
        moved = Ball(move(self.value), error, self.arithmetic)
        if self._magnitude is not None:
            moved._magnitude = move(self._magnitude)
        return moved

    def reshape(self, *shape: int) -> Ball:
        """Return the same elements in another shape."""
        return self.map(lambda a: a.reshape(shape))

    @property
    def T(self) -> Ball:  # noqa: N802 - NumPy's own name
        """Return the transpose."""
        return self.map(lambda a: a.T)

    def __getitem__(self, index: Any) -> Ball:
        return self.map(lambda a: a[index])

    def __neg__(self) -> Ball:
        negated = Ball(-self.value, self.error, self.arithmetic)
        negated._absolute, negated._magnitude = self._absolute, self._magnitude
        negated._least_bit = self._least_bit
        return negated

    def __add__(self, other: Ball | float) -> Ball:
        return add(self, _as_ball(other, self.arithmetic))

    def __sub__(self, other: Ball | float) -> Ball:
        return add(self, -_as_ball(other, self.arithmetic))

    def __rsub__(self, other: float) -> Ball:
        return add(_as_ball(other, self.arithmetic), -self)

    def __mul__(self, other: Ball | float) -> Ball:
        return multiply(self, _as_ball(other, self.arithmetic))

    def __truediv__(self, other: Ball | float) -> Ball:
        return divide(self, _as_ball(other, self.arithmetic))

    __radd__ = __add__
    __rmul__ = __mul__


def _as_ball(operand: Ball | Array | float, arithmetic: Arithmetic) -> Ball:
    if isinstance(operand, Ball):
        return operand
    if isinstance(operand, float):
        return _constant(operand, arithmetic)
    return Ball.exact(operand, arithmetic)


def _constant(number: float, arithmetic: Arithmetic) -> Ball:
    """Return a formula's constant, which an implementation may round to the working format."""
    # By its digits, since −0.0 is another constant than 0.0, though equal.
    return _constant_of(number.hex(), arithmetic)


# The same few constants in every case: made anew, they take a fourth of the time of `1.0 - a`.
@lru_cache(maxsize=64)
def _constant_of(digits: str, arithmetic: Arithmetic) -> Ball:
    number = float.fromhex(digits)
    exact = Ball.exact(number, arithmetic)
    rounded = np.asarray(number, arithmetic.dtype).astype(np.float64)
    if rounded == number or np.isnan(number):
        return exact
    return Ball(exact.value, np.abs(rounded - number), arithmetic)


def settle(value: Array, error: Array, arithmetic: Arithmetic, reach: Array | None = None) -> Ball:
    """Return the ball (v, E), with E infinite where the working format may overflow.

    `reach` is the largest magnitude of any intermediate result, |v| + E by default. Where v itself
    is not finite, only its class (NaN, +∞ or −∞) is compared, and E is zero.

    Where everything is claimed, as nearly always, the ball's error is the very array `error`.
    Callers that disclaim more, where v or E is not finite, need not look for it then.

    >>> from conformance.bounds import arithmetic, settle
    >>> v, E = np.array([1.0, 3e38, np.inf]), np.array([0.5, 1e38, np.inf])
    >>> settle(v, E, arithmetic("float32")).bound.tolist()
    [0.5, inf, 0.0]
    """
    ball = Ball(value, error, arithmetic)
    claimed = (ball.magnitude if reach is None else reach) < arithmetic.form.largest
    if every(claimed):
        return ball
    return Ball(
        value, np.where(np.isfinite(value), np.where(claimed, error, np.inf), 0.0), arithmetic
    )


def disclaim(ball: Ball, where: Array) -> Ball:
    """Return the ball with no claim, E = ∞, on the elements that the mask `where` chooses.

    >>> from conformance.bounds import Ball, arithmetic, disclaim
    >>> x = Ball.exact([1.0, 2.0], arithmetic("float32"))
    >>> disclaim(x, x.value > 1).bound.tolist()
    [0.0, inf]
    """
    if not some(where):
        return ball
    return Ball(ball.value, np.where(where, np.inf, ball.bound), ball.arithmetic)


def widen(ball: Ball, error: Array, reach: Array | None = None) -> Ball:
    """Return the ball with its bound enlarged by an error, E + error.

    No claim is made where the new bound, or the largest magnitude `reach` of an intermediate
    result, overflows the working format.

    >>> from conformance.bounds import Ball, arithmetic, widen
    >>> x = Ball.exact([1.0, 2.0], arithmetic("float32"))
    >>> widen(x, np.array([0.25, 1e39])).bound.tolist()
    [0.25, inf]
    """
    together = ball.bound + error
    away = together if reach is None else np.maximum(together, reach)
    settled = settle(ball.value, together, ball.arithmetic, away)
    return settled if settled.error is together else disclaim(settled, np.isinf(ball.bound))


def undetermined(x: Ball) -> Array:
    """Return the mask of elements whose product with infinity is undetermined.

    Such an element has no finite bound, or zero lies in its ball and is not its only number.

    >>> from conformance.bounds import arithmetic
    >>> v, E = np.array([1.0, 1.0, 0.0]), np.array([0.5, 2.0, 0.0])
    >>> undetermined(Ball(v, E, arithmetic("float32"))).tolist()
    [False, True, False]
    """
    return np.isinf(x.bound) | ((x.bound > 0) & (x.bound >= np.fabs(x.value)))


def _disclaim_classes(result: Ball, operands: tuple[Ball, ...]) -> Ball:
    """Return the result with no claim on elements whose class the operands do not determine.

    These are the elements with an unjudged operand, and those of a product in which an infinite
    operand meets one that may be zero. A NaN operand decides the class of either.
    """
    if every(np.isfinite(result.value)):
        return result
    unknown, infinite, vanishing, certain = (np.zeros((), bool) for _ in range(4))
    for operand in operands:
        value, bound, size = operand.value, operand.bound, operand.absolute
        unknown = unknown | np.isinf(bound)
        infinite = infinite | np.isinf(size)
        vanishing = vanishing | ((size <= bound) & ((value != 0) | (bound > 0)))
        certain = certain | np.isnan(size)
    return disclaim(result, np.asarray(unknown | (infinite & vanishing & ~certain)))


def _plus(*errors: Array | None) -> Array | None:
    """Return the sum of the errors, in which None stands for zero."""
    total: Array | None = None
    for error in errors:
        if error is not None:
            total = error if total is None else total + error
    return total


def rounds_nothing(reach: Array, *products: tuple[Ball, ...]) -> bool:
    """Return whether a sum of products of balls is exact, in whatever order it is computed.

    `reach` is its largest magnitude.

    >>> from conformance.bounds import Ball, arithmetic
    >>> x = Ball.exact(3.0, arithmetic("float32"))
    >>> rounds_nothing(np.array(12.0), (x, x), (x,)), rounds_nothing(np.array(1.0), (x / 3.0,))
    (True, False)
    """
    if any(ball.error is not None for product in products for ball in product):
        return False
    arithmetic = products[0][0].arithmetic
    # Where anything rounds, the digits of the first elements mostly tell: a tenth of the time.
    first = min(sum(ball.first_bit for ball in product) for product in products)
    if not no_rounding(reach, first, arithmetic):
        return False
    least = min(sum(ball.least_bit for ball in product) for product in products)
    return no_rounding(reach, least, arithmetic)


def add(a: Ball, b: Ball) -> Ball:
    """Return a + b, with E = E_a + E_b + u (|v| + E_a + E_b).

    There is no term for underflow: a sum of multiples of the smallest subnormal is a multiple too.

    >>> from conformance.bounds import Ball, arithmetic
    >>> a, b = (Ball.exact(number, arithmetic("float32")) for number in (3.0, 0.5))
    >>> add(a, b).error is None  # small integers times a power of two: nothing is rounded
    True
    >>> round(float(add(a, b / 3.0).bound) * 2**24, 3)  # 1/6 from b / 3, and 19/6 from the sum
    3.333
    """
    arithmetic = a.arithmetic
    value = a.value + b.value
    carried = _plus(a.error, b.error)
    if carried is None:
        reach = a.magnitude + b.magnitude
        if rounds_nothing(reach, (a,), (b,)):
            return Ball(value, None, arithmetic)
        size = np.fabs(value).astype(np.float64, copy=False)
        return settle(value, arithmetic.form.u * size, arithmetic)
    error = carried + arithmetic.form.u * (np.fabs(value).astype(np.float64, copy=False) + carried)
    result = settle(value, error, arithmetic)
    return result if result.error is error else disclaim(result, np.isinf(carried))


def multiply(*factors: Ball) -> Ball:
    """Return the product of k ≥ 1 factors, in any association.

    E = Π(|v| + E) − Π|v| + γ_{k−1} Π(|v| + E) + (k − 1) ω Π max(1, |v| + E); for two factors the
    last term is ω alone.

    >>> from conformance.bounds import Ball, arithmetic, multiply
    >>> x = Ball.exact(3.0, arithmetic("float32"))
    >>> multiply(x, x, x).error is None
    True
    >>> round(float(multiply(x, x / 7.0).bound) * 2**24, 3)  # 9/7 from x / 7, 9/7 from the product
    2.571
    """
    if len(factors) == 2:
        return _product(*factors)
    arithmetic = factors[0].arithmetic
    # Part of a product may leave the range of float64, and come back into it.
    wide = arithmetic.arbiter
    value, reach = factors[0].value, factors[0].magnitude.astype(wide, copy=False)
    carried = None if factors[0].error is None else factors[0].error.astype(wide, copy=False)
    partial = np.maximum(1.0, factors[0].magnitude)
    for factor in factors[1:]:
        carried = _plus(
            None if carried is None else carried * factor.magnitude,
            None if factor.error is None else np.fabs(value) * factor.error,
        )
        value, reach = value * factor.value, reach * factor.magnitude
        partial = partial * np.maximum(1.0, factor.magnitude)
    roundings = len(factors) - 1
    if carried is None and _exact_product(factors, reach, partial):
        return Ball(value, None, arithmetic)
    underflow = _where_present(roundings * arithmetic.form.underflow * partial, reach, factors)
    rounding = gamma(roundings, arithmetic) * reach + underflow
    error = (rounding if carried is None else rounding + carried).astype(np.float64, copy=False)
    # It may overflow on the way to a small product.
    result = settle(value, error, arithmetic, partial)
    return result if result.error is error else _disclaim_classes(result, factors)


def _where_present(underflow: Array | float, reach: Array, factors: tuple[Ball, ...]) -> Any:
    """Return what may underflow in a product that reaches so far: nothing where a factor is 0."""
    if every(reach != 0):
        return underflow
    # Read from the factors, since their product may have underflowed in the arbiter too.
    present = factors[0].magnitude != 0
    for factor in factors[1:]:
        present = present & (factor.magnitude != 0)
    return np.where(present, underflow, 0.0)


def _product(a: Ball, b: Ball) -> Ball:
    """Return the product of two factors: nearly all are, and nothing lies between them."""
    arithmetic = a.arithmetic
    value, reach = a.value * b.value, a.magnitude * b.magnitude
    carried = _plus(
        None if a.error is None else a.error * b.magnitude,
        None if b.error is None else a.absolute * b.error,
    )
    if carried is None and rounds_nothing(reach, (a, b)):
        return Ball(value, None, arithmetic)
    underflow = _where_present(arithmetic.form.underflow, reach, (a, b))
    error = gamma(1, arithmetic) * reach + underflow
    error = error if carried is None else error + carried
    result = settle(value, error, arithmetic)
    return result if result.error is error else _disclaim_classes(result, (a, b))


def _exact_product(factors: tuple[Ball, ...], reach: Array, partial: Array) -> bool:
    """Return whether no association of the product rounds, underflows or overflows."""
    arithmetic = factors[0].arithmetic
    if not rounds_nothing(reach, factors):
        return False
    if partial.size == 0:
        return True
    lowest = sum(min(factor.least_bit, 0) for factor in factors)
    underflows = lowest < arithmetic.form.smallest_subnormal_exponent
    return not underflows and bool(partial.max() < arithmetic.form.largest)


def divide(a: Ball, b: Ball) -> Ball:
    """Return a / b, with E = C + u (|v| + C) + ω, where C = (E_a + |v| E_b) / (|b| − E_b).

    No claim is made where b may be zero without being known to be.

    >>> from conformance.bounds import Ball, arithmetic
    >>> x = Ball.exact([1.0, 3.0], arithmetic("float32"))
    >>> (divide(x, x[::-1]).bound * 2**24).round(3).tolist()
    [0.333, 3.0]
    """
    arithmetic = a.arithmetic
    form = arithmetic.form
    value = a.value / b.value
    size = np.fabs(value).astype(np.float64, copy=False)
    if a.error is None and b.error is None:
        underflow = np.where(a.value == 0, 0.0, form.underflow)
        return settle(value, form.u * size + underflow, arithmetic)
    room = b.absolute - b.bound
    carried = (a.bound + np.where(b.bound == 0, 0.0, size * b.bound)) / room
    result = settle(value, carried + form.u * (size + carried) + form.underflow, arithmetic)
    if every(room > 0):
        return _disclaim_classes(result, (a,))
    unbounded = (room <= 0) & (b.bound > 0)
    # A numerator whose sign is not known, or that may be zero, can give any class over zero.
    unbounded = unbounded | np.isinf(b.bound) | ((b.value == 0) & undetermined(a))
    return disclaim(_disclaim_classes(result, (a,)), unbounded)
