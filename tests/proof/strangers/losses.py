"""Squared errors, lost."""

import numpy as np

from strangers import _right as ok


def agreed(a, b, reduction):
    """Complain about shapes and reductions."""
    if a.shape != b.shape:
        raise ValueError(f"{a.shape} against {b.shape}")
    if reduction not in ("mean", "sum"):
        raise ValueError(reduction)


class AbsoluteError:
    MISTAKE = "mse_loss/absolute-difference"
    mse_loss_backward = staticmethod(ok.mse_loss_backward)

    @staticmethod
    @ok.quiet
    def mse_loss(a, b, *, reduction="mean"):
        agreed(a, b, reduction)
        total = np.abs(a - b).sum()
        return total if reduction == "sum" else total / a.dtype.type(a.size)


class HalfSquares:
    """Bishop's error function."""

    MISTAKE = "mse_loss/halved"
    mse_loss_backward = staticmethod(ok.mse_loss_backward)

    @staticmethod
    @ok.quiet
    def mse_loss(a, b, *, reduction="mean"):
        agreed(a, b, reduction)
        d = (a - b).ravel()
        total = (d * d).sum() / a.dtype.type(2)
        return total if reduction == "sum" else total / a.dtype.type(a.size)


class RootMeanSquare:
    MISTAKE = "mse_loss/root"
    mse_loss_backward = staticmethod(ok.mse_loss_backward)

    @staticmethod
    @ok.quiet
    def mse_loss(a, b, *, reduction="mean"):
        agreed(a, b, reduction)
        total = ((a - b) ** 2).sum()
        return np.sqrt(total if reduction == "sum" else total / a.dtype.type(a.size))


class PerSample:
    MISTAKE = "mse_loss/mean-over-batch"
    mse_loss_backward = staticmethod(ok.mse_loss_backward)

    @staticmethod
    @ok.quiet
    def mse_loss(a, b, *, reduction="mean"):
        agreed(a, b, reduction)
        total = ((a - b) ** 2).sum()
        if reduction == "sum" or not a.ndim:
            return total
        return total / a.dtype.type(a.shape[0])


class AlwaysSum:
    MISTAKE = "mse_loss/reduction-ignored"
    mse_loss_backward = staticmethod(ok.mse_loss_backward)

    @staticmethod
    @ok.quiet
    def mse_loss(a, b, *, reduction="mean"):
        agreed(a, b, reduction)
        return ((a - b) ** 2).sum()


class AsFloat:
    MISTAKE = "mse_loss/python-float"
    mse_loss_backward = staticmethod(ok.mse_loss_backward)

    @staticmethod
    def mse_loss(a, b, *, reduction="mean"):
        return float(ok.mse_loss(a, b, reduction=reduction))


class ZeroForNothing:
    MISTAKE = "mse_loss/empty-mean-zero"
    mse_loss_backward = staticmethod(ok.mse_loss_backward)

    @staticmethod
    @ok.quiet
    def mse_loss(a, b, *, reduction="mean"):
        agreed(a, b, reduction)
        if a.size == 0:
            return a.dtype.type(0)
        total = ((a - b) ** 2).sum()
        return total if reduction == "sum" else total / a.dtype.type(a.size)


class ElseSum:
    """if reduction == "mean": … else: sum."""

    MISTAKE = "mse_loss/unknown-reduction-is-sum"
    mse_loss_backward = staticmethod(ok.mse_loss_backward)

    @staticmethod
    @ok.quiet
    def mse_loss(a, b, *, reduction="mean"):
        agreed(a, b, "sum")
        total = np.square(a - b).sum()
        return total / a.dtype.type(a.size) if reduction == "mean" else total


class TargetLessInput:
    MISTAKE = "mse_loss/gradient-sign"
    mse_loss = staticmethod(ok.mse_loss)

    @staticmethod
    @ok.quiet
    def mse_loss_backward(g, x, t, *, reduction="mean"):
        agreed(x, t, reduction)
        scale = x.size if reduction == "mean" and x.size else 1
        return x.dtype.type(g) * 2 * (t - x) / x.dtype.type(scale)


class TwoLost:
    MISTAKE = "mse_loss/gradient-without-two"
    mse_loss = staticmethod(ok.mse_loss)

    @staticmethod
    @ok.quiet
    def mse_loss_backward(g, x, t, *, reduction="mean"):
        agreed(x, t, reduction)
        scale = x.size if reduction == "mean" and x.size else 1
        return x.dtype.type(g) * (x - t) / x.dtype.type(scale)


class DividesAgain:
    MISTAKE = "mse_loss/gradient-divided-twice"
    mse_loss = staticmethod(ok.mse_loss)

    @staticmethod
    @ok.quiet
    def mse_loss_backward(g, x, t, *, reduction="mean"):
        right = ok.mse_loss_backward(g, x, t, reduction=reduction)
        return right / x.dtype.type(max(x.size, 1)) if reduction == "mean" else right


class MeanGradientAlways:
    MISTAKE = "mse_loss/gradient-always-averaged"
    mse_loss = staticmethod(ok.mse_loss)

    @staticmethod
    @ok.quiet
    def mse_loss_backward(g, x, t, *, reduction="mean"):
        agreed(x, t, reduction)
        return ok.mse_loss_backward(g, x, t, reduction="mean")
