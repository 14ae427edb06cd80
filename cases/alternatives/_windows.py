"""The positions of the windows of a convolution or a pool in the padded image."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from conformance.bounds import Array

from ._common import require, require_rank, require_shapes

Pair = tuple[int, int]
Cut = tuple[Any, slice, slice]


@dataclass(frozen=True)
class Windows:
    """The windows of an image; each pair is for rows and columns."""

    image: Pair
    kernel: Pair
    stride: Pair
    padding: Pair
    dilation: Pair
    counts: Pair
    groups: int = 1

    @property
    def reach(self) -> Pair:
        """Return the rows and columns from a window's first pixel to its last."""
        rows, columns = (d * (k - 1) + 1 for d, k in zip(self.dilation, self.kernel, strict=True))
        return rows, columns

    @property
    def dense(self) -> Pair:
        """Return the rows and columns from the first window's corner to the last one's."""
        rows, columns = ((c - 1) * s + 1 for c, s in zip(self.counts, self.stride, strict=True))
        return rows, columns

    @property
    def within(self) -> Cut:
        """Return the slices of the image in the padded image."""
        (h, w), (top, left) = self.image, self.padding
        return ..., slice(top, top + h), slice(left, left + w)

    def blank(self, x: Array, fill: float = 0.0) -> Array:
        """Return a padded image of a single number, with the overhang of the last windows."""
        axes = zip(self.image, self.padding, self.dense, self.reach, strict=True)
        size = [max(image + 2 * pad, dense + reach - 1) for image, pad, dense, reach in axes]
        return np.full((*x.shape[:-2], *size), fill, x.dtype)

    def pad(self, x: Array, fill: float = 0.0) -> Array:
        """Return x in a border of a single number."""
        padded = self.blank(x, fill)
        padded[self.within] = x
        return padded

    def taps(self) -> Iterator[tuple[int, int, Cut]]:
        """Yield each kernel position, and the slices of its pixels in the padded image."""
        (rows, columns), (down, right) = self.dense, self.stride
        for i, j in np.ndindex(self.kernel):
            top, left = i * self.dilation[0], j * self.dilation[1]
            yield i, j, (..., slice(top, top + rows, down), slice(left, left + columns, right))

    def grouped(self, x: Array, axis: int) -> Array:
        """Return x with an axis of channels split by groups."""
        shape = x.shape
        each = shape[axis] // self.groups
        return x.reshape(*shape[:axis], self.groups, each, *shape[axis + 1 :])


def convolution(
    x: Array,
    weight: Array,
    bias: Array,
    grad_output: Array | None = None,
    *,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Windows:
    """Check the arguments of conv2d, and return its windows."""
    require_rank(x, 4)
    require_rank(weight, 4)
    c_out, c_group, *kernel = weight.shape
    require(groups > 0 and c_out > 0 and c_out % groups == 0, "groups must divide the outputs")
    require_shapes(
        x=(x, (len(x), c_group * groups, *x.shape[2:])),
        bias=(bias, (c_out,)),
    )
    windows = _lay(x, kernel, stride, padding, dilation, groups=groups)
    if grad_output is not None:
        require_shapes(grad_output=(grad_output, (len(x), c_out, *windows.counts)))
    return windows


def pool(
    x: Array,
    grad_output: Array | None = None,
    *,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
) -> Windows:
    """Check the arguments of a pool, and return its windows."""
    require_rank(x, 4)
    stride = kernel_size if stride is None else stride
    windows = _lay(x, kernel_size, stride, padding, dilation, ceil_mode=ceil_mode)
    over = [2 * p > k for p, k in zip(windows.padding, windows.kernel, strict=True)]
    require(not any(over), "padding must be at most half the kernel")
    if grad_output is not None:
        require_shapes(grad_output=(grad_output, (*x.shape[:2], *windows.counts)))
    return windows


def average(
    x: Array, grad_output: Array | None = None, *, count_include_pad: bool = True, **parameters: Any
) -> tuple[Windows, Array]:
    """Check the arguments of avg_pool2d; return its windows and the count of pixels of each."""
    windows = pool(x, grad_output, **parameters)
    counted = np.zeros(windows.blank(x).shape[-2:], x.dtype)
    if count_include_pad:
        h, w = (n + 2 * p for n, p in zip(windows.image, windows.padding, strict=True))
        counted[:h, :w] = 1
    else:
        counted[windows.within] = 1
    # Small integers, whose sum is exact.
    return windows, np.sum([counted[cut] for _, _, cut in windows.taps()], axis=0)


def _pair(value: Any, least: int) -> Pair:
    rows, columns = (value, value) if np.ndim(value) == 0 else value
    require(min(rows, columns) >= least, f"{value} must be at least {least}")
    return rows, columns


def _lay(
    x: Array,
    kernel: Any,
    stride: Any,
    padding: Any,
    dilation: Any,
    *,
    groups: int = 1,
    ceil_mode: bool = False,
) -> Windows:
    image = (x.shape[2], x.shape[3])
    kernel, stride, padding = _pair(kernel, 1), _pair(stride, 1), _pair(padding, 0)
    dilation = _pair(dilation, 1)
    counts = []
    for n, k, s, p, d in zip(image, kernel, stride, padding, dilation, strict=True):
        room = n + 2 * p - d * (k - 1) - 1
        count = room // s + 1
        # Another window may hang over the far edge, unless it would begin in the padding.
        if ceil_mode and room % s and count * s < n + p:
            count += 1
        require(n > 0 and count > 0, f"a kernel of size {kernel} must fit in the padded image")
        counts.append(count)
    return Windows(image, kernel, stride, padding, dilation, (counts[0], counts[1]), groups)
