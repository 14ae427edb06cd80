"""Pooling: the largest pixel of each window, or the mean of its pixels."""

from arbiter.precision import filled, largest, total
from arbiter.windows import count, pair, pixels


def _pooled(x, axes, ceil_mode, element):
    counts = (count(*axis, ceil_mode=ceil_mode) for axis in axes)

    def of_window(n, c, *at):
        rows, columns = (pixels(k, *axis) for k, axis in zip(at, axes, strict=True))
        return element([x[n, c, row, column] for _, row in rows for _, column in columns], at)

    return filled((*x.shape[:2], *counts), of_window)


def max_pool2d(x, kernel_size, stride=None, padding=0, dilation=1, *, ceil_mode=False):
    """The largest pixel; the padding is no pixel."""
    stride = kernel_size if stride is None else stride
    pairs = map(pair, (x.shape[2:], kernel_size, stride, padding, dilation))
    axes = list(zip(*pairs, strict=True))
    return _pooled(x, axes, ceil_mode, lambda window, _: largest(window))


def avg_pool2d(x, kernel_size, stride=None, padding=0, *, ceil_mode=False, count_include_pad=True):
    """The sum of the pixels over how many they are.

    With count_include_pad the zeros of the padding count too, but not what hangs over beyond it.
    """
    stride = kernel_size if stride is None else stride
    pairs = map(pair, (x.shape[2:], kernel_size, stride, padding))
    axes = list(zip(*pairs, strict=True))

    def covered(at):
        area = 1
        for k, (size, kernel, step, border) in zip(at, axes, strict=True):
            places = range(k * step, k * step + kernel)
            area *= sum(place < size + 2 * border for place in places)
        return area

    def mean(window, at):
        return total(window) / (covered(at) if count_include_pad else len(window))

    return _pooled(x, axes, ceil_mode, mean)


FORMULAS = (max_pool2d, avg_pool2d)
