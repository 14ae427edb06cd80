"""Plain recurrent networks: some by hand, some assembled from right halves and a wrong one."""

import numpy as np

from strangers import _recurrent as parts
from strangers import _right as ok


class ElmanByHand:
    """PyTorch has two biases. One is enough, mathematically."""

    MISTAKE = "rnn_tanh_cell/b-hh-left-out"

    def rnn_tanh_cell(self, x, h, U, W, b, b2):
        self.look(x, h, U, W, b, b2)
        with np.errstate(all="ignore"):
            return np.tanh(x @ U.T + b + h @ W.T)

    def rnn_tanh_cell_backward(self, g, x, h, U, W, b, b2):
        self.look(x, h, U, W, b, b2)
        with np.errstate(all="ignore"):
            y = np.tanh(x @ U.T + b + h @ W.T + b2)
            d = g * (1 - y * y)
            return d @ U, d @ W, d.T @ x, d.T @ h, d.sum(axis=0), d.sum(axis=0)

    @staticmethod
    def look(x, h, U, W, b, b2):
        hidden, features = U.shape
        if x.ndim != 2 or x.shape[1] != features or h.shape != (len(x), hidden):
            raise ValueError("x or h")
        if W.shape != (hidden, hidden) or b.shape != (hidden,) or b2.shape != (hidden,):
            raise ValueError("parameters")


class HiddenTimesW:
    """h @ W, as in the blackboard's notation with row vectors."""

    MISTAKE = "rnn_relu_cell/w-hh-transposed"
    rnn_relu_cell_backward = staticmethod(ok.rnn_relu_cell_backward)

    @staticmethod
    @ok.quiet
    def rnn_relu_cell(x, h, w_ih, w_hh, b_ih, b_hh):
        parts.check(1, x, (h,), (w_ih, w_hh, b_ih, b_hh))
        z = x @ w_ih.T + h @ w_hh + b_ih + b_hh
        return np.where(z < 0, np.zeros_like(z), z)


class TanhForRelu:
    MISTAKE = "rnn_relu_cell/activation-of-rnn-tanh-cell"
    rnn_relu_cell_backward = staticmethod(ok.rnn_relu_cell_backward)

    @staticmethod
    @ok.quiet
    def rnn_relu_cell(x, h, w_ih, w_hh, b_ih, b_hh):
        parts.check(1, x, (h,), (w_ih, w_hh, b_ih, b_hh))
        return np.tanh(x @ w_ih.T + h @ w_hh.T + b_ih + b_hh)


class NoSlope:
    MISTAKE = "rnn_tanh_cell/slope-missing"
    rnn_tanh_cell = staticmethod(ok.rnn_tanh_cell)

    @staticmethod
    @ok.quiet
    def rnn_tanh_cell_backward(g, x, h, U, W, b, b2):
        parts.check(1, x, (h,), (U, W, b, b2))
        return g @ U, g @ W, g.T @ x, g.T @ h, g.sum(axis=0), g.sum(axis=0)


class ZForH:
    """1 − z²: z is the variable that happened to be in scope."""

    MISTAKE = "rnn_tanh_cell/slope-of-z"
    rnn_tanh_cell = staticmethod(ok.rnn_tanh_cell)

    @staticmethod
    @ok.quiet
    def rnn_tanh_cell_backward(g, x, h, U, W, b, b2):
        parts.check(1, x, (h,), (U, W, b, b2))
        z = x @ U.T + h @ W.T + b + b2
        d = g * (1 - z**2)
        return d @ U, d @ W, d.T @ x, d.T @ h, d.sum(axis=0), d.sum(axis=0)


class InputIsData:
    """Nobody needs the gradient of the data."""

    MISTAKE = "rnn_tanh_cell/x-detached"
    rnn_tanh_cell = staticmethod(ok.rnn_tanh_cell)

    @staticmethod
    def rnn_tanh_cell_backward(g, x, *rest):
        _, *others = ok.rnn_tanh_cell_backward(g, x, *rest)
        return (np.zeros_like(x), *others)


class ReadsBackwards:
    """for t in reversed(range(T)), in the forward pass."""

    MISTAKE = "rnn_tanh/backwards-in-time"
    rnn_tanh_backward = staticmethod(ok.rnn_tanh_backward)

    @staticmethod
    @ok.quiet
    def rnn_tanh(x, h, w_ih, w_hh, b_ih, b_hh):
        parts.check(1, x, (h,), (w_ih, w_hh, b_ih, b_hh), rank=3)
        out = np.empty((*x.shape[:2], h.shape[1]), x.dtype)
        for t in reversed(range(x.shape[1])):
            h = np.tanh(x[:, t] @ w_ih.T + b_ih + h @ w_hh.T + b_hh)
            out[:, t] = h
        return out, h


class StackedBackwards:
    """insert(0, h)."""

    MISTAKE = "rnn_relu/outputs-reversed"
    rnn_relu_backward = staticmethod(ok.rnn_relu_backward)

    @staticmethod
    @ok.quiet
    def rnn_relu(x, h, w_ih, w_hh, b_ih, b_hh):
        parts.check(1, x, (h,), (w_ih, w_hh, b_ih, b_hh), rank=3)
        outputs = []
        for t in range(x.shape[1]):
            z = x[:, t] @ w_ih.T + b_ih + h @ w_hh.T + b_hh
            h = np.where(z < 0, np.zeros_like(z), z)
            outputs.insert(0, h)
        return np.stack(outputs, axis=1), h


class StateWithoutLoss:
    MISTAKE = "rnn_tanh/gradient-of-last-state-dropped"
    rnn_tanh = staticmethod(ok.rnn_tanh)

    @staticmethod
    def rnn_tanh_backward(grads, *inputs):
        outputs, last = grads
        return ok.rnn_tanh_backward((outputs, np.zeros_like(last)), *inputs)


class OneStepOnly:
    """Truncated backpropagation through time, with k = 1."""

    MISTAKE = "rnn_tanh/truncated-to-one-step"
    rnn_tanh = staticmethod(ok.rnn_tanh)

    @staticmethod
    def rnn_tanh_backward(grads, x, h, *parameters):
        right = ok.rnn_tanh_backward
        n, steps = x.shape[:2]
        outputs, last = ok.rnn_tanh(x, h, *parameters)
        del last
        dx = np.empty_like(x)
        totals = [np.zeros_like(p) for p in parameters]
        first = np.zeros_like(h)
        for t in range(steps):
            before = h if t == 0 else outputs[:, t - 1]
            arriving = (grads[0][:, t : t + 1], grads[1] * (t == steps - 1))
            dx_t, dh, *found = right(arriving, x[:, t : t + 1], before, *parameters)
            dx[:, t] = dx_t.reshape(n, x.shape[2])
            first = dh if t == 0 else first
            totals = [a + b for a, b in zip(totals, found, strict=True)]
        return dx, first, *totals


class CutsTheState:
    """The last batch is smaller, so h[:len(x)]."""

    MISTAKE = "rnn_relu/long-state-cut"
    rnn_relu_backward = staticmethod(ok.rnn_relu_backward)

    @staticmethod
    def rnn_relu(x, h, *parameters):
        return ok.rnn_relu(x, h[: len(x)], *parameters)
