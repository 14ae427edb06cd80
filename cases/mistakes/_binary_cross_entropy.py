"""The terms of binary cross-entropy, which its mistakes share."""

import numpy as np

from conformance.bounds import Array


def terms(p: Array, t: Array, floor: float = -100) -> Array:
    """Return the loss of each element, with logarithms below the floor replaced by it."""
    log_p, log_q = np.maximum(np.log(p), floor), np.maximum(np.log1p(-p), floor)
    losses: Array = -(t * log_p + (1 - t) * log_q)
    return losses
