"""The recurrent operations, right: cells as pairs of functions, sequences as loops over them."""

import numpy as np


def logistic(z):
    """Return 1 / (1 + e⁻ᶻ), with no power above one."""
    e = np.exp(-np.abs(z))
    return np.where(z < 0, e, np.ones_like(e)) / (1 + e)


def check(gates, x, states, parameters, *, rank=2):
    """Refuse what does not fit together."""
    w_ih, w_hh, b_ih, b_hh = parameters
    hidden = states[0].shape[-1]
    n = x.shape[0] if x.ndim else 0
    features = x.shape[-1] if x.ndim else 0
    wide = gates * hidden
    demands = [x.ndim == rank, 0 not in x.shape[1:-1], *(s.shape == (n, hidden) for s in states)]
    demands += [w_ih.shape == (wide, features), w_hh.shape == (wide, hidden)]
    demands += [b_ih.shape == (wide,), b_hh.shape == (wide,)]
    if not all(demands):
        raise ValueError("the shapes do not agree")


def both(x, h, parameters):
    """Return the input's part and the state's part of every gate."""
    w_ih, w_hh, b_ih, b_hh = parameters
    return x @ w_ih.T + b_ih, h @ w_hh.T + b_hh


def through(gi, gh, x, h, parameters):
    """Return the gradients of x, h and the four parameters, given those of both parts."""
    w_ih, w_hh, _, _ = parameters
    return gi @ w_ih, gh @ w_hh, [gi.T @ x, gh.T @ h, gi.sum(axis=0), gh.sum(axis=0)]


# One step: (x, states, parameters) → states; and back: (grads, x, states, parameters) →
# (grad_x, grad_states, grad_parameters).


def tanh_step(x, states, parameters):
    a, b = both(x, states[0], parameters)
    return (np.tanh(a + b),)


def tanh_back(grads, x, states, parameters):
    (new,) = tanh_step(x, states, parameters)
    g = grads[0] * (1 - new * new)
    grad_x, grad_h, rest = through(g, g, x, states[0], parameters)
    return grad_x, (grad_h,), rest


def relu_step(x, states, parameters):
    a, b = both(x, states[0], parameters)
    return (np.where(a + b < 0, np.zeros_like(a), a + b),)


def relu_back(grads, x, states, parameters):
    a, b = both(x, states[0], parameters)
    g = np.where(a + b <= 0, np.zeros_like(a), grads[0])
    grad_x, grad_h, rest = through(g, g, x, states[0], parameters)
    return grad_x, (grad_h,), rest


def gru_step(x, states, parameters):
    (h,) = states
    a, b = both(x, h, parameters)
    (ar, az, an), (br, bz, bn) = np.split(a, 3, axis=1), np.split(b, 3, axis=1)
    r, z = logistic(ar + br), logistic(az + bz)
    n = np.tanh(an + r * bn)
    return ((1 - z) * n + z * h,)


def gru_back(grads, x, states, parameters):
    (g,), (h,) = grads, states
    a, b = both(x, h, parameters)
    (ar, az, an), (br, bz, bn) = np.split(a, 3, axis=1), np.split(b, 3, axis=1)
    r, z = logistic(ar + br), logistic(az + bz)
    n = np.tanh(an + r * bn)
    dn = g * logistic(-az - bz) * (1 - n * n)
    dz = g * (h - n) * (z * logistic(-az - bz))
    dr = dn * bn * (r * logistic(-ar - br))
    gi, gh = np.hstack([dr, dz, dn]), np.hstack([dr, dz, dn * r])
    grad_x, grad_h, rest = through(gi, gh, x, h, parameters)
    return grad_x, (grad_h + g * z,), rest


def lstm_step(x, states, parameters):
    h, c = states
    a, b = both(x, h, parameters)
    i, f, g, o = np.split(a + b, 4, axis=1)
    new = logistic(f) * c + logistic(i) * np.tanh(g)
    return logistic(o) * np.tanh(new), new


