"""Maxima, each with its puddle."""

import numpy as np

from strangers import _right as ok
from strangers._windows import Axis, Grid, gather, lay, pair, scatter


def black_framed(x, grid):
    """Return the taps of every window, with a border of zeros and nothing behind it."""
    border = [(axis.padding, axis.padding) for axis in grid]
    framed = np.pad(x, [(0, 0), (0, 0), *border])
    behind = [(0, max(axis.far - axis.padding, 0)) for axis in grid]
    framed = np.pad(framed, [(0, 0), (0, 0), *behind], constant_values=-np.inf)
    return framed[:, :, grid.rows.taps[:, :, None, None], grid.columns.taps]


class BlackBorder:
    """np.pad pads with zeros."""

    MISTAKE = "max_pool2d/padded-with-zeros"
    max_pool2d_backward = staticmethod(ok.max_pool2d_backward)

    @staticmethod
    def max_pool2d(x, *, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False):
        grid = ok.check_pool(x, kernel_size, stride, padding, dilation, ceil_mode=ceil_mode)
        return black_framed(x, grid).max(axis=(3, 5))


class StartsAtZero:
    """best = 0; for each pixel: best = max(best, pixel)."""

    MISTAKE = "max_pool2d/starts-from-zero"
    max_pool2d_backward = staticmethod(ok.max_pool2d_backward)

    @staticmethod
    def max_pool2d(x, **settings):
        found = ok.max_pool2d(x, **settings)
        best = np.zeros_like(found)
        return np.maximum(best, found)


class StartsAtLowest:
    """FLT_MIN was wrong, so it became -FLT_MAX."""

    MISTAKE = "max_pool2d/starts-from-lowest-finite"
    max_pool2d_backward = staticmethod(ok.max_pool2d_backward)

    @staticmethod
    @ok.quiet
    def max_pool2d(x, *, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False):
        grid = ok.check_pool(x, kernel_size, stride, padding, dilation, ceil_mode=ceil_mode)
        lowest = np.finfo(x.dtype).min
        taps = gather(x, grid, fill=-np.inf)
        best = np.full((*x.shape[:2], *grid.counts), lowest, x.dtype)
        for i in range(grid.rows.kernel):
            for j in range(grid.columns.kernel):
                best = np.maximum(best, taps[:, :, :, i, :, j])
        return best


class Loudest:
    """From audio: the peak of a window is its largest magnitude."""

    MISTAKE = "max_pool2d/largest-magnitude"
    max_pool2d_backward = staticmethod(ok.max_pool2d_backward)

    @staticmethod
    @ok.quiet
    def max_pool2d(x, *, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False):
        grid = ok.check_pool(x, kernel_size, stride, padding, dilation, ceil_mode=ceil_mode)
        inside = gather(np.ones_like(x), grid) > 0
        taps = gather(x, grid)
        loudness = np.where(inside, np.abs(taps), -1)
        flat = np.moveaxis(taps, 3, 4).reshape(
            *x.shape[:2], *grid.counts, grid.rows.kernel * grid.columns.kernel
        )
        loud = np.moveaxis(loudness, 3, 4).reshape(flat.shape)
        return np.take_along_axis(flat, loud.argmax(axis=-1)[..., None], axis=-1)[..., 0]


class NeverCeils:
    MISTAKE = "max_pool2d/ceil-mode-ignored"
    max_pool2d_backward = staticmethod(ok.max_pool2d_backward)

    @staticmethod
    def max_pool2d(x, *, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False):
        del ceil_mode
        return ok.max_pool2d(
            x, kernel_size=kernel_size, stride=stride, padding=padding, dilation=dilation
        )


class WidthFirstKernel:
    """(kw, kh) = kernel_size."""

    MISTAKE = "max_pool2d/kernel-turned"
    max_pool2d_backward = staticmethod(ok.max_pool2d_backward)

    @staticmethod
    def max_pool2d(x, *, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False):
        stride = kernel_size if stride is None else stride
        ok.check_pool(x, kernel_size, stride, padding, dilation, ceil_mode=ceil_mode)
        kw, kh = pair(kernel_size)
        grid = lay(x.shape[2:], (kh, kw), stride, padding, dilation, ceil_mode=ceil_mode)
        return gather(x, grid, fill=-np.inf).max(axis=(3, 5))


class EveryWinner:
    """mask = (window == window.max())."""

    MISTAKE = "max_pool2d/ties-paid-in-full"
    max_pool2d = staticmethod(ok.max_pool2d)

    @staticmethod
    @ok.quiet
    def max_pool2d_backward(
        grad, x, *, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False
    ):
        grid = ok.check_pool(x, kernel_size, stride, padding, dilation, ceil_mode=ceil_mode)
        taps = gather(x, grid, fill=-np.inf)
        mask = taps == taps.max(axis=(3, 5), keepdims=True)
        paid = np.where(mask, grad[:, :, :, None, :, None], 0).astype(x.dtype)
        return scatter(paid, grid)


