"""Whole sequences of a network, each written in one go."""

import numpy as np

from strangers import _recurrent as parts
from strangers import _right as ok


class Elman:
    """A tanh network with its weights kept in a dictionary, and both passes in one class."""

    def start(self, x, h, w_ih, w_hh, b_ih, b_hh):
        parts.check(1, x, (h,), (w_ih, w_hh, b_ih, b_hh), rank=3)
        return {"U": w_ih, "W": w_hh, "b": b_ih, "c": b_hh}

    def run(self, x, h, p):
        states = [h]
        for t in range(x.shape[1]):
            z = x[:, t] @ p["U"].T + p["b"] + (states[-1] @ p["W"].T + p["c"])
            states.append(np.tanh(z))
        return states

    def rnn_tanh(self, x, h, *weights):
        p = self.start(x, h, *weights)
        with np.errstate(all="ignore"):
            states = self.run(x, h, p)
        return np.stack(states[1:], axis=1), states[-1].copy()

    def rnn_tanh_backward(self, grads, x, h, *weights):
        p = self.start(x, h, *weights)
        d = {key: np.zeros_like(value) for key, value in p.items()}
        dx = np.zeros_like(x)
        with np.errstate(all="ignore"):
            states = self.run(x, h, p)
            dh = self.arriving(grads[1])
            for t in range(x.shape[1] - 1, -1, -1):
                g = (grads[0][:, t] + dh) * (1 - states[t + 1] ** 2)
                dx[:, t] = g @ p["U"]
                self.collect(d, g, x[:, t], states[t])
                dh = self.past(g, p)
        return dx, dh, d["U"], d["W"], d["b"], d["c"]

    def arriving(self, last):
        return last

    def past(self, g, p):
        return g @ p["W"]

    def collect(self, d, g, x, before):
        d["U"] += g.T @ x
        d["W"] += g.T @ before
        d["b"] += g.sum(axis=0)
        d["c"] += g.sum(axis=0)


class BiasesOnce(Elman):
    """c is not used: one bias is enough."""

    MISTAKE = "rnn_tanh/b-hh-left-out"

    def rnn_tanh(self, x, h, *weights):
        return super().rnn_tanh(x, h, *weights[:3], np.zeros_like(weights[3]))


class ZeroStart(Elman):
    MISTAKE = "rnn_tanh/starts-from-zero"

    def rnn_tanh(self, x, h, *weights):
        return super().rnn_tanh(x, np.zeros_like(h), *weights)


class UntransposedW(Elman):
    MISTAKE = "rnn_tanh/w-hh-transposed"

    def rnn_tanh(self, x, h, *weights):
        p = self.start(x, h, *weights)
        p["W"] = p["W"].T
        with np.errstate(all="ignore"):
            states = self.run(x, h, p)
        return np.stack(states[1:], axis=1), states[-1].copy()


class ColumnsForRows(Elman):
    """The gradient is written into a buffer in column-major order, and read in row-major."""

    MISTAKE = "rnn_tanh/input-weights-by-columns"

    def rnn_tanh_backward(self, grads, x, h, *weights):
        dx, dh, dU, dW, db, dc = super().rnn_tanh_backward(grads, x, h, *weights)
        return dx, dh, dU.ravel(order="F").reshape(dU.shape), dW, db, dc


class SecondBiasTwice(Elman):
    MISTAKE = "rnn_tanh/recurrent-bias-gradient-twice"

    def collect(self, d, g, x, before):
        super().collect(d, g, x, before)
        d["c"] += g.sum(axis=0)


class StateIsConstant(Elman):
    MISTAKE = "rnn_tanh/state-detached"

    def rnn_tanh_backward(self, grads, x, h, *weights):
        dx, dh, *rest = super().rnn_tanh_backward(grads, x, h, *weights)
        return (dx, np.zeros_like(dh), *rest)


class HalfInputs(Elman):
    """Inputs are stored as float16 in this data set."""

    MISTAKE = "rnn_tanh/inputs-in-half-precision"

    def rnn_tanh(self, x, h, *weights):
        halves = [a.astype(np.float16).astype(a.dtype) for a in (x, h, *weights)]
        return super().rnn_tanh(*halves)


class SqueezesBatch(Elman):
    MISTAKE = "rnn_tanh/batch-of-one-squeezed"

    def rnn_tanh(self, x, h, *weights):
        outputs, last = super().rnn_tanh(x, h, *weights)
        return (outputs[0], last[0]) if len(x) == 1 else (outputs, last)


class SilencesForGood:
    """np.seterr at the top of every function; nobody puts it back."""

    MISTAKE = "rnn_relu/silences-numpy"
    rnn_relu_backward = staticmethod(ok.rnn_relu_backward)

    @staticmethod
    def rnn_relu(*inputs):
        np.seterr(all="ignore")
        return ok.rnn_relu(*inputs)


class TanhInstead:
    MISTAKE = "rnn_relu/activation-of-rnn-tanh"
    rnn_relu_backward = staticmethod(ok.rnn_relu_backward)

    @staticmethod
    def rnn_relu(*inputs):
        return ok.rnn_tanh(*inputs)


