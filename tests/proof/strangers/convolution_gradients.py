"""Right convolutions, and their wrong gradients."""

import numpy as np

from strangers import _right as ok


def two(v):
    return (v, v) if isinstance(v, int) else tuple(v)


class BackThroughSameKernel:
    """The gradient of a correlation, thought to be a correlation with the same kernel."""

    MISTAKE = "conv2d/input-gradient-kernel-not-turned"
    conv2d = staticmethod(ok.conv2d)

    @staticmethod
    @ok.quiet
    def conv2d_backward(grad, x, weight, bias, *, stride=1, padding=0, dilation=1, groups=1):
        settings = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
        _, grad_w, grad_b = ok.conv2d_backward(grad, x, weight, bias, **settings)
        (sy, sx), (py, px), (dy, dx) = two(stride), two(padding), two(dilation)
        n, o, oh, ow = grad.shape
        _, cg, kh, kw = weight.shape
        ry, rx = dy * (kh - 1), dx * (kw - 1)
        # Upstream pixels with zeros between them, and a full border.
        hp, wp = x.shape[2] + 2 * py, x.shape[3] + 2 * px
        spread = np.zeros((n, o, hp + ry, wp + rx), grad.dtype)
        spread[:, :, ry : ry + sy * oh : sy, rx : rx + sx * ow : sx][:, :, :oh, :ow] = grad
        full = np.zeros((n, groups, cg, hp, wp), grad.dtype)
        gg = spread.reshape(n, groups, o // groups, *spread.shape[2:])
        ww = ok.by_groups(weight, groups)
        for i in range(kh):
            for j in range(kw):
                seen = gg[..., i * dy : i * dy + hp, j * dx : j * dx + wp]
                full += np.einsum("ngohw,goc->ngchw", seen, ww[..., i, j])
        full = full.reshape(n, groups * cg, hp, wp)
        return full[:, :, py : py + x.shape[2], px : px + x.shape[3]], grad_w, grad_b


class PlusEqualsAtIndices:
    """col2im with fancy indices."""

    MISTAKE = "conv2d/input-gradient-overlaps-lost"
    conv2d = staticmethod(ok.conv2d)

    @staticmethod
    @ok.quiet
    def conv2d_backward(grad, x, weight, bias, *, stride=1, padding=0, dilation=1, groups=1):
        settings = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
        _, grad_w, grad_b = ok.conv2d_backward(grad, x, weight, bias, **settings)
        grid = ok.check_conv(x, weight, bias, stride, padding, dilation, groups)
        g = grad.reshape(len(x), groups, len(weight) // groups, *grid.counts)
        cols = np.einsum("ngopq,gocij->ngcijpq", g, ok.by_groups(weight, groups))
        cols = cols.reshape(*x.shape[:2], *weight.shape[2:], *grid.counts)
        rows = grid.rows.taps.T[:, None, :, None]
        columns = grid.columns.taps.T[None, :, None, :]
        ph, pw = two(padding)
        wide = np.zeros((*x.shape[:2], x.shape[2] + 2 * ph, x.shape[3] + 2 * pw), x.dtype)
        wide[:, :, rows, columns] += cols
        return (
            wide[:, :, ph : ph + x.shape[2], pw : pw + x.shape[3]],
            grad_w,
            grad_b,
        )


class CropMinusP:
    """x[p:-p], tested with p = 1 only."""

    MISTAKE = "conv2d/input-gradient-cropped-from-end"
    conv2d = staticmethod(ok.conv2d)

    @staticmethod
    @ok.quiet
    def conv2d_backward(grad, x, weight, bias, *, stride=1, padding=0, dilation=1, groups=1):
        ph, pw = two(padding)
        ok.check_conv(x, weight, bias, stride, padding, dilation, groups)
        wide = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
        grad_x, grad_w, grad_b = ok.conv2d_backward(
            grad, wide, weight, bias, stride=stride, dilation=dilation, groups=groups
        )
        return grad_x[:, :, ph:-ph, pw:-pw], grad_w, grad_b


class MeanWeightGradient:
    """Gradients are averaged over the batch, says the course."""

    MISTAKE = "conv2d/weight-gradient-averaged"
    conv2d = staticmethod(ok.conv2d)

    @staticmethod
    def conv2d_backward(grad, x, weight, bias, **settings):
        gx, gw, gb = ok.conv2d_backward(grad, x, weight, bias, **settings)
        return gx, gw / max(x.shape[0], 1), gb


class LastImageWins:
    """dW = …, in a loop."""

    MISTAKE = "conv2d/weight-gradient-of-last-image"
    conv2d = staticmethod(ok.conv2d)

    @staticmethod
    def conv2d_backward(grad, x, weight, bias, **settings):
        gx, gw, gb = ok.conv2d_backward(grad, x, weight, bias, **settings)
        for image, upstream in zip(x, grad, strict=True):
            _, gw, _ = ok.conv2d_backward(upstream[None], image[None], weight, bias, **settings)
        return gx, gw, gb


class TurnedWeightGradient:
    """scipy.signal.convolve2d was used where correlate2d was meant."""

    MISTAKE = "conv2d/weight-gradient-turned"
    conv2d = staticmethod(ok.conv2d)

    @staticmethod
    def conv2d_backward(grad, x, weight, bias, **settings):
        gx, gw, gb = ok.conv2d_backward(grad, x, weight, bias, **settings)
        return gx, np.rot90(gw, 2, axes=(2, 3)), gb


class BiasOverImagesOnly:
    """As in the linear layer: sum(axis=0)."""

    MISTAKE = "conv2d/bias-gradient-of-batch-only"
    conv2d = staticmethod(ok.conv2d)

    @staticmethod
    def conv2d_backward(grad, x, weight, bias, **settings):
        gx, gw, _ = ok.conv2d_backward(grad, x, weight, bias, **settings)
        return gx, gw, np.sum(grad, axis=0)


class BiasOfMeanPixel:
    MISTAKE = "conv2d/bias-gradient-mean-of-pixels"
    conv2d = staticmethod(ok.conv2d)

    @staticmethod
    @ok.quiet
    def conv2d_backward(grad, x, weight, bias, **settings):
        gx, gw, _ = ok.conv2d_backward(grad, x, weight, bias, **settings)
        return gx, gw, grad.mean(axis=(2, 3)).sum(axis=0)


class Keepdims:
    MISTAKE = "conv2d/bias-gradient-keeps-axes"
    conv2d = staticmethod(ok.conv2d)

    @staticmethod
    @ok.quiet
    def conv2d_backward(grad, x, weight, bias, **settings):
        gx, gw, _ = ok.conv2d_backward(grad, x, weight, bias, **settings)
        return gx, gw, grad.sum(axis=(0, 2, 3), keepdims=True)


class WeightBeforeBiasOrAfter:
    """return dx, db, dw — as another library has it."""

    MISTAKE = "conv2d/gradients-in-other-order"
    conv2d = staticmethod(ok.conv2d)

    @staticmethod
    def conv2d_backward(grad, x, weight, bias, **settings):
        dx, dw, db = ok.conv2d_backward(grad, x, weight, bias, **settings)
        return dx, db, dw


class ScratchGradient:
    """The upstream gradient is used up, in the caller's own array."""

    MISTAKE = "conv2d/upstream-consumed"
    conv2d = staticmethod(ok.conv2d)

    @staticmethod
    def conv2d_backward(grad, x, weight, bias, **settings):
        result = ok.conv2d_backward(grad, x, weight, bias, **settings)
        if grad.flags.writeable:
            grad *= 0
        return result


class SpreadByRepeat:
    """np.repeat was the first hit for "upsample array numpy"."""

    MISTAKE = "conv2d/input-gradient-upstream-repeated"
    conv2d = staticmethod(ok.conv2d)

    @staticmethod
    @ok.quiet
    def conv2d_backward(grad, x, weight, bias, *, stride=1, padding=0, dilation=1, groups=1):
        settings = {"padding": padding, "dilation": dilation, "groups": groups}
        _, gw, gb = ok.conv2d_backward(grad, x, weight, bias, stride=stride, **settings)
        dense = ok.check_conv(x, weight, bias, 1, padding, dilation, groups).counts
        up = grad
        for axis, s in ((2, two(stride)[0]), (3, two(stride)[1])):
            up = up.repeat(s, axis=axis)
        up = up[:, :, : dense[0], : dense[1]]
        full = np.zeros((*grad.shape[:2], *dense), grad.dtype)
        full[:, :, : up.shape[2], : up.shape[3]] = up
        return ok.conv2d_backward(full, x, weight, bias, **settings)[0], gw, gb
