"""Two-dimensional convolution, which in neural networks is cross-correlation.

Over a zero-padded image, for each output channel o of a group and the input channels c of it:

    y[n, o, p, q] = b[o] + Σ_cij W[o, c, i, j] x[n, c, p·stride + i·dilation, q·stride + j·dilation]

It is bilinear in x and W, and so are the adjoints. With g the upstream gradient, set into zeros
at steps of the stride:

    grad_x[n, c, h, w] = Σ_oij W[o, c, i, j] g[n, o, h − i·dilation, w − j·dilation]
    grad_W[o, c, i, j] = Σ_npq g[n, o, p, q] x[n, c, p·stride + i·dilation, q·stride + j·dilation]
    grad_b[o]          = Σ_npq g[n, o, p, q]

All three are one correlation, of different images by different kernels.

Zeros that stand in no operand but in the way of computing (the padding, the zeros between the
elements of a dilated kernel or of a strided gradient) may be multiplied or skipped. Beside an
infinity or a NaN that makes a difference, and there no claim is made.
"""

from functools import partial
from typing import Any

import numpy as np
import torch
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from cases._windows import (
    Axis,
    Limits,
    Pairs,
    Spoil,
    Windows,
    draw_windows,
    flat,
    image_of_rank,
    lay,
    out_of_range,
    place,
    spelled,
    take,
)
from conformance.bounds import Ball, Bilinear, bilinear, disclaim, total
from conformance.case import Input, Inputs, Operation, Parameters, Refusal
from conformance.fills import real
from conformance.formats import Array
from conformance.strategies import batch_sizes, pair, sizes, structures


def _images(draw: DrawFn) -> tuple[dict[str, Any], dict[str, Any]]:
    windows = draw_windows(draw, Limits())
    rows, columns = windows.rows, windows.columns
    n, groups = draw(batch_sizes()), draw(st.sampled_from([1, 2, 1, 3]))
    c, o = draw(sizes(1, 3)), draw(sizes(1, 3))
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


def _correlate(image: Array, kernel: Array, taps: Array) -> Array:
    """Image (n, g, c, h, w) by kernel (g, o, c, i, j) at taps (i, j, p, q): (n, g, o, p, q)."""
    n, g, c = image.shape[:3]
    i, j, p, q = taps.shape
    o = kernel.shape[1]
    columns = take(image, taps).reshape(n, g, c * i * j, p * q)
    return (kernel.reshape(g, o, c * i * j) @ columns).reshape(n, g, o, p, q)


def _forward(windows: Windows, x: Array, weight: Array) -> Array:
    return _correlate(place(x, windows.padded, windows.padding), weight, windows.taps)


def _back_to_x(windows: Windows, grad: Array, weight: Array) -> Array:
    axes = (windows.rows, windows.columns)
    # Long enough that each tap before and behind the image finds a zero.
    rows, columns = (axis.padded + axis.reach - 1 for axis in axes)
    start, step = (axes[0].reach - 1, axes[1].reach - 1), (axes[0].stride, axes[1].stride)
    apart = place(grad, (rows, columns), start, 0.0, step)
    taps = flat(_backward_taps(axes[0]), _backward_taps(axes[1]), columns)
    return _correlate(apart, weight.swapaxes(1, 2), taps)


def _backward_taps(axis: Axis) -> Array:
    pixels = np.arange(axis.size) + axis.padding + axis.reach - 1
    return np.add.outer(-axis.dilation * np.arange(axis.kernel), pixels)


def _back_to_weight(windows: Windows, grad: Array, x: Array) -> Array:
    image = place(x, windows.padded, windows.padding).transpose(2, 1, 0, 3, 4)
    taps = windows.taps.transpose(2, 3, 0, 1)
    return _correlate(image, grad.transpose(1, 2, 0, 3, 4), taps).transpose(1, 2, 0, 3, 4)


def _skipping(apply: Bilinear) -> Bilinear:
    """The map on operands that need not be finite, its structural zeros skipped.

    Which infinities and NaNs reach an element is counted by the map itself, on signs.
    """

    def result(a: Array, b: Array) -> Array:
        finite_a, finite_b = np.isfinite(a), np.isfinite(b)
        if finite_a.all() and finite_b.all():
            return apply(a, b)
        value = apply(np.where(finite_a, a, 0), np.where(finite_b, b, 0))
        up, down, undefined = _reached(apply, a, b)
        value = np.where(up, np.inf, np.where(down, -np.inf, value))
        return np.where(undefined | (up & down), np.nan, value).astype(value.dtype)

    return result


