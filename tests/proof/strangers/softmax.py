"""Softmax and its logarithm, by people in a hurry."""

import numpy as np


def still(f):
    """Keep NumPy from talking."""

    def g(*args):
        with np.errstate(all="ignore"):
            return f(*args)

    return g


def normal_softmax(x):
    top = np.max(x, axis=-1, keepdims=True, initial=-np.inf)
    e = np.exp(x - top)
    return e / np.sum(e, axis=-1, keepdims=True)


def softmax_vjp(g, x):
    with np.errstate(all="ignore"):
        p = normal_softmax(x)
        return p * g - p * np.sum(p * g, axis=-1, keepdims=True)


class NaiveSoftmax:
    MISTAKE = "softmax/maximum-not-subtracted"
    softmax_backward = staticmethod(softmax_vjp)

    @staticmethod
    @still
    def softmax(x):
        e = np.exp(x)
        return e / np.sum(e, axis=-1, keepdims=True)


class GlobalMaximum:
    """np.max(x) without an axis works on vectors."""

    MISTAKE = "softmax/one-maximum-for-all"
    softmax_backward = staticmethod(softmax_vjp)

    @staticmethod
    @still
    def softmax(x):
        e = np.exp(x - np.max(x, initial=-np.inf))
        return e / np.sum(e, axis=-1, keepdims=True)


class AxisZero:
    MISTAKE = "softmax/first-axis"
    softmax_backward = staticmethod(softmax_vjp)

    @staticmethod
    @still
    def softmax(x):
        e = np.exp(x - np.max(x, axis=0, keepdims=True, initial=-np.inf))
        return e / np.sum(e, axis=0, keepdims=True)


class GlobalSum:
    MISTAKE = "softmax/sum-over-everything"
    softmax_backward = staticmethod(softmax_vjp)

    @staticmethod
    @still
    def softmax(x):
        e = np.exp(x - np.max(x, initial=-np.inf))
        return e / e.sum()


class JustTheDiagonal:
    MISTAKE = "softmax/diagonal-only"

    @staticmethod
    @still
    def softmax(x):
        return normal_softmax(x)

    @staticmethod
    @still
    def softmax_backward(g, x):
        s = normal_softmax(x)
        return g * s * (1 - s)


class NoInnerProduct:
    MISTAKE = "softmax/inner-product-missing"

    @staticmethod
    @still
    def softmax(x):
        return normal_softmax(x)

    @staticmethod
    @still
    def softmax_backward(g, x):
        return normal_softmax(x) * g


class LogOfSoftmax:
    MISTAKE = "log_softmax/logarithm-of-softmax"

    @staticmethod
    @still
    def log_softmax(x):
        return np.log(normal_softmax(x))

    @staticmethod
    @still
    def log_softmax_backward(g, x):
        return g - normal_softmax(x) * g.sum(axis=-1, keepdims=True)


class ClippedLog:
    MISTAKE = "log_softmax/probability-clipped"

    @staticmethod
    @still
    def log_softmax(x):
        return np.log(np.maximum(normal_softmax(x), x.dtype.type(1e-7)))

    @staticmethod
    @still
    def log_softmax_backward(g, x):
        return g - normal_softmax(x) * g.sum(axis=-1, keepdims=True)


class ForgottenMaximum:
    """x − log Σ exp(x − m): m was to come back."""

    MISTAKE = "log_softmax/maximum-not-added-back"

    @staticmethod
    @still
    def log_softmax(x):
        m = np.max(x, axis=-1, keepdims=True, initial=-np.inf)
        return x - np.log(np.exp(x - m).sum(axis=-1, keepdims=True))

    @staticmethod
    @still
    def log_softmax_backward(g, x):
        return g - normal_softmax(x) * g.sum(axis=-1, keepdims=True)


class LogMeanExp:
    MISTAKE = "log_softmax/mean-of-powers"

    @staticmethod
    @still
    def log_softmax(x):
        z = x - np.max(x, axis=-1, keepdims=True, initial=-np.inf)
        if not x.shape[-1]:
            return z
        return z - np.log(np.exp(z).mean(axis=-1, keepdims=True))

    @staticmethod
    @still
    def log_softmax_backward(g, x):
        return g - normal_softmax(x) * g.sum(axis=-1, keepdims=True)


class OneHotUpstream:
    """softmax − onehot, minus: with a loss behind it, it was right."""

    MISTAKE = "log_softmax/upstream-taken-for-one-hot"

    @staticmethod
    @still
    def log_softmax(x):
        z = x - np.max(x, axis=-1, keepdims=True, initial=-np.inf)
        return z - np.log(np.exp(z).sum(axis=-1, keepdims=True))

    @staticmethod
    @still
    def log_softmax_backward(g, x):
        return g - normal_softmax(x)


class SoftmaxGradientForLog:
    MISTAKE = "log_softmax/gradient-of-softmax"

    @staticmethod
    @still
    def log_softmax(x):
        z = x - np.max(x, axis=-1, keepdims=True, initial=-np.inf)
        return z - np.log(np.exp(z).sum(axis=-1, keepdims=True))

    log_softmax_backward = staticmethod(softmax_vjp)
