"""Mistakes that nobody has given a name to: near misses of named ones, and wholly different ones.

`FINDING` says in one word what is still to be seen of some: a factor, a shift, a sign.
"""

import numpy as np

from strangers import _right as ok


class TransposedFeatures:
    """The result is out × n where it is to be n × out."""

    MISTAKE = None
    FINDING = "transposed"
    linear_backward = staticmethod(ok.linear_backward)

    @staticmethod
    def linear(x, weight, bias):
        return ok.linear(x, weight, bias).T


class NegativeWeights:
    """The bias is right; the product has the other sign."""

    MISTAKE = None
    linear_backward = staticmethod(ok.linear_backward)

    @staticmethod
    def linear(x, weight, bias):
        return ok.linear(-x, weight, bias)


class BiasSubtracted:
    """The bias is a threshold here, and subtracted."""

    MISTAKE = None
    linear_backward = staticmethod(ok.linear_backward)

    @staticmethod
    def linear(x, weight, bias):
        return ok.linear(x, weight, -bias)


class SingleInDouble:
    """Squares are summed in float32 even where float64 came in."""

    MISTAKE = None
    FINDING = "float32"
    mse_loss_backward = staticmethod(ok.mse_loss_backward)

    @staticmethod
    @ok.quiet
    def mse_loss(x, t, *, reduction="mean"):
        loss = ok.mse_loss(x.astype(np.float32), t.astype(np.float32), reduction=reduction)
        return x.dtype.type(loss)


class SigmoidInSingle:
    """exp is called in float32, for it is faster there."""

    MISTAKE = None
    FINDING = "float32"
    sigmoid_backward = staticmethod(ok.sigmoid_backward)

    @staticmethod
    @ok.quiet
    def sigmoid(x):
        return ok.sigmoid(x.astype(np.float32)).astype(x.dtype)


class NegatedLoss:
    """The cross-entropy has lost its minus."""

    MISTAKE = None
    FINDING = "sign"
    cross_entropy_backward = staticmethod(ok.cross_entropy_backward)

    @staticmethod
    def cross_entropy(x, t, *, reduction="mean"):
        return -ok.cross_entropy(x, t, reduction=reduction)


class InBits:
    """The logarithm is to the base two: the loss is in bits."""

    MISTAKE = None
    FINDING = "factor"
    binary_cross_entropy_with_logits_backward = staticmethod(
        ok.binary_cross_entropy_with_logits_backward
    )

    @staticmethod
    def binary_cross_entropy_with_logits(x, t, *, reduction="mean"):
        loss = ok.binary_cross_entropy_with_logits(x, t, reduction=reduction)
        return loss / x.dtype.type(np.log(2))


class LabelsSmoothed:
    """A tenth of every target is spread over all classes."""

    MISTAKE = None
    cross_entropy_backward = staticmethod(ok.cross_entropy_backward)

    @staticmethod
    @ok.quiet
    def cross_entropy(x, t, *, reduction="mean"):
        ok.check_classes(x, t, reduction)
        log_p = ok.log_softmax(x)
        hit = log_p[np.arange(len(t)), t]
        terms = -(x.dtype.type(0.9) * hit + x.dtype.type(0.1) * log_p.mean(axis=1))
        return ok.reduced(terms, reduction)


class SmoothRelu:
    """Softplus, the smooth form of it."""

    MISTAKE = None
    relu_backward = staticmethod(ok.relu_backward)

    @staticmethod
    @ok.quiet
    def relu(x):
        return np.logaddexp(x.dtype.type(0), x)


class ThresholdOfOne:
    """What is below one is cut off, and not what is below zero."""

    MISTAKE = None
    relu_backward = staticmethod(ok.relu_backward)

    @staticmethod
    def relu(x):
        return np.where(x < 1, np.zeros_like(x), x)


class LeCunsTanh:
    """1.7159 tanh(2x/3), which keeps the variance at one."""

    MISTAKE = None
    tanh_backward = staticmethod(ok.tanh_backward)

    @staticmethod
    @ok.quiet
    def tanh(x):
        return x.dtype.type(1.7159) * np.tanh(x * x.dtype.type(2 / 3))


class BaseTwo:
    """Powers of two instead of e: 2^x / Σ 2^x."""

    MISTAKE = None
    softmax_backward = staticmethod(ok.softmax_backward)

    @staticmethod
    @ok.quiet
    def softmax(x):
        p = np.exp2(ok.shifted(x))
        return p / p.sum(axis=-1, keepdims=True)


class Temperature:
    """The logits are halved first, as if a temperature of two were asked for."""

    MISTAKE = None
    log_softmax_backward = staticmethod(ok.log_softmax_backward)

    @staticmethod
    def log_softmax(x):
        return ok.log_softmax(x / 2)


class MeanDeviation:
    """Divides by the mean absolute deviation, which is less sensitive to outliers."""

    MISTAKE = None
    batch_norm_backward = staticmethod(ok.batch_norm_backward)

    @staticmethod
    @ok.quiet
    def batch_norm(x, weight, bias, *, eps=1e-5):
        axes, along = ok.check_batch(x, weight, bias, eps)
        d = x - ok.mean(x, axes)
        h = d / (ok.mean(np.abs(d), axes) + x.dtype.type(eps))
        return h * weight.reshape(along) + bias.reshape(along)


class OnePlusGamma:
    """γ is kept as a difference from one: x̂ (1 + γ) + β."""

    MISTAKE = None
    layer_norm_backward = staticmethod(ok.layer_norm_backward)

    @staticmethod
    @ok.quiet
    def layer_norm(x, weight, bias, *, eps=1e-5):
        return ok.layer_norm(x, 1 + weight, bias, eps=eps)


class BetaInside:
    """β is multiplied by γ too: γ (x̂ + β)."""

    MISTAKE = None
    batch_norm_backward = staticmethod(ok.batch_norm_backward)

    @staticmethod
    @ok.quiet
    def batch_norm(x, weight, bias, *, eps=1e-5):
        return ok.batch_norm(x, weight, weight * bias, eps=eps)


class PixelsReversed:
    """Every sample is read from its last number to its first."""

    MISTAKE = None
    flatten_backward = staticmethod(ok.flatten_backward)

    @staticmethod
    def flatten(x):
        return ok.flatten(x)[:, ::-1]


class SamplesReversed:
    """The last sample comes first."""

    MISTAKE = None
    flatten_backward = staticmethod(ok.flatten_backward)

    @staticmethod
    def flatten(x):
        return ok.flatten(x)[::-1]


class FirstSampleForAll:
    """Every sample gets the first one's output: right for a batch of one."""

    MISTAKE = None
    FINDING = "batch"
    linear_backward = staticmethod(ok.linear_backward)

    @staticmethod
    def linear(x, weight, bias):
        y = ok.linear(x, weight, bias)
        return np.broadcast_to(y[:1], y.shape).copy()


class SquareMatrixOnly:
    """The target is read column by column where input and target are not square."""

    MISTAKE = None
    FINDING = "square"
    mse_loss_backward = staticmethod(ok.mse_loss_backward)

    @staticmethod
    def mse_loss(x, t, *, reduction="mean"):
        if x.ndim == 2 and x.shape[0] != x.shape[1] and x.shape == t.shape:
            t = t.T.reshape(t.shape)
        return ok.mse_loss(x, t, reduction=reduction)
