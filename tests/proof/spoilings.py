"""Right results spoiled by machine: what every check of every operation must reject."""

import numpy as np

from conformance.tools.proof.mechanical import scaled


def zeros(result, _ball):
    """Zeros of the right shape and dtype."""
    return np.zeros_like(result)


def moved(result, ball):
    """One element ten bounds from the truth; ten units in its last place where it is exact."""
    value = ball.value.astype(result.dtype)
    bound = np.maximum(ball.bound, np.spacing(np.abs(value)).astype(np.float64))
    where = np.isfinite(bound) & np.isfinite(ball.value.astype(np.float64))
    where &= np.isfinite(ball.bound)
    if not where.any():
        return result
    copy = np.array(result)
    index = tuple(np.argwhere(where)[-1])
    copy[index] = ball.value[index] + 10 * bound[index]
    return copy


def transposed(result, _ball):
    """The last two axes exchanged, where that leaves the shape as it is."""
    square = result.ndim >= 2 and result.shape[-1] == result.shape[-2]
    return np.swapaxes(result, -1, -2) if square else result


def wrong_dtype(result, _ball):
    """The same numbers in another dtype."""
    return result.astype("float64" if result.dtype == np.float32 else "float32")


def wrong_shape(result, _ball):
    """The same numbers with one axis more, which would broadcast."""
    return np.asarray(result)[np.newaxis]


SPOILINGS = {
    "zeros": zeros,
    "scaled by 1 + 2^-12": scaled(12),
    "one element moved by ten bounds": moved,
    "transposed where square": transposed,
    "in the wrong dtype": wrong_dtype,
    "broadcastable but of the wrong shape": wrong_shape,
}
