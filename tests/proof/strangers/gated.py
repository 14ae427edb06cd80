"""Gated networks, with a hinge on the wrong side."""

import numpy as np

from strangers import _recurrent as parts
from strangers import _right as ok


def gate(z):
    return np.exp(-np.logaddexp(0, -z))


class FreshState:
    MISTAKE = "gru_cell/starts-from-zero"
    gru_cell_backward = staticmethod(ok.gru_cell_backward)

    @staticmethod
    def gru_cell(x, h, *weights):
        parts.check(3, x, (h,), weights)
        return ok.gru_cell(x, np.zeros_like(h), *weights)


class MeanBiases:
    MISTAKE = "lstm_cell/bias-gradients-averaged"
    lstm_cell = staticmethod(ok.lstm_cell)

    @staticmethod
    def lstm_cell_backward(grads, x, *rest):
        *first, b_ih, b_hh = ok.lstm_cell_backward(grads, x, *rest)
        n = x.dtype.type(max(len(x), 1))
        return (*first, b_ih / n, b_hh / n)


class OnnxOrder:
    """Weights exported in ONNX's order: i, o, f, c."""

    MISTAKE = "lstm_cell/gates-in-the-order-i-o-f-g"
    lstm_cell_backward = staticmethod(ok.lstm_cell_backward)

    @staticmethod
    @ok.quiet
    def lstm_cell(x, h, c, w_ih, w_hh, b_ih, b_hh):
        parts.check(4, x, (h, c), (w_ih, w_hh, b_ih, b_hh))
        i, o, f, g = np.split(x @ w_ih.T + b_ih + h @ w_hh.T + b_hh, 4, axis=1)
        cell = gate(f) * c + gate(i) * np.tanh(g)
        return gate(o) * np.tanh(cell), cell


class ForgetFirst:
    """f, i, g, o — as the paper numbers its equations."""

    MISTAKE = "lstm_cell/i-and-f-exchanged"
    lstm_cell_backward = staticmethod(ok.lstm_cell_backward)

    @staticmethod
    @ok.quiet
    def lstm_cell(x, h, c, w_ih, w_hh, b_ih, b_hh):
        parts.check(4, x, (h, c), (w_ih, w_hh, b_ih, b_hh))
        f, i, g, o = np.split(x @ w_ih.T + b_ih + h @ w_hh.T + b_hh, 4, axis=1)
        cell = gate(f) * c + gate(i) * np.tanh(g)
        return gate(o) * np.tanh(cell), cell


class NoOutputTanh:
    MISTAKE = "lstm_cell/output-without-tanh"
    lstm_cell_backward = staticmethod(ok.lstm_cell_backward)

    @staticmethod
    @ok.quiet
    def lstm_cell(x, h, c, w_ih, w_hh, b_ih, b_hh):
        parts.check(4, x, (h, c), (w_ih, w_hh, b_ih, b_hh))
        i, f, g, o = np.split(x @ w_ih.T + b_ih + h @ w_hh.T + b_hh, 4, axis=1)
        cell = gate(f) * c + gate(i) * np.tanh(g)
        return gate(o) * cell, cell


class ForgetsLess:
    """TensorFlow's forget_bias=1.0."""

    MISTAKE = "lstm_cell/forget-bias-of-one"
    lstm_cell_backward = staticmethod(ok.lstm_cell_backward)

    @staticmethod
    @ok.quiet
    def lstm_cell(x, h, c, w_ih, w_hh, b_ih, b_hh):
        parts.check(4, x, (h, c), (w_ih, w_hh, b_ih, b_hh))
        i, f, g, o = np.split(x @ w_ih.T + b_ih + h @ w_hh.T + b_hh, 4, axis=1)
        cell = gate(f + 1) * c + gate(i) * np.tanh(g)
        return gate(o) * np.tanh(cell), cell


