"""Keras as an implementation: `--implementation conformance.adapters.keras`.

Functions of keras.ops and keras.losses, and the cells of keras.layers, on the backend that
KERAS_BACKEND names; gradients are the backend's. Images, kernels and weights of cells are taken in
Keras's own order of axes.
"""

import os

# Read when TensorFlow is imported: errors alone are shown.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from importlib import import_module
from typing import Any

import keras
import numpy as np
from keras import ops

from conformance.adapters._framework import implementation, pair, unsupported
from conformance.implementation.libraries import jax_library, torch_library, versions
from conformance.implementation.tensors import Function, Library


def _library() -> Library:
    """Return the arrays and the differentiation of the backend."""
    name = keras.backend.backend()
    libraries = {"jax": jax_library, "torch": torch_library}
    if name in libraries:
        library = libraries[name]()
    else:
        library = import_module("conformance.adapters.tensorflow").LIBRARY
    return replace(library, versions={**versions("keras"), **library.versions})


def _reduced(loss: Function) -> Function:
    def reduced(x: Any, target: Any, *, reduction: str = "mean") -> Any:
        return {"mean": ops.mean, "sum": ops.sum}[reduction](loss(x, target))

    return reduced


def _linear(x: Any, weight: Any, bias: Any) -> Any:
    return ops.matmul(x, ops.transpose(weight)) + bias


def _conv2d(
    x: Any, weight: Any, bias: Any, *, stride: Any = 1, dilation: Any = 1, groups: int = 1
) -> Any:
    # The groups are not told: they follow from the channels.
    unsupported(groups=groups != 1 and groups * weight.shape[2] != x.shape[-1])
    return bias + ops.conv(
        x, weight, pair(stride), "valid", data_format="channels_last", dilation_rate=pair(dilation)
    )


def _pooled(pool: Function) -> Function:
    def pooled(x: Any, *, kernel_size: Any, stride: Any = None) -> Any:
        strides = pair(kernel_size if stride is None else stride)
        return pool(x, pair(kernel_size), strides, "valid", data_format="channels_last")

    return pooled


def _batch_norm(x: Any, weight: Any, bias: Any, *, eps: float = 1e-5) -> Any:
    mean, variance = ops.moments(x, [0, *range(2, len(x.shape))])
    return ops.batch_normalization(x, mean, variance, 1, bias, weight, eps)


def _layer_norm(x: Any, weight: Any, bias: Any, *, eps: float = 1e-5) -> Any:
    return ops.layer_normalization(x, weight, bias, axis=-1, epsilon=eps)


def _flatten(x: Any) -> Any:
    return ops.reshape(x, (x.shape[0], int(np.prod(x.shape[1:]))))


@cache
def _layer(kind: Any, units: int, dtype: str, settings: tuple[tuple[str, Any], ...]) -> Any:
    """Return a cell that draws no random numbers: its weights are set at each call."""
    cell = kind(
        units, dtype=dtype, kernel_initializer="zeros", recurrent_initializer="zeros", seed=0,
        **dict(settings),
    )  # fmt: skip
    cell.built = True
    return cell


def _reordered(order: Sequence[int], weights: Any) -> Any:
    gates = ops.split(weights, len(order), axis=-1)
    return ops.concatenate([gates[gate] for gate in order], axis=-1)


def _cell(kind: Any, states: int = 1, **settings: Any) -> Function:
    def cell(x: Any, *others: Any) -> Any:
        before, (w_ih, w_hh, b_ih, b_hh) = others[:states], others[states:]
        units, dtype = w_hh.shape[0], keras.backend.standardize_dtype(x.dtype)
        layer = _layer(kind, units, dtype, tuple(settings.items()))
        if kind is keras.layers.GRUCell:
            # Keras has the gates as z, r, h.
            w_ih, w_hh, b_ih, b_hh = (_reordered((1, 0, 2), each) for each in others[states:])
            layer.bias = ops.stack([b_ih, b_hh])
        else:
            layer.bias = b_ih + b_hh
        layer.kernel, layer.recurrent_kernel = w_ih, w_hh
        after = layer.call(x, list(before))[1]
        return after[0] if states == 1 else tuple(after)

    return cell


IMPLEMENTATION = implementation(
    _library(),
    {
        "linear": _linear,
        "sigmoid": ops.sigmoid,
        "tanh": ops.tanh,
        "relu": ops.relu,
        "softmax": lambda x: ops.softmax(x, axis=-1),
        "log_softmax": lambda x: ops.log_softmax(x, axis=-1),
        "mse_loss": _reduced(lambda x, target: ops.square(x - target)),
        "binary_cross_entropy": _reduced(lambda x, target: ops.binary_crossentropy(target, x)),
        "binary_cross_entropy_with_logits": _reduced(
            lambda x, target: ops.binary_crossentropy(target, x, from_logits=True)
        ),
        "cross_entropy": _reduced(
            lambda x, target: ops.sparse_categorical_crossentropy(target, x, from_logits=True)
        ),
        "conv2d": _conv2d,
        "max_pool2d": _pooled(ops.max_pool),
        "avg_pool2d": _pooled(ops.average_pool),
        "batch_norm": _batch_norm,
        "layer_norm": _layer_norm,
        "rnn_tanh_cell": _cell(keras.layers.SimpleRNNCell),
        "rnn_relu_cell": _cell(keras.layers.SimpleRNNCell, activation="relu"),
        "lstm_cell": _cell(keras.layers.LSTMCell, 2),
        "gru_cell": _cell(keras.layers.GRUCell),
        "flatten": _flatten,
    },
    LAYOUTS={
        "conv2d": ("nhwc", "hwio"),
        "max_pool2d": "nhwc",
        "avg_pool2d": "nhwc",
        **dict.fromkeys(("rnn_tanh_cell", "rnn_relu_cell", "lstm_cell", "gru_cell"), "in, out"),
    },
)
