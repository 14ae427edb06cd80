"""PaddlePaddle on the CPU as an implementation: `--implementation conformance.adapters.paddle`.

The functions of paddle.nn.functional, and the cells and layers of paddle.nn with weights of ours.
Gradients are those of paddle.grad. The kernels of its recurrent layers look at no shape and end the
process over some that are wrong: judge them with --isolate.
"""

import os
from collections.abc import Sequence
from typing import Any

os.environ.setdefault("GLOG_minloglevel", "2")
# Paddle counts its threads when it is imported, and warns of more than one.
os.environ["OMP_NUM_THREADS"] = "1"

import paddle
from paddle import nn
from paddle.nn import functional

from conformance.adapters._framework import implementation, pair, unsupported
from conformance.implementation.libraries import versions
from conformance.implementation.tensors import Function, Library

paddle.set_device("cpu")

_WEIGHTS = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")


def _gradient(function: Function, count: int) -> Function:
    def pulled(upstream: Any, *inputs: Any) -> Sequence[Any]:
        leaves = inputs[:count]
        for leaf in leaves:
            leaf.stop_gradient = False
        result = function(*leaves, *inputs[count:])
        results, grads = (result, upstream) if isinstance(result, tuple) else ([result], [upstream])
        # paddle.grad would read past the end of one that is too short.
        if [grad.shape for grad in grads] != [each.shape for each in results]:
            raise ValueError("grad_output has another shape than the result")
        gradients = paddle.grad(list(results), list(leaves), list(grads), allow_unused=True)
        return [
            paddle.zeros_like(leaf) if gradient is None else gradient
            for leaf, gradient in zip(leaves, gradients, strict=True)
        ]

    return pulled


def _linear(x: Any, weight: Any, bias: Any) -> Any:
    return functional.linear(x, paddle.transpose(weight, [1, 0]), bias)


def _loss(function: Function) -> Function:
    def call(values: Any, target: Any, *, reduction: str = "mean") -> Any:
        return function(values, target, reduction=reduction)

    return call


def _conv2d(
    x: Any, weight: Any, bias: Any, *, stride: Any = 1, padding: Any = 0, dilation: Any = 1,
    groups: int = 1,
) -> Any:  # fmt: skip
    return functional.conv2d(
        x, weight, bias, pair(stride), pair(padding), pair(dilation), groups=groups
    )


def _max_pool2d(
    x: Any, *, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1,
    ceil_mode: bool = False,
) -> Any:  # fmt: skip
    unsupported(dilation=pair(dilation) != (1, 1))
    return functional.max_pool2d(x, kernel_size, stride, padding, ceil_mode=ceil_mode)


def _avg_pool2d(
    x: Any, *, kernel_size: Any, stride: Any = None, padding: Any = 0, ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Any:  # fmt: skip
    return functional.avg_pool2d(
        x, kernel_size, stride, padding, ceil_mode, exclusive=not count_include_pad
    )


def _batch_norm(x: Any, weight: Any, bias: Any, *, eps: float = 1e-5) -> Any:
    unsupported(rank_above_5=x.ndim > 5)
    # It also writes statistics of all batches, which nobody asks for here.
    mean, variance = paddle.zeros_like(weight), paddle.ones_like(weight)
    return functional.batch_norm(x, mean, variance, weight, bias, training=True, epsilon=eps)


def _layer_norm(x: Any, weight: Any, bias: Any, *, eps: float = 1e-5) -> Any:
    unsupported(rank_1=x.ndim == 1, eps_over_a_thousandth=eps > 1e-3)
    return functional.layer_norm(x, x.shape[-1:], weight, bias, eps)


def _cell(kind: Function, **options: Any) -> Function:
    def call(x: Any, *rest: Any) -> Any:
        states, weights = rest[:-4], rest[-4:]
        cell = kind(weights[0].shape[1], weights[1].shape[1], **options)
        for name, weight in zip(_WEIGHTS, weights, strict=True):
            # A parameter is not replaced by a tensor, but a tensor may take its name.
            delattr(cell, name)
            setattr(cell, name, weight)
        result, following = cell(x, states if len(states) > 1 else states[0])
        return tuple(following) if len(states) > 1 else result

    return call


def _layer(kind: Function, **options: Any) -> Function:
    def call(x: Any, *rest: Any) -> Any:
        states, weights = rest[:-4], rest[-4:]
        layer = kind(weights[0].shape[1], weights[1].shape[1], **options)
        # What the layer hands to its kernel; nothing public takes tensors in its place.
        object.__setattr__(layer, "_all_weights", list(weights))
        first = tuple(paddle.unsqueeze(state, 0) for state in states)
        result, last = layer(x, first if len(states) > 1 else first[0])
        lasts = last if isinstance(last, tuple) else (last,)
        return (result, *(paddle.squeeze(state, 0) for state in lasts))

    return call


IMPLEMENTATION = implementation(
    Library(
        "paddle", paddle.to_tensor, lambda tensor: tensor.numpy(), _gradient,
        versions=versions("paddlepaddle"),
    ),
    {
        "linear": _linear,
        "sigmoid": functional.sigmoid,
        "tanh": functional.tanh,
        "relu": functional.relu,
        "softmax": lambda x: functional.softmax(x, axis=-1),
        "log_softmax": lambda x: functional.log_softmax(x, axis=-1),
        "mse_loss": _loss(functional.mse_loss),
        "binary_cross_entropy": _loss(functional.binary_cross_entropy),
        "binary_cross_entropy_with_logits": _loss(functional.binary_cross_entropy_with_logits),
        "cross_entropy": _loss(functional.cross_entropy),
        "conv2d": _conv2d,
        "max_pool2d": _max_pool2d,
        "avg_pool2d": _avg_pool2d,
        "batch_norm": _batch_norm,
        "layer_norm": _layer_norm,
        "rnn_tanh_cell": _cell(nn.SimpleRNNCell),
        "rnn_relu_cell": _cell(nn.SimpleRNNCell, activation="relu"),
        "lstm_cell": _cell(nn.LSTMCell),
        "gru_cell": _cell(nn.GRUCell),
        "rnn_tanh": _layer(nn.SimpleRNN),
        "rnn_relu": _layer(nn.SimpleRNN, activation="relu"),
        "lstm": _layer(nn.LSTM),
        "gru": _layer(nn.GRU),
        "flatten": lambda x: paddle.flatten(x, 1),
    },
)  # fmt: skip
