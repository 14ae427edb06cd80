"""Two-dimensional pooling: the maximum or the average of each window of an image."""

from collections.abc import Sequence
from functools import reduce

import numpy as np

from ._arithmetic import Array, ieee
from ._validation import check_axes, check_floating, check_shape, pair
from ._windows import Windows, lay_windows


@ieee
def max_pool2d(
    x: Array,
    *,
    kernel_size: int | Sequence[int],
    stride: int | Sequence[int] | None = None,
    padding: int | Sequence[int] = 0,
    dilation: int | Sequence[int] = 1,
    ceil_mode: bool = False,
) -> Array:
    """Return Yₙ_cp = max_ij Xₙ_c[p·stride + (i, j)·dilation], over X padded with −∞.

    The maximum of a window with a NaN is NaN, that of a window wholly in the padding −∞.

    Args:
        x: X, of shape (n, c, h, w).
        kernel_size: size of the window, an int or a pair for rows and columns.
        stride: step between windows, likewise; None stands for kernel_size.
        padding: width of the border of −∞ at each edge, likewise; at most half the kernel.
        dilation: step between the pixels of a window, likewise.
        ceil_mode: whether a last window may reach over the bottom or right edge.

    Returns:
        Y, of shape (n, c, h', w'), h' = ⌊(h + 2·padding − dilation·(kh − 1) − 1)/stride⌋ + 1,
        rounded up with ceil_mode, without a window that would begin in the far padding.

    Raises:
        TypeError: if x is not a floating-point array, or a parameter is of the wrong type.
        ValueError: if x has another rank or no pixels, the kernel does not fit, or a parameter
            is out of range.

    Source: torch.nn.functional.max_pool2d.
    """
    windows = _lay(x, kernel_size, stride, padding, dilation, ceil_mode=ceil_mode)
    return reduce(np.maximum, windows.taps(windows.pad(x, -np.inf)))


@ieee
def max_pool2d_backward(
    grad_output: Array,
    x: Array,
    *,
    kernel_size: int | Sequence[int],
    stride: int | Sequence[int] | None = None,
    padding: int | Sequence[int] = 0,
    dilation: int | Sequence[int] = 1,
    ceil_mode: bool = False,
) -> Array:
    """Return ∂L/∂X = Σₚ ∂L/∂Yₚ over the windows p that the pixel wins, 0 where it wins none.

    The winner of a window is its maximum. As in torch, the first of equals in row-major order wins,
    and the last of several NaNs. A window wholly in the padding has no winner.

    Args:
        grad_output: ∂L/∂Y, of the output's shape.
        x: X, of shape (n, c, h, w).
        kernel_size: as in `max_pool2d`.
        stride: as in `max_pool2d`.
        padding: as in `max_pool2d`.
        dilation: as in `max_pool2d`.
        ceil_mode: as in `max_pool2d`.

    Returns:
        The gradient of x.

    Raises:
        TypeError: as in `max_pool2d`.
        ValueError: as in `max_pool2d`.
    """
    windows = _lay(x, kernel_size, stride, padding, dilation, ceil_mode=ceil_mode)
    check_shape("grad_output", grad_output, (*x.shape[:2], *windows.output()), "the output")
    winner = _winners(x, windows)
    grad_padded = windows.zeros(x)
    for k, tap in enumerate(windows.taps(grad_padded)):
        tap[...] += np.where(winner == k, grad_output, 0)
    return windows.crop(grad_padded)


