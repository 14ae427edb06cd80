"""What the alternatives share: arithmetic without warnings, and checks of arguments."""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import numpy as np

from conformance.bounds import Array

P = ParamSpec("P")
R = TypeVar("R")


def quiet(operation: Callable[P, R]) -> Callable[P, R]:
    """Return the operation without NumPy's warnings of infinities and NaN."""

    @wraps(operation)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        with np.errstate(all="ignore"):
            return operation(*args, **kwargs)

    return wrapped


def require(holds: Any, rule: str) -> None:
    """Raise ValueError with a rule that does not hold."""
    if not holds:
        raise ValueError(rule)


def require_shapes(**pairs: tuple[Array, tuple[int, ...]]) -> None:
    """Check that each array has the shape beside it: nothing broadcasts."""
    for name, (array, shape) in pairs.items():
        require(array.shape == shape, f"{name} must have shape {shape}, not {array.shape}")


def require_rank(array: Array, rank: int) -> None:
    """Check that an array has so many axes."""
    require(array.ndim == rank, f"an array of shape {array.shape} must have {rank} axes")


def check_linear(x: Array, weight: Array, bias: Array, grad_output: Array | None = None) -> None:
    """Check x (n, in), weight (out, in), bias (out,), and the gradient (n, out)."""
    require_rank(x, 2)
    require_rank(weight, 2)
    n, out = len(x), len(weight)
    require_shapes(weight=(weight, (out, x.shape[1])), bias=(bias, (out,)))
    if grad_output is not None:
        require_shapes(grad_output=(grad_output, (n, out)))


def check_rows(x: Array, grad_output: Array | None = None) -> None:
    """Check x (…, classes), and a gradient of its shape."""
    require(x.ndim > 0, "x must have an axis of classes")
    if grad_output is not None:
        require_shapes(grad_output=(grad_output, x.shape))


def check_elements(x: Array, target: Array, reduction: str) -> int:
    """Check the arguments of an elementwise loss, and return the divisor of its sum."""
    require_shapes(target=(target, x.shape))
    return divisor(x.size, reduction)


def check_probabilities(x: Array, target: Array, reduction: str) -> int:
    """Check the arguments of a loss of probabilities, and return the divisor of its sum."""
    for p in (x, target):
        require(((p >= 0) & (p <= 1)).all(), "probabilities must be between 0 and 1")
    return check_elements(x, target, reduction)


def check_classes(x: Array, target: Array, reduction: str) -> int:
    """Check logits (n, classes) and class numbers (n,), and return the divisor of the sum."""
    require_rank(x, 2)
    require_shapes(target=(target, x.shape[:1]))
    inside = (target >= 0) & (target < x.shape[1])
    require(inside.all(), "targets must be from 0 to classes - 1")
    return divisor(len(target), reduction)


def divisor(count: int, reduction: str) -> int:
    """Return the divisor of a loss: the number of terms for a mean, else 1."""
    require(reduction in {"mean", "sum"}, 'reduction must be "mean" or "sum"')
    return count if reduction == "mean" else 1


def check_batch(
    x: Array, weight: Array, bias: Array, eps: float, grad_output: Array | None = None
) -> tuple[int, ...]:
    """Check the arguments of batch_norm, and return the axes of a channel."""
    require(x.ndim > 1, "x must be (n, c, …)")
    require(x.size != x.shape[1], "a channel must have more than one value")
    require(eps > 0, "eps must be positive")
    require_shapes(weight=(weight, x.shape[1:2]), bias=(bias, x.shape[1:2]))
    check_rows(x, grad_output)
    return (0, *range(2, x.ndim))


def check_layer(
    x: Array, weight: Array, bias: Array, grad_output: Array | None = None
) -> tuple[int, ...]:
    """Check the arguments of layer_norm, and return all axes but the last."""
    check_rows(x, grad_output)
    require_shapes(weight=(weight, x.shape[-1:]), bias=(bias, x.shape[-1:]))
    return tuple(range(x.ndim - 1))


def along_channels(parameter: Array, x: Array) -> Array:
    """Return a parameter (c,) so that it broadcasts along x's second axis."""
    return parameter.reshape(-1, *(1,) * (x.ndim - 2))


def check_layers(
    arrays: Sequence[Array], zs: Sequence[Array], weights: Sequence[Array], activation: str
) -> None:
    """Check lists of layers: activations from the inputs on, their zs, and the weights."""
    require(activation in {"sigmoid", "tanh", "relu"}, "activation must be sigmoid, tanh or relu")
    require(len(arrays) - 1 == len(zs) == len(weights), "every layer must have all its arrays")
    n = len(arrays[0])
    for a, after, z, W in zip(arrays, arrays[1:], zs, weights, strict=False):
        require_rank(W, 2)
        require_shapes(activation=(a, (n, len(W))), after=(after, (n, W.shape[1])))
        require_shapes(z=(z, after.shape))
