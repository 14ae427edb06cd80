"""Recurrent cells, as torch's documentation has them, and the sequences that repeat them.

A cell is written for one sample: (x, states, weights) -> states, all of them lists of numbers.
"""

import numpy as np

from arbiter.precision import affine, relu, sigmoid, tanh


def _rnn(activation, x, states, w_ih, w_hh, b_ih, b_hh):
    """h′ = g(W_ih x + b_ih + W_hh h + b_hh)."""
    (h,) = states
    sums = zip(affine(x, w_ih, b_ih), affine(h, w_hh, b_hh), strict=True)
    return ([activation(a + b) for a, b in sums],)


def _lstm(x, states, w_ih, w_hh, b_ih, b_hh):
    """c′ = f c + i g, h′ = o tanh c′; the gates in the order i, f, g, o."""
    h, c = states
    hid = len(h)
    gates = [a + b for a, b in zip(affine(x, w_ih, b_ih), affine(h, w_hh, b_hh), strict=True)]
    new_h, new_c = [], []
    for k in range(hid):
        i, f, g, o = (gates[gate * hid + k] for gate in range(4))
        new_c.append(sigmoid(f) * c[k] + sigmoid(i) * tanh(g))
        new_h.append(sigmoid(o) * tanh(new_c[k]))
    return new_h, new_c


def _gru(x, states, w_ih, w_hh, b_ih, b_hh):
    """n = tanh(a_n + r b_n), h′ = (1 − z) n + z h; the gates in the order r, z, n."""
    (h,) = states
    hid = len(h)
    a, b = affine(x, w_ih, b_ih), affine(h, w_hh, b_hh)
    new = []
    for k in range(hid):
        r = sigmoid(a[k] + b[k])
        z = sigmoid(a[hid + k] + b[hid + k])
        n = tanh(a[2 * hid + k] + r * b[2 * hid + k])
        new.append((1 - z) * n + z * h[k])
    return (new,)


def _rnn_tanh(*inputs):
    return _rnn(tanh, *inputs)


def _rnn_relu(*inputs):
    return _rnn(relu, *inputs)


def _run(cell, x, rest):
    """What a sequence returns: the first states of all steps, then the last states."""
    states, weights = rest[:-4], [[list(row) for row in weight] for weight in rest[-4:-2]]
    weights += [list(bias) for bias in rest[-2:]]
    outputs, last = [], []
    for n, steps in enumerate(x):
        state = tuple(list(one[n]) for one in states)
        seen = []
        for step in steps:
            state = cell(list(step), state, *weights)
            seen.append(state[0])
        outputs.append(seen)
        last.append(state)
    return (np.array(outputs, object), *(np.array(one, object) for one in zip(*last, strict=True)))


def _one_step(cell, x, rest):
    _, *states = _run(cell, x[:, None], rest)
    return tuple(states) if len(states) > 1 else states[0]


def rnn_tanh_cell(x, *rest):
    """torch.nn.RNNCell."""
    return _one_step(_rnn_tanh, x, rest)


def rnn_relu_cell(x, *rest):
    """torch.nn.RNNCell with nonlinearity="relu"."""
    return _one_step(_rnn_relu, x, rest)


def lstm_cell(x, *rest):
    """torch.nn.LSTMCell."""
    return _one_step(_lstm, x, rest)


def gru_cell(x, *rest):
    """torch.nn.GRUCell."""
    return _one_step(_gru, x, rest)


def rnn_tanh(x, *rest):
    """torch.nn.RNN, batch first."""
    return _run(_rnn_tanh, x, rest)


def rnn_relu(x, *rest):
    """torch.nn.RNN with nonlinearity="relu", batch first."""
    return _run(_rnn_relu, x, rest)


def lstm(x, *rest):
    """torch.nn.LSTM, batch first."""
    return _run(_lstm, x, rest)


def gru(x, *rest):
    """torch.nn.GRU, batch first."""
    return _run(_gru, x, rest)


FORMULAS = (
    rnn_tanh_cell,
    rnn_relu_cell,
    lstm_cell,
    gru_cell,
    rnn_tanh,
    rnn_relu,
    lstm,
    gru,
)
