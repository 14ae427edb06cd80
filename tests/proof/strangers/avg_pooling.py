"""Averages of something, by a number of something."""

import numpy as np

from strangers import _right as ok
from strangers._windows import gather, lay, pair, scatter


class WindowSum:
    MISTAKE = "avg_pool2d/sum"
    avg_pool2d_backward = staticmethod(ok.avg_pool2d_backward)

    @staticmethod
    @ok.quiet
    def avg_pool2d(
        x, *, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True
    ):
        del count_include_pad
        grid = ok.check_pool(x, kernel_size, stride, padding, ceil_mode=ceil_mode)
        total = np.zeros((*x.shape[:2], *grid.counts), x.dtype)
        taps = gather(x, grid)
        for i in range(grid.rows.kernel):
            for j in range(grid.columns.kernel):
                total += taps[:, :, :, i, :, j]
        return total


def averaging(divisor):
    """Return an average pool with another divisor."""

    @ok.quiet
    def avg_pool2d(
        x, *, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True
    ):
        grid = ok.check_pool(x, kernel_size, stride, padding, ceil_mode=ceil_mode)
        counted = ok.pixel_counts(grid, x.dtype, count_include_pad=count_include_pad)
        total = gather(x, grid).sum(axis=(3, 5))
        return (total / divisor(grid, counted, count_include_pad)).astype(x.dtype)

    return avg_pool2d


class Bessel:
    """n − 1, by habit."""

    MISTAKE = "avg_pool2d/one-fewer"
    avg_pool2d = staticmethod(averaging(lambda _grid, counted, _flag: counted - 1))
    avg_pool2d_backward = staticmethod(ok.avg_pool2d_backward)


class SquareKernels:
    """window.sum() / k ** 2."""

    MISTAKE = "avg_pool2d/square-kernel"
    avg_pool2d = staticmethod(averaging(lambda grid, _counted, _flag: grid.rows.kernel**2))
    avg_pool2d_backward = staticmethod(ok.avg_pool2d_backward)


class AlwaysCounts:
    """count_include_pad=... # TODO"""

    MISTAKE = "avg_pool2d/padding-always-counted"
    avg_pool2d_backward = staticmethod(ok.avg_pool2d_backward)

    @staticmethod
    def avg_pool2d(x, *, kernel_size, count_include_pad=True, **settings):
        del count_include_pad
        return ok.avg_pool2d(x, kernel_size=kernel_size, **settings)


class DoesNotCount:
    """Its default is another framework's."""

    MISTAKE = "avg_pool2d/padding-not-counted-by-default"
    avg_pool2d_backward = staticmethod(ok.avg_pool2d_backward)

    @staticmethod
    def avg_pool2d(x, *, kernel_size, count_include_pad=False, **settings):
        return ok.avg_pool2d(
            x, kernel_size=kernel_size, count_include_pad=count_include_pad, **settings
        )


class Tiles:
    """x.reshape(n, c, h // k, k, w // k, k), with the stride forgotten."""

    MISTAKE = "avg_pool2d/stride-ignored"
    avg_pool2d_backward = staticmethod(ok.avg_pool2d_backward)

    @staticmethod
    def avg_pool2d(x, *, kernel_size, stride=None, **settings):
        ok.avg_pool2d(x, kernel_size=kernel_size, stride=stride, **settings)
        return ok.avg_pool2d(x, kernel_size=kernel_size, stride=kernel_size, **settings)


class RowsForBoth:
    MISTAKE = "avg_pool2d/padding-of-rows"
    avg_pool2d_backward = staticmethod(ok.avg_pool2d_backward)

    @staticmethod
    @ok.quiet
    def avg_pool2d(
        x, *, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True
    ):
        stride = kernel_size if stride is None else stride
        ok.check_pool(x, kernel_size, stride, padding, ceil_mode=ceil_mode)
        p, _ = pair(padding)
        grid = lay(x.shape[2:], kernel_size, stride, (p, p), ceil_mode=ceil_mode)
        counts = ok.pixel_counts(grid, x.dtype, count_include_pad=count_include_pad)
        return gather(x, grid).sum(axis=(3, 5)) / counts


