"""Changes of shape between the layers of a network."""

from math import prod

from ._arithmetic import Array
from ._validation import check_shape


def flatten(x: Array) -> Array:
    """Return Y[n, i] = X[n, …], where i numbers the elements of a sample in row-major order.

    Args:
        x: X, of shape (n, …), with at least two axes.

    Returns:
        Y, of shape (n, prod), where prod is the number of elements of a sample; a view if possible.

    Raises:
        ValueError: if x has fewer than two axes.

    Source: torch.flatten with start_dim=1.
    """
    return x.reshape(_flat_shape(x))


def flatten_backward(grad_output: Array, x: Array) -> Array:
    """Return ∂L/∂X[n, …] = ∂L/∂Y[n, i].

    Args:
        grad_output: ∂L/∂Y, of shape (n, prod).
        x: X, of shape (n, …), with at least two axes.

    Returns:
        The gradient of x; a view if possible.

    Raises:
        ValueError: if x has fewer than two axes, or grad_output another shape.
    """
    check_shape("grad_output", grad_output, _flat_shape(x), "the output")
    return grad_output.reshape(x.shape)


def _flat_shape(x: Array) -> tuple[int, int]:
    if x.ndim < 2:
        raise ValueError(
            f"x has shape {x.shape}; it must have an axis of samples and one to flatten at "
            f"least: reshape it to (1, …) if it is a single sample"
        )
    return x.shape[0], prod(x.shape[1:])
