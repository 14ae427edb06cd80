"""Operators of ONNX, each in a model of its own, for whatever evaluates models.

ONNX has no gradients of its own, so there are values alone.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, partial
from typing import Any

import numpy as np
from onnx import ModelProto, NodeProto, helper

from conformance.adapters._framework import pair
from conformance.bounds.floats import Array
from conformance.implementation.tensors import Function

# Makes of a model a function from its inputs, by name, to a list of its outputs.
Evaluate = Callable[[Mapping[str, Array]], Any]
Evaluator = Callable[[ModelProto], Evaluate]

_OPSET, _IR = 21, 10
# Models that are kept: each has a set of attributes, and inputs of one dtype and rank.
_KEPT = 256


class _Operators:
    """Calls operators: the model of each is made once, and evaluated from then on."""

    def __init__(self, evaluator: Evaluator) -> None:
        self._evaluator = evaluator
        self._prepared = lru_cache(_KEPT)(self._prepare)

    def __call__(self, operator: str, *inputs: Array, **attributes: Any) -> Any:
        """Return the first output of an operator."""
        return self.outputs(operator, inputs, ("y",), **attributes)[0]

    def outputs(
        self,
        operator: str,
        inputs: Sequence[Array | None],
        outputs: tuple[str, ...],
        **attributes: Any,
    ) -> Any:
        """Return the outputs of an operator; an optional input may be None."""
        feeds = {f"x{i}": array for i, array in enumerate(inputs) if array is not None}
        kinds = tuple((name, array.dtype.name, array.ndim) for name, array in feeds.items())
        names = tuple("" if array is None else f"x{i}" for i, array in enumerate(inputs))
        evaluate = self._prepared(operator, names, outputs, tuple(attributes.items()), kinds)
        return evaluate(feeds)

    def _prepare(
        self,
        operator: str,
        names: Sequence[str],
        outputs: Sequence[str],
        attributes: Sequence[tuple[str, Any]],
        kinds: Sequence[tuple[str, str, int]],
    ) -> Evaluate:
        node = helper.make_node(operator, list(names), list(outputs), **dict(attributes))
        return self._evaluator(_model(node, kinds))


def _model(node: NodeProto, kinds: Sequence[tuple[str, str, int]]) -> ModelProto:
    """Return a model of one node, for inputs of any shape of these dtypes and ranks."""
    inputs = [
        helper.make_tensor_value_info(name, _element(dtype), [None] * rank)
        for name, dtype, rank in kinds
    ]
    # Every operator here returns the dtype of its first input.
    element = _element(kinds[0][1])
    outputs = [helper.make_tensor_value_info(name, element, None) for name in node.output]
    graph = helper.make_graph([node], node.op_type, inputs, outputs)
    versions = [helper.make_opsetid("", _OPSET)]
    return helper.make_model(graph, opset_imports=versions, ir_version=_IR)


def _element(dtype: str) -> int:
    return helper.np_dtype_to_tensor_dtype(np.dtype(dtype))


def _linear(node: _Operators, x: Array, weight: Array, bias: Array) -> Any:
    return node("Gemm", x, weight, bias, transB=1)


def _mse_loss(node: _Operators, x: Array, target: Array, *, reduction: str = "mean") -> Any:
    difference = node("Sub", x, target)
    square = node("Mul", difference, difference)
    return node({"mean": "ReduceMean", "sum": "ReduceSum"}[reduction], square, keepdims=0)


def _cross_entropy(node: _Operators, x: Array, target: Array, *, reduction: str = "mean") -> Any:
    return node("SoftmaxCrossEntropyLoss", x, target, reduction=reduction)


def _conv2d(
    node: _Operators, x: Array, weight: Array, bias: Array, *, stride: Any = 1, padding: Any = 0,
    dilation: Any = 1, groups: int = 1,
) -> Any:  # fmt: skip
    return node(
        "Conv", x, weight, bias, strides=pair(stride), pads=pair(padding) * 2,
        dilations=pair(dilation), group=groups,
    )  # fmt: skip


def _windows(kernel_size: Any, stride: Any, padding: Any, *, ceil_mode: bool) -> dict[str, Any]:
    return {
        "kernel_shape": pair(kernel_size),
        "strides": pair(kernel_size if stride is None else stride),
        "pads": pair(padding) * 2,
        "ceil_mode": int(ceil_mode),
    }


def _max_pool2d(
    node: _Operators, x: Array, *, kernel_size: Any, stride: Any = None, padding: Any = 0,
    dilation: Any = 1, ceil_mode: bool = False,
) -> Any:  # fmt: skip
    windows = _windows(kernel_size, stride, padding, ceil_mode=ceil_mode)
    return node("MaxPool", x, dilations=pair(dilation), **windows)


def _avg_pool2d(
    node: _Operators, x: Array, *, kernel_size: Any, stride: Any = None, padding: Any = 0,
    ceil_mode: bool = False, count_include_pad: bool = True,
) -> Any:  # fmt: skip
    windows = _windows(kernel_size, stride, padding, ceil_mode=ceil_mode)
    return node("AveragePool", x, count_include_pad=int(count_include_pad), **windows)


def _batch_norm(
    node: _Operators, x: Array, weight: Array, bias: Array, *, eps: float = 1e-5
) -> Any:
    zeros = np.zeros_like(weight)
    inputs = (x, weight, bias, zeros, zeros)
    outputs = ("y", "running_mean", "running_var")
    return node.outputs("BatchNormalization", inputs, outputs, training_mode=1, epsilon=eps)[0]


def _layer_norm(
    node: _Operators, x: Array, weight: Array, bias: Array, *, eps: float = 1e-5
) -> Any:
    return node("LayerNormalization", x, weight, bias, axis=-1, epsilon=eps)


def _network(operator: str, order: Sequence[int], states: int, **attributes: Any) -> Function:
    """Return a recurrent network: its gates in ONNX's order, its arrays with a direction's axis."""

    def gates(array: Array) -> Array:
        return np.concatenate([np.split(array, len(order))[gate] for gate in order])[None]

    def network(node: _Operators, x: Array, *others: Array) -> Any:
        first, (w_ih, w_hh, b_ih, b_hh) = others[:states], others[states:]
        bias = np.concatenate([gates(b_ih), gates(b_hh)], axis=1)
        # None is the lengths of sequences: all are as long as x.
        inputs = (x.swapaxes(0, 1).copy(), gates(w_ih), gates(w_hh), bias, None)
        results, *last = node.outputs(
            operator,
            (*inputs, *(state[None] for state in first)),
            ("y", "h", "c")[: 1 + states],
            hidden_size=w_hh.shape[1],
            **attributes,
        )
        return (results[:, 0].swapaxes(0, 1), *(state[0] for state in last))

    return network


_FUNCTIONS: dict[str, Function] = {
    "linear": _linear,
    "sigmoid": lambda node, x: node("Sigmoid", x),
    "tanh": lambda node, x: node("Tanh", x),
    "relu": lambda node, x: node("Relu", x),
    "softmax": lambda node, x: node("Softmax", x, axis=-1),
    "log_softmax": lambda node, x: node("LogSoftmax", x, axis=-1),
    "mse_loss": _mse_loss,
    "cross_entropy": _cross_entropy,
    "conv2d": _conv2d,
    "max_pool2d": _max_pool2d,
    "avg_pool2d": _avg_pool2d,
    "batch_norm": _batch_norm,
    "layer_norm": _layer_norm,
    "rnn_tanh": _network("RNN", (0,), 1, activations=("Tanh",)),
    "rnn_relu": _network("RNN", (0,), 1, activations=("Relu",)),
    # ONNX has the gates as i, o, f, c, and as z, r, h.
    "lstm": _network("LSTM", (0, 3, 1, 2), 2),
    "gru": _network("GRU", (1, 0, 2), 1, linear_before_reset=1),
    "flatten": lambda node, x: node("Flatten", x, axis=1),
}


def functions(evaluator: Evaluator) -> dict[str, Function]:
    """Return, by operation, the function that evaluates its operator of ONNX."""
    node = _Operators(evaluator)
    return {name: partial(function, node) for name, function in _FUNCTIONS.items()}


def array(given: Array) -> Array:
    """Return a contiguous copy."""
    return np.array(given, order="C")
