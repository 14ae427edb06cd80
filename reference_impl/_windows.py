"""The windows of an image under a moving kernel: the geometry of convolution and pooling.

The image is padded at both edges: the near edge is that of row or column 0, the far edge the other.
"""

from collections.abc import Iterator
from typing import NamedTuple, TypeAlias

import numpy as np

from ._arithmetic import Array

Pair: TypeAlias = tuple[int, int]


class Axis(NamedTuple):
    """The windows along one axis of an image.

    Window p begins at pixel p·stride − padding, and its pixels are dilation apart.
    """

    image: int
    kernel: int
    stride: int
    padding: int
    dilation: int
    output: int

    def extent(self) -> int:
        """Return the size of the padded image: up to the end of the image or of the last window."""
        last = (self.output - 1) * self.stride + self.dilation * (self.kernel - 1) + 1
        return max(self.padding + self.image, last)

    def within(self) -> slice:
        """Return the slice of the padded image that is the image."""
        return slice(self.padding, self.padding + self.image)

    def taps(self) -> list[slice]:
        """Return, for each kernel position, the slice of the padded image with its pixels."""
        span = (self.output - 1) * self.stride + 1
        starts = range(0, self.kernel * self.dilation, self.dilation)
        return [slice(start, start + span, self.stride) for start in starts]

    def first_pixel(self) -> Array:
        """Return each window's first kernel position that is not in the near padding."""
        outside = np.maximum(self.padding - np.arange(self.output) * self.stride, 0)
        return -(-outside // self.dilation)

    def overlap(self, border: int) -> Array:
        """Return each window's number of pixels in the image and a border; the dilation is 1."""
        begin = np.arange(self.output) * self.stride - self.padding
        end = begin + self.dilation * (self.kernel - 1) + 1
        return np.minimum(end, self.image + border) - np.maximum(begin, -border)


class Windows(NamedTuple):
    """The windows of an image: each is a window along the rows and one along the columns."""

    rows: Axis
    columns: Axis

    def output(self) -> Pair:
        """Return how many windows there are along each axis, (h', w')."""
        return self.rows.output, self.columns.output

    def pad(self, x: Array, fill: float) -> Array:
        """Return x padded with the value `fill`, as far as its windows reach."""
        shape = (*x.shape[:2], self.rows.extent(), self.columns.extent())
        if shape == x.shape:
            return x
        padded = np.full(shape, fill, x.dtype)
        self.crop(padded)[...] = x
        return padded

    def crop(self, padded: Array) -> Array:
        """Return the view of the image in a padded image."""
        return padded[:, :, self.rows.within(), self.columns.within()]

    def zeros(self, x: Array) -> Array:
        """Return a padded image of zeros, in which a gradient is added up."""
        return np.zeros((*x.shape[:2], self.rows.extent(), self.columns.extent()), x.dtype)

    def taps(self, padded: Array) -> Iterator[Array]:
        """Yield, for each kernel position in row-major order, its pixel in every window.

        Each is a view of the padded image, of shape (n, c, h', w'). No pixel occurs twice in a
        view, so that a gradient can be added to it.
        """
        columns = self.columns.taps()
        return (padded[:, :, i, j] for i in self.rows.taps() for j in columns)


def lay_windows(
    image: Pair,
    kernel: Pair,
    stride: Pair,
    padding: Pair,
    dilation: Pair,
    *,
    ceil_mode: bool = False,
) -> Windows:
    """Return all windows that fit in the padded image.

    Along each axis there are ⌊(image + 2·padding − dilation·(kernel − 1) − 1) / stride⌋ + 1.
    With ceil_mode the quotient is rounded up, so that the last window may reach over the far edge.
    A window that would then begin in the far padding is dropped.

    Raises:
        ValueError: if the image is empty or no window fits.
    """
    windows = Windows(
        *(
            Axis(*axis, output=_count(*axis, ceil_mode=ceil_mode))
            for axis in zip(image, kernel, stride, padding, dilation, strict=True)
        )
    )
    if min(image) < 1 or min(windows.output()) < 1:
        raise ValueError(
            f"a kernel of size {kernel} with dilation {dilation} does not fit in an image of "
            f"size {image} with padding {padding}; it must, at least once, and the image must "
            f"not be empty: use a smaller kernel or dilation, a larger image or more padding"
        )
    return windows


def _count(
    image: int, kernel: int, stride: int, padding: int, dilation: int, *, ceil_mode: bool
) -> int:
    """Return the number of windows along one axis."""
    room = image + 2 * padding - dilation * (kernel - 1) - 1
    if not ceil_mode:
        return room // stride + 1
    count = -(-room // stride) + 1
    begins_past_the_image = (count - 1) * stride >= image + padding
    return count - begins_past_the_image
