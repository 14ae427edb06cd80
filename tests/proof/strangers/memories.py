"""Long short-term memories that remember something else."""

import numpy as np

from strangers import _recurrent as parts
from strangers import _right as ok


def up(z):
    """Return the logistic function of z."""
    return parts.logistic(z)


class Memory:
    """An LSTM over a sequence, with its step to be overridden."""

    lstm_backward = staticmethod(ok.lstm_backward)

    def lstm(self, x, h, c, w_ih, w_hh, b_ih, b_hh):
        parts.check(4, x, (h, c), (w_ih, w_hh, b_ih, b_hh), rank=3)
        outputs = np.empty((*x.shape[:2], h.shape[1]), x.dtype)
        with np.errstate(all="ignore"):
            for t in range(x.shape[1]):
                z = x[:, t] @ w_ih.T + b_ih + h @ w_hh.T + b_hh
                h, c = self.step(np.split(z, 4, axis=1), c)
                outputs[:, t] = h
        return outputs, h.copy(), c.copy()

    def step(self, z, c):
        i, f, g, o = z
        c = up(f) * c + up(i) * np.tanh(g)
        return up(o) * np.tanh(c), c


class ForgetsWhatComesIn(Memory):
    MISTAKE = "lstm/i-and-f-exchanged"

    def step(self, z, c):
        i, f, g, o = z
        return super().step((f, i, g, o), c)


class FromOnnx(Memory):
    MISTAKE = "lstm/gates-in-the-order-i-o-f-g"

    def step(self, z, c):
        i, o, f, g = z
        return super().step((i, f, g, o), c)


class RemembersMore(Memory):
    MISTAKE = "lstm/forget-bias-of-one"

    def step(self, z, c):
        i, f, g, o = z
        return super().step((i, f + 1, g, o), c)


class RawOutput(Memory):
    MISTAKE = "lstm/output-without-tanh"

    def step(self, z, c):
        i, f, g, o = z
        c = up(f) * c + up(i) * np.tanh(g)
        return up(o) * c, c


class Peeps(Memory):
    MISTAKE = "lstm/peepholes"

    def step(self, z, c):
        i, f, g, o = z
        return super().step((i + c, f + c, g, o), c)


class OneBias(Memory):
    MISTAKE = "lstm/b-hh-left-out"

    def lstm(self, x, h, c, w_ih, w_hh, b_ih, b_hh):
        return super().lstm(x, h, c, w_ih, w_hh, b_ih, np.zeros_like(b_hh))


class BlankMemory(Memory):
    """Both states are zeros, whatever comes."""

    MISTAKE = "lstm/starts-from-zero"

    def lstm(self, x, h, c, *parameters):
        return super().lstm(x, np.zeros_like(h), np.zeros_like(c), *parameters)


class ReadsFromTheEnd(Memory):
    MISTAKE = "lstm/backwards-in-time"

    def lstm(self, x, *rest):
        outputs, h, c = super().lstm(np.flip(x, axis=1), *rest)
        return np.flip(outputs, axis=1), h, c


class OutputsFlipped(Memory):
    MISTAKE = "lstm/outputs-reversed"

    def lstm(self, *inputs):
        outputs, h, c = super().lstm(*inputs)
        return np.flip(outputs, axis=1), h, c


class SequenceLossOnly(Memory):
    """dh of the last state is not looked at."""

    MISTAKE = "lstm/gradient-of-last-state-dropped"

    @staticmethod
    def lstm_backward(grads, *inputs):
        outputs, h, c = grads
        return ok.lstm_backward((outputs, np.zeros_like(h), c), *inputs)


class CellForgotten(Memory):
    MISTAKE = "lstm/gradient-of-last-c-dropped"

    @staticmethod
    def lstm_backward(grads, *inputs):
        outputs, h, c = grads
        return ok.lstm_backward((outputs, h, np.zeros_like(c)), *inputs)


class FirstCellConstant(Memory):
    MISTAKE = "lstm/c-detached"

    @staticmethod
    def lstm_backward(grads, *inputs):
        found = list(ok.lstm_backward(grads, *inputs))
        found[2] = np.zeros_like(found[2])
        return tuple(found)


class MeanOverBatch(Memory):
    MISTAKE = "lstm/bias-gradients-averaged"

    @staticmethod
    def lstm_backward(grads, x, *rest):
        *found, b_ih, b_hh = ok.lstm_backward(grads, x, *rest)
        n = x.dtype.type(max(len(x), 1))
        return (*found, b_ih / n, b_hh / n)


class NansGone(Memory):
    MISTAKE = "lstm/nan-gradients-swallowed"

    @staticmethod
    def lstm_backward(grads, *inputs):
        found = ok.lstm_backward(grads, *inputs)
        return tuple(np.where(np.isnan(g), np.zeros_like(g), g) for g in found)


class OutputRowsUntrained:
    """range(3) instead of range(4): the last gate's rows stay zero."""

    MISTAKE = "lstm_cell/output-gate-not-trained"
    lstm_cell = staticmethod(ok.lstm_cell)

    @staticmethod
    def lstm_cell_backward(grads, x, h, *rest):
        found = ok.lstm_cell_backward(grads, x, h, *rest)
        found[3][3 * h.shape[1] :] = 0
        return found


class InputDetached:
    MISTAKE = "lstm_cell/x-detached"
    lstm_cell = staticmethod(ok.lstm_cell)

    @staticmethod
    def lstm_cell_backward(grads, x, *rest):
        return (np.zeros_like(x), *ok.lstm_cell_backward(grads, x, *rest)[1:])


class SecondWeightTwice:
    MISTAKE = "lstm_cell/recurrent-weight-gradient-twice"
    lstm_cell = staticmethod(ok.lstm_cell)

    @staticmethod
    def lstm_cell_backward(grads, *inputs):
        dx, dh, dc, dwi, dwh, dbi, dbh = ok.lstm_cell_backward(grads, *inputs)
        return dx, dh, dc, dwi, 2 * dwh, dbi, dbh


class OneBiasInCell:
    """The two biases of a gate are one, said the review."""

    MISTAKE = "lstm_cell/b-hh-left-out"
    lstm_cell_backward = staticmethod(ok.lstm_cell_backward)

    @staticmethod
    def lstm_cell(x, h, c, w_ih, w_hh, b_ih, b_hh):
        return ok.lstm_cell(x, h, c, w_ih, w_hh, b_ih, np.zeros_like(b_hh))


class ForgetfulCell:
    """The state of the last call would be nice to have."""

    MISTAKE = "lstm_cell/starts-from-zero"
    lstm_cell_backward = staticmethod(ok.lstm_cell_backward)

    @staticmethod
    def lstm_cell(x, h, c, *parameters):
        return ok.lstm_cell(x, np.zeros_like(h), np.zeros_like(c), *parameters)
