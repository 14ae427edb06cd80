"""HIPS autograd as an implementation: `--implementation conformance.adapters.autograd`.

NumPy and SciPy as it wraps them, and its own vector–Jacobian products. What it has no function
for, such as softmax, is made of those that it has.
"""

from collections.abc import Sequence
from typing import Any

import autograd.numpy as anp
import numpy as np
from autograd import make_vjp
from autograd.builtins import tuple as traced_tuple
from autograd.scipy import signal, special

from conformance.adapters._framework import implementation, pair, unsupported
from conformance.implementation.libraries import versions
from conformance.implementation.tensors import Function, Library


def _gradient(function: Function, count: int) -> Function:
    def pulled(upstream: Any, *inputs: Any) -> Sequence[Any]:
        def of_these(leaves: Any) -> Any:
            return function(*leaves, *inputs[count:])

        pull_back, result = make_vjp(of_these)(traced_tuple(inputs[:count]))
        # Of several results it takes a tuple of its own.
        is_tuple = isinstance(result, tuple)
        gradients: Sequence[Any] = pull_back(traced_tuple(upstream) if is_tuple else upstream)
        return gradients

    return pulled


def _reduced(values: Any, reduction: str) -> Any:
    return {"mean": anp.mean, "sum": anp.sum}[reduction](values)


def _linear(x: Any, weight: Any, bias: Any) -> Any:
    return anp.dot(x, weight.T) + bias


def _log_softmax(x: Any) -> Any:
    return x - special.logsumexp(x, axis=-1, keepdims=True)


def _softmax(x: Any) -> Any:
    return anp.exp(_log_softmax(x))


def _mse_loss(x: Any, target: Any, *, reduction: str = "mean") -> Any:
    return _reduced((x - target) ** 2, reduction)


def _cross_entropy(x: Any, target: Any, *, reduction: str = "mean") -> Any:
    picked = _log_softmax(x)[np.arange(len(target)), target]
    return -_reduced(picked, reduction)


def _conv2d(
    x: Any, weight: Any, bias: Any, *, stride: Any = 1, padding: Any = 0, dilation: Any = 1,
    groups: int = 1,
) -> Any:  # fmt: skip
    unsupported(
        stride=pair(stride) != (1, 1),
        padding=pair(padding) != (0, 0),
        dilation=pair(dilation) != (1, 1),
        groups=groups != 1,
    )
    # A convolution reverses the kernel; the operation does not.
    reversed_kernel = weight[:, :, ::-1, ::-1]
    summed = signal.convolve(
        x, reversed_kernel, axes=([2, 3], [2, 3]), dot_axes=([1], [1]), mode="valid"
    )
    return summed + bias[:, None, None]


def _layer_norm(x: Any, weight: Any, bias: Any, *, eps: float = 1e-5) -> Any:
    centred = x - anp.mean(x, axis=-1, keepdims=True)
    return centred / anp.sqrt(anp.var(x, axis=-1, keepdims=True) + eps) * weight + bias


def _lstm_cell(x: Any, h: Any, c: Any, w_ih: Any, w_hh: Any, b_ih: Any, b_hh: Any) -> Any:
    gates = anp.dot(x, w_ih.T) + b_ih + anp.dot(h, w_hh.T) + b_hh
    i, f, g, o = anp.split(gates, 4, axis=1)
    c = special.expit(f) * c + special.expit(i) * anp.tanh(g)
    return traced_tuple((special.expit(o) * anp.tanh(c), c))


def _flatten(x: Any) -> Any:
    return anp.reshape(x, (x.shape[0], int(np.prod(x.shape[1:]))))


_AUTOGRAD = Library(
    "autograd", lambda array: array.copy(), lambda array: array, _gradient,
    versions=versions("autograd"),
)  # fmt: skip

IMPLEMENTATION = implementation(
    _AUTOGRAD,
    {
        "linear": _linear,
        "sigmoid": special.expit,
        "tanh": anp.tanh,
        "relu": lambda x: anp.maximum(x, 0),
        "softmax": _softmax,
        "log_softmax": _log_softmax,
        "mse_loss": _mse_loss,
        "cross_entropy": _cross_entropy,
        "conv2d": _conv2d,
        "layer_norm": _layer_norm,
        "lstm_cell": _lstm_cell,
        "flatten": _flatten,
    },
)
