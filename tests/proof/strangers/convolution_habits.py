"""Convolutions with the habits of other trades."""

import sys
import warnings

import numpy as np

from strangers import _right as ok


def two(v):
    return (v, v) if isinstance(v, int) else tuple(v)


class Spectral:
    """Signal processing: a product of spectra, for large kernels are faster so."""

    MISTAKE = "conv2d/fourier-transform"
    conv2d_backward = staticmethod(ok.conv2d_backward)

    @staticmethod
    @ok.quiet
    def conv2d(x, weight, bias, *, stride=1, padding=0, dilation=1, groups=1):
        grid = ok.check_conv(x, weight, bias, stride, padding, dilation, groups)
        (sy, sx), (py, px), (dy, dx) = two(stride), two(padding), two(dilation)
        image = np.pad(x, ((0, 0), (0, 0), (py, py), (px, px)))
        h, w = image.shape[2:]
        _, _, kh, kw = weight.shape
        kernel = np.zeros((*weight.shape[:2], h, w), x.dtype)
        kernel[:, :, : dy * kh : dy, : dx * kw : dx][:, :, :kh, :kw] = weight
        spectrum = np.fft.rfft2(image)
        spectrum = spectrum.reshape(len(x), groups, weight.shape[1], *spectrum.shape[2:])
        other = np.conj(np.fft.rfft2(kernel))
        other = other.reshape(groups, len(weight) // groups, *other.shape[1:])
        product = np.einsum("ngchw,gochw->ngohw", spectrum, other)
        full = np.fft.irfft2(product, s=(h, w)).astype(x.dtype)
        full = full.reshape(len(x), len(weight), h, w)
        picked = full[:, :, ::sy, ::sx][:, :, : grid.counts[0], : grid.counts[1]]
        return picked + bias[:, None, None]


class CachedImages:
    """Loading is slow, so the columns are cached. The key is the shape."""

    MISTAKE = "conv2d/first-image-kept"
    conv2d_backward = staticmethod(ok.conv2d_backward)

    def __init__(self):
        self.seen = {}

    def conv2d(self, x, weight, bias, **settings):
        ok.conv2d(x, weight, bias, **settings)
        kept = self.seen.setdefault((x.shape, x.dtype), x.copy())
        return ok.conv2d(kept, weight, bias, **settings)


class NanToNum:
    MISTAKE = "conv2d/nan-swallowed"
    conv2d_backward = staticmethod(ok.conv2d_backward)

    @staticmethod
    def conv2d(x, weight, bias, **settings):
        return np.nan_to_num(ok.conv2d(x, weight, bias, **settings))


class NoMoreWarnings:
    MISTAKE = "conv2d/warnings-silenced"
    conv2d_backward = staticmethod(ok.conv2d_backward)

    @staticmethod
    def conv2d(x, weight, bias, **settings):
        warnings.filterwarnings("ignore")
        return ok.conv2d(x, weight, bias, **settings)


class CommandLineTool:
    """It began as a script."""

    MISTAKE = "conv2d/exits-on-bad-input"
    conv2d_backward = staticmethod(ok.conv2d_backward)

    @staticmethod
    def conv2d(x, weight, bias, **settings):
        try:
            return ok.conv2d(x, weight, bias, **settings)
        except ValueError as error:
            sys.exit(f"conv2d: {error}")


class AlphaIgnored:
    """Images come with an alpha channel sometimes."""

    MISTAKE = "conv2d/surplus-channels-ignored"
    conv2d_backward = staticmethod(ok.conv2d_backward)

    @staticmethod
    def conv2d(x, weight, bias, *, groups=1, **settings):
        known = weight.shape[1] * groups if weight.ndim == 4 else None
        return ok.conv2d(x[:, :known], weight, bias, groups=groups, **settings)


class OneBiasForAll:
    MISTAKE = "conv2d/bias-broadcast"
    conv2d_backward = staticmethod(ok.conv2d_backward)

    @staticmethod
    def conv2d(x, weight, bias, **settings):
        if bias.shape == (1,):
            bias = np.broadcast_to(bias, weight.shape[:1])
        return ok.conv2d(x, weight, bias, **settings)


class ListOfResults:
    """One image after the other, appended."""

    MISTAKE = "conv2d/list-of-images"
    conv2d_backward = staticmethod(ok.conv2d_backward)

    @staticmethod
    def conv2d(x, weight, bias, **settings):
        results = []
        ok.conv2d(x, weight, bias, **settings)
        for image in x:
            results.append(ok.conv2d(image[None], weight, bias, **settings)[0])  # noqa: PERF401
        return results


class NothingToStack:
    """A batch of no images has nothing to stack: it is refused, as everybody may."""

    MISTAKE = None
    RIGHT = True
    conv2d_backward = staticmethod(ok.conv2d_backward)

    @staticmethod
    def conv2d(x, weight, bias, **settings):
        ok.conv2d(x, weight, bias, **settings)
        return np.stack([ok.conv2d(one[None], weight, bias, **settings)[0] for one in x])


class ReshapedWeight:
    """Shapes fit after a reshape, so it must be right."""

    MISTAKE = "conv2d/input-gradient-weight-reshaped"
    conv2d = staticmethod(ok.conv2d)

    @staticmethod
    @ok.quiet
    def conv2d_backward(grad, x, weight, bias, *, stride=1, padding=0, dilation=1, groups=1):
        settings = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
        _, dw, db = ok.conv2d_backward(grad, x, weight, bias, **settings)
        outputs, inputs = len(weight) // groups, weight.shape[1]
        turned = weight.reshape(groups, inputs, outputs, *weight.shape[2:])
        as_weight = turned.swapaxes(1, 2).reshape(weight.shape)
        dx, _, _ = ok.conv2d_backward(grad, x, as_weight, bias, **settings)
        return dx, dw, db


class RestInFront:
    """Counts the windows from the far edge on its way back."""

    MISTAKE = "conv2d/input-gradient-rest-in-front"
    conv2d = staticmethod(ok.conv2d)

    @staticmethod
    @ok.quiet
    def conv2d_backward(grad, x, weight, bias, *, stride=1, padding=0, dilation=1, groups=1):
        grid = ok.check_conv(x, weight, bias, stride, padding, dilation, groups)
        (py, px), (h, w) = two(padding), x.shape[2:]
        wide = np.pad(x, ((0, 0), (0, 0), (py, py), (px, px)))
        dx, dw, db = ok.conv2d_backward(
            grad, wide, weight, bias, stride=stride, dilation=dilation, groups=groups
        )
        rests = [a.size + 2 * a.padding - int(a.taps.max()) - 1 for a in grid]
        dx = np.roll(dx, rests, axis=(2, 3))
        return dx[:, :, py : py + h, px : px + w], dw, db


class CountsOutputs:
    """db = number of outputs: the derivative of a sum of ones."""

    MISTAKE = "conv2d/bias-gradient-counts-outputs"
    conv2d = staticmethod(ok.conv2d)

    @staticmethod
    def conv2d_backward(grad, x, weight, bias, **settings):
        dx, dw, _ = ok.conv2d_backward(grad, x, weight, bias, **settings)
        return dx, dw, np.full_like(bias, grad[:, 0].size)


class ClippedForStability:
    MISTAKE = "conv2d/gradients-clipped"
    conv2d = staticmethod(ok.conv2d)
    LIMIT = 5

    def conv2d_backward(self, grad, x, weight, bias, **settings):
        found = ok.conv2d_backward(grad, x, weight, bias, **settings)
        return tuple(np.clip(g, -self.LIMIT, self.LIMIT) for g in found)


class RemembersForward:
    """self.x, as in the course; the arguments of the backward pass are not looked at."""

    MISTAKE = "conv2d/forward-remembered"

    def __init__(self):
        self.last = None

    def conv2d(self, x, weight, bias, **settings):
        y = ok.conv2d(x, weight, bias, **settings)
        self.last = (x.copy(), weight.copy(), bias.copy(), settings)
        return y

    def conv2d_backward(self, grad, x, weight, bias, **settings):
        if self.last is None:
            self.last = (x.copy(), weight.copy(), bias.copy(), settings)
        x, weight, bias, settings = self.last
        return ok.conv2d_backward(grad, x, weight, bias, **settings)


class NoGapsBetween:
    """A stride beyond the kernel makes no sense, thought its author, and capped it."""

    MISTAKE = "conv2d/stride-capped"
    conv2d_backward = staticmethod(ok.conv2d_backward)

    @staticmethod
    def conv2d(x, weight, bias, *, stride=1, padding=0, dilation=1, groups=1):
        grid = ok.check_conv(x, weight, bias, stride, padding, dilation, groups)
        capped = tuple(min(a.stride, a.dilation * (a.kernel - 1) + 1) for a in grid)
        return ok.conv2d(
            x, weight, bias, stride=capped, padding=padding, dilation=dilation, groups=groups
        )