class CellFirst:
    """TensorFlow's LSTMStateTuple is (c, h)."""

    MISTAKE = "lstm_cell/states-exchanged"
    lstm_cell_backward = staticmethod(ok.lstm_cell_backward)

    @staticmethod
    def lstm_cell(*inputs):
        h, c = ok.lstm_cell(*inputs)
        return c, h


class CellGradientLost:
    """Only dh arrives; dc of the next step was never passed down."""

    MISTAKE = "lstm_cell/gradient-of-last-c-dropped"
    lstm_cell = staticmethod(ok.lstm_cell)

    @staticmethod
    def lstm_cell_backward(grads, *inputs):
        dh, dc = grads
        return ok.lstm_cell_backward((dh, np.zeros_like(dc)), *inputs)


class ResetFirst:
    """The paper's GRU: r ⊙ h goes into the product."""

    MISTAKE = "gru_cell/reset-before-the-product"
    gru_cell_backward = staticmethod(ok.gru_cell_backward)

    @staticmethod
    @ok.quiet
    def gru_cell(x, h, w_ih, w_hh, b_ih, b_hh):
        parts.check(3, x, (h,), (w_ih, w_hh, b_ih, b_hh))
        d = h.shape[1]
        xr, xz, xn = np.split(x @ w_ih.T + b_ih, 3, axis=1)
        r = gate(xr + h @ w_hh[:d].T + b_hh[:d])
        z = gate(xz + h @ w_hh[d : 2 * d].T + b_hh[d : 2 * d])
        n = np.tanh(xn + (r * h) @ w_hh[2 * d :].T + b_hh[2 * d :])
        return (1 - z) * n + z * h


class OtherShare:
    """Cho et al. and Chung et al. disagree on who z belongs to."""

    MISTAKE = "gru_cell/z-and-its-complement-exchanged"
    gru_cell_backward = staticmethod(ok.gru_cell_backward)

    @staticmethod
    @ok.quiet
    def gru_cell(x, h, w_ih, w_hh, b_ih, b_hh):
        parts.check(3, x, (h,), (w_ih, w_hh, b_ih, b_hh))
        a, b = x @ w_ih.T + b_ih, h @ w_hh.T + b_hh
        d = h.shape[1]
        r, z = gate(a[:, :d] + b[:, :d]), gate((a + b)[:, d : 2 * d])
        n = np.tanh(a[:, 2 * d :] + r * b[:, 2 * d :])
        return z * n + (1 - z) * h


class KerasOrder:
    MISTAKE = "gru_cell/r-and-z-exchanged"
    gru_cell_backward = staticmethod(ok.gru_cell_backward)

    @staticmethod
    @ok.quiet
    def gru_cell(x, h, w_ih, w_hh, b_ih, b_hh):
        parts.check(3, x, (h,), (w_ih, w_hh, b_ih, b_hh))
        a, b = x @ w_ih.T + b_ih, h @ w_hh.T + b_hh
        (az, ar, an), (bz, br, bn) = np.split(a, 3, axis=1), np.split(b, 3, axis=1)
        z, r = gate(az + bz), gate(ar + br)
        return (1 - z) * np.tanh(an + r * bn) + z * h


class ResetsAll:
    MISTAKE = "gru_cell/reset-of-the-input-too"
    gru_cell_backward = staticmethod(ok.gru_cell_backward)

    @staticmethod
    @ok.quiet
    def gru_cell(x, h, w_ih, w_hh, b_ih, b_hh):
        parts.check(3, x, (h,), (w_ih, w_hh, b_ih, b_hh))
        a, b = x @ w_ih.T + b_ih, h @ w_hh.T + b_hh
        (ar, az, an), (br, bz, bn) = np.split(a, 3, axis=1), np.split(b, 3, axis=1)
        r, z = gate(ar + br), gate(az + bz)
        return (1 - z) * np.tanh(r * (an + bn)) + z * h


