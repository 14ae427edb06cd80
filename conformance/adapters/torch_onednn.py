"""torch on tensors of oneDNN: `--implementation conformance.adapters.torch_onednn`.

The kernels that torch calls for a tensor in oneDNN's own layout (`to_mkldnn`), in float32.
Gradients are torch's, through oneDNN's backward kernels where there are some.
"""

from functools import wraps
from typing import Any

import torch
from torch.nn import functional

from conformance.adapters._framework import implementation, pair, unsupported
from conformance.implementation.libraries import torch_library
from conformance.implementation.tensors import Function


def _on_onednn(function: Function) -> Function:
    """Return a function of ordinary tensors, whose first is handed on as a tensor of oneDNN.

    Weights stay ordinary tensors: with others torch has no gradient. They are contiguous: oneDNN
    looks at no strides.
    """

    @wraps(function)
    def call(x: Any, *weights: Any, **parameters: Any) -> Any:
        unsupported(rank_0=x.dim() == 0)
        contiguous = [each.contiguous() for each in weights]
        return function(x.to_mkldnn(), *contiguous, **parameters).to_dense()

    return call


def _without_gradient(function: Function) -> Function:
    def call(x: Any) -> Any:
        unsupported(gradient=x.requires_grad)
        return function(x)

    return call


def _conv2d(
    x: Any, weight: Any, bias: Any, *, stride: Any = 1, padding: Any = 0, dilation: Any = 1,
    groups: int = 1,
) -> Any:  # fmt: skip
    return functional.conv2d(x, weight, bias, stride, padding, dilation, groups)


def _max_pool2d(
    x: Any, *, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1,
    ceil_mode: bool = False,
) -> Any:  # fmt: skip
    unsupported(dilation=pair(dilation) != (1, 1))
    # Without a stride torch has no gradient.
    stride = kernel_size if stride is None else stride
    return functional.max_pool2d(x, kernel_size, stride, padding, 1, ceil_mode)


def _avg_pool2d(
    x: Any, *, kernel_size: Any, stride: Any = None, padding: Any = 0, ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Any:  # fmt: skip
    return functional.avg_pool2d(x, kernel_size, stride, padding, ceil_mode, count_include_pad)


def _batch_norm(x: Any, weight: Any, bias: Any, *, eps: float = 1e-5) -> Any:
    unsupported(rank=x.dim() != 4)
    return functional.batch_norm(x, None, None, weight, bias, training=True, eps=eps)


_FUNCTIONS: dict[str, Function] = {
    "linear": functional.linear,
    "sigmoid": _without_gradient(torch.sigmoid),
    "tanh": _without_gradient(torch.tanh),
    "relu": torch.relu,
    "softmax": _without_gradient(lambda x: torch.softmax(x, -1)),
    "conv2d": _conv2d,
    "max_pool2d": _max_pool2d,
    "avg_pool2d": _avg_pool2d,
    "batch_norm": _batch_norm,
    "flatten": lambda x: torch.flatten(x, 1),
}

IMPLEMENTATION = implementation(
    torch_library(),
    {name: _on_onednn(function) for name, function in _FUNCTIONS.items()},
    DTYPES=("float32",),
)
