"""Updates of a network's parameters from their gradients."""

from collections.abc import Sequence

from ._arithmetic import Array, ieee
from ._validation import check_floating, check_lengths, check_shape


@ieee
def gradient_descent(
    parameters: Sequence[Array], gradients: Sequence[Array], *, learning_rate: float
) -> list[Array]:
    """Return θ − η ∂L/∂θ for each parameter θ.

    Args:
        parameters: θ, arrays of any shapes.
        gradients: ∂L/∂θ, an array of the same shape for each.
        learning_rate: η, not negative.

    Returns:
        The new parameters, in new arrays.

    Raises:
        TypeError: if an array is not floating-point, or the dtypes differ.
        ValueError: if the lists or shapes do not agree, or the learning rate is negative.

    Source: torch.optim.SGD without momentum.
    """
    if learning_rate < 0:
        raise ValueError(
            f"learning_rate is {learning_rate}; it must not be negative: to climb the loss, "
            f"negate the gradients"
        )
    check_lengths(parameters=parameters, gradients=gradients)
    eta = float(learning_rate)
    updated: list[Array] = []
    for i, (theta, grad) in enumerate(zip(parameters, gradients, strict=True)):
        check_floating(**{f"parameters[{i}]": theta, f"gradients[{i}]": grad})
        check_shape(f"gradients[{i}]", grad, theta.shape, f"parameters[{i}]")
        updated.append(theta - eta * grad)
    return updated
