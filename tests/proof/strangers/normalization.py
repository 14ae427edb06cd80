"""Normalization by those who normalized something else."""

import numpy as np

from strangers import _right as ok


def like(x, vector):
    """Make γ or β stand along the channels."""
    return vector.reshape((1, -1) + (1,) * (x.ndim - 2))


def batching(standardized):
    """Return a batch norm of which only the standardized values are another's."""

    @ok.quiet
    def batch_norm(x, weight, bias, *, eps=1e-5):
        axes, _ = ok.check_batch(x, weight, bias, eps)
        return standardized(x, axes, x.dtype.type(eps)) * like(x, weight) + like(x, bias)

    return staticmethod(batch_norm)


def layering(standardized):
    """Return a layer norm of which only the standardized values are another's."""

    @ok.quiet
    def layer_norm(x, weight, bias, *, eps=1e-5):
        ok.check_layer(x, weight, bias)
        return standardized(x, (-1,), x.dtype.type(eps)) * weight + bias

    return staticmethod(layer_norm)


def unbiased(x, axes, eps):
    d = x - ok.mean(x, axes)
    count = int(np.prod([x.shape[a] for a in axes])) - 1
    v = (d * d).sum(axis=axes, keepdims=True) / x.dtype.type(count)
    return d / np.sqrt(v + eps)


def eps_outside(x, axes, eps):
    d = x - ok.mean(x, axes)
    return d / (np.sqrt(ok.mean(d * d, axes)) + eps)


def fixed_eps(x, axes, _eps):
    d = x - ok.mean(x, axes)
    return d / np.sqrt(ok.mean(d * d, axes) + x.dtype.type(1e-5))


def by_squares(x, axes, eps):
    m = ok.mean(x, axes)
    return (x - m) / np.sqrt(ok.mean(x * x, axes) - m * m + eps)


def by_variance(x, axes, eps):
    d = x - ok.mean(x, axes)
    return d / (ok.mean(d * d, axes) + eps)


def uncentred(x, axes, eps):
    d = x - ok.mean(x, axes)
    return x / np.sqrt(ok.mean(d * d, axes) + eps)


def by_second_moment(x, axes, eps):
    d = x - ok.mean(x, axes)
    return d / np.sqrt(ok.mean(x * x, axes) + eps)


class SampleVariance:
    """np.var(x, ddof=1), as in statistics class."""

    MISTAKE = "batch_norm/unbiased-variance"
    batch_norm = batching(unbiased)
    batch_norm_backward = staticmethod(ok.batch_norm_backward)


class EpsilonOutside:
    MISTAKE = "batch_norm/eps-outside-the-root"
    batch_norm = batching(eps_outside)
    batch_norm_backward = staticmethod(ok.batch_norm_backward)


class EpsilonFixed:
    MISTAKE = "batch_norm/eps-not-a-parameter"
    batch_norm = batching(fixed_eps)
    batch_norm_backward = staticmethod(ok.batch_norm_backward)


class OnePass:
    """E[x²] − E[x]² needs one pass only."""

    MISTAKE = "batch_norm/difference-of-squares"
    batch_norm = batching(by_squares)
    batch_norm_backward = staticmethod(ok.batch_norm_backward)


class NoRoot:
    MISTAKE = "batch_norm/divided-by-the-variance"
    batch_norm = batching(by_variance)
    batch_norm_backward = staticmethod(ok.batch_norm_backward)


class AllTogether:
    """x.mean() and x.std(): written before there were channels."""

    MISTAKE = "batch_norm/all-channels-together"
    batch_norm_backward = staticmethod(ok.batch_norm_backward)

    @staticmethod
    @ok.quiet
    def batch_norm(x, weight, bias, *, eps=1e-5):
        ok.check_batch(x, weight, bias, eps)
        every = tuple(range(x.ndim))
        h, _ = ok.standard(x, every, eps)
        return h * like(x, weight) + like(x, bias)


class InstanceNorm:
    MISTAKE = "batch_norm/each-sample-by-itself"
    batch_norm_backward = staticmethod(ok.batch_norm_backward)

    @staticmethod
    @ok.quiet
    def batch_norm(x, weight, bias, *, eps=1e-5):
        ok.check_batch(x, weight, bias, eps)
        h, _ = ok.standard(x, tuple(range(2, x.ndim)), eps)
        return h * like(x, weight) + like(x, bias)


class AxisZeroOnly:
    """x.mean(axis=0), right for dense layers."""

    MISTAKE = "batch_norm/over-samples-alone"
    batch_norm_backward = staticmethod(ok.batch_norm_backward)

    @staticmethod
    @ok.quiet
    def batch_norm(x, weight, bias, *, eps=1e-5):
        ok.check_batch(x, weight, bias, eps)
        h, _ = ok.standard(x, (0,), eps)
        return h * like(x, weight) + like(x, bias)


def held(formula):
    """Return a batch norm's backward pass with another gradient of x."""

    @ok.quiet
    def batch_norm_backward(grad, x, weight, bias, *, eps=1e-5):
        axes, along = ok.check_batch(x, weight, bias, eps)
        h, s = ok.standard(x, axes, eps)
        _, grad_weight, grad_bias = ok.batch_norm_backward(grad, x, weight, bias, eps=eps)
        grad_x = weight.reshape(along) * s * formula(grad, h, axes)
        return grad_x, grad_weight, grad_bias

    return staticmethod(batch_norm_backward)


