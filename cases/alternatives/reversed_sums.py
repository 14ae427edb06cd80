"""Every sum from its last term to its first, one addition after the other.

The error of such a sum is the worst that γ allows for: right, and near to the bound.
"""

import numpy as np

from conformance.bounds import Array

from ._by_total import Sums


def _backwards(terms: Array) -> Array:
    """Add the last term first: what accumulates is read off at the end."""
    if len(terms) == 0:
        return np.zeros(terms.shape[1:], terms.dtype)
    total: Array = np.add.accumulate(terms[::-1], axis=0)[-1]
    return total


IMPLEMENTATION = Sums(_backwards)
