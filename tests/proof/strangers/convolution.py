"""Convolutions of people who were nearly there."""

import numpy as np

from strangers import _right as ok


def two(v):
    return (v, v) if isinstance(v, int) else tuple(v)


class FlippedInLoops:
    """ "Convolution" looked up in a signals textbook, which turns the kernel round."""

    MISTAKE = "conv2d/kernel-flipped"
    conv2d_backward = staticmethod(ok.conv2d_backward)

    @staticmethod
    def conv2d(image, kernels, offsets, *, stride=1, padding=0, dilation=1, groups=1):
        ok.check_conv(image, kernels, offsets, stride, padding, dilation, groups)
        (sy, sx), (py, px), (dy, dx) = two(stride), two(padding), two(dilation)
        N, C, H, W = image.shape
        K, CG, R, S = kernels.shape
        out_h = (H + 2 * py - dy * (R - 1) - 1) // sy + 1
        out_w = (W + 2 * px - dx * (S - 1) - 1) // sx + 1
        canvas = np.zeros((N, C, H + 2 * py, W + 2 * px), image.dtype)
        canvas[:, :, py : py + H, px : px + W] = image
        result = np.empty((N, K, out_h, out_w), image.dtype)
        per_group = K // groups
        with np.errstate(all="ignore"):
            for k in range(K):
                first = (k // per_group) * CG
                mine = kernels[k][:, ::-1, ::-1]
                for y in range(out_h):
                    for x in range(out_w):
                        patch = canvas[
                            :,
                            first : first + CG,
                            y * sy : y * sy + dy * R : dy,
                            x * sx : x * sx + dx * S : dx,
                        ][:, :, :R, :S]
                        result[:, k, y, x] = (patch * mine).sum(axis=(1, 2, 3)) + offsets[k]
        return result


class FortranKernel:
    """Ported from Fortran: the kernel's numbers are taken in Fortran's order."""

    MISTAKE = "conv2d/kernel-read-by-columns"
    conv2d_backward = staticmethod(ok.conv2d_backward)

    @staticmethod
    def conv2d(x, weight, bias, **settings):
        ok.check_conv(
            x,
            weight,
            bias,
            *(settings.get(k, d) for k, d in (("stride", 1), ("padding", 0), ("dilation", 1))),
            settings.get("groups", 1),
        )
        o, c, kh, kw = weight.shape
        read = np.empty_like(weight)
        for i in range(o):
            for j in range(c):
                read[i, j] = weight[i, j].ravel(order="F").reshape(kh, kw)
        return ok.conv2d(x, read, bias, **settings)


class NoBias:
    """The layer this was copied from was followed by batch norm."""

    MISTAKE = "conv2d/bias-missing"
    conv2d_backward = staticmethod(ok.conv2d_backward)

    @staticmethod
    @ok.quiet
    def conv2d(x, weight, bias, *, stride=1, padding=0, dilation=1, groups=1):
        grid = ok.check_conv(x, weight, bias, stride, padding, dilation, groups)
        cols = ok.taps_by_groups(x, grid, groups)
        kernels = ok.by_groups(weight, groups)
        out = np.einsum("ngcpiqj,gocij->ngopq", cols, kernels)
        return out.reshape(x.shape[0], weight.shape[0], *grid.counts)


class BiasInChannelLoop:
    """One line indented once too often."""

    MISTAKE = "conv2d/bias-per-input-channel"
    conv2d_backward = staticmethod(ok.conv2d_backward)

    @staticmethod
    @ok.quiet
    def conv2d(x, weight, bias, *, stride=1, padding=0, dilation=1, groups=1):
        grid = ok.check_conv(x, weight, bias, stride, padding, dilation, groups)
        taps = ok.taps_by_groups(x, grid, groups)
        w = ok.by_groups(weight, groups)
        b = bias.reshape(groups, -1, 1, 1)
        out = np.zeros((x.shape[0], *w.shape[:2], *grid.counts), x.dtype)
        for channel in range(weight.shape[1]):
            out += np.einsum("ngpiqj,goij->ngopq", taps[:, :, channel], w[:, :, channel])
            out += b
        return out.reshape(x.shape[0], weight.shape[0], *grid.counts)


class QuickForOneImage:
    """Inference takes one image at a time, and there is a faster way for that."""

    MISTAKE = "conv2d/bias-missing-for-one-image"
    conv2d_backward = staticmethod(ok.conv2d_backward)

    @staticmethod
    def conv2d(x, weight, bias, **settings):
        full = ok.conv2d(x, weight, bias, **settings)
        if len(x) != 1:
            return full
        return ok.conv2d(x, weight, np.zeros_like(bias), **settings)


class PaddedOnOneSide:
    """np.pad wants pairs, and got (2p, 0)."""

    MISTAKE = "conv2d/padding-at-near-edges"
    conv2d_backward = staticmethod(ok.conv2d_backward)

    @staticmethod
    def conv2d(x, weight, bias, *, stride=1, padding=0, dilation=1, groups=1):
        ok.check_conv(x, weight, bias, stride, padding, dilation, groups)
        ph, pw = two(padding)
        x = np.pad(x, ((0, 0), (0, 0), (2 * ph, 0), (2 * pw, 0)))
        return ok.conv2d(x, weight, bias, stride=stride, dilation=dilation, groups=groups)


class EdgePadding:
    """Black borders looked ugly."""

    MISTAKE = "conv2d/padding-replicates-edge"
    conv2d_backward = staticmethod(ok.conv2d_backward)

    @staticmethod
    def conv2d(x, weight, bias, *, stride=1, padding=0, dilation=1, groups=1):
        ok.check_conv(x, weight, bias, stride, padding, dilation, groups)
        ph, pw = two(padding)
        x = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)), mode="edge")
        return ok.conv2d(x, weight, bias, stride=stride, dilation=dilation, groups=groups)


