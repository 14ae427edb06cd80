"""Two-dimensional convolution, which in neural networks is cross-correlation.

Over a zero-padded image, for each output channel o of a group, and the input channels c of the
group:

    y[n, o, p, q] = b[o] + Σ_cij W[o, c, i, j] x[n, c, p·stride + i·dilation, q·stride + j·dilation]

It is bilinear in x and W, and so are the adjoints. With g the upstream gradient, its elements set
apart by the stride, with zeros between them:

    grad_x[n, c, h, w] = Σ_oij W[o, c, i, j] g[n, o, h − i·dilation, w − j·dilation]
    grad_W[o, c, i, j] = Σ_npq g[n, o, p, q] x[n, c, p·stride + i·dilation, q·stride + j·dilation]
    grad_b[o]          = Σ_npq g[n, o, p, q]
"""

from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from conformance.bounds import Ball, total
from conformance.spec import (
    Input,
    Inputs,
    Lesson,
    Operation,
    Parameters,
    Refusal,
    Spoil,
    Spoiled,
    Structure,
    TorchFunction,
    batch_sizes,
    may_give,
    pair,
    real,
    structures,
)

from ._correlation import Convolution
from ._window_parameters import (
    Limits,
    draw_windows,
    image_of_rank,
    out_of_range,
    spelled,
)

# Input and output channels of a group. Code that exchanges the two gives wrong numbers where they
# are equal, and an error where they are not.
_CHANNELS = st.sampled_from(
    [(1, 1), (2, 2), (1, 2), (3, 3), (2, 1), (2, 2), (3, 2), (3, 3), (2, 3), (1, 3)]
)


def _images(draw: DrawFn) -> tuple[dict[str, Any], dict[str, Any]]:
    windows = draw_windows(draw, Limits())
    rows, columns = windows.rows, windows.columns
    n, groups = draw(batch_sizes()), draw(st.sampled_from([1, 2, 1, 3]))
    groups = groups if may_give("groups", groups) else 1
    c, o = draw(_CHANNELS)
    parameters = {
        **spelled(draw, "stride", (rows.stride, columns.stride), (1, 1)),
        **spelled(draw, "padding", windows.padding, (0, 0)),
        **spelled(draw, "dilation", (rows.dilation, columns.dilation), (1, 1)),
        **draw(st.sampled_from([{}, {"groups": 1}] if groups == 1 else [{"groups": groups}])),
    }
    shapes = {
        "x": (n, groups * c, rows.size, columns.size),
        "weight": (groups * o, c, *windows.kernel),
        "bias": (groups * o,),
    }
    return shapes, parameters


