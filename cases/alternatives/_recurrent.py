"""Recurrent networks for any matrix product: a single product for all gates, or for all steps.

Z = [X, H, 1, 1] [W_ih, W_hh, b_ih, b_hh]ᵀ is a single sum, biases included. On the way back the
gradients of the weights are a single product over samples and steps.
"""

from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from conformance.bounds import Array

from ._common import quiet, require, require_rank, require_shapes

Product: TypeAlias = Callable[[Array, Array], Array]
State: TypeAlias = tuple[Array, ...]
Function: TypeAlias = Callable[..., Any]


class Network(NamedTuple):
    """A cell: its numbers of states and gates, its step from Z to the next state, and the way back.

    `forward` maps (Z, B) of the gates and the state to the next state. `back` maps the gradients of
    the next state, Z, B and the state to the gradients of A and B, gate by gate, and to those that
    reach the state directly. Only the GRU needs B, the part of Z that comes from H alone.
    """

    states: int
    gates: int
    forward: Callable[[Array, Array, State], State]
    back: Callable[[State, Array, Array, State], tuple[list[Array], list[Array], State]]


def _sigmoid(z: Array) -> Array:
    """Return 1 / (1 + e^−z), or e^z / (1 + e^z) where z is negative: no power overflows."""
    e = np.exp(-np.abs(z))
    y: Array = np.where(z >= 0, 1, e) / (1 + e)
    return y


def _slope(a: Array) -> Array:
    """Return (1 − a)(1 + a), tanh's slope."""
    slope: Array = (1 - a) * (1 + a)
    return slope


def _bump(a: Array) -> Array:
    """Return a − a², the sigmoid's slope."""
    slope: Array = a - a * a
    return slope


def _tanh_back(
    grad: State, z: Array, _b: Array, state: State
) -> tuple[list[Array], list[Array], State]:
    grad_z = [grad[0] * _slope(np.tanh(z[0]))]
    return grad_z, grad_z, (np.zeros_like(state[0]),)


def _relu_back(
    grad: State, z: Array, _b: Array, state: State
) -> tuple[list[Array], list[Array], State]:
    grad_z = [np.where(z[0] <= 0, 0, grad[0])]
    return grad_z, grad_z, (np.zeros_like(state[0]),)


def _lstm(z: Array, _b: Array, state: State) -> State:
    i, f, o = _sigmoid(z[[0, 1, 3]])
    c = i * np.tanh(z[2]) + f * state[1]
    return np.tanh(c) * o, c


def _lstm_back(
    grad: State, z: Array, b: Array, state: State
) -> tuple[list[Array], list[Array], State]:
    i, f, o = _sigmoid(z[[0, 1, 3]])
    g, t = np.tanh(z[2]), np.tanh(_lstm(z, b, state)[1])
    grad_c = grad[1] + o * grad[0] * _slope(t)
    grad_z = [
        grad_c * g * _bump(i),
        grad_c * state[1] * _bump(f),
        grad_c * i * _slope(g),
        grad[0] * t * _bump(o),
    ]
    return grad_z, grad_z, (np.zeros_like(state[0]), f * grad_c)


def _gru_gates(z: Array, b: Array) -> tuple[Array, Array, Array]:
    r, keep = _sigmoid(z[:2])
    return r, keep, np.tanh(z[2] + r * b[2])


def _gru(z: Array, b: Array, state: State) -> State:
    _, keep, n = _gru_gates(z, b)
    return ((1 - keep) * n + keep * state[0],)


def _gru_back(
    grad: State, z: Array, b: Array, state: State
) -> tuple[list[Array], list[Array], State]:
    r, keep, n = _gru_gates(z, b)
    grad_n = grad[0] * (1 - keep) * _slope(n)
    grad_r, grad_keep = b[2] * grad_n * _bump(r), (state[0] - n) * grad[0] * _bump(keep)
    return [grad_r, grad_keep, grad_n], [grad_r, grad_keep, r * grad_n], (keep * grad[0],)


RNN_TANH = Network(1, 1, lambda z, _b, _state: (np.tanh(z[0]),), _tanh_back)
RNN_RELU = Network(1, 1, lambda z, _b, _state: (np.maximum(z[0], 0),), _relu_back)
LSTM = Network(2, 4, _lstm, _lstm_back)
GRU = Network(1, 3, _gru, _gru_back)


