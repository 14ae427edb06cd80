"""Right: convolution and pooling, each with its refusals."""

import operator

import numpy as np

from strangers._elementary import demand, quiet
from strangers._windows import Grid, gather, lay, scatter


def check_conv(x, weight, bias, stride, padding, dilation, groups) -> Grid:
    demand(x.ndim == 4 and weight.ndim == 4 and bias.ndim == 1, "wrong rank")
    demand(operator.index(groups) >= 1, "groups must be at least one")
    demand(weight.shape[0] % groups == 0, "groups must divide the outputs")
    demand(x.shape[1] == weight.shape[1] * groups, "channels do not agree")
    demand(bias.shape[0] == weight.shape[0], "one bias for each output channel")
    return lay(x.shape[2:], weight.shape[2:], stride, padding, dilation)


def by_groups(weight, groups):
    return weight.reshape(groups, weight.shape[0] // groups, *weight.shape[1:])


def taps_by_groups(x, grid, groups):
    taps = gather(x, grid)
    return taps.reshape(x.shape[0], groups, x.shape[1] // groups, *taps.shape[2:])


@quiet
def conv2d(x, weight, bias, *, stride=1, padding=0, dilation=1, groups=1):
    grid = check_conv(x, weight, bias, stride, padding, dilation, groups)
    taps = taps_by_groups(x, grid, groups)
    y = np.einsum("ngcpiqj,gocij->ngopq", taps, by_groups(weight, groups))
    return y.reshape(x.shape[0], weight.shape[0], *grid.counts) + bias[:, None, None]


@quiet
def conv2d_backward(grad, x, weight, bias, *, stride=1, padding=0, dilation=1, groups=1):
    grid = check_conv(x, weight, bias, stride, padding, dilation, groups)
    g = grad.reshape(x.shape[0], groups, weight.shape[0] // groups, *grid.counts)
    taps = taps_by_groups(x, grid, groups)
    grad_taps = np.einsum("ngopq,gocij->ngcpiqj", g, by_groups(weight, groups))
    grad_x = scatter(grad_taps.reshape(*x.shape[:2], *taps.shape[3:]), grid)
    grad_weight = np.einsum("ngopq,ngcpiqj->gocij", g, taps).reshape(weight.shape)
    return grad_x, grad_weight, grad.sum(axis=(0, 2, 3))


def check_pool(x, kernel_size, stride, padding, dilation=1, *, ceil_mode=False) -> Grid:
    demand(x.ndim == 4 and x.shape[1] > 0, "images are (n, c, h, w)")
    stride = kernel_size if stride is None else stride
    grid = lay(x.shape[2:], kernel_size, stride, padding, dilation, ceil_mode=ceil_mode)
    for axis in grid:
        demand(2 * axis.padding <= axis.kernel, "padding over half the kernel")
    return grid


def winners(taps):
    """Return which tap of (…, kh, kw) wins: the first maximum, or the last NaN."""
    flat = taps.reshape(*taps.shape[:-2], taps.shape[-2] * taps.shape[-1])
    last_nan = flat.shape[-1] - 1 - np.isnan(flat[..., ::-1]).argmax(axis=-1)
    return np.where(np.isnan(flat).any(axis=-1), last_nan, flat.argmax(axis=-1))


@quiet
def max_pool2d(x, *, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False):
    grid = check_pool(x, kernel_size, stride, padding, dilation, ceil_mode=ceil_mode)
    return gather(x, grid, fill=-np.inf).max(axis=(3, 5))


@quiet
def max_pool2d_backward(
    grad, x, *, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False
):
    grid = check_pool(x, kernel_size, stride, padding, dilation, ceil_mode=ceil_mode)
    taps = np.moveaxis(gather(x, grid, fill=-np.inf), 3, 4)
    inside = np.moveaxis(gather(np.ones_like(x), grid), 3, 4) > 0
    # In a window of −∞ alone the border would win; pixels are made to look larger there.
    nothing = np.all(taps == -np.inf, axis=(4, 5), keepdims=True)
    best = winners(np.where(nothing & inside, 0, taps))
    places = np.arange(taps.shape[4] * taps.shape[5]).reshape(taps.shape[4:])
    paid = np.where((best[..., None, None] == places) & inside, grad[..., None, None], 0)
    return scatter(np.moveaxis(paid.astype(x.dtype), 4, 3), grid)


def pixel_counts(grid, dtype, *, count_include_pad):
    """Return how many pixels each window has: of the padded image, or of the image alone."""
    rows, columns = (axis.overlaps(count_padding=count_include_pad) for axis in grid)
    return np.multiply.outer(rows, columns).astype(dtype)


@quiet
def avg_pool2d(x, *, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True):
    grid = check_pool(x, kernel_size, stride, padding, ceil_mode=ceil_mode)
    counts = pixel_counts(grid, x.dtype, count_include_pad=count_include_pad)
    return gather(x, grid).sum(axis=(3, 5)) / counts


@quiet
def avg_pool2d_backward(
    grad, x, *, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True
):
    grid = check_pool(x, kernel_size, stride, padding, ceil_mode=ceil_mode)
    counts = pixel_counts(grid, x.dtype, count_include_pad=count_include_pad)
    each = (grad / counts)[:, :, :, None, :, None]
    kernel = (grid.rows.kernel, grid.columns.kernel)
    shape = (*grad.shape[:3], kernel[0], grad.shape[3], kernel[1])
    return scatter(np.broadcast_to(each, shape), grid)