def _value(x: Ball, weight: Ball, bias: Ball, **parameters: Any) -> Ball:
    convolution = Convolution(x, weight, **parameters)
    c = bias.reshape(convolution.groups, weight.shape[0] // convolution.groups, 1, 1)
    y = convolution.forward(convolution.images(x), convolution.kernels(weight), c)
    return y.reshape(x.shape[0], weight.shape[0], *convolution.windows.counts)


def _grad_x(grad_output: Ball, x: Ball, weight: Ball, _bias: Ball, **parameters: Any) -> Ball:
    convolution = Convolution(x, weight, **parameters)
    grad = convolution.back_to_x(convolution.images(grad_output), convolution.kernels(weight))
    return grad.reshape(*x.shape)


def _grad_weight(grad_output: Ball, x: Ball, weight: Ball, _bias: Ball, **parameters: Any) -> Ball:
    convolution = Convolution(x, weight, **parameters)
    return convolution.back_to_weight(
        convolution.images(grad_output), convolution.images(x)
    ).reshape(*weight.shape)


def _grad_bias(grad_output: Ball, _x: Ball, _weight: Ball, _bias: Ball, **_parameters: Any) -> Ball:
    return total(grad_output, axis=(0, 2, 3))


def _resized(inputs: Inputs, **shapes: tuple[int, ...]) -> Inputs:
    """Return the inputs, some of them replaced by ones of another shape."""
    dtype = inputs["x"].dtype
    return {**inputs, **{name: np.ones(shape, dtype) for name, shape in shapes.items()}}


def _groups(parameters: Parameters) -> int:
    groups: int = parameters.get("groups", 1)
    return groups


def _more_channels(inputs: Inputs, parameters: Parameters) -> Spoiled:
    n, c, h, w = inputs["x"].shape
    return _resized(inputs, x=(n, c + _groups(parameters), h, w)), parameters


def _one_channel(inputs: Inputs, parameters: Parameters) -> Spoiled | None:
    n, c, h, w = inputs["x"].shape
    # One channel would broadcast with any number of them.
    return None if c == 1 else (_resized(inputs, x=(n, 1, h, w)), parameters)


def _undivided_input(inputs: Inputs, parameters: Parameters) -> Spoiled:
    n, _, h, w = inputs["x"].shape
    _, c, kh, kw = inputs["weight"].shape
    # Rounded down, a group has as many channels as the weight.
    spoiled = _resized(inputs, x=(n, 2 * c + 1, h, w), weight=(2, c, kh, kw), bias=(2,))
    return spoiled, {**parameters, "groups": 2}


def _undivided_output(inputs: Inputs, parameters: Parameters) -> Spoiled:
    n, _, h, w = inputs["x"].shape
    _, c, kh, kw = inputs["weight"].shape
    spoiled = _resized(inputs, x=(n, 2 * c, h, w), weight=(3, c, kh, kw), bias=(3,))
    return spoiled, {**parameters, "groups": 2}


def _no_groups(inputs: Inputs, parameters: Parameters) -> Spoiled:
    return inputs, {**parameters, "groups": 0}


def _longer_bias(inputs: Inputs, parameters: Parameters) -> Spoiled:
    # Two more, so that neither zero nor one becomes a size that broadcasts.
    return _resized(inputs, bias=(inputs["bias"].size + 2,)), parameters


def _bias_of_one(inputs: Inputs, parameters: Parameters) -> Spoiled | None:
    return None if inputs["bias"].size == 1 else (_resized(inputs, bias=(1,)), parameters)


def _weight_of_rank_three(inputs: Inputs, parameters: Parameters) -> Spoiled:
    return _resized(inputs, weight=inputs["weight"].shape[:3]), parameters


def _larger_kernel(axis: int) -> Spoil:
    def spoil(inputs: Inputs, parameters: Parameters) -> Spoiled:
        kernel = list(inputs["weight"].shape)
        size = inputs["x"].shape[2 + axis] + 2 * pair(parameters.get("padding", 0))[axis]
        # Undilated, and one pixel too large: a quotient rounded towards zero lets it pass.
        kernel[2 + axis] = size + 1
        wide = {**parameters, "dilation": 1, "stride": 2}
        return _resized(inputs, weight=tuple(kernel)), wide

    return spoil


ORDER = 40
OPERATIONS = (
    Operation(
        name="conv2d",
        family="convolution",
        formula="yₙₒₚ = Σ_cij W_ocij xₙ_c[p·stride + (i, j)·dilation] + bₒ",
        latex=(
            r"y_{n,o,p} = \sum_{c,i,j} W_{o,c,i,j}\, x_{n,c}[p \cdot \text{stride} + "
            r"(i, j) \cdot \text{dilation}] + b_o"
        ),
        source="torch.nn.functional.conv2d",
        inputs=(
            Input("x", real, "(n, c_in, h, w)"),
            Input("weight", real, "(c_out, c_in / groups, kh, kw)"),
            Input("bias", real, "(c_out,)"),
        ),
        orders={"nhwc": ("x", "result"), "hwio": ("weight",)},
        parameters={"stride": 1, "padding": 0, "dilation": 1, "groups": 1},
        result="(n, c_out, h′, w′)",
        notes=(
            "stride, padding and dilation are each an int or a pair.",
            "The kernel is not flipped.",
        ),
        lesson=Lesson(
            190,
            "A window with weights: four parameters, three gradients, and many an index to mix up.",
        ),
        structures=structures(_images),
        large=Structure({"x": (1, 1, 257, 256), "weight": (1, 1, 1, 1), "bias": (1,)}),
        torch=TorchFunction("torch.nn.functional.conv2d"),
        value=_value,
        gradients={"x": _grad_x, "weight": _grad_weight, "bias": _grad_bias},
        refusals=(
            Refusal("channels-disagree", "x must have groups times the channels of weight",
                    _more_channels),
            Refusal("one-channel", "x must have groups times the channels of weight", _one_channel),
            Refusal("x-of-rank-2", "x must be of rank 4", image_of_rank(2)),
            Refusal("x-of-rank-5", "x must be of rank 4", image_of_rank(5)),
            Refusal("weight-of-rank-3", "weight must be of rank 4", _weight_of_rank_three),
            Refusal("bias-too-long", "bias must have one entry per output channel", _longer_bias),
            Refusal("bias-of-one", "bias must have one entry per output channel", _bias_of_one),
            Refusal("kernel-too-high", "the kernel must fit in the padded image",
                    _larger_kernel(0)),
            Refusal("kernel-too-wide", "the kernel must fit in the padded image",
                    _larger_kernel(1)),
            Refusal("groups-of-input", "groups must divide the input channels", _undivided_input),
            Refusal("groups-of-output", "groups must divide the output channels",
                    _undivided_output),
            Refusal("no-groups", "groups must be at least one", _no_groups),
            *out_of_range("stride", 0, "stride must be at least one"),
            *out_of_range("dilation", 0, "dilation must be at least one"),
            *out_of_range("padding", -1, "padding must not be negative"),
        ),
    ),
)  # fmt: skip
