"""Strange, and right: convolutions and pools."""

import functools
import itertools
from dataclasses import dataclass

import numpy as np


def hush(f):
    """Compute in silence."""

    @functools.wraps(f)
    def inner(*a, **k):
        with np.errstate(all="ignore"):
            return f(*a, **k)

    return inner


@dataclass
class Geometry:
    """Convolution as a sum over the kernel's taps: one shifted image for each."""

    x_shape: tuple
    w_shape: tuple
    stride: object
    padding: object
    dilation: object
    groups: int

    def __post_init__(self):
        twice = [v if isinstance(v, tuple) else (v, v) for v in (self.stride, self.padding)]
        (self.sy, self.sx), (self.py, self.px) = twice
        d = self.dilation
        self.dy, self.dx = d if isinstance(d, tuple) else (d, d)
        if len(self.x_shape) != 4 or len(self.w_shape) != 4:
            raise ValueError("four axes each, please")
        n, c, h, w = self.x_shape
        o, cg, kh, kw = self.w_shape
        if min(self.sy, self.sx, self.dy, self.dx, self.groups, kh, kw) < 1:
            raise ValueError("steps are at least one")
        if min(self.py, self.px) < 0 or o % self.groups or c != cg * self.groups:
            raise ValueError("padding or groups")
        self.oh = (h + 2 * self.py - self.dy * (kh - 1) - 1) // self.sy + 1
        self.ow = (w + 2 * self.px - self.dx * (kw - 1) - 1) // self.sx + 1
        if self.oh < 1 or self.ow < 1:
            raise ValueError("the kernel is larger than the image")
        self.wide = (n, c, h + 2 * self.py, w + 2 * self.px)

    def frame(self, x):
        big = np.zeros(self.wide, x.dtype)
        big[:, :, self.py : self.py + x.shape[2], self.px : self.px + x.shape[3]] = x
        return big

    def taps(self):
        """Yield each tap's place in the kernel, and its pixels in the framed image."""
        for i, j in np.ndindex(*self.w_shape[2:]):
            rows = slice(i * self.dy, i * self.dy + self.sy * (self.oh - 1) + 1, self.sy)
            cols = slice(j * self.dx, j * self.dx + self.sx * (self.ow - 1) + 1, self.sx)
            yield i, j, rows, cols

    def blocks(self):
        """Yield each group's channels of the image, and its outputs."""
        cg, og = self.w_shape[1], self.w_shape[0] // self.groups
        for g in range(self.groups):
            yield slice(g * cg, (g + 1) * cg), slice(g * og, (g + 1) * og)


class TapByTap:
    MISTAKE = None
    RIGHT = True

    @staticmethod
    @hush
    def conv2d(x, weight, bias, *, stride=1, padding=0, dilation=1, groups=1):
        at = Geometry(x.shape, weight.shape, stride, padding, dilation, groups)
        if bias.shape != weight.shape[:1]:
            raise ValueError("bias")
        big = at.frame(x)
        y = np.zeros((x.shape[0], weight.shape[0], at.oh, at.ow), x.dtype)
        for inside, outside in at.blocks():
            for i, j, rows, cols in at.taps():
                seen = big[:, inside, rows, cols]
                y[:, outside] += np.einsum("oc,nchw->nohw", weight[outside, :, i, j], seen)
        return y + bias.reshape(1, -1, 1, 1)

    @staticmethod
    @hush
    def conv2d_backward(g, x, weight, bias, *, stride=1, padding=0, dilation=1, groups=1):
        at = Geometry(x.shape, weight.shape, stride, padding, dilation, groups)
        if bias.shape != weight.shape[:1]:
            raise ValueError("bias")
        big, dbig, dw = at.frame(x), np.zeros(at.wide, x.dtype), np.zeros_like(weight)
        for inside, outside in at.blocks():
            for i, j, rows, cols in at.taps():
                tap = weight[outside, :, i, j]
                dbig[:, inside, rows, cols] += np.einsum("nohw,oc->nchw", g[:, outside], tap)
                seen = big[:, inside, rows, cols]
                dw[outside, :, i, j] = np.einsum("nohw,nchw->oc", g[:, outside], seen)
        h, w = x.shape[2:]
        return dbig[:, :, at.py : at.py + h, at.px : at.px + w], dw, g.sum(axis=(0, 2, 3))