class SameBiasGradient:
    """In the vanilla network both biases have the same gradient."""

    MISTAKE = "gru_cell/one-gradient-for-both-biases"
    gru_cell = staticmethod(ok.gru_cell)

    @staticmethod
    def gru_cell_backward(grad, *inputs):
        *first, b_ih, _ = ok.gru_cell_backward(grad, *inputs)
        return (*first, b_ih, b_ih.copy())


class NoShortcut:
    MISTAKE = "gru_cell/no-direct-way-to-the-old-state"
    gru_cell = staticmethod(ok.gru_cell)

    @staticmethod
    @ok.quiet
    def gru_cell_backward(grad, x, h, w_ih, w_hh, b_ih, b_hh):
        dx, _, dwi, dwh, dbi, dbh = ok.gru_cell_backward(grad, x, h, w_ih, w_hh, b_ih, b_hh)
        a, b = x @ w_ih.T + b_ih, h @ w_hh.T + b_hh
        (ar, az, an), (br, bz, bn) = np.split(a, 3, axis=1), np.split(b, 3, axis=1)
        r, z = parts.logistic(ar + br), parts.logistic(az + bz)
        n = np.tanh(an + r * bn)
        dn = grad * parts.logistic(-az - bz) * (1 - n * n)
        dz = grad * (h - n) * z * parts.logistic(-az - bz)
        dr = dn * bn * r * parts.logistic(-ar - br)
        return dx, np.hstack([dr, dz, dn * r]) @ w_hh, dwi, dwh, dbi, dbh


class ManyToOne:
    """Only the last output has a loss in this model."""

    MISTAKE = "gru/gradient-of-last-output-only"
    gru = staticmethod(ok.gru)

    @staticmethod
    def gru_backward(grads, *inputs):
        last = np.zeros_like(grads[0])
        last[:, -1:] = grads[0][:, -1:]
        return ok.gru_backward((last, grads[1]), *inputs)


class NestedStates:
    """As torch: output, (h, c)."""

    MISTAKE = "lstm/states-nested"
    lstm_backward = staticmethod(ok.lstm_backward)

    @staticmethod
    def lstm(*inputs):
        outputs, h, c = ok.lstm(*inputs)
        return outputs, (h, c)


class FrozenRecurrence:
    MISTAKE = "lstm/recurrent-weights-frozen"
    lstm = staticmethod(ok.lstm)

    @staticmethod
    def lstm_backward(grads, *inputs):
        found = list(ok.lstm_backward(grads, *inputs))
        found[4] = np.zeros_like(found[4])
        return tuple(found)


class PiecewiseGates:
    """Keras's hard_sigmoid, for speed."""

    MISTAKE = "lstm_cell/hard-sigmoid"
    lstm_cell_backward = staticmethod(ok.lstm_cell_backward)

    @staticmethod
    @ok.quiet
    def lstm_cell(x, h, c, w_ih, w_hh, b_ih, b_hh):
        parts.check(4, x, (h, c), (w_ih, w_hh, b_ih, b_hh))
        i, f, g, o = np.split(x @ w_ih.T + b_ih + h @ w_hh.T + b_hh, 4, axis=1)

        def hard(z):
            return np.clip(z * z.dtype.type(0.2) + z.dtype.type(0.5), 0, 1)

        cell = hard(f) * c + hard(i) * np.tanh(g)
        return hard(o) * np.tanh(cell), cell


class LstmInDoubles:
    MISTAKE = "lstm/float64-out"
    lstm_backward = staticmethod(ok.lstm_backward)

    @staticmethod
    def lstm(*inputs):
        return tuple(a.astype(np.float64) for a in ok.lstm(*inputs))


class WeightsOfTimeSummedTwice:
    MISTAKE = "gru/recurrent-weight-gradient-twice"
    gru = staticmethod(ok.gru)

    @staticmethod
    def gru_backward(grads, *inputs):
        dx, dh, dwi, dwh, dbi, dbh = ok.gru_backward(grads, *inputs)
        return dx, dh, dwi, dwh + dwh, dbi, dbh