def _reached(apply: Bilinear, a: Array, b: Array) -> tuple[Array, Array, Array]:
    """Which elements some term +∞ reaches, some term −∞, some NaN."""

    def any_of(chosen_a: Array, chosen_b: Array) -> Array:
        return apply(chosen_a.astype(np.float64), chosen_b.astype(np.float64)) > 0

    infinite_a, infinite_b = np.isinf(a), np.isinf(b)
    undefined = any_of(np.isnan(a), np.ones(b.shape)) | any_of(np.ones(a.shape), np.isnan(b))
    undefined |= any_of(infinite_a, b == 0) | any_of(a == 0, infinite_b)
    signed = []
    for above, below in ((b > 0, b < 0), (b < 0, b > 0)):
        by_a = any_of(infinite_a & (a > 0), above) | any_of(infinite_a & (a < 0), below)
        by_b = any_of(a > 0, infinite_b & above) | any_of(a < 0, infinite_b & below)
        signed.append(by_a | by_b)
    return signed[0], signed[1], undefined


def _bilinear(
    apply: Bilinear, with_zeros: Bilinear, a: Ball, b: Ball, plus: Ball | None = None
) -> Ball:
    """L(a, b) + c, without a claim where a structural zero met an infinity or a NaN."""
    result = bilinear(_skipping(apply), a, b, plus)
    if np.isfinite(a.value).all() and np.isfinite(b.value).all():
        return result
    met = np.isnan(with_zeros(a.value, b.value)) & ~np.isnan(result.value)
    return disclaim(result, met)


