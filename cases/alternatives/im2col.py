"""Windows written out as rows of a matrix: a convolution is a product with it for each group.

That is right, since a product of matrices may be summed in any order, and so may its transpose,
col2im.
"""

from typing import Any

import numpy as np

from conformance.bounds import Array

from ._common import quiet
from ._windows import Windows, average, convolution, pool


@quiet
def conv2d(x: Array, weight: Array, bias: Array, **parameters: Any) -> Array:
    """Return y = cols Wᵀ + b, with a row for each window."""
    windows = convolution(x, weight, bias, **parameters)
    columns, kernels = _columns(x, windows), _kernels(weight, windows)
    y = np.concatenate([a @ b.T for a, b in zip(columns, kernels, strict=True)], axis=1) + bias
    return y.reshape(len(x), *windows.counts, len(weight)).transpose(0, 3, 1, 2)


@quiet
def conv2d_backward(
    g: Array, x: Array, weight: Array, bias: Array, **parameters: Any
) -> tuple[Array, ...]:
    """Return ∂L/∂cols = G W added up on the image, ∂L/∂W = Gᵀ cols, and ∂L/∂b = 1ᵀ G."""
    windows = convolution(x, weight, bias, g, **parameters)
    by_row = g.transpose(0, 2, 3, 1).reshape(-1, len(weight))
    by_group = np.split(by_row, windows.groups, axis=1)
    kernels = _kernels(weight, windows)
    grad_columns = np.stack([a @ b for a, b in zip(by_group, kernels, strict=True)])
    grad_kernels = [a.T @ b for a, b in zip(by_group, _columns(x, windows), strict=True)]
    grad_bias = np.ones(len(by_row), g.dtype) @ by_row
    return _image(grad_columns, x, windows), np.stack(grad_kernels).reshape(weight.shape), grad_bias


@quiet
def max_pool2d(x: Array, **parameters: Any) -> Array:
    """Return the maximum of each row of pixels."""
    windows = pool(x, **parameters)
    y: Array = _pixels(windows.pad(x, -np.inf), windows).max(axis=(-2, -1))
    return y


@quiet
def max_pool2d_backward(g: Array, x: Array, **parameters: Any) -> Array:
    """Add each gradient at its winner: the last NaN, or else the first of the largest."""
    windows = pool(x, g, **parameters)
    shape = (*g.shape, windows.kernel[0] * windows.kernel[1])
    pixels = _pixels(windows.pad(x, -np.inf), windows).reshape(shape)
    inside = _pixels(windows.pad(np.ones_like(x)), windows).reshape(shape) > 0
    nan = np.isnan(pixels)
    last = shape[-1] - 1 - nan[..., ::-1].argmax(axis=-1)
    largest = inside & (pixels == pixels.max(axis=-1, keepdims=True))
    winner = np.where(nan.any(axis=-1), last, largest.argmax(axis=-1))
    # A window without a pixel has no winner.
    won = np.arange(shape[-1]) == np.where(inside.any(axis=-1), winner, -1)[..., None]
    return _scattered(np.where(won, g[..., None], 0), x, windows)


@quiet
def avg_pool2d(x: Array, **parameters: Any) -> Array:
    """Return each row of pixels times a column of ones, divided by the count."""
    windows, count = average(x, **parameters)
    pixels = int(np.prod(windows.kernel))
    rows = _pixels(windows.pad(x), windows).reshape(*x.shape[:2], *windows.counts, pixels)
    y: Array = rows @ np.ones(pixels, x.dtype) / count
    return y


@quiet
def avg_pool2d_backward(g: Array, x: Array, **parameters: Any) -> Array:
    """Add each share to all the pixels of its row."""
    windows, count = average(x, g, **parameters)
    shares = np.broadcast_to((g / count)[..., None, None], (*g.shape, *windows.kernel))
    return _scattered(shares, x, windows)


def _pixels(padded: Array, windows: Windows) -> Array:
    """Return each window's pixels, (n, c, h', w', kh, kw): a view of the padded image."""
    views = np.lib.stride_tricks.sliding_window_view(padded, windows.reach, axis=(2, 3))
    (rows, columns), (down, right) = windows.dense, windows.stride
    apart = views[:, :, :rows:down, :columns:right]
    return apart[..., :: windows.dilation[0], :: windows.dilation[1]]


def _columns(x: Array, windows: Windows) -> Array:
    """Return a matrix for each group, (groups, n · h' · w', c_in/groups · kh · kw)."""
    pixels = windows.grouped(_pixels(windows.pad(x), windows), 1)
    rows, width = len(x) * int(np.prod(windows.counts)), int(np.prod(windows.kernel))
    by_group = pixels.transpose(1, 0, 3, 4, 2, 5, 6)
    return by_group.reshape(windows.groups, rows, pixels.shape[2] * width)


def _kernels(weight: Array, windows: Windows) -> Array:
    c_out, *kernel = weight.shape
    return weight.reshape(windows.groups, c_out // windows.groups, int(np.prod(kernel)))


def _image(grad_columns: Array, x: Array, windows: Windows) -> Array:
    """Add up the columns' gradient, (groups, n · h' · w', c_in/groups · kh · kw), on the image."""
    n, c = x.shape[:2]
    groups = windows.groups
    apart = grad_columns.reshape(groups, n, *windows.counts, c // groups, *windows.kernel)
    pixels = apart.transpose(1, 0, 4, 2, 3, 5, 6).reshape(n, c, *windows.counts, *windows.kernel)
    return _scattered(pixels, x, windows)


def _scattered(pixels: Array, x: Array, windows: Windows) -> Array:
    """Add up the windows' pixels on the image, in the order of the windows."""
    padded = windows.blank(x)
    indices = np.arange(padded.size).reshape(padded.shape)
    np.add.at(padded.reshape(-1), _pixels(indices, windows).ravel(), pixels.ravel())
    return padded[windows.within]
