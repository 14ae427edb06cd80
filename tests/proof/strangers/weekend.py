"""The second weekend: flattening, and walking downhill."""

import numpy as np

from strangers import _right as ok


class ColumnMajor:
    """MATLAB's X(:)."""

    MISTAKE = "flatten/column-major"

    @staticmethod
    def flatten(x):
        return np.stack([one.ravel(order="F") for one in x]) if len(x) else ok.flatten(x)

    @staticmethod
    def flatten_backward(g, x):
        return g.reshape(x.shape)


class ChannelsLast:
    MISTAKE = "flatten/channels-last"

    @staticmethod
    def flatten(x):
        return ok.flatten(np.moveaxis(x, 1, -1))

    @staticmethod
    def flatten_backward(g, x):
        return g.reshape(x.shape)


class OneRow:
    """The whole batch as one row: a matrix still, which no name is known for."""

    MISTAKE = None

    @staticmethod
    def flatten(x):
        return x.reshape(1, x.size)

    @staticmethod
    def flatten_backward(g, x):
        return g.reshape(x.shape)


class MinusOne:
    """reshape(n, -1), which refuses a batch of no samples, as everybody may."""

    MISTAKE = None
    RIGHT = True

    @staticmethod
    def flatten(x):
        return x.reshape(x.shape[0], -1)

    @staticmethod
    def flatten_backward(g, x):
        return g.reshape(x.shape)


class StillFlat:
    MISTAKE = "flatten/gradient-left-flat"

    @staticmethod
    def flatten(x):
        return x.reshape(len(x), int(np.prod(x.shape[1:])))

    @staticmethod
    def flatten_backward(g, x):
        del x
        return g


class Ones:
    MISTAKE = "flatten/gradient-of-ones"

    @staticmethod
    def flatten(x):
        return x.reshape(len(x), int(np.prod(x.shape[1:])))

    @staticmethod
    def flatten_backward(g, x):
        del g
        return np.ones_like(x)


def paired(parameters, gradients, learning_rate):
    if len(parameters) != len(gradients) or learning_rate < 0:
        raise ValueError("as many gradients as parameters, and a rate of zero or more")
    for p, g in zip(parameters, gradients, strict=True):
        if p.shape != g.shape:
            raise ValueError("shapes differ")
        yield p, g, p.dtype.type(learning_rate)


class Ascent:
    MISTAKE = "gradient_descent/uphill"

    @staticmethod
    def gradient_descent(parameters, gradients, *, learning_rate):
        with np.errstate(all="ignore"):
            return [p + r * g for p, g, r in paired(parameters, gradients, learning_rate)]


class WholeStep:
    MISTAKE = "gradient_descent/rate-missing"

    @staticmethod
    def gradient_descent(parameters, gradients, *, learning_rate):
        with np.errstate(all="ignore"):
            return [p - g for p, g, _ in paired(parameters, gradients, learning_rate)]


class SignOnly:
    MISTAKE = "gradient_descent/sign-only"

    @staticmethod
    def gradient_descent(parameters, gradients, *, learning_rate):
        with np.errstate(all="ignore"):
            return [p - r * np.sign(g) for p, g, r in paired(parameters, gradients, learning_rate)]


class MinusEquals:
    """p -= rate * g"""

    MISTAKE = "gradient_descent/in-place"

    @staticmethod
    def gradient_descent(parameters, gradients, *, learning_rate):
        stepped = []
        with np.errstate(all="ignore"):
            for p, g, r in paired(parameters, gradients, learning_rate):
                np.subtract(p, r * g, out=p)
                stepped.append(p)
        return stepped


class ReturnsInLoop:
    """The return is indented as deep as the step."""

    MISTAKE = "gradient_descent/first-parameter-only"

    @staticmethod
    def gradient_descent(parameters, gradients, *, learning_rate):
        new = list(parameters)
        with np.errstate(all="ignore"):
            for k, (p, g, r) in enumerate(list(paired(parameters, gradients, learning_rate))):
                new[k] = p - r * g
                return new
        return new


class ZipStops:
    MISTAKE = "gradient_descent/zip-stops-early"

    @staticmethod
    def gradient_descent(parameters, gradients, *, learning_rate):
        n = min(len(parameters), len(gradients))
        return ok.gradient_descent(parameters[:n], gradients[:n], learning_rate=learning_rate)


class Momentum:
    """A velocity kept between calls, as every optimizer should have."""

    MISTAKE = "gradient_descent/momentum-kept"

    def __init__(self, mu=0.9):
        self.mu = mu
        self.velocity = {}

    def gradient_descent(self, parameters, gradients, *, learning_rate):
        new = []
        with np.errstate(all="ignore"):
            for k, (p, g, r) in enumerate(paired(parameters, gradients, learning_rate)):
                slot = (k, p.shape, p.dtype)
                v = p.dtype.type(self.mu) * self.velocity.get(slot, np.zeros_like(p)) + g
                self.velocity[slot] = v
                new.append(p - r * v)
        return new


class RateOrDefault:
    """learning_rate or 0.01"""

    MISTAKE = "gradient_descent/rate-zero-replaced"

    @staticmethod
    def gradient_descent(parameters, gradients, *, learning_rate):
        return ok.gradient_descent(parameters, gradients, learning_rate=learning_rate or 0.01)
