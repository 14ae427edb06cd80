"""Where windows lie in an image: shared by convolution and pooling."""

import operator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np


@dataclass(frozen=True)
class Axis:
    """Windows along one axis of an image."""

    size: int
    kernel: int
    stride: int
    padding: int
    dilation: int
    ceil_mode: bool = False

    @property
    def count(self):
        spare = self.size + 2 * self.padding - self.dilation * (self.kernel - 1) - 1
        count = (spare + (self.stride - 1) * self.ceil_mode) // self.stride + 1
        if self.ceil_mode and (count - 1) * self.stride >= self.size + self.padding:
            count -= 1
        return count

    @property
    def taps(self):
        """The padded pixel of each window's each tap, of shape (count, kernel)."""
        starts = np.arange(self.count)[:, None] * self.stride
        return starts + np.arange(self.kernel) * self.dilation

    @property
    def far(self):
        """How many pixels lie behind the image, so that every tap has one."""
        return max(int(self.taps.max()) + 1 - self.size - self.padding, 0)

    def overlaps(self, *, count_padding):
        """How many taps of each window lie in the image, or in the padded image."""
        low = 0 if count_padding else self.padding
        high = self.size + self.padding * (2 if count_padding else 1)
        return ((self.taps >= low) & (self.taps < high)).sum(axis=1)


class Grid(NamedTuple):
    """Windows along both axes."""

    rows: Axis
    columns: Axis

    @property
    def counts(self):
        return self.rows.count, self.columns.count


def pair(value):
    """Return an int given once or twice, as two."""
    a, b = value if isinstance(value, (tuple, list)) else (value, value)
    return operator.index(a), operator.index(b)


def lay(size, kernel, stride=1, padding=0, dilation=1, *, ceil_mode=False):
    """Lay windows over an image; what does not fit is refused."""
    settings = zip(size, pair(kernel), pair(stride), pair(padding), pair(dilation), strict=True)
    grid = Grid(*(Axis(*one, ceil_mode) for one in settings))
    for axis in grid:
        if min(axis.kernel, axis.stride, axis.dilation) < 1 or axis.padding < 0:
            raise ValueError(f"no window has these sizes: {axis}")
        if axis.count < 1 or axis.size < 1:
            raise ValueError(f"the kernel does not fit: {axis}")
    return grid


def gather(x, grid, fill=0):
    """Return the taps of every window: (n, c, h′, kh, w′, kw)."""
    border = [(0, 0), (0, 0), *((axis.padding, axis.far) for axis in grid)]
    padded = np.pad(x, border, constant_values=fill)
    return padded[:, :, grid.rows.taps[:, :, None, None], grid.columns.taps]


def scatter(taps, grid):
    """Add up what is given for every tap, at its pixel: the adjoint of `gather`."""
    rows, columns = grid
    shape = [axis.padding + axis.size + axis.far for axis in grid]
    padded = np.zeros((*taps.shape[:2], *shape), taps.dtype)
    for i in range(rows.kernel):
        for j in range(columns.kernel):
            across = np.ix_(rows.taps[:, i], columns.taps[:, j])
            padded[:, :, across[0], across[1]] += taps[:, :, :, i, :, j]
    top, left = rows.padding, columns.padding
    return padded[:, :, top : top + rows.size, left : left + columns.size]
