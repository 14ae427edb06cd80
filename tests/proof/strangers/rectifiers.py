"""Rectifiers to be rectified."""

import numpy as np


def still(f):
    """Keep NumPy from talking."""

    def g(*args):
        with np.errstate(all="ignore"):
            return f(*args)

    return g


class Comparison:
    """x if x > 0 else 0."""

    MISTAKE = "relu/nan-swallowed"

    @staticmethod
    def relu(x):
        return np.where(x > 0, x, np.zeros_like(x))

    @staticmethod
    def relu_backward(g, x):
        return np.where(x <= 0, np.zeros_like(g), g)


class MobileNet:
    MISTAKE = "relu/capped-at-six"

    @staticmethod
    def relu(x):
        return np.minimum(np.maximum(x, 0), 6)

    @staticmethod
    def relu_backward(g, x):
        return np.where(x <= 0, np.zeros_like(g), g)


class Mirror:
    MISTAKE = "relu/absolute-value"

    @staticmethod
    def relu(x):
        return np.abs(x)

    @staticmethod
    def relu_backward(g, x):
        return np.where(x <= 0, np.zeros_like(g), g)


class Leaks:
    MISTAKE = "relu/leaky"
    ALPHA = 0.01

    def relu(self, x):
        return np.where(x < 0, x.dtype.type(self.ALPHA) * x, x)

    def relu_backward(self, g, x):
        return np.where(x <= 0, x.dtype.type(self.ALPHA) * g, g)


class OpenGate:
    MISTAKE = "relu/gate-left-open"

    @staticmethod
    def relu(x):
        return np.maximum(x, 0)

    @staticmethod
    def relu_backward(g, x):
        assert g.shape == x.shape
        return g.copy()


class WrongGate:
    """dx[dx < 0] = 0"""

    MISTAKE = "relu/gate-on-upstream"

    @staticmethod
    def relu(x):
        return np.maximum(x, 0)

    @staticmethod
    def relu_backward(g, x):
        dx = g.copy()
        dx[dx < 0] = 0
        return dx.reshape(x.shape)


class InPlaceRelu:
    """x[x < 0] = 0; return x"""

    MISTAKE = "relu/in-place"

    @staticmethod
    def relu(x):
        x[x < 0] = 0
        return x.copy()

    @staticmethod
    def relu_backward(g, x):
        return np.where(x <= 0, np.zeros_like(g), g)
