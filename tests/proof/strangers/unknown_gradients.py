"""Gradients that are wrong in a way that nobody has given a name to.

`FINDING` says in one word what is still to be seen of some: a factor, a sign.
"""

import numpy as np

from strangers import _right as ok
from strangers._windows import gather, scatter


class WeightGradientHalved:
    """The gradient of the weight has a stray factor of one half."""

    MISTAKE = None
    FINDING = "factor"
    conv2d = staticmethod(ok.conv2d)

    @staticmethod
    def conv2d_backward(grad, x, weight, bias, **settings):
        dx, dw, db = ok.conv2d_backward(grad, x, weight, bias, **settings)
        return dx, dw / 2, db


class NoInputGradient:
    """The gradient of the image is never computed, and returned as zeros."""

    MISTAKE = None
    FINDING = "missing gradient"
    conv2d = staticmethod(ok.conv2d)

    @staticmethod
    def conv2d_backward(grad, x, weight, bias, **settings):
        _, dw, db = ok.conv2d_backward(grad, x, weight, bias, **settings)
        return np.zeros_like(x), dw, db


class WeightGradientMissing:
    """The layer is frozen: the gradient of the weight is zeros."""

    MISTAKE = None
    FINDING = "missing gradient"
    linear = staticmethod(ok.linear)

    @staticmethod
    def linear_backward(grad, x, weight, bias):
        dx, _, db = ok.linear_backward(grad, x, weight, bias)
        return dx, np.zeros_like(weight), db


class InputGradientNegative:
    """The gradient of x has the wrong sign."""

    MISTAKE = None
    FINDING = "sign"
    linear = staticmethod(ok.linear)

    @staticmethod
    def linear_backward(grad, x, weight, bias):
        dx, dw, db = ok.linear_backward(grad, x, weight, bias)
        return -dx, dw, db


class BatchTimesTooLarge:
    """The gradient of the bias is multiplied by the size of the batch."""

    MISTAKE = None
    FINDING = "factor"
    linear = staticmethod(ok.linear)

    @staticmethod
    @ok.quiet
    def linear_backward(grad, x, weight, bias):
        dx, dw, db = ok.linear_backward(grad, x, weight, bias)
        return dx, dw, db * db.dtype.type(len(x))


class GradientOfTheSum:
    """The gradient of the mean is that of the sum: it is not divided by the samples."""

    MISTAKE = None
    FINDING = "sum"
    cross_entropy = staticmethod(ok.cross_entropy)

    @staticmethod
    def cross_entropy_backward(grad, x, t, *, reduction="mean"):
        ok.check_classes(x, t, reduction)
        return ok.cross_entropy_backward(grad, x, t, reduction="sum")


class SquaredErrorOfTheSum:
    """The gradient of the mean squared error is not divided by the number of elements."""

    MISTAKE = None
    FINDING = "sum"
    mse_loss = staticmethod(ok.mse_loss)

    @staticmethod
    def mse_loss_backward(grad, x, t, *, reduction="mean"):
        ok.check_pair(x, t, reduction)
        return ok.mse_loss_backward(grad, x, t, reduction="sum")


class SlopeDoubled:
    """The gradient of tanh is twice too large."""

    MISTAKE = None
    FINDING = "factor"
    tanh = staticmethod(ok.tanh)

    @staticmethod
    @ok.quiet
    def tanh_backward(grad, x):
        return ok.tanh_backward(grad, x) * 2


class CentreOnly:
    """The whole gradient of a window goes to its first pixel."""

    MISTAKE = None
    avg_pool2d = staticmethod(ok.avg_pool2d)

    @staticmethod
    @ok.quiet
    def avg_pool2d_backward(
        grad, x, *, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True
    ):
        del count_include_pad
        grid = ok.check_pool(x, kernel_size, stride, padding, ceil_mode=ceil_mode)
        taps = np.zeros_like(gather(x, grid))
        taps[:, :, :, 0, :, 0] = grad
        return scatter(taps, grid)


class FarColumnLost:
    """The gradient does not reach the image's last column."""

    MISTAKE = None
    FINDING = "border"
    avg_pool2d = staticmethod(ok.avg_pool2d)

    @staticmethod
    def avg_pool2d_backward(grad, x, **settings):
        dx = ok.avg_pool2d_backward(grad, x, **settings).copy()
        dx[..., -1] = 0
        return dx


class GammaGradientNegative:
    """The gradient of γ has the wrong sign."""

    MISTAKE = None
    FINDING = "sign"
    layer_norm = staticmethod(ok.layer_norm)

    @staticmethod
    def layer_norm_backward(grad, x, weight, bias, *, eps=1e-5):
        dx, dw, db = ok.layer_norm_backward(grad, x, weight, bias, eps=eps)
        return dx, -dw, db


class InputWeightsUntrained:
    """The gradient of the input weights is zeros; every other one is right."""

    MISTAKE = None
    FINDING = "missing gradient"
    gru = staticmethod(ok.gru)

    @staticmethod
    def gru_backward(grads, *inputs):
        dx, dh, dw_ih, *rest = ok.gru_backward(grads, *inputs)
        return (dx, dh, np.zeros_like(dw_ih), *rest)


class SkipsFirstImageRow:
    """The gradient of the first row of the image is lost at the border."""

    MISTAKE = None
    FINDING = "border"
    conv2d = staticmethod(ok.conv2d)

    @staticmethod
    def conv2d_backward(grad, x, weight, bias, **settings):
        dx, dw, db = ok.conv2d_backward(grad, x, weight, bias, **settings)
        dx = dx.copy()
        dx[:, :, 0] = 0
        return dx, dw, db