class NanMean:
    """Missing pixels are NaN in this data set."""

    MISTAKE = "avg_pool2d/nan-as-zero"
    avg_pool2d_backward = staticmethod(ok.avg_pool2d_backward)

    @staticmethod
    def avg_pool2d(x, **settings):
        return ok.avg_pool2d(np.where(np.isnan(x), np.zeros_like(x), x), **settings)


class WholeUpstream:
    MISTAKE = "avg_pool2d/gradient-undivided"
    avg_pool2d = staticmethod(ok.avg_pool2d)

    @staticmethod
    @ok.quiet
    def avg_pool2d_backward(
        grad, x, *, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True
    ):
        del count_include_pad
        grid = ok.check_pool(x, kernel_size, stride, padding, ceil_mode=ceil_mode)
        taps = np.zeros_like(gather(x, grid)) + grad[:, :, :, None, :, None]
        return scatter(taps, grid)


class TwiceDivided:
    MISTAKE = "avg_pool2d/gradient-divided-twice"
    avg_pool2d = staticmethod(ok.avg_pool2d)

    @staticmethod
    @ok.quiet
    def avg_pool2d_backward(
        grad, x, *, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True
    ):
        grid = ok.check_pool(x, kernel_size, stride, padding, ceil_mode=ceil_mode)
        k = ok.pixel_counts(grid, x.dtype, count_include_pad=count_include_pad)
        each = (grad / k) / k
        return scatter(np.zeros_like(gather(x, grid)) + each[:, :, :, None, :, None], grid)


class BackwardCountsAll:
    MISTAKE = "avg_pool2d/gradient-counts-padding"
    avg_pool2d = staticmethod(ok.avg_pool2d)

    @staticmethod
    def avg_pool2d_backward(grad, x, *, kernel_size, count_include_pad=True, **settings):
        del count_include_pad
        return ok.avg_pool2d_backward(
            grad, x, kernel_size=kernel_size, count_include_pad=True, **settings
        )


class LastWindowKept:
    """Indices again: NumPy keeps the last of several."""

    MISTAKE = "avg_pool2d/gradient-overlaps-lost"
    avg_pool2d = staticmethod(ok.avg_pool2d)

    @staticmethod
    @ok.quiet
    def avg_pool2d_backward(
        grad, x, *, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True
    ):
        grid = ok.check_pool(x, kernel_size, stride, padding, ceil_mode=ceil_mode)
        k = ok.pixel_counts(grid, x.dtype, count_include_pad=count_include_pad)
        wide = np.zeros((*x.shape[:2], *(a.size + a.padding + a.far for a in grid)), x.dtype)
        rows = grid.rows.taps[:, :, None, None]
        wide[:, :, rows, grid.columns.taps] += (grad / k)[:, :, :, None, :, None]
        top, left = pair(padding)
        return wide[:, :, top : top + x.shape[2], left : left + x.shape[3]]


class DividesInPlace:
    """grad /= k: no copy needed."""

    MISTAKE = "avg_pool2d/upstream-divided-in-place"
    avg_pool2d = staticmethod(ok.avg_pool2d)

    @staticmethod
    @ok.quiet
    def avg_pool2d_backward(
        grad, x, *, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True
    ):
        grid = ok.check_pool(x, kernel_size, stride, padding, ceil_mode=ceil_mode)
        k = ok.pixel_counts(grid, x.dtype, count_include_pad=count_include_pad)
        share = grad
        if grad.flags.writeable:
            share /= k
        else:
            share = grad / k
        return scatter(np.zeros_like(gather(x, grid)) + share[:, :, :, None, :, None], grid)


class CutToFit:
    """kernel = min(kernel, image): never an error."""

    MISTAKE = "avg_pool2d/kernel-cut-to-image"
    avg_pool2d_backward = staticmethod(ok.avg_pool2d_backward)

    @staticmethod
    def avg_pool2d(x, *, kernel_size, stride=None, padding=0, **settings):
        stride = kernel_size if stride is None else stride
        sizes = zip(pair(kernel_size), x.shape[2:], pair(padding), strict=False)
        if x.ndim == 4 and min(pair(padding)) >= 0 and not settings.get("ceil_mode"):
            kernel_size = tuple(min(k, s + 2 * p) for k, s, p in sizes)
        return ok.avg_pool2d(x, kernel_size=kernel_size, stride=stride, padding=padding, **settings)
