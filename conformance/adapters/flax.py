"""Flax as an implementation: `--implementation conformance.adapters.flax`.

Layers and functions of flax.linen with the settings that they come with, losses and gradient
descent of optax. Whole functions are compiled, gradients are JAX's, and float64 is switched on.
Images, kernels and weights are taken in Flax's own order of axes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import jax.numpy as jnp
import optax
from flax import linen

from conformance.adapters._framework import implementation, pair
from conformance.implementation.libraries import jax_library, versions
from conformance.implementation.tensors import Function


def _applied(layer: Any, weights: Mapping[str, Any], *inputs: Any) -> Any:
    return layer.apply({"params": weights}, *inputs)


def _dtypes(x: Any) -> dict[str, Any]:
    return {"dtype": x.dtype, "param_dtype": x.dtype}


def _padding(padding: Any) -> list[tuple[int, int]]:
    """Return the padding before and after each axis of an image."""
    return [(size, size) for size in pair(padding)]


def _reduced(loss: Function) -> Function:
    def reduced(x: Any, target: Any, *, reduction: str = "mean") -> Any:
        return {"mean": jnp.mean, "sum": jnp.sum}[reduction](loss(x, target))

    return reduced


def _linear(x: Any, weight: Any, bias: Any) -> Any:
    layer = linen.Dense(weight.shape[-1], **_dtypes(x))
    return _applied(layer, {"kernel": weight, "bias": bias}, x)


def _conv2d(
    x: Any, weight: Any, bias: Any, *, stride: Any = 1, padding: Any = 0, dilation: Any = 1,
    groups: int = 1,
) -> Any:  # fmt: skip
    layer = linen.Conv(
        weight.shape[-1], weight.shape[:2], pair(stride), _padding(padding),
        kernel_dilation=pair(dilation), feature_group_count=groups, **_dtypes(x),
    )  # fmt: skip
    return _applied(layer, {"kernel": weight, "bias": bias}, x)


def _windows(kernel_size: Any, stride: Any, padding: Any) -> tuple[Any, Any, Any]:
    strides = pair(kernel_size if stride is None else stride)
    return pair(kernel_size), strides, _padding(padding)


def _max_pool2d(x: Any, *, kernel_size: Any, stride: Any = None, padding: Any = 0) -> Any:
    return linen.max_pool(x, *_windows(kernel_size, stride, padding))


def _avg_pool2d(
    x: Any, *, kernel_size: Any, stride: Any = None, padding: Any = 0,
    count_include_pad: bool = True,
) -> Any:  # fmt: skip
    return linen.avg_pool(x, *_windows(kernel_size, stride, padding), count_include_pad)


def _batch_norm(x: Any, weight: Any, bias: Any, *, eps: float = 1e-5) -> Any:
    layer = linen.BatchNorm(use_running_average=False, axis=1, epsilon=eps, **_dtypes(x))
    variables = {
        "params": {"scale": weight, "bias": bias},
        "batch_stats": {"mean": jnp.zeros_like(weight), "var": jnp.ones_like(weight)},
    }
    return layer.apply(variables, x, mutable=["batch_stats"])[0]


def _layer_norm(x: Any, weight: Any, bias: Any, *, eps: float = 1e-5) -> Any:
    return _applied(linen.LayerNorm(epsilon=eps, **_dtypes(x)), {"scale": weight, "bias": bias}, x)


def _by_gate(names: str, *arrays: Any) -> list[dict[str, Any]]:
    """Return of each array its parts by gate."""
    return [dict(zip(names, jnp.split(a, len(names), -1), strict=True)) for a in arrays]


def _simple(w_ih: Any, w_hh: Any, b_ih: Any, b_hh: Any) -> dict[str, Any]:
    return {"i": {"kernel": w_ih, "bias": b_ih + b_hh}, "h": {"kernel": w_hh}}


def _lstm(w_ih: Any, w_hh: Any, b_ih: Any, b_hh: Any) -> dict[str, Any]:
    of_x, of_h, bias = _by_gate("ifgo", w_ih, w_hh, b_ih + b_hh)
    return {f"i{gate}": {"kernel": of_x[gate]} for gate in of_x} | {
        f"h{gate}": {"kernel": of_h[gate], "bias": bias[gate]} for gate in of_h
    }


def _gru(w_ih: Any, w_hh: Any, b_ih: Any, b_hh: Any) -> dict[str, Any]:
    of_x, of_h, bias, bias_of_h = _by_gate("rzn", w_ih, w_hh, b_ih, b_hh)
    # Two gates have one bias each; the third alone needs both.
    summed = {gate: bias[gate] + bias_of_h[gate] for gate in "rz"} | {"n": bias["n"]}
    weights = {f"i{gate}": {"kernel": of_x[gate], "bias": summed[gate]} for gate in "rzn"}
    weights |= {f"h{gate}": {"kernel": of_h[gate]} for gate in "rz"}
    return weights | {"hn": {"kernel": of_h["n"], "bias": bias_of_h["n"]}}


def _recurrent(
    kind: Any, weights_of: Function, states: int = 1, **settings: Any
) -> tuple[Function, Function]:
    """Return the function of a cell, and of its network over all steps."""

    def made(x: Any, others: Sequence[Any]) -> tuple[Any, Any, Any]:
        carry, weights = others[:states], weights_of(*others[states:])
        layer = kind(carry[0].shape[-1], **settings, **_dtypes(x))
        # The carry of an LSTM is (c, h).
        return layer, carry[0] if states == 1 else carry[::-1], weights

    def opened(carry: Any) -> tuple[Any, ...]:
        return (carry,) if states == 1 else tuple(carry[::-1])

    def cell(x: Any, *others: Any) -> Any:
        layer, carry, weights = made(x, others)
        last = opened(_applied(layer, weights, carry, x)[0])
        return last[0] if states == 1 else last

    def network(x: Any, *others: Any) -> Any:
        layer, carry, weights = made(x, others)
        whole = linen.RNN(layer, return_carry=True)
        last, results = whole.apply({"params": {"cell": weights}}, x, initial_carry=carry)
        return (results, *opened(last))

    return cell, network


def _gradient_descent(parameters: Any, gradients: Any, *, learning_rate: float) -> Any:
    descent = optax.sgd(learning_rate)
    updates, _ = descent.update(gradients, descent.init(parameters))
    return optax.apply_updates(parameters, updates)


_RNN_TANH = _recurrent(linen.SimpleCell, _simple)
_RNN_RELU = _recurrent(linen.SimpleCell, _simple, activation_fn=linen.relu)
_LSTM = _recurrent(linen.OptimizedLSTMCell, _lstm, 2)
_GRU = _recurrent(linen.GRUCell, _gru)

_RECURRENT = {"rnn_tanh": _RNN_TANH, "rnn_relu": _RNN_RELU, "lstm": _LSTM, "gru": _GRU}

IMPLEMENTATION = implementation(
    replace(jax_library(), versions=versions("flax", "optax", "jax", "jaxlib")),
    {
        "linear": _linear,
        "sigmoid": linen.sigmoid,
        "tanh": linen.tanh,
        "relu": linen.relu,
        "softmax": linen.softmax,
        "log_softmax": linen.log_softmax,
        "mse_loss": _reduced(optax.squared_error),
        "binary_cross_entropy_with_logits": _reduced(optax.sigmoid_binary_cross_entropy),
        "cross_entropy": _reduced(optax.softmax_cross_entropy_with_integer_labels),
        "conv2d": _conv2d,
        "max_pool2d": _max_pool2d,
        "avg_pool2d": _avg_pool2d,
        "batch_norm": _batch_norm,
        "layer_norm": _layer_norm,
        **{f"{name}_cell": cell for name, (cell, _) in _RECURRENT.items()},
        **{name: network for name, (_, network) in _RECURRENT.items()},
        "gradient_descent": _gradient_descent,
    },
    LAYOUTS={
        "linear": "in, out",
        "conv2d": ("nhwc", "hwio"),
        "max_pool2d": "nhwc",
        "avg_pool2d": "nhwc",
        **{f"{name}{form}": "in, out" for name in _RECURRENT for form in ("", "_cell")},
    },
)
