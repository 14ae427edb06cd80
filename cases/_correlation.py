"""The bilinear maps of a convolution: forward, back to the image, back to the kernels.

All three are one correlation, of different images by different kernels.

Some zeros belong to no operand, but to the way of computing: the padding, and the zeros between the
elements of a dilated kernel or of a strided gradient. An implementation may multiply them or skip
them. Where one meets an infinity or a NaN the results differ, and no claim is made.
"""

from functools import lru_cache, partial

import numpy as np

from conformance.bounds import Array, Ball, Bilinear, bilinear, classes, disclaim, every, some
from conformance.spec import pair

from ._windows import Axis, Pair, Pairs, Windows, embed, flat, lay, take


class Convolution:
    """A convolution of grouped operands.

    Images are (n, groups, c, h, w), kernels (groups, o, c, kh, kw), outputs (n, groups, o, h', w').
    """

    def __init__(
        self,
        x: Ball,
        weight: Ball,
        *,
        stride: Pairs = 1,
        padding: Pairs = 0,
        dilation: Pairs = 1,
        groups: int = 1,
    ) -> None:
        kernel = (weight.shape[2], weight.shape[3])
        image = (x.shape[2], x.shape[3])
        self.windows = lay(image, kernel, stride, padding, dilation)
        self.groups = groups
        self._stride, self._dilation = pair(stride), pair(dilation)
        # The same convolution with the zeros written out: windows at every pixel, without gaps.
        reach = (self.windows.rows.reach, self.windows.columns.reach)
        self._dense = lay(image, reach, 1, padding)

    def images(self, x: Ball) -> Ball:
        """Return images with their channels split by group."""
        n, c, h, w = x.shape
        return x.reshape(n, self.groups, c // self.groups, h, w)

    def kernels(self, weight: Ball) -> Ball:
        """Return kernels with their output channels split by group."""
        return weight.reshape(self.groups, weight.shape[0] // self.groups, *weight.shape[1:])

    def forward(self, x: Ball, weight: Ball, bias: Ball) -> Ball:
        """Return the output; the bias is (groups, o, 1, 1)."""

        def with_zeros(x: Array, weight: Array) -> Array:
            dense = _forward(self._dense, x, self._spaced_kernel(weight))
            return dense[..., :: self._stride[0], :: self._stride[1]]

        return _bilinear(partial(_forward, self.windows), with_zeros, x, weight, bias)

    def back_to_x(self, grad: Ball, weight: Ball) -> Ball:
        """Return the gradient of the image."""

        def with_zeros(grad: Array, weight: Array) -> Array:
            return _back_to_x(self._dense, self._spaced(grad), self._spaced_kernel(weight))

        return _bilinear(partial(_back_to_x, self.windows), with_zeros, grad, weight)

    def back_to_weight(self, grad: Ball, x: Ball) -> Ball:
        """Return the gradient of the kernels."""

        def with_zeros(grad: Array, x: Array) -> Array:
            dense = _back_to_weight(self._dense, self._spaced(grad), x)
            return dense[..., :: self._dilation[0], :: self._dilation[1]]

        return _bilinear(partial(_back_to_weight, self.windows), with_zeros, grad, x)

    def _spaced(self, grad: Array) -> Array:
        return embed(grad, self._dense.counts, (0, 0), 0.0, self._stride)

    def _spaced_kernel(self, weight: Array) -> Array:
        return embed(weight, self._dense.kernel, (0, 0), 0.0, self._dilation)


def _correlate(image: Array, kernel: Array, taps: Array) -> Array:
    """Correlate image (n, g, c, h, w) and kernel (g, o, c, i, j) at taps: (n, g, o, p, q)."""
    n, g, c = image.shape[:3]
    i, j, p, q = taps.shape
    o = kernel.shape[1]
    columns = take(image, taps).reshape(n, g, c * i * j, p * q)
    return (kernel.reshape(g, o, c * i * j) @ columns).reshape(n, g, o, p, q)


def _forward(windows: Windows, x: Array, weight: Array) -> Array:
    return _correlate(embed(x, windows.padded, windows.padding), weight, windows.taps)


def _back_to_x(windows: Windows, grad: Array, weight: Array) -> Array:
    axes = (windows.rows, windows.columns)
    start, step = (axes[0].reach - 1, axes[1].reach - 1), (axes[0].stride, axes[1].stride)
    shape, taps = _backward(windows)
    apart = embed(grad, shape, start, 0.0, step)
    return _correlate(apart, weight.swapaxes(1, 2), taps)


# Each case needs it many times, as it does the windows.
@lru_cache(maxsize=16)
def _backward(windows: Windows) -> tuple[Pair, Array]:
    """Return the shape of the gradient set apart, and the taps of each pixel of the image on it."""
    axes = (windows.rows, windows.columns)
    # Large enough that each tap before and behind the image reads a zero.
    rows, columns = (axis.padded + axis.reach - 1 for axis in axes)
    return (rows, columns), flat(_backward_taps(axes[0]), _backward_taps(axes[1]), columns)


def _backward_taps(axis: Axis) -> Array:
    pixels = np.arange(axis.size) + axis.padding + axis.reach - 1
    return np.add.outer(-axis.dilation * np.arange(axis.kernel), pixels)


def _back_to_weight(windows: Windows, grad: Array, x: Array) -> Array:
    image = embed(x, windows.padded, windows.padding).transpose(2, 1, 0, 3, 4)
    taps = windows.taps.transpose(2, 3, 0, 1)
    return _correlate(image, grad.transpose(1, 2, 0, 3, 4), taps).transpose(1, 2, 0, 3, 4)


def _skipping(apply: Bilinear) -> Bilinear:
    """Return the map for operands with infinities and NaNs, its structural zeros skipped.

    The map itself, applied to masks, tells which elements each infinity and NaN reaches.
    """

    def result(a: Array, b: Array) -> Array:
        finite_a, finite_b = np.isfinite(a), np.isfinite(b)
        if every(finite_a) and every(finite_b):
            return apply(a, b)
        value = apply(np.where(finite_a, a, 0), np.where(finite_b, b, 0))
        up, down, undefined = _reached(apply, a, b)
        value = np.where(up, np.inf, np.where(down, -np.inf, value))
        return np.where(undefined | (up & down), np.nan, value).astype(value.dtype)

    return result


def _reached(apply: Bilinear, a: Array, b: Array) -> tuple[Array, Array, Array]:
    """Return masks of the elements with a term +∞, with a term −∞, and with a NaN."""

    def any_of(chosen_a: Array, chosen_b: Array) -> Array:
        # As a rule there are infinities or NaNs of one kind only, in one operand.
        if not (some(chosen_a) and some(chosen_b)):
            return np.zeros((), bool)
        return apply(chosen_a.astype(np.float64), chosen_b.astype(np.float64)) > 0

    infinite_a, infinite_b = np.isinf(a), np.isinf(b)
    everywhere_a, everywhere_b = np.ones(a.shape, bool), np.ones(b.shape, bool)
    undefined = any_of(np.isnan(a), everywhere_b) | any_of(everywhere_a, np.isnan(b))
    undefined = undefined | any_of(infinite_a, b == 0) | any_of(a == 0, infinite_b)
    signed = []
    for above, below in ((b > 0, b < 0), (b < 0, b > 0)):
        by_a = any_of(infinite_a & (a > 0), above) | any_of(infinite_a & (a < 0), below)
        by_b = any_of(a > 0, infinite_b & above) | any_of(a < 0, infinite_b & below)
        signed.append(by_a | by_b)
    return signed[0], signed[1], undefined


def _bilinear(
    apply: Bilinear, with_zeros: Bilinear, a: Ball, b: Ball, plus: Ball | None = None
) -> Ball:
    """Return L(a, b) + c, without a claim where a structural zero met an infinity or a NaN."""
    result = bilinear(_skipping(apply), a, b, plus)
    if every(np.isfinite(a.value)) and every(np.isfinite(b.value)):
        return result
    met = np.isnan(with_zeros(classes(a.value), classes(b.value))) & ~np.isnan(result.value)
    return disclaim(result, met)
