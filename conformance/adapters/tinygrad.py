"""tinygrad on the CPU as an implementation: `--implementation conformance.adapters.tinygrad`.

The methods of Tensor, and the modules of tinygrad.nn with weights of ours. Gradients are those of
Tensor.gradient. clang compiles the kernels. Where it is not installed, tinygrad's own interpreter
runs them, and DEV in the environment names another device.
"""

import shutil
from collections.abc import Sequence
from typing import Any

from tinygrad import Device, Tensor, nn
from tinygrad.helpers import DEV, NUM_CPU_THREADS, PARALLEL

from conformance.adapters._framework import implementation, pair
from conformance.implementation.libraries import versions
from conformance.implementation.tensors import Function, Library

if not DEV.device:
    DEV.value = "CPU" if shutil.which("clang") else "PYTHON"
NUM_CPU_THREADS.value, PARALLEL.value = 1, 0


def _tensor(array: Any) -> Any:
    # It would make a constant of an array without axes, and compute with it while it compiles.
    return Tensor(array.ravel()).reshape(array.shape)


def _array(tensor: Any) -> Any:
    # A constant is on no device, and would be computed on the CPU, whatever the device.
    return tensor.clone(Device.DEFAULT).numpy()


def _gradient(function: Function, count: int) -> Function:
    def pulled(upstream: Any, *inputs: Any) -> Sequence[Any]:
        result = function(*inputs)
        if isinstance(result, tuple):
            # A gradient is one of a single tensor.
            terms = [(each * grad).sum() for each, grad in zip(result, upstream, strict=True)]
            result, upstream = sum(terms[1:], terms[0]), None
        gradients: Sequence[Any] = result.gradient(*inputs[:count], gradient=upstream)
        return gradients

    return pulled


def _linear(x: Any, weight: Any, bias: Any) -> Any:
    return x.linear(weight.T, bias)


def _mse_loss(x: Any, target: Any, *, reduction: str = "mean") -> Any:
    return getattr((x - target).square(), reduction)()


def _loss(function: Function) -> Function:
    def call(values: Any, target: Any, *, reduction: str = "mean") -> Any:
        return function(values, target, reduction)

    return call


def _conv2d(
    x: Any, weight: Any, bias: Any, *, stride: Any = 1, padding: Any = 0, dilation: Any = 1,
    groups: int = 1,
) -> Any:  # fmt: skip
    return x.conv2d(weight, bias, groups, pair(stride), pair(dilation), pair(padding))


def _max_pool2d(
    x: Any, *, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1,
    ceil_mode: bool = False,
) -> Any:  # fmt: skip
    stride = kernel_size if stride is None else stride
    return x.max_pool2d(pair(kernel_size), pair(stride), pair(dilation), pair(padding), ceil_mode)


def _avg_pool2d(
    x: Any, *, kernel_size: Any, stride: Any = None, padding: Any = 0, ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Any:  # fmt: skip
    stride = kernel_size if stride is None else stride
    return x.avg_pool2d(
        pair(kernel_size), pair(stride), 1, pair(padding), ceil_mode, count_include_pad
    )


def _batch_norm(x: Any, weight: Any, bias: Any, *, eps: float = 1e-5) -> Any:
    layer = nn.BatchNorm(x.shape[1], eps, track_running_stats=False)
    layer.weight, layer.bias = weight, bias
    return layer(x)


def _layer_norm(x: Any, weight: Any, bias: Any, *, eps: float = 1e-5) -> Any:
    layer = nn.LayerNorm(x.shape[-1], eps)
    layer.weight, layer.bias = weight, bias
    return layer(x)


def _lstm_cell(x: Any, h: Any, c: Any, w_ih: Any, w_hh: Any, b_ih: Any, b_hh: Any) -> Any:
    cell = nn.LSTMCell(x.shape[1], h.shape[1])
    cell.weight_ih, cell.weight_hh, cell.bias_ih, cell.bias_hh = w_ih, w_hh, b_ih, b_hh
    return cell(x, (h, c))


IMPLEMENTATION = implementation(
    Library("tinygrad", _tensor, _array, _gradient, versions=versions("tinygrad")),
    {
        "linear": _linear,
        "sigmoid": Tensor.sigmoid,
        "tanh": Tensor.tanh,
        "relu": Tensor.relu,
        "softmax": lambda x: x.softmax(-1),
        "log_softmax": lambda x: x.log_softmax(-1),
        "mse_loss": _mse_loss,
        "binary_cross_entropy": _loss(Tensor.binary_crossentropy),
        "binary_cross_entropy_with_logits": _loss(Tensor.binary_crossentropy_logits),
        "cross_entropy": _loss(Tensor.cross_entropy),
        "conv2d": _conv2d,
        "max_pool2d": _max_pool2d,
        "avg_pool2d": _avg_pool2d,
        "batch_norm": _batch_norm,
        "layer_norm": _layer_norm,
        "lstm_cell": _lstm_cell,
        "flatten": lambda x: x.flatten(1),
    },
)
