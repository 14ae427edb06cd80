"""Two-dimensional convolution, which in neural networks is cross-correlation: no flip."""

from collections.abc import Sequence

import numpy as np

from ._arithmetic import Array, ieee
from ._validation import check_axes, check_floating, check_shape, integer, pair
from ._windows import Windows, lay_windows


@ieee
def conv2d(
    x: Array,
    weight: Array,
    bias: Array,
    *,
    stride: int | Sequence[int] = 1,
    padding: int | Sequence[int] = 0,
    dilation: int | Sequence[int] = 1,
    groups: int = 1,
) -> Array:
    """Return Yₙₒₚ = Σ_cij W_ocij X_nc[p·stride + (i, j)·dilation] + bₒ, over zero-padded X.

    In matrix form, Y = W·cols(X) + b: the columns are the windows, one for each output pixel p.
    A group of output channels o depends on its own group of input channels c alone.

    Args:
        x: X, of shape (n, c_in, h, w).
        weight: W, of shape (c_out, c_in / groups, kh, kw).
        bias: b, of shape (c_out,).
        stride: step between windows, an int or a pair for rows and columns.
        padding: number of zeros added at each edge, likewise.
        dilation: step between the pixels of a window, likewise.
        groups: number of groups into which the channels are divided.

    Returns:
        Y, of shape (n, c_out, h', w'), h' = ⌊(h + 2·padding − dilation·(kh − 1) − 1)/stride⌋ + 1.

    Raises:
        TypeError: if an array is not floating-point, the dtypes differ, or a parameter is not an
            integer.
        ValueError: if the shapes do not agree, the kernel does not fit in the padded image, groups
            does not divide the channels, or a parameter is out of range.

    Source: torch.nn.functional.conv2d.
    """
    windows = _lay(
        x, weight, bias, stride=stride, padding=padding, dilation=dilation, groups=groups
    )
    y = _grouped(weight, groups) @ _columns(x, windows, groups)
    return y.reshape(len(x), len(weight), *windows.output()) + bias[:, None, None]


@ieee
def conv2d_backward(
    grad_output: Array,
    x: Array,
    weight: Array,
    bias: Array,
    *,
    stride: int | Sequence[int] = 1,
    padding: int | Sequence[int] = 0,
    dilation: int | Sequence[int] = 1,
    groups: int = 1,
) -> tuple[Array, Array, Array]:
    """Return ∂L/∂X = colsᵀ(Wᵀ G), ∂L/∂W = Σₙ G cols(X)ᵀ and ∂L/∂b = Σₙₚ G, where G = ∂L/∂Y.

    The transpose of cols adds the pixels of each column to the pixels of X that they came from.

    Args:
        grad_output: G, of the output's shape.
        x: X, of shape (n, c_in, h, w).
        weight: W, of shape (c_out, c_in / groups, kh, kw).
        bias: b, of shape (c_out,).
        stride: as in `conv2d`.
        padding: as in `conv2d`.
        dilation: as in `conv2d`.
        groups: as in `conv2d`.

    Returns:
        The gradients of x, weight and bias.

    Raises:
        TypeError: as in `conv2d`.
        ValueError: as in `conv2d`.
    """
    windows = _lay(
        x, weight, bias, stride=stride, padding=padding, dilation=dilation, groups=groups
    )
    n, c_out = len(x), len(weight)
    check_shape("grad_output", grad_output, (n, c_out, *windows.output()), "the output")
    h, w = windows.output()
    G = grad_output.reshape(n, groups, c_out // groups, h * w)
    W = _grouped(weight, groups)
    grad_x = _columns_transpose(W.mT @ G, x, windows)
    grad_weight = (G @ _columns(x, windows, groups).mT).sum(axis=0)
    grad_bias = grad_output.sum(axis=(0, 2, 3))
    return grad_x, grad_weight.reshape(weight.shape), grad_bias


def _columns(x: Array, windows: Windows, groups: int) -> Array:
    """Return cols(X), of shape (n, groups, c_in/groups · kh · kw, h' · w')."""
    n, c_in = x.shape[:2]
    h, w = windows.output()
    taps = list(windows.taps(windows.pad(x, 0)))
    return np.stack(taps, axis=2).reshape(n, groups, c_in // groups * len(taps), h * w)


def _columns_transpose(grad_columns: Array, x: Array, windows: Windows) -> Array:
    """Return the gradient of X: colsᵀ of the gradient of the columns."""
    grad_padded = windows.zeros(x)
    taps = list(windows.taps(grad_padded))
    grad_taps = grad_columns.reshape(*x.shape[:2], len(taps), *windows.output())
    for k, tap in enumerate(taps):
        tap[...] += grad_taps[:, :, k]
    return windows.crop(grad_padded)


def _grouped(weight: Array, groups: int) -> Array:
    """Return W as a matrix for each group: (groups, c_out/groups, c_in/groups · kh · kw)."""
    c_out, c_group, kh, kw = weight.shape
    return weight.reshape(groups, c_out // groups, c_group * kh * kw)


def _lay(
    x: Array,
    weight: Array,
    bias: Array,
    *,
    stride: int | Sequence[int],
    padding: int | Sequence[int],
    dilation: int | Sequence[int],
    groups: int,
) -> Windows:
    """Check the arguments, and return the windows of x under the kernel."""
    check_floating(x=x, weight=weight, bias=bias)
    check_axes("x", x, "n, c_in, h, w")
    check_axes("weight", weight, "c_out, c_in / groups, kh, kw")
    _check_channels(x.shape[1], weight, integer("groups", groups, 1))
    check_shape("bias", bias, weight.shape[:1], "weight's first axis")
    return lay_windows(
        x.shape[2:],
        (integer("weight's kh", weight.shape[2], 1), integer("weight's kw", weight.shape[3], 1)),
        pair("stride", stride, 1),
        pair("padding", padding, 0),
        pair("dilation", dilation, 1),
    )


def _check_channels(c_in: int, weight: Array, groups: int) -> None:
    c_out, c_group = weight.shape[:2]
    if c_out < 1 or c_out % groups != 0:
        raise ValueError(
            f"weight has shape {weight.shape}: {c_out} output channels in {groups} groups; there "
            f"must be a whole number in each, at least one: change groups or weight's first axis"
        )
    if c_group * groups != c_in:
        raise ValueError(
            f"x has {c_in} channels, and weight of shape {weight.shape} with groups={groups} asks "
            f"for {c_group} · {groups}; these must agree: change groups or weight's second axis"
        )
