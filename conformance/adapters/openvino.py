"""OpenVINO on the CPU as an implementation: `--implementation conformance.adapters.openvino`.

Each function is one node of its operation set, or a few, compiled when it is first called. It
infers, and has no gradients and no losses.
"""

from collections.abc import Sequence
from functools import lru_cache, wraps
from typing import Any

import numpy as np
import openvino
from openvino import opset14 as ops

from conformance.adapters._framework import implementation, pair
from conformance.implementation.libraries import versions
from conformance.implementation.tensors import Function, Library

_SETTINGS = {
    "INFERENCE_NUM_THREADS": "1",
    "NUM_STREAMS": "1",
    # On some processors it would compute in bfloat16.
    "INFERENCE_PRECISION_HINT": "f32",
}
_CORE = openvino.Core()


# A model keeps threads of its own, so that no more than a few are kept.
@lru_cache(maxsize=8)
def _model(build: Function, parameters: Any, *shapes: Any) -> Any:
    inputs = [ops.parameter(openvino.PartialShape(shape), np.float32) for shape in shapes]
    built = build(*inputs, **dict(parameters))
    outputs = list(built) if isinstance(built, tuple) else [built]
    return _CORE.compile_model(openvino.Model(outputs, inputs), "CPU", _SETTINGS)


def _compiled(build: Function, *, needs_shapes: bool) -> Function:
    """Return the function over arrays that a function over nodes describes.

    It is compiled once for each set of parameters and ranks, or shapes where they are needed.
    """

    @wraps(build)
    def call(*arrays: Any, **parameters: Any) -> Any:
        shapes = [array.shape if needs_shapes else (-1,) * array.ndim for array in arrays]
        compiled = _model(build, tuple(sorted(parameters.items())), *shapes)
        answers = compiled(list(arrays))
        # They lie in memory that the next call writes to.
        results = tuple(np.array(answers[output]) for output in compiled.outputs)
        return results if len(results) > 1 else results[0]

    return call


def _shaped(values: Any, shape: Sequence[int]) -> Any:
    return ops.reshape(values, np.array(shape, np.int64), special_zero=False)


def _linear(x: Any, weight: Any, bias: Any) -> Any:
    return ops.add(ops.matmul(x, weight, transpose_a=False, transpose_b=True), bias)


