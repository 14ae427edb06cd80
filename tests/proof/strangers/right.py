"""Strange, and right: each by someone who shares nothing with anybody, not even a function."""

import functools
import math

import numpy as np


def hush(f):
    """Compute in silence."""

    @functools.wraps(f)
    def inner(*a, **k):
        with np.errstate(all="ignore"):
            return f(*a, **k)

    return inner


class OneNumberAtATime:
    """Elementwise functions by the standard library, in double precision, then rounded."""

    MISTAKE = None
    RIGHT = True

    @staticmethod
    def each(f, *arrays):
        out = np.empty(arrays[0].shape, arrays[0].dtype)
        with np.errstate(all="ignore"):
            for index in np.ndindex(out.shape):
                out[index] = f(*(float(a[index]) for a in arrays))
        return out

    def sigmoid(self, x):
        def s(v):
            if v < 0:
                return math.exp(v) / (1 + math.exp(v))
            return 1 / (1 + math.exp(-v))

        return self.each(s, x)

    def sigmoid_backward(self, g, x):
        def d(u, v):
            e = math.exp(-abs(v))
            return u * (e / (1 + e) / (1 + e))

        return self.each(d, g, x)

    def tanh(self, x):
        return self.each(math.tanh, x)

    def tanh_backward(self, g, x):
        def d(u, v):
            t = math.tanh(v)
            return u * ((1 - t) * (1 + t))

        return self.each(d, g, x)

    def relu(self, x):
        return self.each(lambda v: 0.0 if v < 0 else v, x)

    def relu_backward(self, g, x):
        return self.each(lambda u, v: 0.0 if v <= 0 else u, g, x)


class Clipped:
    """ReLU as a clip without an upper end."""

    MISTAKE = None
    RIGHT = True

    @staticmethod
    def relu(x):
        return np.clip(x, 0, None)

    @staticmethod
    def relu_backward(g, x):
        gated = g.copy()
        gated[x <= 0] = 0
        return gated


class ByExpm1:
    """tanh from e^(−2|x|) − 1 in extended precision: every digit is kept near zero."""

    MISTAKE = None
    RIGHT = True

    @staticmethod
    @hush
    def tanh(x):
        e = np.expm1(-2 * np.abs(x.astype(np.longdouble)))
        return np.copysign(-e / (e + 2), x).astype(x.dtype)

    @staticmethod
    @hush
    def tanh_backward(g, x):
        c = np.exp(-2 * np.abs(x))
        return g * (4 * c / np.square(1 + c))


class RowByRow:
    """Softmax as a loop over rows; its gradient is pᵢ Σⱼ pⱼ (gᵢ − gⱼ), with no sum subtracted."""

    MISTAKE = None
    RIGHT = True

    @staticmethod
    @hush
    def softmax(x):
        out = np.empty_like(x)
        for index in np.ndindex(x.shape[:-1]):
            row = x[index]
            if row.size:
                powers = np.exp(row - row.max())
                out[index] = powers / powers.sum()
        return out

    @hush
    def softmax_backward(self, g, x):
        out = np.empty_like(x)
        for index in np.ndindex(x.shape[:-1]):
            p = self.softmax(x[index])
            out[index] = p * (np.subtract.outer(g[index], g[index]) * p).sum(axis=1)
        return out


class LongLogarithms:
    """log softmax in extended precision, rounded at the end."""

    MISTAKE = None
    RIGHT = True

    @staticmethod
    @hush
    def log_softmax(x):
        if x.size == 0:
            return x.copy()
        long = x.astype(np.longdouble)
        top = long.max(axis=-1, keepdims=True)
        return (long - top - np.log(np.exp(long - top).sum(-1, keepdims=True))).astype(x.dtype)

    @staticmethod
    @hush
    def log_softmax_backward(g, x):
        if x.size == 0:
            return x.copy()
        long = x.astype(np.longdouble)
        e = np.exp(long - long.max(axis=-1, keepdims=True))
        p = e / e.sum(-1, keepdims=True)
        up = g.astype(np.longdouble)
        return (up - p * up.sum(-1, keepdims=True)).astype(x.dtype)


