"""Loops over kernel positions and features, each added to all results before the next.

That is right, since every order of summation is admissible. All sums are in the inputs' own dtype.
"""

from typing import Any

import numpy as np

from conformance.bounds import Array

from ._common import check_linear, quiet
from ._recurrent import GRU, LSTM, RNN_RELU, RNN_TANH, sequence
from ._windows import Windows, average, convolution, pool


@quiet
def linear(x: Array, weight: Array, bias: Array) -> Array:
    """Return y = b + Σ outer products of a feature with its weights."""
    check_linear(x, weight, bias)
    return _product(x, weight.T) + bias


@quiet
def linear_backward(g: Array, x: Array, weight: Array, bias: Array) -> tuple[Array, ...]:
    """Return sums of outer products: over outputs, then over samples."""
    check_linear(x, weight, bias, g)
    return _product(g, weight), _product(g.T, x), _product(np.ones((1, len(g)), g.dtype), g)[0]


@quiet
def conv2d(x: Array, weight: Array, bias: Array, **parameters: Any) -> Array:
    """Return b and, added at each kernel position, its weights times its pixels."""
    windows = convolution(x, weight, bias, **parameters)
    padded, kernels = windows.grouped(windows.pad(x), 1), windows.grouped(weight, 0)
    y = np.empty((len(x), len(weight), *windows.counts), x.dtype)
    y[...] = bias[:, None, None]
    y = windows.grouped(y, 1)
    for i, j, cut in windows.taps():
        for c in range(weight.shape[1]):
            y += kernels[:, :, c, i, j, None, None] * padded[:, :, c, None][cut]
    return y.reshape(len(x), len(weight), *windows.counts)


@quiet
def conv2d_backward(
    g: Array, x: Array, weight: Array, bias: Array, **parameters: Any
) -> tuple[Array, ...]:
    """Return the gradients, added up kernel position by kernel position, output by output."""
    windows = convolution(x, weight, bias, g, **parameters)
    padded, kernels = windows.grouped(windows.pad(x), 1), windows.grouped(weight, 0)
    g = windows.grouped(g, 1)
    grad_padded, grad_kernels = np.zeros_like(padded), np.zeros_like(kernels)
    for i, j, cut in windows.taps():
        for o in range(g.shape[2]):
            grad_padded[cut] += kernels[:, o, :, i, j, None, None] * g[:, :, o, None]
            for sample, pixels in zip(g, padded[cut], strict=True):
                grad_kernels[:, o, :, i, j] += (sample[:, o, None] * pixels).sum(axis=(2, 3))
    grad_x = grad_padded.reshape(*x.shape[:2], *grad_padded.shape[3:])[windows.within]
    return grad_x, grad_kernels.reshape(weight.shape), g.sum(axis=(3, 4)).sum(axis=0).ravel()


@quiet
def max_pool2d(x: Array, **parameters: Any) -> Array:
    """Keep the larger of the maximum so far and the next kernel position; return the maximum."""
    return _largest(x, pool(x, **parameters))[0]


@quiet
def max_pool2d_backward(g: Array, x: Array, **parameters: Any) -> Array:
    """Add each gradient at the position of the maximum."""
    windows = pool(x, g, **parameters)
    _, winner = _largest(x, windows)
    grad_padded = windows.blank(x)
    for i, j, cut in windows.taps():
        np.add(grad_padded[cut], g, out=grad_padded[cut], where=winner == _number(windows, i, j))
    return grad_padded[windows.within]


@quiet
def avg_pool2d(x: Array, **parameters: Any) -> Array:
    """Add kernel position after kernel position, and multiply by the reciprocal of the count."""
    windows, count = average(x, **parameters)
    padded, y = windows.pad(x), np.zeros((*x.shape[:2], *windows.counts), x.dtype)
    for _, _, cut in windows.taps():
        y += padded[cut]
    y *= 1 / count
    return y


@quiet
def avg_pool2d_backward(g: Array, x: Array, **parameters: Any) -> Array:
    """Add each share at kernel position after kernel position."""
    windows, count = average(x, g, **parameters)
    grad_padded = windows.blank(x)
    for _, _, cut in windows.taps():
        grad_padded[cut] += g * (1 / count)
    return grad_padded[windows.within]


def _product(a: Array, b: Array) -> Array:
    """Return a @ b as a sum of outer products."""
    y = np.zeros((len(a), b.shape[1]), a.dtype)
    for column, row in zip(a.T, b, strict=True):
        y += np.multiply.outer(column, row)
    return y


def _number(windows: Windows, i: int, j: int) -> int:
    return i * windows.kernel[1] + j


def _largest(x: Array, windows: Windows) -> tuple[Array, Array]:
    """Return each window's maximum and its position; the last NaN, or else the first of equals."""
    padded, inside = windows.pad(x, -np.inf), windows.pad(np.ones_like(x))
    y = np.full((*x.shape[:2], *windows.counts), -np.inf, x.dtype)
    winner = np.full(y.shape, -1)
    for i, j, cut in windows.taps():
        pixel = padded[cut]
        # The first pixel of the image wins even where it is −∞; the padding never does.
        won = (inside[cut] > 0) & ((winner < 0) | (pixel > y) | np.isnan(pixel))
        y, winner = np.where(won, pixel, y), np.where(won, _number(windows, i, j), winner)
    return y, winner


rnn_tanh, rnn_tanh_backward = sequence(RNN_TANH, _product)
rnn_relu, rnn_relu_backward = sequence(RNN_RELU, _product)
lstm, lstm_backward = sequence(LSTM, _product)
gru, gru_backward = sequence(GRU, _product)
