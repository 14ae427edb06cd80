"""Windows on an image, which convolution and pooling share: how they lie, and drawing them.

Along one axis, tap i of window p looks at pixel p·stride + i·dilation − padding. There are

    ⌊(size + 2·padding − dilation·(kernel − 1) − 1) / stride⌋ + 1

windows; with ceil_mode the quotient is rounded up, but a window that would start in the far
padding is dropped.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from conformance.bounds import Ball
from conformance.case import Inputs, Parameters, Refusal
from conformance.formats import Array
from conformance.strategies import pair, sizes

Pair = tuple[int, int]
Pairs = int | Pair
Spoiled = tuple[Inputs, Parameters]
Spoil = Callable[[Inputs, Parameters], Spoiled | None]


@dataclass(frozen=True)
class Axis:
    """The rows of an image, or its columns, and how the windows lie on them."""

    size: int
    kernel: int
    stride: int
    padding: int
    dilation: int = 1
    ceil_mode: bool = False

    @property
    def reach(self) -> int:
        """Pixels from a window's first tap to its last, both counted."""
        return self.dilation * (self.kernel - 1) + 1

    @cached_property
    def count(self) -> int:
        """Number of windows."""
        room = self.size + 2 * self.padding - self.reach
        if not self.ceil_mode:
            return room // self.stride + 1
        count = -(-room // self.stride) + 1
        return count - ((count - 1) * self.stride >= self.size + self.padding)

    @property
    def padded(self) -> int:
        """Pixels of the padded image, with what a last window hangs over its edge."""
        last = (self.count - 1) * self.stride + self.reach
        return max(self.size + 2 * self.padding, last)

    @property
    def taps(self) -> Array:
        """The pixel of the padded image at every tap of every window, (kernel, count)."""
        starts = self.stride * np.arange(self.count)
        return np.add.outer(self.dilation * np.arange(self.kernel), starts)

    @property
    def users(self) -> Array:
        """The window that has a pixel at a tap, (kernel, size); −1 where none has."""
        pixels = np.arange(self.size) + self.padding
        start = np.add.outer(-self.dilation * np.arange(self.kernel), pixels)
        real = (start % self.stride == 0) & (start >= 0) & (start < self.count * self.stride)
        return np.where(real, start // self.stride, -1)

    def covered(self, *, with_padding: bool) -> Array:
        """How many pixels each window covers (undilated), those of the padding too or not."""
        start = self.stride * np.arange(self.count)
        border = 0 if with_padding else self.padding
        end = np.minimum(start + self.kernel, self.size + 2 * self.padding - border)
        return end - np.maximum(start, border)


@dataclass(frozen=True)
class Windows:
    """Windows on rows and columns, with tables that say which pixel each tap looks at."""

    rows: Axis
    columns: Axis

    @property
    def counts(self) -> Pair:
        """(h', w')."""
        return self.rows.count, self.columns.count

    @property
    def kernel(self) -> Pair:
        """(kh, kw)."""
        return self.rows.kernel, self.columns.kernel

    @property
    def padding(self) -> Pair:
        """Padding at the near edges; at the far ones it is as much, or more."""
        return self.rows.padding, self.columns.padding

    @property
    def padded(self) -> Pair:
        """Shape of the padded image."""
        return self.rows.padded, self.columns.padded

    @cached_property
    def taps(self) -> Array:
        """Where in the flat padded image each tap of each window is, (kh, kw, h', w')."""
        return flat(self.rows.taps, self.columns.taps, self.columns.padded)

    @cached_property
    def on_image(self) -> Array:
        """Which taps of which windows look at the image, not at its padding."""
        ones = np.ones((self.rows.size, self.columns.size))
        seen: Array = place(ones, self.padded, self.padding).ravel()[self.taps] > 0
        return seen

    @cached_property
    def users(self) -> Array:
        """Where in flat (kh, kw, h', w') each pixel is looked at, (h, w, kh, kw).

        One past the end where it is not.
        """
        shape = (*self.kernel, *self.counts)
        rows, columns = self.rows.users.T[:, None, :, None], self.columns.users.T[None, :, None]
        i, j = np.arange(shape[0])[:, None], np.arange(shape[1])
        index = ((i * shape[1] + j) * shape[2] + rows) * shape[3] + columns
        return np.where((rows < 0) | (columns < 0), np.prod(shape), index)

    def gather(self, image: Ball, fill: float = 0.0) -> Ball:
        """Every tap of every window of an image (n, c, h, w): (n, c, kh, kw, h', w')."""
        value = take(place(image.value, self.padded, self.padding, fill), self.taps)
        if image.error is None:
            return Ball(value, None, image.arithmetic)
        error = take(place(image.error, self.padded, self.padding), self.taps)
        return Ball(value, error, image.arithmetic)

    def spread(self, contributions: Ball) -> Ball:
        """What each pixel gets from each tap, (n, c, h, w, kh, kw); zero where no window is.

        The contributions are those of each window to its pixels, (n, c, kh, kw, h', w').
        """

        def move(a: Array) -> Array:
            n, c, *rest = a.shape
            ended = np.zeros((n, c, int(np.prod(rest)) + 1), a.dtype)
            ended[..., :-1] = a.reshape(n, c, ended.shape[-1] - 1)
            return np.take(ended, self.users, axis=-1)

        return contributions.map(move)


def flat(rows: Array, columns: Array, width: int) -> Array:
    """Indices (a, p) of rows and (b, q) of columns as flat ones, (a, b, p, q)."""
    return rows[:, None, :, None] * width + columns[None, :, None, :]


def place(a: Array, shape: Pair, start: Pair, fill: float = 0.0, step: Pair = (1, 1)) -> Array:
    """Images (…, h, w) placed in larger ones of a shape, from a start on, at every step."""
    result = np.full((*a.shape[:-2], *shape), fill, a.dtype)
    stop = tuple(b + s * n for b, s, n in zip(start, step, a.shape[-2:], strict=True))
    result[..., start[0] : stop[0] : step[0], start[1] : stop[1] : step[1]] = a
    return result


def take(a: Array, table: Array) -> Array:
    """Pixels of images (…, h, w) by a table of flat indices."""
    return np.take(a.reshape(*a.shape[:-2], a.shape[-2] * a.shape[-1]), table, axis=-1)


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
    """Windows by their parameters; kept, since each case asks for the same ones many times."""
    pairs = (image, pair(kernel), pair(stride), pair(padding), pair(dilation))
    rows, columns = (Axis(*axis, ceil_mode) for axis in zip(*pairs, strict=True))
    return Windows(rows, columns)


@dataclass(frozen=True)
class Limits:
    """How far the parameters of windows may go."""

    padding: int = 2
    dilation: int = 3
    pooling: bool = False


def draw_windows(draw: DrawFn, limits: Limits, *, ceil_mode: bool = False) -> Windows:
    """Windows that fit: free, square in everything, as large as the image, or in one row."""
    form = draw(st.sampled_from(["free", "square", "whole", "row"]))
    if form == "whole":
        kernel = draw(st.tuples(sizes(1, 5), sizes(1, 5)))
        return Windows(*(Axis(k, k, 1 + k % 2, 0, 1, ceil_mode) for k in kernel))
    columns = _draw_axis(draw, limits, ceil_mode=ceil_mode)
    if form == "row":
        return Windows(Axis(1, 1, 1, 0, 1, ceil_mode), columns)
    rows = columns if form == "square" else _draw_axis(draw, limits, ceil_mode=ceil_mode)
    return Windows(rows, columns)


def _draw_axis(draw: DrawFn, limits: Limits, *, ceil_mode: bool) -> Axis:
    """An axis whose size follows from what is on it, so that a window always fits."""
    kernel = draw(sizes(1, 4))
    stride = draw(st.sampled_from([1, 2, 3, kernel]))
    padding = draw(sizes(0, min(limits.padding, kernel // 2) if limits.pooling else limits.padding))
    dilation = draw(sizes(1, limits.dilation))
    count, rest = draw(sizes(1, 4)), draw(sizes(0, stride - 1))
    size = (count - 1) * stride + dilation * (kernel - 1) + 1 - 2 * padding
    size += -rest if ceil_mode else rest
    # Where the dilation exceeds the image, a pooling window may lie wholly in the padding: torch
    # then hands its gradient to an address outside the image, and no result is defined.
    least = dilation if limits.pooling and kernel > 1 else 1
    return Axis(max(size, least), kernel, stride, padding, dilation, ceil_mode)


def spelled(draw: DrawFn, name: str, value: Pair, default: Pair | None = None) -> dict[str, Any]:
    """A parameter as a pair, as one integer where both are equal, or left to its default."""
    forms: list[dict[str, Any]] = [{}] if value == default else []
    forms += [{name: value[0]}] if value[0] == value[1] else []
    return draw(st.sampled_from([*forms, {name: value}]))


def image_of_rank(rank: int) -> Spoil:
    """Spoils the rank of x, its last axes kept."""

    def spoil(inputs: Inputs, parameters: Parameters) -> Spoiled:
        x = inputs["x"]
        shape = (1,) * (rank - 4) + x.shape[-rank:]
        return {**inputs, "x": np.ones(shape, x.dtype)}, parameters

    return spoil


def out_of_range(name: str, value: int, rule: str) -> tuple[Refusal, ...]:
    """A parameter out of range: as one integer, on the rows alone, on the columns alone."""

    def spoil(bad: Pairs) -> Spoil:
        return lambda inputs, parameters: (inputs, {**parameters, name: bad})

    word = {0: "zero", -1: "negative"}[value]
    return (
        Refusal(f"{name}-{word}", rule, spoil(value)),
        Refusal(f"{name}-{word}-on-rows", rule, spoil((value, 1))),
        Refusal(f"{name}-{word}-on-columns", rule, spoil((1, value))),
    )