class _Run:
    """A run of a network over the steps of x (n, t, in), kept for the way back."""

    def __init__(self, network: Network, product: Product, x: Array, arguments: State) -> None:
        self._network, self._product, self._x = network, product, x
        self.state, self._weights = arguments[: network.states], arguments[network.states :]
        self._check()
        self.steps: list[tuple[Array, Array, State]] = []
        self.outputs: list[Array] = []
        for k in range(x.shape[1]):
            z, b = self._gates(x[:, k], self.state[0])
            self.steps.append((z, b, self.state))
            self.state = network.forward(z, b, self.state)
            self.outputs.append(self.state[0])

    def _check(self) -> None:
        n, steps, features = self._x.shape
        h, units = self.state[0], len(self._weights[0])
        require_rank(h, 2)
        require(steps > 0, "x must have a step at least")
        require(units == self._network.gates * h.shape[1], "weights must have a row for each unit")
        for state in self.state:
            require_shapes(state=(state, (n, h.shape[1])))
        shapes = ((units, features), (units, h.shape[1]), (units,), (units,))
        for weight, shape in zip(self._weights, shapes, strict=True):
            require_shapes(weight=(weight, shape))

    def _gates(self, x: Array, h: Array) -> tuple[Array, Array]:
        """Return Z of each gate, and B; for the GRU's last gate A stands in for Z."""
        w_ih, w_hh, b_ih, b_hh = self._weights
        ones = np.ones((len(x), 2), x.dtype)
        weights = np.concatenate([w_ih, w_hh, b_ih[:, None], b_hh[:, None]], axis=1)
        z = self._product(np.concatenate([x, h, ones], axis=1), weights.T)
        if self._network is not GRU:
            return self._split(z), z[:0]
        new = 2 * h.shape[1]
        a = self._product(x, w_ih[new:].T) + b_ih[new:]
        b = self._product(h, w_hh.T) + b_hh
        return self._split(np.concatenate([z[:, :new], a], axis=1)), self._split(b)

    def _split(self, units: Array) -> Array:
        return np.stack(np.split(units, self._network.gates, axis=1))

    def back(self, grads: State, grad_outputs: Array | None) -> tuple[Array, ...]:
        """Return the gradients of x, the states and the weights."""
        w_ih, w_hh, _, _ = self._weights
        on_a: list[Array] = []
        on_b: list[Array] = []
        for k in reversed(range(len(self.steps))):
            if grad_outputs is not None:
                grads = (grads[0] + grad_outputs[:, k], *grads[1:])
            grad_a, grad_b, direct = self._network.back(grads, *self.steps[k])
            on_a.insert(0, np.concatenate(grad_a, axis=1))
            on_b.insert(0, np.concatenate(grad_b, axis=1))
            grads = (self._product(on_b[0], w_hh) + direct[0], *direct[1:])
        a, b = np.concatenate(on_a), np.concatenate(on_b)
        n, t, features = self._x.shape
        ones = np.ones((n * t, 1), a.dtype)
        x = np.concatenate([self._x.swapaxes(0, 1).reshape(n * t, features), ones], axis=1)
        h = np.concatenate([np.concatenate([state[0] for _, _, state in self.steps]), ones], axis=1)
        grad_x = self._product(a, w_ih).reshape(t, n, features).swapaxes(0, 1)
        grad_ih, grad_hh = self._product(a.T, x), self._product(b.T, h)
        weights = (grad_ih[:, :-1], grad_hh[:, :-1], grad_ih[:, -1], grad_hh[:, -1])
        return grad_x, *grads, *weights


def cell(network: Network, product: Product) -> tuple[Function, Function]:
    """Return the cell of a network, and its way back."""

    def step(x: Array, *arguments: Array) -> Any:
        require_rank(x, 2)
        state = _Run(network, product, x[:, None], arguments).state
        return state if network.states > 1 else state[0]

    def back(grad_output: Any, x: Array, *arguments: Array) -> tuple[Array, ...]:
        require_rank(x, 2)
        run = _Run(network, product, x[:, None], arguments)
        grads = tuple(grad_output) if network.states > 1 else (grad_output,)
        _check_gradients(grads, run.state)
        grad_x, *others = run.back(grads, None)
        return grad_x[:, 0], *others

    return quiet(step), quiet(back)


def sequence(network: Network, product: Product) -> tuple[Function, Function]:
    """Return the network over all steps of its input, and its way back."""

    def unroll(x: Array, *arguments: Array) -> tuple[Array, ...]:
        require_rank(x, 3)
        run = _Run(network, product, x, arguments)
        return np.stack(run.outputs, axis=1), *run.state

    def back(grad_output: Any, x: Array, *arguments: Array) -> tuple[Array, ...]:
        require_rank(x, 3)
        run = _Run(network, product, x, arguments)
        grad_outputs, *grads = grad_output
        _check_gradients(tuple(grads), run.state)
        return run.back(tuple(grads), grad_outputs)

    return quiet(unroll), quiet(back)


def _check_gradients(grads: State, states: State) -> None:
    for grad, state in zip(grads, states, strict=True):
        require_shapes(grad_output=(grad, state.shape))
