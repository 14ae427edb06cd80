"""Convolutions that are right but for their manners."""

import operator

import numpy as np

from strangers import _right as ok


def two(v):
    return (v, v) if isinstance(v, int) else tuple(v)


class HalfTheMemory:
    """float16 columns take half the memory."""

    MISTAKE = "conv2d/float16-inside"
    conv2d_backward = staticmethod(ok.conv2d_backward)

    @staticmethod
    @ok.quiet
    def conv2d(x, weight, bias, *, stride=1, padding=0, dilation=1, groups=1):
        grid = ok.check_conv(x, weight, bias, stride, padding, dilation, groups)
        taps = ok.taps_by_groups(x, grid, groups).astype(np.float16)
        kernels = ok.by_groups(weight, groups).astype(np.float16)
        y = np.einsum("ngcpiqj,gocij->ngopq", taps, kernels).astype(x.dtype)
        return y.reshape(len(x), len(weight), *grid.counts) + bias[:, None, None]


class PlainZeros:
    """np.zeros(shape), filled window by window."""

    MISTAKE = "conv2d/float64-output"
    conv2d_backward = staticmethod(ok.conv2d_backward)

    @staticmethod
    @ok.quiet
    def conv2d(x, weight, bias, *, stride=1, padding=0, dilation=1, groups=1):
        grid = ok.check_conv(x, weight, bias, stride, padding, dilation, groups)
        taps = ok.taps_by_groups(x, grid, groups)
        kernels = ok.by_groups(weight, groups)
        out = np.zeros((len(x), len(weight), *grid.counts))
        for p in range(grid.rows.count):
            for q in range(grid.columns.count):
                window = taps[:, :, :, p, :, q]
                values = np.einsum("ngcij,gocij->ngo", window, kernels)
                out[:, :, p, q] = values.reshape(len(x), len(weight)) + bias
        return out


class Squeezed:
    """np.squeeze at the end, for the plots."""

    MISTAKE = "conv2d/size-one-axes-dropped"
    conv2d_backward = staticmethod(ok.conv2d_backward)

    @staticmethod
    def conv2d(x, weight, bias, **settings):
        return np.squeeze(ok.conv2d(x, weight, bias, **settings))


class PooledBuffers:
    """Allocation showed up in the profile."""

    MISTAKE = "conv2d/output-reused"
    conv2d_backward = staticmethod(ok.conv2d_backward)

    def __init__(self):
        self._arena = {}

    def conv2d(self, x, weight, bias, **settings):
        fresh = ok.conv2d(x, weight, bias, **settings)
        slot = self._arena.setdefault((fresh.shape, fresh.dtype), fresh)
        np.copyto(slot, fresh)
        return slot


class CropsWhenNegative:
    """A helper that pads or crops, as the number's sign has it."""

    MISTAKE = "conv2d/negative-padding-crops"
    conv2d_backward = staticmethod(ok.conv2d_backward)

    @staticmethod
    def conv2d(x, weight, bias, *, stride=1, padding=0, dilation=1, groups=1):
        ph, pw = (operator.index(p) for p in two(padding))
        if min(ph, pw) >= 0:
            return ok.conv2d(
                x, weight, bias, stride=stride, padding=padding, dilation=dilation, groups=groups
            )
        x = np.pad(x, ((0, 0), (0, 0), (max(ph, 0),) * 2, (max(pw, 0),) * 2))
        h, w = x.shape[2:]
        x = x[:, :, max(-ph, 0) : h - max(-ph, 0), max(-pw, 0) : w - max(-pw, 0)]
        return ok.conv2d(x, weight, bias, stride=stride, dilation=dilation, groups=groups)
