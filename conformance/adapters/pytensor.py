"""PyTensor as an implementation: `--implementation conformance.adapters.pytensor`.

The functions of pytensor.tensor. Whole functions are compiled for the dtypes and ranks at hand.
Gradients are those of pytensor.gradient.pullback. What it has no function for, such as cross
entropy, is made of those that it has. Its fast mode runs the functions of NumPy and SciPy. With
PYTENSOR_FLAGS=mode=NUMBA in the environment it compiles with Numba, at seconds a function.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytensor
from pytensor import tensor as pt
from pytensor.tensor import special

from conformance.adapters._framework import implementation
from conformance.implementation.libraries import versions
from conformance.implementation.tensors import Function, Library

_MODE = "FAST_COMPILE" if pytensor.config.mode == "Mode" else pytensor.config.mode


def _gradient(function: Function, count: int) -> Function:
    def pulled(upstream: Any, *inputs: Any) -> Sequence[Any]:
        result = function(*inputs)
        results, grads = (result, upstream) if isinstance(result, tuple) else ([result], [upstream])
        # Where one result is made of another, the other's gradient would be its upstream's alone.
        apart = [pt.tensor_copy(each) for each in results]
        gradients: Sequence[Any] = pytensor.gradient.pullback(
            apart, list(inputs[:count]), list(grads), disconnected_inputs="ignore"
        )
        return gradients

    return pulled


def _compiled(function: Function) -> Function:
    """Return the function over arrays that a function over variables describes.

    It is compiled for each set of dtypes and ranks once.
    """
    made: dict[Any, Any] = {}

    def variable(array: Any) -> Any:
        return pt.tensor(dtype=array.dtype.name, shape=(None,) * array.ndim)

    def call(*arrays: Any) -> Any:
        # Only a gradient of several results takes a tuple of them, as its first argument.
        flat = [*arrays[0], *arrays[1:]] if isinstance(arrays[0], tuple) else list(arrays)
        key = tuple((array.dtype.name, array.ndim) for array in flat)
        if key not in made:
            variables = [variable(array) for array in flat]
            first = len(flat) - len(arrays) + 1
            heads = [tuple(variables[:first])] if isinstance(arrays[0], tuple) else variables[:1]
            outputs = function(*heads, *variables[first:])
            outputs = list(outputs) if isinstance(outputs, Sequence) else outputs
            made[key] = pytensor.function(variables, outputs, mode=_MODE, on_unused_input="ignore")
        results = made[key](*flat)
        return tuple(results) if isinstance(results, list) else results

    return call


def _reduced(values: Any, reduction: str) -> Any:
    return {"mean": pt.mean, "sum": pt.sum}[reduction](values)


def _linear(x: Any, weight: Any, bias: Any) -> Any:
    return pt.dot(x, weight.T) + bias


def _log_softmax(x: Any) -> Any:
    return special.log_softmax(x, axis=-1)


def _mse_loss(x: Any, target: Any, *, reduction: str = "mean") -> Any:
    return _reduced(pt.sqr(x - target), reduction)


def _cross_entropy(x: Any, target: Any, *, reduction: str = "mean") -> Any:
    picked = _log_softmax(x)[pt.arange(target.shape[0]), target]
    return -_reduced(picked, reduction)


def _layer_norm(x: Any, weight: Any, bias: Any, *, eps: float = 1e-5) -> Any:
    centred = x - pt.mean(x, axis=-1, keepdims=True)
    # A Python float would make float64 of float32.
    variance = pt.var(x, axis=-1, keepdims=True) + np.asarray(eps, x.dtype)
    return centred / pt.sqrt(variance) * weight + bias


def _lstm_cell(x: Any, h: Any, c: Any, w_ih: Any, w_hh: Any, b_ih: Any, b_hh: Any) -> Any:
    gates = pt.dot(x, w_ih.T) + b_ih + pt.dot(h, w_hh.T) + b_hh
    units = h.shape[1]
    i, f, g, o = (gates[:, part * units : (part + 1) * units] for part in range(4))
    c = pt.sigmoid(f) * c + pt.sigmoid(i) * pt.tanh(g)
    return pt.sigmoid(o) * pt.tanh(c), c


IMPLEMENTATION = implementation(
    Library(
        "pytensor", np.array, lambda array: array, _gradient, _compiled,
        versions=versions("pytensor"),
    ),
    {
        "linear": _linear,
        "sigmoid": pt.sigmoid,
        "tanh": pt.tanh,
        "relu": lambda x: pt.maximum(x, np.asarray(0, x.dtype)),
        "softmax": lambda x: special.softmax(x, axis=-1),
        "log_softmax": _log_softmax,
        "mse_loss": _mse_loss,
        "cross_entropy": _cross_entropy,
        "layer_norm": _layer_norm,
        "lstm_cell": _lstm_cell,
        "flatten": lambda x: pt.flatten(x, 2),
    },
)  # fmt: skip