def _conv2d(
    x: Any, weight: Any, bias: Any, *, stride: Any = 1, padding: Any = 0, dilation: Any = 1,
    groups: int = 1,
) -> Any:  # fmt: skip
    pads = list(pair(padding))
    options = (list(pair(stride)), pads, pads, list(pair(dilation)))
    if groups == 1:
        summed = ops.convolution(x, weight, *options)
    else:
        channels, *kernel = weight.shape
        grouped = _shaped(weight, (groups, channels // groups, *kernel))
        summed = ops.group_convolution(x, grouped, *options)
    return ops.add(summed, _shaped(bias, (1, -1, 1, 1)))


def _max_pool2d(
    x: Any, *, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1,
    ceil_mode: bool = False,
) -> Any:  # fmt: skip
    kernel, pads = list(pair(kernel_size)), list(pair(padding))
    strides = kernel if stride is None else list(pair(stride))
    rounding = "ceil_torch" if ceil_mode else "floor"
    pooled = ops.max_pool(x, strides, list(pair(dilation)), pads, pads, kernel, rounding)
    return pooled.output(0)


def _avg_pool2d(
    x: Any, *, kernel_size: Any, stride: Any = None, padding: Any = 0, ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Any:  # fmt: skip
    kernel, pads = list(pair(kernel_size)), list(pair(padding))
    strides = kernel if stride is None else list(pair(stride))
    rounding = "ceil_torch" if ceil_mode else "floor"
    return ops.avg_pool(x, strides, pads, pads, kernel, not count_include_pad, rounding)


def _normalized(x: Any, axes: Sequence[int], eps: float) -> Any:
    return ops.mvn(x, np.array(axes, np.int64), True, eps, "INSIDE_SQRT")


def _batch_norm(x: Any, weight: Any, bias: Any, *, eps: float = 1e-5) -> Any:
    rank = len(x.partial_shape)
    channels = (1, -1, *[1] * (rank - 2))
    normalized = _normalized(x, (0, *range(2, rank)), eps)
    return ops.add(ops.multiply(normalized, _shaped(weight, channels)), _shaped(bias, channels))


def _layer_norm(x: Any, weight: Any, bias: Any, *, eps: float = 1e-5) -> Any:
    return ops.add(ops.multiply(_normalized(x, (-1,), eps), weight), bias)


def _gates(values: Any, units: int, order: Sequence[int]) -> Any:
    """Return the rows of some gates, in this order."""
    rows = [gate * units + np.arange(units) for gate in order]
    return ops.gather(values, np.concatenate(rows), np.array(0))


def _weights(given: Any, units: int, order: Sequence[int], separate: int | None) -> list[Any]:
    """Return weights and one bias as OpenVINO has them; a separate gate keeps both its biases."""
    w_ih, w_hh, b_ih, b_hh = given
    kept = [gate for gate in order if gate != separate]
    biases = [_gates(ops.add(b_ih, b_hh), units, kept)]
    if separate is not None:
        biases += [_gates(bias, units, [separate]) for bias in (b_ih, b_hh)]
    weights = [_gates(weight, units, order) for weight in (w_ih, w_hh)]
    return [*weights, ops.concat(biases, 0)]


def _cell(
    node: Function, order: Sequence[int], separate: int | None = None, **options: Any
) -> Function:
    def build(x: Any, *rest: Any) -> Any:
        units = rest[0].shape[1]
        weights = _weights(rest[-4:], units, order, separate)
        results = node(x, *rest[:-4], *weights, units, **options).outputs()
        return tuple(results) if len(results) > 1 else results[0]

    return build


def _network(
    node: Function, order: Sequence[int], separate: int | None = None, **options: Any
) -> Function:
    def build(x: Any, *rest: Any) -> Any:
        samples, steps, _ = x.shape
        units = rest[0].shape[1]
        weights = _weights(rest[-4:], units, order, separate)
        # One direction, which has an axis of its own.
        states = [ops.unsqueeze(state, np.array(1)) for state in rest[:-4]]
        weights = [ops.unsqueeze(weight, np.array(0)) for weight in weights]
        lengths = np.full(samples, steps, np.int32)
        results = node(x, *states, lengths, *weights, units, "forward", **options)
        return tuple(ops.squeeze(result, np.array(1)) for result in results.outputs())

    return build


# torch has the gates in the order i, f, g, o and r, z, n; OpenVINO f, i, g, o and z, r, n.
_LSTM: dict[str, Any] = {"order": (1, 0, 2, 3)}
_GRU: dict[str, Any] = {"order": (1, 0, 2), "separate": 2, "linear_before_reset": True}


def _rnn(activation: str) -> dict[str, Any]:
    return {"order": (0,), "activations": [activation]}


def _rnn_cell(activation: str) -> dict[str, Any]:
    return {**_rnn(activation), "activations_alpha": [], "activations_beta": []}


_OF_ANY_SHAPE: dict[str, Function] = {
    "linear": _linear,
    "sigmoid": ops.sigmoid,
    "tanh": ops.tanh,
    "relu": ops.relu,
    "softmax": lambda x: ops.softmax(x, -1),
    "log_softmax": lambda x: ops.log_softmax(x, -1),
    "batch_norm": _batch_norm,
    "layer_norm": _layer_norm,
    "flatten": lambda x: ops.reshape(x, np.array([0, -1]), special_zero=True),
}
_OF_SHAPES: dict[str, Function] = {
    "conv2d": _conv2d,
    # Without shapes a kernel that does not fit ends the process.
    "max_pool2d": _max_pool2d,
    "avg_pool2d": _avg_pool2d,
    "rnn_tanh_cell": _cell(ops.rnn_cell, **_rnn_cell("tanh")),
    "rnn_relu_cell": _cell(ops.rnn_cell, **_rnn_cell("relu")),
    "lstm_cell": _cell(ops.lstm_cell, **_LSTM),
    "gru_cell": _cell(ops.gru_cell, **_GRU),
    "rnn_tanh": _network(ops.rnn_sequence, **_rnn("tanh")),
    "rnn_relu": _network(ops.rnn_sequence, **_rnn("relu")),
    "lstm": _network(ops.lstm_sequence, **_LSTM),
    "gru": _network(ops.gru_sequence, **_GRU),
}

IMPLEMENTATION = implementation(
    Library(
        "openvino", lambda array: array.copy(), lambda array: array, versions=versions("openvino")
    ),
    {name: _compiled(build, needs_shapes=False) for name, build in _OF_ANY_SHAPE.items()}
    | {name: _compiled(build, needs_shapes=True) for name, build in _OF_SHAPES.items()},
    # The CPU computes float64 in float32.
    DTYPES=("float32",),
)