class WindowsInLoops:
    """Pools as four nested loops and a list of pixels, as one would by hand."""

    MISTAKE = None
    RIGHT = True

    @staticmethod
    def lines(size, kernel, stride, padding, dilation, *, ceil_mode):
        """Return, for each window along an axis, its pixels and how many of it count."""
        if min(kernel, stride, dilation) < 1 or not 0 <= 2 * padding <= kernel or size < 1:
            raise ValueError("kernel, stride or padding")
        starts, begin, reach = [], -padding, dilation * (kernel - 1)
        while begin + reach < size + padding + (stride - 1) * ceil_mode:
            if ceil_mode and begin >= size:
                break
            starts.append(begin)
            begin += stride
        if not starts:
            raise ValueError("does not fit")
        for begin in starts:
            places = range(begin, begin + reach + 1, dilation)
            yield (
                [p for p in places if 0 <= p < size],
                sum(p < size + padding for p in places),
            )

    def windows(self, x, kernel_size, stride, padding, dilation=1, *, ceil_mode=False):
        if x.ndim != 4 or x.shape[1] < 1:
            raise ValueError("(n, c, h, w)")
        both = [
            v if isinstance(v, tuple) else (v, v)
            for v in (kernel_size, kernel_size if stride is None else stride, padding, dilation)
        ]
        return [
            list(self.lines(x.shape[2 + a], *(v[a] for v in both), ceil_mode=ceil_mode))
            for a in (0, 1)
        ]

    def max_pool2d(self, x, *, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False):
        rows, cols = self.windows(x, kernel_size, stride, padding, dilation, ceil_mode=ceil_mode)
        y = np.full((*x.shape[:2], len(rows), len(cols)), -np.inf, x.dtype)
        for (p, (r, _)), (q, (c, _)) in itertools.product(enumerate(rows), enumerate(cols)):
            for i, j in itertools.product(r, c):
                np.maximum(y[:, :, p, q], x[:, :, i, j], out=y[:, :, p, q])
        return y

    def max_pool2d_backward(
        self, g, x, *, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False
    ):
        rows, cols = self.windows(x, kernel_size, stride, padding, dilation, ceil_mode=ceil_mode)
        dx = np.zeros_like(x)
        places = itertools.product(enumerate(rows), enumerate(cols), np.ndindex(x.shape[:2]))
        for (p, (r, _)), (q, (c, _)), (n, k) in places:
            winner = None
            for i, j in itertools.product(r, c):
                pixel = x[n, k, i, j]
                if winner is None or pixel > x[n, k, *winner] or np.isnan(pixel):
                    winner = (i, j)
            if winner is not None:
                dx[n, k, *winner] += g[n, k, p, q]
        return dx

    @hush
    def avg_pool2d(
        self, x, *, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True
    ):
        rows, cols = self.windows(x, kernel_size, stride, padding, ceil_mode=ceil_mode)
        y = np.zeros((*x.shape[:2], len(rows), len(cols)), x.dtype)
        for (p, (r, a)), (q, (c, b)) in itertools.product(enumerate(rows), enumerate(cols)):
            for i, j in itertools.product(r, c):
                y[:, :, p, q] += x[:, :, i, j]
            y[:, :, p, q] /= a * b if count_include_pad else len(r) * len(c)
        return y

    @hush
    def avg_pool2d_backward(
        self, g, x, *, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True
    ):
        rows, cols = self.windows(x, kernel_size, stride, padding, ceil_mode=ceil_mode)
        dx = np.zeros_like(x)
        for (p, (r, a)), (q, (c, b)) in itertools.product(enumerate(rows), enumerate(cols)):
            part = g[:, :, p, q] / x.dtype.type(a * b if count_include_pad else len(r) * len(c))
            for i, j in itertools.product(r, c):
                dx[:, :, i, j] += part
        return dx
