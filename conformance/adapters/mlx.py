"""MLX on the CPU as an implementation: `--implementation conformance.adapters.mlx`.

The functions and losses of mlx.nn, and its layers with weights of ours. Gradients are those of
mlx.core.vjp. MLX keeps images with their channels last. Some bad input ends the process: judge it
with --isolate.
"""

from collections.abc import Sequence
from typing import Any

import mlx.core as mx
import numpy as np
from mlx import nn

from conformance.adapters._framework import implementation, pair, unsupported
from conformance.implementation.libraries import versions
from conformance.implementation.tensors import Function, Library

mx.set_default_device(mx.cpu)


def _array(array: Any) -> Any:
    # It takes no reversed array, and without a dtype makes float32 of float64.
    return mx.array(array.copy(), getattr(mx, array.dtype.name))


def _gradient(function: Function, count: int) -> Function:
    def pulled(upstream: Any, *inputs: Any) -> Sequence[Any]:
        def results(*leaves: Any) -> list[Any]:
            result = function(*leaves, *inputs[count:])
            return list(result) if isinstance(result, tuple) else [result]

        grads = upstream if isinstance(upstream, tuple) else (upstream,)
        gradients: Sequence[Any] = mx.vjp(results, list(inputs[:count]), list(grads))[1]
        return gradients

    return pulled


def _last(images: Any) -> Any:
    return mx.transpose(images, (0, 2, 3, 1))


def _first(images: Any) -> Any:
    return mx.transpose(images, (0, 3, 1, 2))


def _linear(x: Any, weight: Any, bias: Any) -> Any:
    return mx.addmm(bias, x, weight.T)


def _loss(function: Function, **options: Any) -> Function:
    def call(values: Any, target: Any, *, reduction: str = "mean") -> Any:
        return function(values, target, reduction=reduction, **options)

    return call


def _conv2d(
    x: Any, weight: Any, bias: Any, *, stride: Any = 1, padding: Any = 0, dilation: Any = 1,
    groups: int = 1,
) -> Any:  # fmt: skip
    # Without dilation and groups it does, but most gradients need one of them.
    unsupported(float64=x.dtype == mx.float64)
    summed = mx.conv2d(_last(x), _last(weight), pair(stride), pair(padding), pair(dilation), groups)
    return _first(summed + bias)


def _max_pool2d(
    x: Any, *, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1,
    ceil_mode: bool = False,
) -> Any:  # fmt: skip
    unsupported(dilation=pair(dilation) != (1, 1), ceil_mode=ceil_mode)
    return _first(nn.MaxPool2d(kernel_size, stride, padding)(_last(x)))


def _avg_pool2d(
    x: Any, *, kernel_size: Any, stride: Any = None, padding: Any = 0, ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Any:  # fmt: skip
    is_padded = pair(padding) != (0, 0)
    unsupported(ceil_mode=ceil_mode, count_include_pad=is_padded and not count_include_pad)
    return _first(nn.AvgPool2d(kernel_size, stride, padding)(_last(x)))


def _batch_norm(x: Any, weight: Any, bias: Any, *, eps: float = 1e-5) -> Any:
    unsupported(rank_above_4=x.ndim > 4)
    layer = nn.BatchNorm(x.shape[1], eps, track_running_stats=False)
    layer.weight, layer.bias = weight, bias
    return mx.moveaxis(layer(mx.moveaxis(x, 1, -1)), -1, 1)


def _layer_norm(x: Any, weight: Any, bias: Any, *, eps: float = 1e-5) -> Any:
    layer = nn.LayerNorm(x.shape[-1], eps)
    layer.weight, layer.bias = weight, bias
    return layer(x)


def _rnn(nonlinearity: Function) -> Function:
    def call(x: Any, h: Any, w_ih: Any, w_hh: Any, b_ih: Any, b_hh: Any) -> Any:
        layer = nn.RNN(x.shape[-1], h.shape[-1], nonlinearity=nonlinearity)
        layer.Wxh, layer.Whh, layer.bias = w_ih, w_hh, b_ih + b_hh
        every = layer(x, h)
        return every, every[:, -1]

    return call


def _lstm(x: Any, h: Any, c: Any, w_ih: Any, w_hh: Any, b_ih: Any, b_hh: Any) -> Any:
    layer = nn.LSTM(x.shape[-1], h.shape[-1])
    layer.Wx, layer.Wh, layer.bias = w_ih, w_hh, b_ih + b_hh
    every, cells = layer(x, h, c)
    return every, every[:, -1], cells[:, -1]


def _gru(x: Any, h: Any, w_ih: Any, w_hh: Any, b_ih: Any, b_hh: Any) -> Any:
    units = h.shape[-1]
    layer = nn.GRU(x.shape[-1], units)
    layer.Wx, layer.Wh, layer.bhn = w_ih, w_hh, b_hh[2 * units :]
    # Only the candidate has two biases.
    layer.b = b_ih + mx.where(mx.arange(3 * units) < 2 * units, b_hh, 0)
    every = layer(x, h)
    return every, every[:, -1]


IMPLEMENTATION = implementation(
    Library("mlx", _array, np.array, _gradient, versions=versions("mlx", "mlx-cpu")),
    {
        "linear": _linear,
        "sigmoid": nn.sigmoid,
        "tanh": nn.tanh,
        "relu": nn.relu,
        "softmax": lambda x: nn.softmax(x, axis=-1),
        "log_softmax": lambda x: nn.log_softmax(x, axis=-1),
        "mse_loss": _loss(nn.losses.mse_loss),
        "binary_cross_entropy": _loss(nn.losses.binary_cross_entropy, with_logits=False),
        "binary_cross_entropy_with_logits": _loss(nn.losses.binary_cross_entropy),
        "cross_entropy": _loss(nn.losses.cross_entropy),
        "conv2d": _conv2d,
        "max_pool2d": _max_pool2d,
        "avg_pool2d": _avg_pool2d,
        "batch_norm": _batch_norm,
        "layer_norm": _layer_norm,
        "rnn_tanh": _rnn(nn.tanh),
        "rnn_relu": _rnn(nn.relu),
        "lstm": _lstm,
        "gru": _gru,
        "flatten": lambda x: mx.flatten(x, 1),
    },
)