class _Maps:
    """The bilinear maps of one convolution, over grouped operands.

    Images are (n, groups, c, h, w), kernels (groups, o, c, kh, kw), outputs (n, groups, o, h', w').
    """

    def __init__(self, x: Ball, weight: Ball, stride: Pairs, padding: Pairs, dilation: Pairs,
                 groups: int) -> None:  # fmt: skip
        kernel = (weight.shape[2], weight.shape[3])
        image = (x.shape[2], x.shape[3])
        self.windows = lay(image, kernel, stride, padding, dilation)
        self.groups = groups
        self._stride, self._dilation = pair(stride), pair(dilation)
        # The same with every structural zero written out: windows at every pixel, without gaps.
        reach = (self.windows.rows.reach, self.windows.columns.reach)
        self._dense = lay(image, reach, 1, padding)

    def images(self, x: Ball) -> Ball:
        """Channels by group."""
        n, c, h, w = x.shape
        return x.reshape(n, self.groups, c // self.groups, h, w)

    def kernels(self, weight: Ball) -> Ball:
        """Output channels by group."""
        return weight.reshape(self.groups, weight.shape[0] // self.groups, *weight.shape[1:])

    def forward(self, x: Ball, weight: Ball, bias: Ball) -> Ball:
        """The output, with the bias (groups, o, 1, 1)."""

        def with_zeros(x: Array, weight: Array) -> Array:
            dense = _forward(self._dense, x, self._spaced_kernel(weight))
            return dense[..., :: self._stride[0], :: self._stride[1]]

        return _bilinear(partial(_forward, self.windows), with_zeros, x, weight, bias)

    def back_to_x(self, grad: Ball, weight: Ball) -> Ball:
        """The gradient of the image."""

        def with_zeros(grad: Array, weight: Array) -> Array:
            return _back_to_x(self._dense, self._spaced(grad), self._spaced_kernel(weight))

        return _bilinear(partial(_back_to_x, self.windows), with_zeros, grad, weight)

    def back_to_weight(self, grad: Ball, x: Ball) -> Ball:
        """The gradient of the kernels."""

        def with_zeros(grad: Array, x: Array) -> Array:
            dense = _back_to_weight(self._dense, self._spaced(grad), x)
            return dense[..., :: self._dilation[0], :: self._dilation[1]]

        return _bilinear(partial(_back_to_weight, self.windows), with_zeros, grad, x)

    def _spaced(self, grad: Array) -> Array:
        return place(grad, self._dense.counts, (0, 0), 0.0, self._stride)

    def _spaced_kernel(self, weight: Array) -> Array:
        return place(weight, self._dense.kernel, (0, 0), 0.0, self._dilation)


def _maps(
    x: Ball,
    weight: Ball,
    *,
    stride: Pairs = 1,
    padding: Pairs = 0,
    dilation: Pairs = 1,
    groups: int = 1,
) -> _Maps:
    return _Maps(x, weight, stride, padding, dilation, groups)


def _value(x: Ball, weight: Ball, bias: Ball, **parameters: Any) -> Ball:  # noqa: ANN401
    maps = _maps(x, weight, **parameters)
    c = bias.reshape(maps.groups, weight.shape[0] // maps.groups, 1, 1)
    y = maps.forward(maps.images(x), maps.kernels(weight), c)
    return y.reshape(x.shape[0], weight.shape[0], *maps.windows.counts)


def _grad_x(grad_output: Ball, x: Ball, weight: Ball, _bias: Ball, **parameters: Any) -> Ball:  # noqa: ANN401
    maps = _maps(x, weight, **parameters)
    grad = maps.back_to_x(maps.images(grad_output), maps.kernels(weight))
    return grad.reshape(*x.shape)


def _grad_weight(grad_output: Ball, x: Ball, weight: Ball, _bias: Ball, **parameters: Any) -> Ball:  # noqa: ANN401
    maps = _maps(x, weight, **parameters)
    return maps.back_to_weight(maps.images(grad_output), maps.images(x)).reshape(*weight.shape)


def _grad_bias(grad_output: Ball, _x: Ball, _weight: Ball, _bias: Ball, **_parameters: Any) -> Ball:  # noqa: ANN401
    return total(grad_output, axis=(0, 2, 3))


def _resized(inputs: Inputs, **shapes: tuple[int, ...]) -> Inputs:
    """Inputs, some of them replaced by ones of another shape."""
    dtype = inputs["x"].dtype
    return {**inputs, **{name: np.ones(shape, dtype) for name, shape in shapes.items()}}


def _groups(parameters: Parameters) -> int:
    groups: int = parameters.get("groups", 1)
    return groups


def _more_channels(inputs: Inputs, parameters: Parameters) -> tuple[Inputs, Parameters]:
    n, c, h, w = inputs["x"].shape
    return _resized(inputs, x=(n, c + _groups(parameters), h, w)), parameters


def _one_channel(inputs: Inputs, parameters: Parameters) -> tuple[Inputs, Parameters] | None:
    n, c, h, w = inputs["x"].shape
    # One channel would broadcast against any number of them.
    return None if c == 1 else (_resized(inputs, x=(n, 1, h, w)), parameters)


def _undivided_input(inputs: Inputs, parameters: Parameters) -> tuple[Inputs, Parameters]:
    n, _, h, w = inputs["x"].shape
    _, c, kh, kw = inputs["weight"].shape
    # Rounded down, the channels of a group are those of the weight.
    spoiled = _resized(inputs, x=(n, 2 * c + 1, h, w), weight=(2, c, kh, kw), bias=(2,))
    return spoiled, {**parameters, "groups": 2}


def _undivided_output(inputs: Inputs, parameters: Parameters) -> tuple[Inputs, Parameters]:
    n, _, h, w = inputs["x"].shape
    _, c, kh, kw = inputs["weight"].shape
    spoiled = _resized(inputs, x=(n, 2 * c, h, w), weight=(3, c, kh, kw), bias=(3,))
    return spoiled, {**parameters, "groups": 2}


def _no_groups(inputs: Inputs, parameters: Parameters) -> tuple[Inputs, Parameters]:
    return inputs, {**parameters, "groups": 0}


def _longer_bias(inputs: Inputs, parameters: Parameters) -> tuple[Inputs, Parameters]:
    # Two more, never from zero or one to something that would broadcast.
    return _resized(inputs, bias=(inputs["bias"].size + 2,)), parameters


def _bias_of_one(inputs: Inputs, parameters: Parameters) -> tuple[Inputs, Parameters] | None:
    return None if inputs["bias"].size == 1 else (_resized(inputs, bias=(1,)), parameters)


def _weight_of_rank_three(inputs: Inputs, parameters: Parameters) -> tuple[Inputs, Parameters]:
    return _resized(inputs, weight=inputs["weight"].shape[:3]), parameters


def _larger_kernel(axis: int) -> Spoil:
    def spoil(inputs: Inputs, parameters: Parameters) -> tuple[Inputs, Parameters]:
        kernel = list(inputs["weight"].shape)
        size = inputs["x"].shape[2 + axis] + 2 * pair(parameters.get("padding", 0))[axis]
        # Undilated, and one pixel too large: rounding a quotient towards zero would let it pass.
        kernel[2 + axis] = size + 1
        wide = {**parameters, "dilation": 1, "stride": 2}
        return _resized(inputs, weight=tuple(kernel)), wide

    return spoil


OPERATIONS = (
    Operation(
        name="conv2d",
        family="convolution",
        formula="yₙₒₚ = Σ_cij W_ocij xₙ_c[p·stride + (i, j)·dilation] + bₒ",
        source="torch.nn.functional.conv2d",
        inputs=(Input("x", real), Input("weight", real), Input("bias", real)),
        structures=structures(_images),
        torch=torch.nn.functional.conv2d,
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
