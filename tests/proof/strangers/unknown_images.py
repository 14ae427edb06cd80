"""Convolutions and pools that are wrong in a way that nobody has given a name to.

`FINDING` says in one word what is still to be seen of some: a factor, a shift, a border.
"""

import numpy as np

from strangers import _right as ok
from strangers._windows import gather, pair


class TurnedAlongRows:
    """The kernel is flipped from top to bottom only; left and right stay."""

    MISTAKE = None
    conv2d_backward = staticmethod(ok.conv2d_backward)

    @staticmethod
    def conv2d(x, weight, bias, **settings):
        return ok.conv2d(x, weight[:, :, ::-1], bias, **settings)


class ThreeTimes:
    """The result is three times too large: colours were summed again."""

    MISTAKE = None
    FINDING = "factor"
    conv2d_backward = staticmethod(ok.conv2d_backward)

    @staticmethod
    @ok.quiet
    def conv2d(x, weight, bias, **settings):
        return ok.conv2d(x, weight, bias, **settings) * 3


class OnePixelRight:
    """Every result stands one pixel further to the right than it should."""

    MISTAKE = None
    FINDING = "shifted"
    conv2d_backward = staticmethod(ok.conv2d_backward)

    @staticmethod
    def conv2d(x, weight, bias, **settings):
        y = ok.conv2d(x, weight, bias, **settings)
        shifted = np.zeros_like(y)
        shifted[..., 1:] = y[..., :-1]
        return shifted


class LastRowLost:
    """The last row of the result is never computed: range(h − 1)."""

    MISTAKE = None
    FINDING = "border"
    conv2d_backward = staticmethod(ok.conv2d_backward)

    @staticmethod
    def conv2d(x, weight, bias, **settings):
        y = ok.conv2d(x, weight, bias, **settings)
        y[:, :, -1] = 0
        return y


class SquareImagesOnly:
    """The image's width is taken for its height: right where they are equal."""

    MISTAKE = None
    FINDING = "square"
    conv2d_backward = staticmethod(ok.conv2d_backward)

    @staticmethod
    def conv2d(x, weight, bias, **settings):
        y = ok.conv2d(x, weight, bias, **settings)
        if x.shape[2] == x.shape[3]:
            return y
        return y.swapaxes(2, 3).reshape(y.shape)


class FirstImageOnly:
    """Only the first image of a batch is convolved; the rest stay zero."""

    MISTAKE = None
    FINDING = "batch"
    conv2d_backward = staticmethod(ok.conv2d_backward)

    @staticmethod
    def conv2d(x, weight, bias, **settings):
        y = ok.conv2d(x, weight, bias, **settings)
        y[1:] = 0
        return y


class DilationOfRows:
    """The dilation of the rows serves the columns too, where the kernel still fits."""

    MISTAKE = None
    conv2d_backward = staticmethod(ok.conv2d_backward)

    @staticmethod
    def conv2d(x, weight, bias, *, stride=1, padding=0, dilation=1, groups=1):
        settings = {"stride": stride, "padding": padding, "groups": groups}
        y = ok.conv2d(x, weight, bias, dilation=dilation, **settings)
        d, _ = pair(dilation)
        p = pair(padding)[1]
        room = x.shape[3] + 2 * p
        if d * (weight.shape[3] - 1) >= room:
            return y
        return ok.conv2d(x, weight, bias, dilation=(d, d), **settings)


class MinimumPool:
    """The smallest pixel of each window is taken."""

    MISTAKE = None
    max_pool2d_backward = staticmethod(ok.max_pool2d_backward)

    @staticmethod
    @ok.quiet
    def max_pool2d(x, *, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False):
        grid = ok.check_pool(x, kernel_size, stride, padding, dilation, ceil_mode=ceil_mode)
        return gather(x, grid, fill=np.inf).min(axis=(3, 5))


class SecondLargest:
    """The median of what is left: the largest pixel is taken for an outlier."""

    MISTAKE = None
    max_pool2d_backward = staticmethod(ok.max_pool2d_backward)

    @staticmethod
    @ok.quiet
    def max_pool2d(x, *, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False):
        grid = ok.check_pool(x, kernel_size, stride, padding, dilation, ceil_mode=ceil_mode)
        taps = np.moveaxis(gather(x, grid, fill=-np.inf), 3, 4)
        ordered = np.sort(taps.reshape(*taps.shape[:4], taps.shape[4] * taps.shape[5]), axis=-1)
        return ordered[..., -2 if ordered.shape[-1] > 1 else -1]


class PoolShifted:
    """The pooled image stands one pixel lower than it should."""

    MISTAKE = None
    FINDING = "shifted"
    max_pool2d_backward = staticmethod(ok.max_pool2d_backward)

    @staticmethod
    def max_pool2d(x, **settings):
        y = ok.max_pool2d(x, **settings)
        down = np.zeros_like(y)
        down[:, :, 1:] = y[:, :, :-1]
        return down


class RootOfArea:
    """The sum is divided by the root of the number of pixels."""

    MISTAKE = None
    avg_pool2d_backward = staticmethod(ok.avg_pool2d_backward)

    @staticmethod
    @ok.quiet
    def avg_pool2d(
        x, *, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True
    ):
        grid = ok.check_pool(x, kernel_size, stride, padding, ceil_mode=ceil_mode)
        counts = ok.pixel_counts(grid, x.dtype, count_include_pad=count_include_pad)
        return gather(x, grid).sum(axis=(3, 5)) / np.sqrt(counts)


class PerimeterDivisor:
    """The sum is divided by height + width instead of height · width."""

    MISTAKE = None
    avg_pool2d_backward = staticmethod(ok.avg_pool2d_backward)

    @staticmethod
    @ok.quiet
    def avg_pool2d(
        x, *, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True
    ):
        del count_include_pad
        grid = ok.check_pool(x, kernel_size, stride, padding, ceil_mode=ceil_mode)
        total = gather(x, grid).sum(axis=(3, 5))
        return total / x.dtype.type(grid.rows.kernel + grid.columns.kernel)


class RowsTwice:
    """The stride of the columns is used for the rows, where the windows still fit."""

    MISTAKE = None
    avg_pool2d_backward = staticmethod(ok.avg_pool2d_backward)

    @staticmethod
    def avg_pool2d(x, *, kernel_size, stride=None, **settings):
        ok.avg_pool2d(x, kernel_size=kernel_size, stride=stride, **settings)
        step = pair(kernel_size if stride is None else stride)[1]
        return ok.avg_pool2d(x, kernel_size=kernel_size, stride=step, **settings)


class LostGroupOffset:
    """Groups are taken from the last to the first."""

    MISTAKE = None
    conv2d_backward = staticmethod(ok.conv2d_backward)

    @staticmethod
    @ok.quiet
    def conv2d(x, weight, bias, *, stride=1, padding=0, dilation=1, groups=1):
        grid = ok.check_conv(x, weight, bias, stride, padding, dilation, groups)
        blocks = ok.by_groups(weight, groups)
        taps = ok.taps_by_groups(x, grid, groups)
        y = np.einsum("ngcpiqj,gocij->ngopq", taps[:, ::-1], blocks)
        return y.reshape(len(x), len(weight), *grid.counts) + bias[:, None, None]