class MeanIsConstant:
    MISTAKE = "batch_norm/mean-held-constant"
    batch_norm = staticmethod(ok.batch_norm)
    batch_norm_backward = held(lambda g, h, axes: g - h * ok.mean(g * h, axes))


class VarianceIsConstant:
    MISTAKE = "batch_norm/variance-held-constant"
    batch_norm = staticmethod(ok.batch_norm)
    batch_norm_backward = held(lambda g, _h, axes: g - ok.mean(g, axes))


class NothingDependsOnX:
    MISTAKE = "batch_norm/statistics-held-constant"
    batch_norm = staticmethod(ok.batch_norm)
    batch_norm_backward = held(lambda g, _h, _axes: g)


class GammaSeesX:
    MISTAKE = "batch_norm/weight-gradient-of-x"
    batch_norm = staticmethod(ok.batch_norm)

    @staticmethod
    @ok.quiet
    def batch_norm_backward(grad, x, weight, bias, *, eps=1e-5):
        dx, _, dbeta = ok.batch_norm_backward(grad, x, weight, bias, eps=eps)
        axes, _ = ok.check_batch(x, weight, bias, eps)
        return dx, (grad * x).sum(axis=axes), dbeta


class BetaAveraged:
    MISTAKE = "batch_norm/bias-gradient-averaged"
    batch_norm = staticmethod(ok.batch_norm)

    @staticmethod
    @ok.quiet
    def batch_norm_backward(grad, x, weight, bias, *, eps=1e-5):
        dx, dgamma, _ = ok.batch_norm_backward(grad, x, weight, bias, eps=eps)
        axes, _ = ok.check_batch(x, weight, bias, eps)
        return dx, dgamma, ok.mean(grad, axes).reshape(-1)


class BetaBeforeGamma:
    MISTAKE = "batch_norm/gradients-of-weight-and-bias-exchanged"
    batch_norm = staticmethod(ok.batch_norm)

    @staticmethod
    def batch_norm_backward(grad, x, weight, bias, *, eps=1e-5):
        dx, dgamma, dbeta = ok.batch_norm_backward(grad, x, weight, bias, eps=eps)
        return dx, dbeta, dgamma


class TorchStd:
    """torch.std is unbiased; so is this."""

    MISTAKE = "layer_norm/unbiased-variance"
    layer_norm = layering(unbiased)
    layer_norm_backward = staticmethod(ok.layer_norm_backward)


class AnnotatedTransformer:
    """(x − mean) / (std + eps), as in a well-known tutorial."""

    MISTAKE = "layer_norm/eps-outside-the-root"
    layer_norm = layering(eps_outside)
    layer_norm_backward = staticmethod(ok.layer_norm_backward)


class Uncentred:
    MISTAKE = "layer_norm/not-centred"
    layer_norm = layering(uncentred)
    layer_norm_backward = staticmethod(ok.layer_norm_backward)


class NearlyRms:
    MISTAKE = "layer_norm/second-moment"
    layer_norm = layering(by_second_moment)
    layer_norm_backward = staticmethod(ok.layer_norm_backward)


class OverSamples:
    MISTAKE = "layer_norm/over-the-first-axis"
    layer_norm_backward = staticmethod(ok.layer_norm_backward)

    @staticmethod
    @ok.quiet
    def layer_norm(x, weight, bias, *, eps=1e-5):
        ok.check_layer(x, weight, bias)
        return ok.standard(x, (0,), eps)[0] * weight + bias


class OverAll:
    MISTAKE = "layer_norm/over-everything"
    layer_norm_backward = staticmethod(ok.layer_norm_backward)

    @staticmethod
    @ok.quiet
    def layer_norm(x, weight, bias, *, eps=1e-5):
        ok.check_layer(x, weight, bias)
        return ok.standard(x, tuple(range(x.ndim)), eps)[0] * weight + bias


class LayerStatisticsConstant:
    MISTAKE = "layer_norm/statistics-held-constant"
    layer_norm = staticmethod(ok.layer_norm)

    @staticmethod
    @ok.quiet
    def layer_norm_backward(grad, x, weight, bias, *, eps=1e-5):
        _, dgamma, dbeta = ok.layer_norm_backward(grad, x, weight, bias, eps=eps)
        return weight * ok.standard(x, (-1,), eps)[1] * grad, dgamma, dbeta


class HalfPrecisionRows:
    MISTAKE = "layer_norm/half-precision-inside"
    layer_norm_backward = staticmethod(ok.layer_norm_backward)

    @staticmethod
    @ok.quiet
    def layer_norm(x, weight, bias, *, eps=1e-5):
        return ok.layer_norm(x.astype(np.float16).astype(x.dtype), weight, bias, eps=eps)


class LayerNan:
    """np.nan_to_num at the end, against the NaNs of dead rows."""

    MISTAKE = "layer_norm/nan-swallowed"
    layer_norm_backward = staticmethod(ok.layer_norm_backward)

    @staticmethod
    def layer_norm(x, weight, bias, *, eps=1e-5):
        y = ok.layer_norm(x, weight, bias, eps=eps)
        return np.where(np.isnan(y), np.zeros_like(y), y)
