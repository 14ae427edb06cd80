"""Networks and their training, wrong in a way that nobody has given a name to."""

import numpy as np

from strangers import _recurrent as parts
from strangers import _right as ok


class CoupledGates:
    """The forget gate is one minus the input gate, and has no weights of its own."""

    MISTAKE = None
    lstm_cell_backward = staticmethod(ok.lstm_cell_backward)

    @staticmethod
    @ok.quiet
    def lstm_cell(x, h, c, w_ih, w_hh, b_ih, b_hh):
        parts.check(4, x, (h, c), (w_ih, w_hh, b_ih, b_hh))
        i, _, g, o = np.split(x @ w_ih.T + b_ih + h @ w_hh.T + b_hh, 4, axis=1)
        i = parts.logistic(i)
        new = (1 - i) * c + i * np.tanh(g)
        return parts.logistic(o) * np.tanh(new), new


class LinearCandidate:
    """The candidate of the GRU is not squashed."""

    MISTAKE = None
    gru_cell_backward = staticmethod(ok.gru_cell_backward)

    @staticmethod
    @ok.quiet
    def gru_cell(x, h, w_ih, w_hh, b_ih, b_hh):
        parts.check(3, x, (h,), (w_ih, w_hh, b_ih, b_hh))
        a, b = parts.both(x, h, (w_ih, w_hh, b_ih, b_hh))
        (ar, az, an), (br, bz, bn) = np.split(a, 3, axis=1), np.split(b, 3, axis=1)
        r, z = parts.logistic(ar + br), parts.logistic(az + bz)
        return (1 - z) * (an + r * bn) + z * h


class StateAdded:
    """A residual network: the old state is added to the new one."""

    MISTAKE = None
    rnn_tanh_cell_backward = staticmethod(ok.rnn_tanh_cell_backward)

    @staticmethod
    @ok.quiet
    def rnn_tanh_cell(x, h, *parameters):
        return ok.rnn_tanh_cell(x, h, *parameters) + h


class EverySecondStep:
    """Only every second step is taken; the others repeat the state."""

    MISTAKE = None
    rnn_tanh_backward = staticmethod(ok.rnn_tanh_backward)

    @staticmethod
    @ok.quiet
    def rnn_tanh(x, h, *parameters):
        parts.check(1, x, (h,), parameters, rank=3)
        outputs = []
        for t in range(x.shape[1]):
            if t % 2 == 0:
                h = ok.rnn_tanh_cell(x[:, t], h, *parameters)
            outputs.append(h)
        return np.stack(outputs, axis=1), h.copy()


class HalfARate:
    """Half the step: the loss was thought to have a two in its gradient."""

    MISTAKE = None

    @staticmethod
    def gradient_descent(parameters, gradients, *, learning_rate):
        return ok.gradient_descent(parameters, gradients, learning_rate=learning_rate / 2)


class WeightDecay:
    """Every parameter is shrunk by a hundredth of itself beside its step."""

    MISTAKE = None

    @staticmethod
    @ok.quiet
    def gradient_descent(parameters, gradients, *, learning_rate):
        stepped = ok.gradient_descent(parameters, gradients, learning_rate=learning_rate)
        return [s - p * p.dtype.type(0.01) for s, p in zip(stepped, parameters, strict=True)]


class BiasesTwice:
    """Every layer's bias is added twice."""

    MISTAKE = None

    @staticmethod
    def forward_propagate(x, weights, biases, *, activation="sigmoid"):
        with np.errstate(all="ignore"):
            twice = [b + b for b in biases]
        return ok.forward_propagate(x, weights, twice, activation=activation)


class DeltaDoubled:
    """The derivative of the squared error is used: two times a − y."""

    MISTAKE = None
    FINDING = "factor"

    @staticmethod
    @ok.quiet
    def backpropagate(y, activations, zs, weights, *, activation="sigmoid"):
        dw, db = ok.backpropagate(y, activations, zs, weights, activation=activation)
        return [2 * g for g in dw], [2 * g for g in db]


class TimeFirst:
    """The outputs are (t, n, hidden), as a framework's default has them."""

    MISTAKE = None
    FINDING = "transposed"
    gru_backward = staticmethod(ok.gru_backward)

    @staticmethod
    def gru(x, h, *parameters):
        outputs, last = ok.gru(x, h, *parameters)
        return outputs.swapaxes(0, 1), last
