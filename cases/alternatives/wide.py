"""Each operation in the next wider format, rounded once at the end: float64, or long double.

The result is nearly always the number nearest to the truth: a bound must admit it.
"""

from collections.abc import Callable
from math import prod
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np

from conformance.bounds import Array

from . import einsum, fused, kernel_loop
from ._common import require, require_shapes

_WIDER: dict[str, Any] = {"float32": np.float64, "float64": np.longdouble}

# The operations that are another alternative's, in a wider format.
_LIKE: dict[ModuleType, tuple[str, ...]] = {
    kernel_loop: ("conv2d", "max_pool2d", "avg_pool2d", "rnn_tanh", "rnn_relu", "lstm", "gru"),
    einsum: ("linear", "rnn_tanh_cell", "rnn_relu_cell", "lstm_cell", "gru_cell"),
    fused: (
        *("sigmoid", "tanh", "relu", "softmax", "log_softmax", "batch_norm", "layer_norm"),
        *("mse_loss", "binary_cross_entropy", "binary_cross_entropy_with_logits", "cross_entropy"),
    ),
}


def _converted(value: Any, narrow: Any, wide: Any) -> Any:
    """Return the value with its arrays of one dtype converted to the other."""
    if isinstance(value, list | tuple):
        return type(value)(_converted(item, narrow, wide) for item in value)
    return np.asarray(value).astype(wide) if getattr(value, "dtype", None) == narrow else value


def _widened(function: Callable[..., Any]) -> Callable[..., Any]:
    def operation(*inputs: Any, **parameters: Any) -> Any:
        first = inputs[0]
        while isinstance(first, list | tuple):
            first = first[0]
        narrow, wide = first.dtype, np.dtype(_WIDER[first.dtype.name])
        with np.errstate(all="ignore"):
            result = function(*_converted(inputs, narrow, wide), **parameters)
            return _converted(result, wide, narrow)

    return operation


def _gradient_descent(
    parameters: list[Array], gradients: list[Array], *, learning_rate: float
) -> list[Array]:
    require(learning_rate >= 0, "learning_rate must not be negative")
    stepped = []
    for theta, grad in zip(parameters, gradients, strict=True):
        require_shapes(gradient=(grad, theta.shape))
        stepped.append(theta - grad * learning_rate)
    return stepped


def _flatten(x: Array) -> Array:
    return x.reshape(len(x), prod(x.shape[1:]))


def _flatten_backward(g: Array, x: Array) -> Array:
    require_shapes(grad_output=(g, (len(x), prod(x.shape[1:]))))
    return g.reshape(x.shape)


# Flattening computes nothing, but without it there are no networks to judge.
IMPLEMENTATION = SimpleNamespace(
    **{
        name: _widened(getattr(module, name))
        for module, operations in _LIKE.items()
        for operation in operations
        for name in (operation, f"{operation}_backward")
    },
    forward_propagate=_widened(einsum.forward_propagate),
    backpropagate=_widened(einsum.backpropagate),
    gradient_descent=_widened(_gradient_descent),
    flatten=_flatten,
    flatten_backward=_flatten_backward,
)