class NoWinnerAmongEquals:
    """A tie has no winner, and nobody is paid."""

    MISTAKE = "max_pool2d/ties-unpaid"
    max_pool2d = staticmethod(ok.max_pool2d)

    @staticmethod
    @ok.quiet
    def max_pool2d_backward(grad, x, **settings):
        stride = settings.get("stride")
        padding = settings.get("padding", 0)
        grid = ok.check_pool(
            x,
            settings["kernel_size"],
            stride,
            padding,
            settings.get("dilation", 1),
            ceil_mode=settings.get("ceil_mode", False),
        )
        taps = gather(x, grid, fill=-np.inf)
        inside = gather(np.ones_like(x), grid) > 0
        most = taps.max(axis=(3, 5), keepdims=True)
        tied = ((taps == most) & inside).sum(axis=(3, 5)) > 1
        return ok.max_pool2d_backward(np.where(tied, 0, grad).astype(x.dtype), x, **settings)


class WinnersInBlackBorder:
    """The backward pass has a pad of its own, and forgot about −∞."""

    MISTAKE = "max_pool2d/gradient-to-border"
    max_pool2d = staticmethod(ok.max_pool2d)

    @staticmethod
    @ok.quiet
    def max_pool2d_backward(
        grad, x, *, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False
    ):
        grid = ok.check_pool(x, kernel_size, stride, padding, dilation, ceil_mode=ceil_mode)
        taps = np.moveaxis(black_framed(x, grid), 3, 4)
        best = ok.winners(taps)
        places = np.arange(taps.shape[4] * taps.shape[5]).reshape(taps.shape[4:])
        paid = np.where(best[..., None, None] == places, grad[..., None, None], 0)
        return scatter(np.moveaxis(paid.astype(x.dtype), 4, 3), grid)


class LastOneKept:
    """dx[..., rows, cols] += grad, with winners that windows may share."""

    MISTAKE = "max_pool2d/shared-winner-paid-once"
    max_pool2d = staticmethod(ok.max_pool2d)

    @staticmethod
    @ok.quiet
    def max_pool2d_backward(
        grad, x, *, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False
    ):
        grid = ok.check_pool(x, kernel_size, stride, padding, dilation, ceil_mode=ceil_mode)
        taps = np.moveaxis(gather(x, grid, fill=-np.inf), 3, 4)
        inside = np.moveaxis(gather(np.ones_like(x), grid), 3, 4) > 0
        empty = (taps == -np.inf).all(axis=(4, 5), keepdims=True)
        winner = ok.winners(np.where(empty & inside, 0, taps))
        i, j = np.divmod(winner, grid.columns.kernel)
        n, c, p, q = np.indices(winner.shape)
        wide = np.zeros((*x.shape[:2], *(a.size + a.padding + a.far for a in grid)), x.dtype)
        wide[n, c, grid.rows.taps[p, i], grid.columns.taps[q, j]] += grad
        top, left = pair(padding)
        return wide[:, :, top : top + x.shape[2], left : left + x.shape[3]]


class CountsWins:
    """The gradient of the maximum is one at the winner."""

    MISTAKE = "max_pool2d/upstream-ignored"
    max_pool2d = staticmethod(ok.max_pool2d)

    @staticmethod
    def max_pool2d_backward(grad, x, **settings):
        return ok.max_pool2d_backward(np.ones_like(grad), x, **settings)


class StrideOfOne:
    """def max_pool2d(x, kernel_size, stride=1, …)."""

    MISTAKE = "max_pool2d/stride-defaults-to-one"
    max_pool2d_backward = staticmethod(ok.max_pool2d_backward)

    @staticmethod
    def max_pool2d(x, *, kernel_size, stride=None, **settings):
        stride = 1 if stride is None else stride
        return ok.max_pool2d(x, kernel_size=kernel_size, stride=stride, **settings)


class MaximaAndWhere:
    """return y, argmax — the backward pass needs it, after all."""

    MISTAKE = "max_pool2d/with-indices"
    max_pool2d_backward = staticmethod(ok.max_pool2d_backward)

    @staticmethod
    def max_pool2d(x, *, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False):
        grid = ok.check_pool(x, kernel_size, stride, padding, dilation, ceil_mode=ceil_mode)
        taps = np.moveaxis(gather(x, grid, fill=-np.inf), 3, 4)
        return taps.max(axis=(4, 5)), ok.winners(taps)


class BoundingBoxMaximum:
    """x[a:b].max(): a slice has no holes."""

    MISTAKE = "max_pool2d/dilated-window-filled"
    max_pool2d_backward = staticmethod(ok.max_pool2d_backward)

    @staticmethod
    def max_pool2d(x, *, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False):
        grid = ok.check_pool(x, kernel_size, stride, padding, dilation, ceil_mode=ceil_mode)
        filled = Grid(
            *(
                Axis(a.size, a.dilation * (a.kernel - 1) + 1, a.stride, a.padding, 1, a.ceil_mode)
                for a in grid
            )
        )
        return gather(x, filled, fill=-np.inf).max(axis=(3, 5))


class FirstImageDecides:
    """argmax of x[0], broadcast over the batch."""

    MISTAKE = "max_pool2d/winners-of-first-image"
    max_pool2d = staticmethod(ok.max_pool2d)

    @staticmethod
    def max_pool2d_backward(grad, x, **settings):
        if not len(x):
            return ok.max_pool2d_backward(grad, x, **settings)
        return ok.max_pool2d_backward(grad, np.broadcast_to(x[:1], x.shape), **settings)