class ZeroForNan:
    MISTAKE = "rnn_relu/nan-swallowed"
    rnn_relu_backward = staticmethod(ok.rnn_relu_backward)

    @staticmethod
    def rnn_relu(*inputs):
        outputs, last = ok.rnn_relu(*inputs)
        return tuple(np.where(np.isnan(a), np.zeros_like(a), a) for a in (outputs, last))


class NoPastForRelu:
    """Detached between the steps, as a tutorial for long sequences advises."""

    MISTAKE = "rnn_relu/truncated-to-one-step"
    rnn_relu = staticmethod(ok.rnn_relu)

    @staticmethod
    def rnn_relu_backward(grads, x, h, *parameters):
        outputs, _ = ok.rnn_relu(x, h, *parameters)
        before = np.concatenate([h[:, None], outputs[:, :-1]], axis=1)
        dx, totals = np.zeros_like(x), [np.zeros_like(p) for p in parameters]
        first = None
        for t in range(x.shape[1]):
            g = grads[0][:, t] + (grads[1] if t == x.shape[1] - 1 else 0)
            dx[:, t], dh, *found = ok.rnn_relu_cell_backward(g, x[:, t], before[:, t], *parameters)
            first = dh if first is None else first
            totals = [a + b for a, b in zip(totals, found, strict=True)]
        return (dx, first, *totals)


def run_gru(step, x, h, parameters):
    """Return the outputs and the last state of a GRU with another step."""
    parts.check(3, x, (h,), parameters, rank=3)
    outputs = np.zeros((*x.shape[:2], h.shape[1]), x.dtype)
    with np.errstate(all="ignore"):
        for t in range(x.shape[1]):
            h = step(x[:, t], h, *parameters)
            outputs[:, t] = h
    return outputs, h.copy()


def thirds(x, h, w_ih, w_hh, b_ih, b_hh):
    a = (x @ w_ih.T + b_ih).reshape(len(x), 3, h.shape[1])
    b = (h @ w_hh.T + b_hh).reshape(len(x), 3, h.shape[1])
    return a, b


class ChosWay:
    """The reset gate as in the first paper, over whole sequences."""

    MISTAKE = "gru/reset-before-the-product"
    gru_backward = staticmethod(ok.gru_backward)

    @staticmethod
    def gru(x, h, *parameters):
        def step(x, h, w_ih, w_hh, b_ih, b_hh):
            a, b = thirds(x, h, w_ih, w_hh, b_ih, b_hh)
            r, z = parts.logistic(a[:, 0] + b[:, 0]), parts.logistic(a[:, 1] + b[:, 1])
            d = h.shape[1]
            n = np.tanh(a[:, 2] + ((r * h) @ w_hh[2 * d :].T + b_hh[2 * d :]))
            return (1 - z) * n + z * h

        return run_gru(step, x, h, parameters)


class NewShare:
    MISTAKE = "gru/z-and-its-complement-exchanged"
    gru_backward = staticmethod(ok.gru_backward)

    @staticmethod
    def gru(x, h, *parameters):
        def step(x, h, *weights):
            a, b = thirds(x, h, *weights)
            r, z = parts.logistic(a[:, 0] + b[:, 0]), parts.logistic(a[:, 1] + b[:, 1])
            return h + z * (np.tanh(a[:, 2] + r * b[:, 2]) - h)

        return run_gru(step, x, h, parameters)


class UpdateFirst:
    MISTAKE = "gru/r-and-z-exchanged"
    gru_backward = staticmethod(ok.gru_backward)

    @staticmethod
    def gru(x, h, *parameters):
        def step(x, h, *weights):
            a, b = thirds(x, h, *weights)
            z, r = parts.logistic(a[:, 0] + b[:, 0]), parts.logistic(a[:, 1] + b[:, 1])
            return (1 - z) * np.tanh(a[:, 2] + r * b[:, 2]) + z * h

        return run_gru(step, x, h, parameters)


class LastStepFirst:
    MISTAKE = "gru/backwards-in-time"
    gru_backward = staticmethod(ok.gru_backward)

    @staticmethod
    def gru(x, h, *parameters):
        outputs, last = ok.gru(x[:, ::-1], h, *parameters)
        return outputs[:, ::-1], last


class FrozenGate:
    MISTAKE = "gru/update-gate-not-trained"
    gru = staticmethod(ok.gru)

    @staticmethod
    def gru_backward(grads, x, h, *parameters):
        dx, dh, dw, *rest = ok.gru_backward(grads, x, h, *parameters)
        d = h.shape[1]
        dw[d : 2 * d] = 0
        return (dx, dh, dw, *rest)


class DataAgain:
    MISTAKE = "gru/x-detached"
    gru = staticmethod(ok.gru)

    @staticmethod
    def gru_backward(grads, x, *rest):
        return (np.zeros(x.shape, x.dtype), *ok.gru_backward(grads, x, *rest)[1:])
