"""SciPy's direct correlation of each image with each kernel, its zeros written out.

That is right, since zeros between pixels may be multiplied. SciPy's FFT would not be right: its
error is relative to the largest pixel, not to the terms of the sum.
"""

from typing import Any

import numpy as np
from scipy import signal

from conformance.bounds import Array

from ._common import quiet
from ._windows import Pair, Windows, average, convolution


@quiet
def conv2d(x: Array, weight: Array, bias: Array, **parameters: Any) -> Array:
    """Return the correlation at every pixel, channel by channel, less those the stride skips."""
    windows = convolution(x, weight, bias, **parameters)
    padded, kernels = _extent(windows.pad(x), windows), _apart(weight, windows.dilation)
    (down, right), y = windows.stride, np.zeros((len(x), len(weight), *windows.counts), x.dtype)
    for n, o, c, k in _channels(x, weight, windows):
        y[n, o] += _correlated(padded[n, c], kernels[o, k])[::down, ::right]
    return y + bias[:, None, None]


@quiet
def conv2d_backward(
    g: Array, x: Array, weight: Array, bias: Array, **parameters: Any
) -> tuple[Array, ...]:
    """Return the gradient convolved with the kernels, the image correlated with it, and its sum."""
    windows = convolution(x, weight, bias, g, **parameters)
    padded, kernels = _extent(windows.pad(x), windows), _apart(weight, windows.dilation)
    sparse, (down, right) = _apart(g, windows.stride), windows.dilation
    grad_padded, grad_weight = windows.blank(x), np.zeros_like(weight)
    reached = _extent(grad_padded, windows)
    for n, o, c, k in _channels(x, weight, windows):
        reached[n, c] += _laid(sparse[n, o], kernels[o, k])
        grad_weight[o, k] += _correlated(padded[n, c], sparse[n, o])[::down, ::right]
    return grad_padded[windows.within], grad_weight, g.sum(axis=(2, 3)).sum(axis=0)


@quiet
def avg_pool2d(x: Array, **parameters: Any) -> Array:
    """Return the correlation with a kernel of ones, divided by the number of pixels that count."""
    windows, count = average(x, **parameters)
    padded, ones = _extent(windows.pad(x), windows), np.ones(windows.kernel, x.dtype)
    (down, right), y = windows.stride, np.empty((*x.shape[:2], *windows.counts), x.dtype)
    for n, c in np.ndindex(x.shape[:2]):
        y[n, c] = _correlated(padded[n, c], ones)[::down, ::right] / count
    return y


@quiet
def avg_pool2d_backward(g: Array, x: Array, **parameters: Any) -> Array:
    """Return the convolution of the shares with a kernel of ones."""
    windows, count = average(x, g, **parameters)
    shares, ones = _apart(g / count, windows.stride), np.ones(windows.kernel, x.dtype)
    grad_padded = windows.blank(x)
    reached = _extent(grad_padded, windows)
    for n, c in np.ndindex(x.shape[:2]):
        reached[n, c] = _laid(shares[n, c], ones)
    return grad_padded[windows.within]


def _channels(x: Array, weight: Array, windows: Windows) -> Any:
    """Yield each sample, output channel, input channel, and the latter's index in its group."""
    c_group, o_group = weight.shape[1], len(weight) // windows.groups
    for n, o, k in np.ndindex(len(x), len(weight), c_group):
        yield n, o, o // o_group * c_group + k, k


def _correlated(image: Array, kernel: Array) -> Array:
    y: Array = signal.correlate(image, kernel, "valid", "direct")
    return y


def _laid(grad: Array, kernel: Array) -> Array:
    """Return the full convolution, the gradient extended by zeros.

    SciPy may extend the kernel instead. Then an infinity makes NaN of pixels that it never reaches.
    """
    h, w = kernel.shape
    return _correlated(np.pad(grad, ((h - 1,) * 2, (w - 1,) * 2)), kernel[::-1, ::-1])


def _extent(padded: Array, windows: Windows) -> Array:
    """Return a view of the part of the padded image that the windows reach."""
    rows, columns = (d + r - 1 for d, r in zip(windows.dense, windows.reach, strict=True))
    return padded[:, :, :rows, :columns]


def _apart(arrays: Array, step: Pair) -> Array:
    """Return the arrays with zeros between rows and between columns."""
    *shape, h, w = arrays.shape
    apart = np.zeros((*shape, (h - 1) * step[0] + 1, (w - 1) * step[1] + 1), arrays.dtype)
    apart[..., :: step[0], :: step[1]] = arrays
    return apart