class InnerProduct:
    """The sum of squares as an inner product of the difference with itself."""

    MISTAKE = None
    RIGHT = True
    REDUCTIONS = ("mean", "sum")

    @hush
    def mse_loss(self, a, b, *, reduction="mean"):
        self.count(a, b, reduction)
        d = np.ravel(a - b)
        total = np.vdot(d, d)
        return total / np.asarray(d.size, a.dtype) if reduction == "mean" else total

    @hush
    def mse_loss_backward(self, g, a, b, *, reduction="mean"):
        d = a - b
        each = d + d
        return np.asarray(g, a.dtype) * each / np.asarray(self.count(a, b, reduction), a.dtype)

    def count(self, a, b, reduction):
        if reduction not in self.REDUCTIONS or a.shape != b.shape:
            raise ValueError("mean or sum, of equal shapes")
        return max(a.size, 1) if reduction == "mean" else 1


class LogLikelihood:
    """Cross-entropy by a running logaddexp; targets by a comparison with arange."""

    MISTAKE = None
    RIGHT = True

    @staticmethod
    def hits(x, t, reduction):
        if x.ndim != 2 or t.shape != (x.shape[0],) or reduction not in ("mean", "sum"):
            raise ValueError("shapes or reduction")
        if any(not 0 <= k < x.shape[1] for k in t.tolist()):
            raise IndexError("class")
        return t[:, None] == np.arange(x.shape[1])

    @hush
    def cross_entropy(self, x, t, *, reduction="mean"):
        hit = self.hits(x, t, reduction)
        long = x.astype(np.longdouble)
        long = long - long.max(axis=1, keepdims=True, initial=-np.inf)
        terms = [
            np.logaddexp.reduce(row) - row[one].item() for row, one in zip(long, hit, strict=True)
        ]
        total = np.asarray(sum(terms, start=np.longdouble(0)))
        if reduction == "mean":
            total = total / np.longdouble(len(terms))
        return total.astype(x.dtype)

    @hush
    def cross_entropy_backward(self, g, x, t, *, reduction="mean"):
        hit = self.hits(x, t, reduction)
        long = x.astype(np.longdouble)
        top = long.max(axis=1, keepdims=True, initial=-np.inf)
        p = np.exp(long - top)
        p = p / p.sum(axis=1, keepdims=True) - hit
        n = max(len(t), 1) if reduction == "mean" else 1
        return (np.longdouble(g) * p / n).astype(x.dtype)


class SoftplusLoss:
    """BCE with logits as t softplus(−x) + (1 − t) softplus(x)."""

    MISTAKE = None
    RIGHT = True

    @staticmethod
    def agree(x, t, reduction):
        if x.shape != t.shape or reduction not in {"mean", "sum"}:
            raise ValueError("shapes or reduction")

    @hush
    def binary_cross_entropy_with_logits(self, x, t, *, reduction="mean"):
        self.agree(x, t, reduction)
        small = np.log1p(np.exp(-np.abs(x)))
        terms = np.maximum(-x, 0) + small + (1 - t) * x
        total = np.add.reduce(terms, axis=None)
        return np.divide(total, x.dtype.type(x.size)) if reduction == "mean" else total

    @hush
    def binary_cross_entropy_with_logits_backward(self, g, x, t, *, reduction="mean"):
        self.agree(x, t, reduction)
        e = np.exp(-np.abs(x))
        s = np.where(x >= 0, 1, e) / (1 + e)
        n = x.size if reduction == "mean" and x.size else 1
        return (s - t) * x.dtype.type(g) / x.dtype.type(n)


class Enumerated:
    """Flattening by writing down every number in turn."""

    MISTAKE = None
    RIGHT = True

    @staticmethod
    def flatten(x):
        out = np.empty((x.shape[0], math.prod(x.shape[1:])), x.dtype)
        for row, sample in zip(out, x, strict=True):
            for k, index in enumerate(np.ndindex(sample.shape)):
                row[k] = sample[index]
        return out

    @staticmethod
    def flatten_backward(g, x):
        back = np.empty(x.shape, g.dtype)
        for n, row in enumerate(g):
            for value, index in zip(row, np.ndindex(x.shape[1:]), strict=True):
                back[n, *index] = value
        return back


class StepFunction:
    """Gradient descent as a function of one parameter, mapped."""

    MISTAKE = None
    RIGHT = True

    @staticmethod
    @hush
    def gradient_descent(parameters, gradients, *, learning_rate):
        def step(p, g):
            if p.shape != g.shape:
                raise ValueError("shape")
            return np.subtract(p, np.multiply(g, p.dtype.type(learning_rate)))

        if learning_rate < 0:
            raise ValueError("rate")
        return [step(*both) for both in zip(parameters, gradients, strict=True)]
