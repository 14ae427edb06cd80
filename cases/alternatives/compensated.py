"""Sums that carry along the error of each addition, and products that keep their rounding error.

Twice the precision, rounded at the end (Neumaier; Dekker). That is right, since a bound on every
order of summation holds for the exact sum too.
"""

import numpy as np

from conformance.bounds import Array

from ._by_total import Sums


def _neumaier(terms: Array) -> Array:
    """Add the errors of all additions at the end, unless something was not finite."""
    total = np.zeros(terms.shape[1:], terms.dtype)
    lost = np.zeros_like(total)
    for term in terms:
        after = total + term
        large = np.abs(total) >= np.abs(term)
        lost += np.where(large, (total - after) + term, (term - after) + total)
        total = after
    mended = total + lost
    return np.where(np.isfinite(mended), mended, total)


def _dekker(a: Array, b: Array) -> Array:
    """Return the terms of the products a b: the rounded products, then their rounding errors.

    Near the smallest normal number the parts underflow, and the error is left out.
    """
    product = a * b
    (a_high, a_low), (b_high, b_low) = _halves(a), _halves(b)
    rest = ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low
    limits = np.finfo(product.dtype)
    whole = np.isfinite(rest) & (np.abs(product) > limits.tiny / limits.eps)
    return np.concatenate([product, np.where(whole, rest, 0)])


def _halves(x: Array) -> tuple[Array, Array]:
    """Return x as a sum of two numbers of half as many bits (Veltkamp)."""
    factor = x.dtype.type(2 ** ((np.finfo(x.dtype).nmant + 2) // 2) + 1)
    far = factor * x
    high = far - (far - x)
    return high, x - high


IMPLEMENTATION = Sums(_neumaier, _dekker)