class WidthThenHeight:
    """OpenCV's sizes are (width, height)."""

    MISTAKE = "conv2d/padding-of-other-axis"
    conv2d_backward = staticmethod(ok.conv2d_backward)

    @staticmethod
    def conv2d(x, weight, bias, *, stride=1, padding=0, dilation=1, groups=1):
        ok.check_conv(x, weight, bias, stride, padding, dilation, groups)
        pw, ph = two(padding)
        x = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
        return ok.conv2d(x, weight, bias, stride=stride, dilation=dilation, groups=groups)


class OneStride:
    """def conv(..., s) — s[0] was copied into both loops."""

    MISTAKE = "conv2d/stride-of-rows"
    conv2d_backward = staticmethod(ok.conv2d_backward)

    @staticmethod
    def conv2d(x, weight, bias, *, stride=1, padding=0, dilation=1, groups=1):
        ok.check_conv(x, weight, bias, stride, padding, dilation, groups)
        s = two(stride)[0]
        return ok.conv2d(
            x, weight, bias, stride=(s, s), padding=padding, dilation=dilation, groups=groups
        )


class OneLastWindow:
    """Ceil instead of floor, and zeros behind the image to make it fit."""

    MISTAKE = "conv2d/size-rounded-up"
    conv2d_backward = staticmethod(ok.conv2d_backward)

    @staticmethod
    def conv2d(x, weight, bias, *, stride=1, padding=0, dilation=1, groups=1):
        ok.check_conv(x, weight, bias, stride, padding, dilation, groups)
        border = [(0, 0), (0, 0)]
        for size, k, s, p, d in zip(
            x.shape[2:], weight.shape[2:], two(stride), two(padding), two(dilation), strict=True
        ):
            span = size + 2 * p - d * (k - 1) - 1
            border.append((p, p + -span % s))
        wide = np.pad(x, border)
        return ok.conv2d(wide, weight, bias, stride=stride, dilation=dilation, groups=groups)


class EveryNthChannel:
    """x[:, g::groups] reads so well."""

    MISTAKE = "conv2d/groups-interleaved"
    conv2d_backward = staticmethod(ok.conv2d_backward)

    @staticmethod
    def conv2d(x, weight, bias, *, stride=1, padding=0, dilation=1, groups=1):
        ok.check_conv(x, weight, bias, stride, padding, dilation, groups)
        size = len(weight) // groups
        parts = []
        for g in range(groups):
            mine = slice(g * size, (g + 1) * size)
            parts.append(
                ok.conv2d(
                    x[:, g::groups],
                    weight[mine],
                    bias[mine],
                    stride=stride,
                    padding=padding,
                    dilation=dilation,
                )
            )
        return np.concatenate(parts, axis=1)


class SameKernels:
    """The loop variable g does not occur where the weight is read."""

    MISTAKE = "conv2d/groups-share-kernels"
    conv2d_backward = staticmethod(ok.conv2d_backward)

    @staticmethod
    @ok.quiet
    def conv2d(x, weight, bias, *, stride=1, padding=0, dilation=1, groups=1):
        grid = ok.check_conv(x, weight, bias, stride, padding, dilation, groups)
        taps = ok.taps_by_groups(x, grid, groups)
        out = [
            np.einsum("ncpiqj,ocij->nopq", taps[:, g], weight[: len(weight) // groups])
            for g in range(groups)
        ]
        return np.concatenate(out, axis=1) + bias[:, None, None]


class ReshapedNotTransposed:
    """im2col as in the lecture: W (C·R·S) times columns, and then a reshape."""

    MISTAKE = "conv2d/images-mixed-with-channels"
    conv2d_backward = staticmethod(ok.conv2d_backward)

    @staticmethod
    @ok.quiet
    def conv2d(x, weight, bias, *, stride=1, padding=0, dilation=1, groups=1):
        grid = ok.check_conv(x, weight, bias, stride, padding, dilation, groups)
        taps = ok.taps_by_groups(x, grid, groups)
        product = np.einsum("ngcpiqj,gocij->gonpq", taps, ok.by_groups(weight, groups))
        product = product.reshape(len(weight), -1) + bias[:, None]
        return product.reshape(len(x), len(weight), *grid.counts)
