"""Sigmoids by people in a hurry. Nothing here is shared with anybody."""

import numpy as np


def still(f):
    """Keep NumPy from talking."""

    def g(*args):
        with np.errstate(all="ignore"):
            return f(*args)

    return g


class TextbookSigmoid:
    """1 / (1 + exp(-x)), as it stands in every textbook."""

    MISTAKE = "sigmoid/overflow-warning"

    @staticmethod
    def sigmoid(x):
        return 1 / (1 + np.exp(-x))

    @staticmethod
    @still
    def sigmoid_backward(g, x):
        e = np.exp(-np.abs(x))
        return g * (e / (1 + e) ** 2)


class ExpOverOnePlusExp:
    MISTAKE = "sigmoid/powers-of-plus-x"

    @staticmethod
    @still
    def sigmoid(x):
        power = np.exp(x)
        return power / (1 + power)

    @staticmethod
    @still
    def sigmoid_backward(g, x):
        e = np.exp(-np.abs(x))
        return g * (e / (1 + e) ** 2)


class LostMinus:
    MISTAKE = "sigmoid/sign-of-exponent"

    @staticmethod
    @still
    def sigmoid(x):
        return np.reciprocal(1 + np.exp(x))

    @staticmethod
    @still
    def sigmoid_backward(g, x):
        e = np.exp(-np.abs(x))
        return g * (e / (1 + e) ** 2)


class ByTanh:
    """tanh has no overflow: one line less to think about."""

    MISTAKE = "sigmoid/tail-lost"

    @staticmethod
    @still
    def sigmoid(x):
        half = x / 2
        return (1 + np.tanh(half)) / 2

    @staticmethod
    @still
    def sigmoid_backward(g, x):
        e = np.exp(-np.abs(x))
        return g * (e / (1 + e) ** 2)


class SafeForLogs:
    """Clipped so that no later log is infinite."""

    MISTAKE = "sigmoid/clipped"
    TINY = 1e-7

    def sigmoid(self, x):
        with np.errstate(all="ignore"):
            e = np.exp(-np.abs(x))
            s = np.where(x < 0, e / (1 + e), 1 / (1 + e))
        return np.clip(s, x.dtype.type(self.TINY), x.dtype.type(1 - self.TINY))

    @staticmethod
    @still
    def sigmoid_backward(g, x):
        e = np.exp(-np.abs(x))
        return g * (e / (1 + e) ** 2)


class OneNumber:
    """float(result) if it is just one number — handy in the notebook."""

    MISTAKE = "sigmoid/one-element-as-float"

    @staticmethod
    @still
    def sigmoid(x):
        e = np.exp(-np.abs(x))
        s = np.where(x < 0, e / (1 + e), 1 / (1 + e))
        return s.item() if s.size == 1 else s

    @staticmethod
    @still
    def sigmoid_backward(g, x):
        e = np.exp(-np.abs(x))
        return g * (e / (1 + e) ** 2)


class SlopeOfOutput:
    """In the course the backward function gets the output. Here it gets x."""

    MISTAKE = "sigmoid/slope-of-activation"

    @staticmethod
    @still
    def sigmoid(z):
        e = np.exp(-np.abs(z))
        return np.where(z < 0, e, np.ones_like(e)) / (1 + e)

    @staticmethod
    @still
    def sigmoid_backward(dA, a):
        return dA * a * (1 - a)


class HalfASlope:
    MISTAKE = "sigmoid/half-a-slope"

    @staticmethod
    @still
    def sigmoid(z):
        e = np.exp(-np.abs(z))
        return np.where(z < 0, e, np.ones_like(e)) / (1 + e)

    def sigmoid_backward(self, dA, z):
        with np.errstate(all="ignore"):
            return dA * self.sigmoid(z)


class JustTheDerivative:
    """sigmoid_prime, under another name."""

    MISTAKE = "sigmoid/upstream-ignored"

    @staticmethod
    @still
    def sigmoid(z):
        e = np.exp(-np.abs(z))
        return np.where(z < 0, e, np.ones_like(e)) / (1 + e)

    @staticmethod
    @still
    def sigmoid_backward(_, x):
        e = np.exp(-np.abs(x))
        return e / (1 + e) ** 2


class TanhByDefinition:
    MISTAKE = "tanh/quotient-of-powers"

    @staticmethod
    @still
    def tanh(x):
        # Near zero the quotient of differences has no digits; expm1 has.
        up, down = np.exp(x), np.exp(-x)
        return (np.expm1(x) - np.expm1(-x)) / (up + down)

    @staticmethod
    @still
    def tanh_backward(g, x):
        return g * (1 - np.square(np.tanh(x)))


class TwoSigmasLessOne:
    MISTAKE = "tanh/digits-lost-at-zero"

    @staticmethod
    @still
    def tanh(x):
        return 2 / (1 + np.exp(-2 * x)) - 1

    @staticmethod
    @still
    def tanh_backward(g, x):
        return g * (1 - np.square(np.tanh(x)))


class TwoForgotten:
    """tanh is 2σ − 1, isn't it?"""

    MISTAKE = "tanh/sigmoid-of-x"

    @staticmethod
    @still
    def tanh(x):
        return 2 / (1 + np.exp(-x)) - 1

    @staticmethod
    @still
    def tanh_backward(g, x):
        return g * (1 - np.square(np.tanh(x)))


class LookedUp:
    """Beyond three it is one, for all purposes of the embedded device."""

    MISTAKE = "tanh/saturated-early"

    @staticmethod
    @still
    def tanh(x):
        y = np.tanh(x)
        return np.where(np.abs(x) > 3, np.sign(x), y)

    @staticmethod
    @still
    def tanh_backward(g, x):
        return g * (1 - np.square(np.tanh(x)))


class OutIsX:
    MISTAKE = "tanh/in-place"

    @staticmethod
    @still
    def tanh(x):
        np.tanh(x, out=x)
        return x

    @staticmethod
    @still
    def tanh_backward(g, x):
        return g * (1 - np.square(np.tanh(x)))


class NoSquare:
    MISTAKE = "tanh/square-missing"

    @staticmethod
    @still
    def tanh(x):
        return np.tanh(x)

    @staticmethod
    @still
    def tanh_backward(g, x):
        return g * (1 - np.tanh(x))


class BorrowedSlope:
    """Copied from sigmoid_backward, one name changed."""

    MISTAKE = "tanh/slope-of-sigmoid"

    @staticmethod
    @still
    def tanh(x):
        return np.tanh(x)

    @staticmethod
    @still
    def tanh_backward(g, x):
        a = np.tanh(x)
        return g * a * (1 - a)


class SlopeOfX:
    MISTAKE = "tanh/slope-of-activation"

    @staticmethod
    @still
    def tanh(x):
        return np.tanh(x)

    @staticmethod
    @still
    def tanh_backward(g, x):
        return g * (1 - x * x)