@ieee
def avg_pool2d(
    x: Array,
    *,
    kernel_size: int | Sequence[int],
    stride: int | Sequence[int] | None = None,
    padding: int | Sequence[int] = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Array:
    """Return Yₙ_cp = (1/kₚ) Σ_ij Xₙ_c[p·stride + (i, j)], over zero-padded X.

    The divisor kₚ is the number of the window's pixels that lie in the padded image. Without
    count_include_pad, only those in the image itself count. With ceil_mode a window may reach
    beyond the padded image; pixels there never count.

    Args:
        x: X, of shape (n, c, h, w).
        kernel_size: size of the window, an int or a pair for rows and columns.
        stride: step between windows, likewise; None stands for kernel_size.
        padding: number of zeros added at each edge, likewise; at most half the kernel.
        ceil_mode: whether a last window may reach over the bottom or right edge.
        count_include_pad: whether pixels of the padding count in the divisor.

    Returns:
        Y, of shape (n, c, h', w'), where h' is as in `max_pool2d`, with dilation 1.

    Raises:
        TypeError: if x is not a floating-point array, or a parameter is of the wrong type.
        ValueError: if x has another rank or no pixels, the kernel does not fit, or a parameter
            is out of range.

    Source: torch.nn.functional.avg_pool2d.
    """
    windows = _lay(x, kernel_size, stride, padding, 1, ceil_mode=ceil_mode)
    divisor = _divisor(windows, x, count_include_pad=count_include_pad)
    return reduce(np.add, windows.taps(windows.pad(x, 0))) / divisor


@ieee
def avg_pool2d_backward(
    grad_output: Array,
    x: Array,
    *,
    kernel_size: int | Sequence[int],
    stride: int | Sequence[int] | None = None,
    padding: int | Sequence[int] = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Array:
    """Return ∂L/∂X = Σₚ (1/kₚ) ∂L/∂Yₚ over the windows p that hold the pixel.

    Args:
        grad_output: ∂L/∂Y, of the output's shape.
        x: X, of shape (n, c, h, w).
        kernel_size: as in `avg_pool2d`.
        stride: as in `avg_pool2d`.
        padding: as in `avg_pool2d`.
        ceil_mode: as in `avg_pool2d`.
        count_include_pad: as in `avg_pool2d`.

    Returns:
        The gradient of x.

    Raises:
        TypeError: as in `avg_pool2d`.
        ValueError: as in `avg_pool2d`.
    """
    windows = _lay(x, kernel_size, stride, padding, 1, ceil_mode=ceil_mode)
    check_shape("grad_output", grad_output, (*x.shape[:2], *windows.output()), "the output")
    share = grad_output / _divisor(windows, x, count_include_pad=count_include_pad)
    grad_padded = windows.zeros(x)
    for tap in windows.taps(grad_padded):
        tap[...] += share
    return windows.crop(grad_padded)


def _winners(x: Array, windows: Windows) -> Array:
    """Return the kernel position of each window's maximum, counted in row-major order."""
    pixels = np.stack(list(windows.taps(windows.pad(x, -np.inf))))
    maximum = pixels.max(axis=0)
    first = pixels.argmax(axis=0)
    last_nan = len(pixels) - 1 - np.isnan(pixels[::-1]).argmax(axis=0)
    winner = np.where(np.isnan(maximum), last_nan, first)
    # In a window of −∞ alone the padding is equal too, but it is no pixel and cannot win.
    return np.where(maximum == -np.inf, _first_pixels(windows), winner)


def _first_pixels(windows: Windows) -> Array:
    """Return each window's first kernel position that is not in the near padding."""
    rows, columns = windows
    return rows.first_pixel()[:, None] * columns.kernel + columns.first_pixel()


def _divisor(windows: Windows, x: Array, *, count_include_pad: bool) -> Array:
    """Return kₚ, of shape (h', w') and x's dtype."""
    rows, columns = windows
    border = (rows.padding, columns.padding) if count_include_pad else (0, 0)
    counts = np.multiply.outer(rows.overlap(border[0]), columns.overlap(border[1]))
    return counts.astype(x.dtype)


def _lay(
    x: Array,
    kernel_size: int | Sequence[int],
    stride: int | Sequence[int] | None,
    padding: int | Sequence[int],
    dilation: int | Sequence[int],
    *,
    ceil_mode: bool,
) -> Windows:
    """Check the arguments, and return the windows of x."""
    check_floating(x=x)
    check_axes("x", x, "n, c, h, w")
    if x.shape[1] < 1:
        raise ValueError(f"x has shape {x.shape}, no channels; it must have one at least: add one")
    kernel, dilation = pair("kernel_size", kernel_size, 1), pair("dilation", dilation, 1)
    stride = kernel if stride is None else pair("stride", stride, 1)
    padding = pair("padding", padding, 0)
    _check_padding(padding, kernel)
    return lay_windows(x.shape[2:], kernel, stride, padding, dilation, ceil_mode=ceil_mode)


def _check_padding(padding: tuple[int, int], kernel: tuple[int, int]) -> None:
    if 2 * padding[0] > kernel[0] or 2 * padding[1] > kernel[1]:
        raise ValueError(
            f"padding is {padding} for a kernel of size {kernel}; it must be at most half the "
            f"kernel's size, whatever the dilation: use less padding or a larger kernel"
        )
