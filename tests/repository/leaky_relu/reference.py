"""The leaky ReLU."""

import numpy as np

from ._arithmetic import Array, ieee
from ._validation import check_floating, check_shape


@ieee
def leaky_relu(x: Array, *, negative_slope: float = 0.01) -> Array:
    """Return y = max(x, 0) + s min(x, 0), element by element.

    Args:
        x: X, of any shape.
        negative_slope: s.
    """
    check_floating(x=x)
    return np.where(x > 0, x, x * x.dtype.type(negative_slope))


@ieee
def leaky_relu_backward(grad_output: Array, x: Array, *, negative_slope: float = 0.01) -> Array:
    """Return ∂L/∂X = G where X > 0, else s G.

    Args:
        grad_output: G = ∂L/∂Y, of x's shape.
        x: X, as it was passed to `leaky_relu`.
        negative_slope: s.
    """
    check_floating(x=x, grad_output=grad_output)
    check_shape("grad_output", grad_output, x.shape, "the output")
    return np.where(x > 0, grad_output, grad_output * x.dtype.type(negative_slope))
