"""The affine map of a fully connected layer."""

from ._arithmetic import Array, ieee
from ._validation import check_axes, check_floating, check_shape


@ieee
def linear(x: Array, weight: Array, bias: Array) -> Array:
    """Return Y = X Wᵀ + b.

    Args:
        x: X, of shape (n, in).
        weight: W, of shape (out, in).
        bias: b, of shape (out,).

    Returns:
        Y, of shape (n, out).

    Raises:
        TypeError: if an array is not floating-point, or the dtypes differ.
        ValueError: if the shapes do not agree.

    Source: torch.nn.functional.linear.
    """
    _check(x, weight, bias)
    return x @ weight.T + bias


@ieee
def linear_backward(
    grad_output: Array, x: Array, weight: Array, bias: Array
) -> tuple[Array, Array, Array]:
    """Return ∂L/∂X = G W, ∂L/∂W = Gᵀ X and ∂L/∂b = Σₙ G, where G = ∂L/∂Y.

    Args:
        grad_output: G, of shape (n, out).
        x: X, of shape (n, in).
        weight: W, of shape (out, in).
        bias: b, of shape (out,).

    Returns:
        The gradients of x, weight and bias.

    Raises:
        TypeError: as in `linear`.
        ValueError: as in `linear`.
    """
    _check(x, weight, bias)
    check_shape("grad_output", grad_output, (x.shape[0], weight.shape[0]), "the output")
    grad_x = grad_output @ weight
    grad_weight = grad_output.T @ x
    grad_bias = grad_output.sum(axis=0)
    return grad_x, grad_weight, grad_bias


def _check(x: Array, weight: Array, bias: Array) -> None:
    check_floating(x=x, weight=weight, bias=bias)
    check_axes("x", x, "n, in")
    check_axes("weight", weight, "out, in")
    if weight.shape[1] != x.shape[1]:
        raise ValueError(
            f"weight has shape {weight.shape} and x {x.shape}; the second axes must both be the "
            f"number of inputs: transpose weight if it is (in, out)"
        )
    check_shape("bias", bias, weight.shape[:1], "weight's first axis")
