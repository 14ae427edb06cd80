"""Roundings: how far n of them in a row may lead, and when there is none at all."""

import math

import numpy as np

from conformance.bounds.floats import Arithmetic, Array
from conformance.bounds.masks import every


def gamma(n: Array | float, arithmetic: Arithmetic) -> Array:
    """Return γ_n = nu / (1 − nu), the largest relative error of n roundings in a row.

    n is not negative. Where nu ≥ 1/2 the rule says nothing, and the result is infinite.

    >>> from conformance.bounds import arithmetic, gamma
    >>> [float(gamma(n, arithmetic("float32"))) for n in (0, 2**22, 2**23)]
    [0.0, 0.3333333333333333, inf]
    """
    if isinstance(n, int | float):
        share = n * arithmetic.form.u
        return np.asarray(share / (1.0 - share) if share < 0.5 else np.inf)
    nu = np.asarray(n, np.float64) * arithmetic.form.u
    small = nu < 0.5
    if every(small):
        return nu / (1.0 - nu)
    return np.where(small, nu / (1.0 - np.minimum(nu, 0.5)), np.inf)


def no_rounding(magnitude: Array, least_bit: int, arithmetic: Arithmetic) -> bool:
    """Return whether all multiples of 2^least_bit up to the magnitude are numbers of the format.

    Sums of such magnitude over such multiples are then exact, in whatever order.

    >>> from conformance.bounds import arithmetic
    >>> size, single = np.array([2.0**24]), arithmetic("float32")
    >>> no_rounding(size, 0, single), no_rounding(size, -1, single)
    (True, False)
    """
    form = arithmetic.form
    if least_bit < form.smallest_subnormal_exponent:
        return False
    limit = 2.0 ** min(least_bit + form.p, form.e_max)
    if form.p > 24:
        # The magnitude is itself a rounded float64 sum: at the limit, the true one may lie above.
        limit *= 1.0 - 2.0**-40
    return every(magnitude <= limit)


def least_bit(array: Array) -> int:
    """Return the exponent of the least significant bit that is set in any element.

    Zeros and non-finite elements set no bit. Without any bit the exponent is 10 000.

    >>> least_bit(np.array([6.0, 0.75]))  # 0.75 = 2⁻¹ + 2⁻²
    -2
    """
    x = array.astype(np.float64, copy=False)
    x = x[(x != 0) & np.isfinite(x)]
    if x.size == 0:
        return 10_000
    mantissa, exponent = np.frexp(x)
    digits = (mantissa * 2.0**53).astype(np.int64)
    lowest = np.frexp((digits & -digits).astype(np.float64))[1] - 1
    return int((lowest + exponent - 53).min())


def bit_of(number: float) -> int:
    """Return what `least_bit` returns of an array with this one number.

    >>> bit_of(6.0), bit_of(0.75), bit_of(0.0)
    (1, -2, 10000)
    """
    if number == 0 or not math.isfinite(number):
        return 10_000
    digits, denominator = number.as_integer_ratio()
    # One of the two is odd or one.
    return (digits & -digits).bit_length() - denominator.bit_length()