def lstm_back(grads, x, states, parameters):
    (gh, gc), (h, c) = grads, states
    a, b = both(x, h, parameters)
    zi, zf, zg, zo = np.split(a + b, 4, axis=1)
    i, f, g, o = logistic(zi), logistic(zf), np.tanh(zg), logistic(zo)
    squashed = np.tanh(f * c + i * g)
    gc = gc + gh * o * (1 - squashed * squashed)
    back = np.hstack(
        [
            gc * g * (i * logistic(-zi)),
            gc * c * (f * logistic(-zf)),
            gc * i * (1 - g * g),
            gh * squashed * (o * logistic(-zo)),
        ]
    )
    grad_x, grad_h, rest = through(back, back, x, h, parameters)
    return grad_x, (grad_h, gc * f), rest


GATES = {tanh_step: 1, relu_step: 1, gru_step: 3, lstm_step: 4}


def cell(step, *, gates, states=1):
    """Return a cell of the contract, made of one step."""

    def forward(x, *rest):
        check(gates, x, rest[:states], rest[states:])
        with np.errstate(all="ignore"):
            new = step(x, rest[:states], rest[states:])
        return new if states > 1 else new[0]

    return forward


def cell_backward(back, *, gates, states=1):
    """Return a cell's partner, made of one step back."""

    def backward(grads, x, *rest):
        check(gates, x, rest[:states], rest[states:])
        grads = grads if states > 1 else (grads,)
        with np.errstate(all="ignore"):
            grad_x, grad_states, others = back(grads, x, rest[:states], rest[states:])
        return (grad_x, *grad_states, *others)

    return backward


def sequence(step, *, gates, states=1):
    """Return a sequence of the contract: one step after another."""

    def forward(x, *rest):
        now, parameters = rest[:states], rest[states:]
        check(gates, x, now, parameters, rank=3)
        outputs = np.zeros((*x.shape[:2], now[0].shape[1]), x.dtype)
        with np.errstate(all="ignore"):
            for t in range(x.shape[1]):
                now = step(x[:, t], now, parameters)
                outputs[:, t] = now[0]
        return (outputs, *(state.copy() for state in now))

    return forward


def sequence_backward(step, back, *, gates, states=1):
    """Return a sequence's partner: through time, from the last step to the first."""

    def backward(grads, x, *rest):
        parameters = rest[states:]
        check(gates, x, rest[:states], parameters, rank=3)
        history = [rest[:states]]
        totals = [np.zeros_like(p) for p in parameters]
        grad_x, flowing = np.zeros_like(x), tuple(grads[1:])
        with np.errstate(all="ignore"):
            for t in range(x.shape[1]):
                history.append(step(x[:, t], history[-1], parameters))
            for t in reversed(range(x.shape[1])):
                arriving = (flowing[0] + grads[0][:, t], *flowing[1:])
                grad_x[:, t], flowing, parts = back(arriving, x[:, t], history[t], parameters)
                totals = [total + part for total, part in zip(totals, parts, strict=True)]
        return (grad_x, *(g.copy() for g in flowing), *totals)

    return backward


rnn_tanh_cell = cell(tanh_step, gates=1)
rnn_relu_cell = cell(relu_step, gates=1)
gru_cell = cell(gru_step, gates=3)
lstm_cell = cell(lstm_step, gates=4, states=2)
rnn_tanh = sequence(tanh_step, gates=1)
rnn_relu = sequence(relu_step, gates=1)
gru = sequence(gru_step, gates=3)
lstm = sequence(lstm_step, gates=4, states=2)
rnn_tanh_cell_backward = cell_backward(tanh_back, gates=1)
rnn_relu_cell_backward = cell_backward(relu_back, gates=1)
gru_cell_backward = cell_backward(gru_back, gates=3)
lstm_cell_backward = cell_backward(lstm_back, gates=4, states=2)
rnn_tanh_backward = sequence_backward(tanh_step, tanh_back, gates=1)
rnn_relu_backward = sequence_backward(relu_step, relu_back, gates=1)
gru_backward = sequence_backward(gru_step, gru_back, gates=3)
lstm_backward = sequence_backward(lstm_step, lstm_back, gates=4, states=2)
