"""JAX as an implementation: `--implementation conformance.adapters.jax`.

Functions of jax.numpy, jax.lax and jax.nn, compiled whole by XLA, and JAX's own vector–Jacobian
products. float64 is switched on. For losses JAX has no functions; optax has, in the adapter of
Flax.
"""

from typing import Any

import jax.numpy as jnp
import numpy as np
from jax import lax, nn

from conformance.adapters._framework import implementation, pair
from conformance.implementation.libraries import jax_library


def _padding(padding: Any) -> list[tuple[int, int]]:
    """Return the padding before and after each axis of an image."""
    return [(size, size) for size in pair(padding)]


def _linear(x: Any, weight: Any, bias: Any) -> Any:
    return jnp.matmul(x, weight.T) + bias


def _conv2d(
    x: Any, weight: Any, bias: Any, *, stride: Any = 1, padding: Any = 0, dilation: Any = 1,
    groups: int = 1,
) -> Any:  # fmt: skip
    summed = lax.conv_general_dilated(
        x, weight, pair(stride), _padding(padding), rhs_dilation=pair(dilation),
        feature_group_count=groups,
    )  # fmt: skip
    return summed + bias[:, None, None]


def _reduced(
    x: Any, initial: float, combine: Any, kernel_size: Any, stride: Any, padding: Any,
    dilation: Any = 1,
) -> Any:  # fmt: skip
    return lax.reduce_window(
        x, np.array(initial, x.dtype), combine, (1, 1, *pair(kernel_size)),
        (1, 1, *pair(kernel_size if stride is None else stride)),
        [(0, 0), (0, 0), *_padding(padding)], window_dilation=(1, 1, *pair(dilation)),
    )  # fmt: skip


def _max_pool2d(
    x: Any, *, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1
) -> Any:
    return _reduced(x, -np.inf, lax.max, kernel_size, stride, padding, dilation)


def _avg_pool2d(
    x: Any, *, kernel_size: Any, stride: Any = None, padding: Any = 0,
    count_include_pad: bool = True,
) -> Any:  # fmt: skip
    def total(image: Any) -> Any:
        return _reduced(image, 0, lax.add, kernel_size, stride, padding)

    return total(x) / (np.prod(pair(kernel_size)) if count_include_pad else total(jnp.ones_like(x)))


def _batch_norm(x: Any, weight: Any, bias: Any, *, eps: float = 1e-5) -> Any:
    by_channel = (-1, *(1,) * (x.ndim - 2))
    standard = nn.standardize(x, axis=(0, *range(2, x.ndim)), epsilon=eps)
    return standard * weight.reshape(by_channel) + bias.reshape(by_channel)


def _layer_norm(x: Any, weight: Any, bias: Any, *, eps: float = 1e-5) -> Any:
    return nn.standardize(x, axis=-1, epsilon=eps) * weight + bias


def _flatten(x: Any) -> Any:
    return jnp.reshape(x, (x.shape[0], int(np.prod(x.shape[1:]))))


IMPLEMENTATION = implementation(
    jax_library(),
    {
        "linear": _linear,
        "sigmoid": nn.sigmoid,
        "tanh": jnp.tanh,
        "relu": nn.relu,
        "softmax": lambda x: nn.softmax(x, axis=-1),
        "log_softmax": lambda x: nn.log_softmax(x, axis=-1),
        "conv2d": _conv2d,
        "max_pool2d": _max_pool2d,
        "avg_pool2d": _avg_pool2d,
        "batch_norm": _batch_norm,
        "layer_norm": _layer_norm,
        "flatten": _flatten,
    },
)
