"""The positions of windows on an image, which convolution and pooling share.

Along one axis, tap i of window p looks at pixel p·stride + i·dilation − padding. There are

    ⌊(size + 2·padding − dilation·(kernel − 1) − 1) / stride⌋ + 1

windows. With ceil_mode the quotient is rounded up, and a window that would start in the far padding
is dropped.
"""

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from conformance.bounds import Array, Ball
from conformance.spec import pair

Pair = tuple[int, int]
Pairs = int | Pair


@dataclass(frozen=True)
class Axis:
    """The rows or the columns of an image, and the windows on them."""

    size: int
    kernel: int
    stride: int
    padding: int
    dilation: int = 1
    ceil_mode: bool = False

    @property
    def reach(self) -> int:
        """Return the number of pixels from a window's first tap to its last, both included."""
        return self.dilation * (self.kernel - 1) + 1

    @cached_property
    def count(self) -> int:
        """Return the number of windows."""
        room = self.size + 2 * self.padding - self.reach
        if not self.ceil_mode:
            return room // self.stride + 1
        count = -(-room // self.stride) + 1
        return count - ((count - 1) * self.stride >= self.size + self.padding)

    @property
    def padded(self) -> int:
        """Return the size of the padded image, with the overhang of the last window."""
        last = (self.count - 1) * self.stride + self.reach
        return max(self.size + 2 * self.padding, last)

    @property
    def taps(self) -> Array:
        """Return the pixel of the padded image at each tap of each window, (kernel, count)."""
        starts = self.stride * np.arange(self.count)
        return np.add.outer(self.dilation * np.arange(self.kernel), starts)

    @property
    def users(self) -> Array:
        """Return the window that has a pixel at a tap, (kernel, size); −1 where there is none."""
        pixels = np.arange(self.size) + self.padding
        start = np.add.outer(-self.dilation * np.arange(self.kernel), pixels)
        real = (start % self.stride == 0) & (start >= 0) & (start < self.count * self.stride)
        return np.where(real, start // self.stride, -1)

    def covered(self, *, with_padding: bool) -> Array:
        """Return how many pixels each undilated window covers, with or without the padding."""
        start = self.stride * np.arange(self.count)
        border = 0 if with_padding else self.padding
        end = np.minimum(start + self.kernel, self.size + 2 * self.padding - border)
        return end - np.maximum(start, border)


@dataclass(frozen=True)
class Windows:
    """Windows on rows and columns, with tables of the pixel at each tap."""

    rows: Axis
    columns: Axis

    @property
    def counts(self) -> Pair:
        """Return the numbers of windows, (h′, w′)."""
        return self.rows.count, self.columns.count

    @property
    def kernel(self) -> Pair:
        """Return the sizes of the kernel, (kh, kw)."""
        return self.rows.kernel, self.columns.kernel

    @property
    def padding(self) -> Pair:
        """Return the padding at the near edges; at the far edges it is as much, or more."""
        return self.rows.padding, self.columns.padding

    @property
    def padded(self) -> Pair:
        """Return the shape of the padded image."""
        return self.rows.padded, self.columns.padded

    @cached_property
    def taps(self) -> Array:
        """Return the index in the flat padded image of each window's taps, (kh, kw, h′, w′)."""
        return flat(self.rows.taps, self.columns.taps, self.columns.padded)

    @cached_property
    def on_image(self) -> Array:
        """Return a mask of the taps that lie on the image, not on its padding, (kh, kw, h′, w′)."""
        ones = np.ones((self.rows.size, self.columns.size))
        mask: Array = embed(ones, self.padded, self.padding).ravel()[self.taps] > 0
        return mask

    @cached_property
    def users(self) -> Array:
        """Return the index in flat (kh, kw, h′, w′) of the window at each pixel, (h, w, kh, kw).

        Where there is no window it is one past the end.
        """
        shape = (*self.kernel, *self.counts)
        rows, columns = self.rows.users.T[:, None, :, None], self.columns.users.T[None, :, None]
        i, j = np.arange(shape[0])[:, None], np.arange(shape[1])
        index = ((i * shape[1] + j) * shape[2] + rows) * shape[3] + columns
        return np.where((rows < 0) | (columns < 0), np.prod(shape), index)

    def gather(self, image: Ball, fill: float = 0.0) -> Ball:
        """Return the pixels of an image (n, c, h, w) at each tap: (n, c, kh, kw, h′, w′)."""
        value = take(embed(image.value, self.padded, self.padding, fill), self.taps)
        if image.error is None:
            return Ball(value, None, image.arithmetic)
        error = take(embed(image.error, self.padded, self.padding), self.taps)
        return Ball(value, error, image.arithmetic)

    def spread(self, contributions: Ball) -> Ball:
        """Return the contribution of each tap to each pixel, (n, c, h, w, kh, kw).

        The given contributions are those of each window to its pixels, (n, c, kh, kw, h′, w′).
        Where there is no window the contribution is zero.
        """

        def move(a: Array) -> Array:
            n, c, *rest = a.shape
            ended = np.zeros((n, c, int(np.prod(rest)) + 1), a.dtype)
            ended[..., :-1] = a.reshape(n, c, ended.shape[-1] - 1)
            return np.take(ended, self.users, axis=-1)

        return contributions.map(move)


def flat(rows: Array, columns: Array, width: int) -> Array:
    """Return flat indices (a, b, p, q) of row indices (a, p) and column indices (b, q)."""
    return rows[:, None, :, None] * width + columns[None, :, None, :]


def embed(a: Array, shape: Pair, start: Pair, fill: float = 0.0, step: Pair = (1, 1)) -> Array:
    """Return images of a larger shape with these (…, h, w) in them, from `start` at each `step`."""
    result = np.zeros((*a.shape[:-2], *shape), a.dtype)
    if fill != 0:
        result.fill(fill)
    stop = tuple(b + s * n for b, s, n in zip(start, step, a.shape[-2:], strict=True))
    result[..., start[0] : stop[0] : step[0], start[1] : stop[1] : step[1]] = a
    return result


def take(a: Array, table: Array) -> Array:
    """Return the pixels of images (…, h, w) at a table of flat indices."""
    return a.reshape(*a.shape[:-2], a.shape[-2] * a.shape[-1]).take(table, axis=-1)


@lru_cache(maxsize=16)
def lay(
    image: Pair,
    kernel: Pairs,
    stride: Pairs,
    padding: Pairs,
    dilation: Pairs = 1,
    *,
    ceil_mode: bool = False,
) -> Windows:
    """Return the windows of these parameters; cached, since each case needs them many times."""
    pairs = (image, pair(kernel), pair(stride), pair(padding), pair(dilation))
    rows, columns = (Axis(*axis, ceil_mode) for axis in zip(*pairs, strict=True))
    return Windows(rows, columns)
