"""Linear layers that are not quite."""

import numpy as np

from strangers import _right as ok


def refuse(x, w, b):
    """Raise for shapes that do not fit."""
    fits = x.ndim == w.ndim == 2 and b.ndim == 1
    if not fits or x.shape[1] != w.shape[1] or len(w) != len(b):
        raise ValueError(f"{x.shape}, {w.shape}, {b.shape}")


def quietly(f):
    def g(*a):
        with np.errstate(all="ignore"):
            return f(*a)

    return g


class FitsSomehow:
    """Transposes the weight if it must."""

    MISTAKE = "linear/weight-either-way-round"

    @staticmethod
    @quietly
    def linear(x, w, b):
        refuse(x, w, b)
        if x.shape[1] == w.shape[0] and w.shape[1] == b.shape[0]:
            return x.dot(w) + b
        return x.dot(w.T) + b

    @staticmethod
    @quietly
    def linear_backward(g, x, w, b):
        refuse(x, w, b)
        return g.dot(w), g.T.dot(x), np.add.reduce(g, axis=0)


class JustTheProduct:
    MISTAKE = "linear/bias-missing"

    @staticmethod
    @quietly
    def linear(x, w, b):
        refuse(x, w, b)
        return np.einsum("ni,oi->no", x, w)

    @staticmethod
    @quietly
    def linear_backward(g, x, w, b):
        refuse(x, w, b)
        return (
            np.einsum("no,oi->ni", g, w),
            np.einsum("no,ni->oi", g, x),
            np.einsum("no->o", g),
        )


class ColumnBias:
    """b[:, None], because columns are vectors."""

    MISTAKE = "linear/bias-along-batch"
    linear_backward = staticmethod(ok.linear_backward)

    @staticmethod
    @quietly
    def linear(x, w, b):
        refuse(x, w, b)
        y = x @ w.T
        return y + (b[:, None] if len(x) == len(b) else b)


class BlocksOfEight:
    """Unrolled for AVX, with the tail left for later."""

    MISTAKE = "linear/remainder-dropped"
    LANES = 8

    def linear(self, x, w, b):
        refuse(x, w, b)
        whole = x.shape[1] // self.LANES * self.LANES
        y = np.zeros((len(x), len(w)), x.dtype)
        with np.errstate(all="ignore"):
            for k in range(0, whole, self.LANES):
                block = slice(k, k + self.LANES)
                y += x[:, block] @ w[:, block].T
            return y + b

    linear_backward = staticmethod(ok.linear_backward)


class PlainZeros:
    MISTAKE = "linear/float64-output"
    linear_backward = staticmethod(ok.linear_backward)

    @staticmethod
    @quietly
    def linear(x, w, b):
        refuse(x, w, b)
        out = np.zeros((x.shape[0], w.shape[0]))
        for row in range(x.shape[0]):
            out[row] = w @ x[row] + b
        return out


class AveragesWeights:
    MISTAKE = "linear/weight-gradient-averaged"
    linear = staticmethod(ok.linear)

    @staticmethod
    @quietly
    def linear_backward(g, x, w, b):
        refuse(x, w, b)
        m = max(x.shape[0], 1)
        return g @ w, (g.T @ x) / w.dtype.type(m), g.sum(axis=0)


class InByOut:
    """dW = Xᵀ dY, whose shape is in × out."""

    MISTAKE = "linear/weight-gradient-transposed"
    linear = staticmethod(ok.linear)

    @staticmethod
    @quietly
    def linear_backward(g, x, w, b):
        refuse(x, w, b)
        return g @ w, x.T @ g, g.sum(axis=0)


class MeanBias:
    MISTAKE = "linear/bias-gradient-averaged"
    linear = staticmethod(ok.linear)

    @staticmethod
    @quietly
    def linear_backward(g, x, w, b):
        refuse(x, w, b)
        db = g.sum(axis=0) / g.dtype.type(max(len(g), 1))
        return np.matmul(g, w), np.matmul(g.T, x), db


class OtherSum:
    MISTAKE = "linear/bias-gradient-of-other-axis"
    linear = staticmethod(ok.linear)

    @staticmethod
    @quietly
    def linear_backward(g, x, w, b):
        refuse(x, w, b)
        return np.matmul(g, w), np.matmul(g.T, x), g.sum(axis=1)


class KeepsAxis:
    MISTAKE = "linear/bias-gradient-keeps-axis"
    linear = staticmethod(ok.linear)

    @staticmethod
    @quietly
    def linear_backward(g, x, w, b):
        refuse(x, w, b)
        return np.matmul(g, w), np.matmul(g.T, x), g.sum(axis=0, keepdims=True)


class WeightsFirst:
    """return dW, dx, db."""

    MISTAKE = "linear/gradients-in-other-order"
    linear = staticmethod(ok.linear)

    @staticmethod
    @quietly
    def linear_backward(g, x, w, b):
        refuse(x, w, b)
        return g.T @ x, g @ w, g.sum(axis=0)


class WhateverBroadcasts:
    """NumPy will complain if something is wrong."""

    MISTAKE = "linear/unchecked"

    @staticmethod
    @quietly
    def linear(x, w, b):
        return x @ w.T + b

    linear_backward = staticmethod(ok.linear_backward)


class NobodyHome:
    """Asserts that there is something to do, as everybody may."""

    MISTAKE = None
    RIGHT = True
    linear_backward = staticmethod(ok.linear_backward)

    @staticmethod
    @quietly
    def linear(x, w, b):
        refuse(x, w, b)
        if len(x) == 0:
            raise ValueError("empty batch")
        return np.stack([w @ row for row in x]) + b
