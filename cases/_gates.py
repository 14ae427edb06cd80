"""The steps in time of recurrent networks over balls: each cell's formula, and its gradients.

With A = X W_ihᵀ + b_ih, B = H W_hhᵀ + b_hh and Z = A + B, whose terms may be added in any order,
⊙ the elementwise product, and G and K the gradients of the next H and C:

    tanh      H′ = tanh Z           ∂Z = G (1 − H′²)
    relu      H′ = max(Z, 0)        ∂Z = G where Z > 0, else 0
    LSTM      i, f, o = σ(Zᵢ), σ(Z_f), σ(Zₒ)       g = tanh Z_g
              C′ = f ⊙ C + i ⊙ g                   H′ = o ⊙ tanh C′
              K ← K + G o (1 − tanh² C′)           ∂C = K f
              ∂Z = [K g i (1 − i), K C f (1 − f), K i (1 − g²), G tanh C′ o (1 − o)]
    GRU       r, z = σ(Z_r), σ(Z_z)                n = tanh(A_n + r ⊙ B_n)
              H′ = (1 − z) ⊙ n + z ⊙ H             ∂H = G z, beside what comes through B
              ∂A = [∂A_n B_n r (1 − r), G (H − n) z (1 − z), G (1 − z) (1 − n²)]
              ∂B = the same, but ∂B_n = ∂A_n r

Rounding may close a gate, as where tanh is 1 or one ulp less. Where such a gate meets an infinity,
no claim is made on the product.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from conformance.bounds import (
    Array,
    Ball,
    concatenate,
    disclaim,
    either,
    gate,
    matmul,
    multiply,
    relu,
    settle,
    sigmoid,
    tanh,
    total,
    widen,
)

State = tuple[Ball, ...]
Saved = tuple[Ball, ...]


@dataclass(frozen=True)
class Weights:
    """W_ih (gates · hid, in), W_hh (gates · hid, hid), b_ih and b_hh (gates · hid,)."""

    w_ih: Ball
    w_hh: Ball
    b_ih: Ball
    b_hh: Ball

    @cached_property
    def joined(self) -> Ball:
        """Return all weights side by side, so that Z is one product: [X, H, 1, 1] times this."""
        columns = [self.w_ih, self.w_hh, self.b_ih.reshape(-1, 1), self.b_hh.reshape(-1, 1)]
        return concatenate(columns, axis=1).T


class Cell(NamedTuple):
    """A recurrent cell: its states, its gates, its step forward and the step back.

    `step` maps X, the state and the weights to the next state and the saved values. `back` maps
    the saved values and the gradients of the next state to ∂A, ∂B, and the gradients that reach
    each state directly: None where there are none. `order` names the gates, a letter each.
    """

    states: tuple[str, ...]
    gates: int
    step: Callable[[Ball, State, Weights], tuple[State, Saved]]
    back: Callable[[Saved, State], tuple[Ball, Ball, tuple[Ball | None, ...]]]
    order: str = ""


def joint(x: Ball, h: Ball, weights: Weights, units: slice = slice(None)) -> Ball:
    """Return Z = X W_ihᵀ + H W_hhᵀ + b_ih + b_hh, of some units."""
    ones = x.like(np.ones((x.shape[0], 2)))
    return matmul(concatenate([x, h, ones], axis=1), weights.joined[:, units])


def _split(z: Ball, gates: int) -> list[Ball]:
    width = z.shape[1] // gates
    return [z[:, k * width : (k + 1) * width] for k in range(gates)]


def tanh_slope(a: Ball) -> Ball:
    """Return the slope 1 − a², or (1 − a)(1 + a); the error is (2 |a| + E) E + u (3 + 2 E)."""
    u = a.arithmetic.form.u
    error = a.bound * (2.0 * a.absolute + a.bound) + u * (3.0 + 2.0 * a.bound)
    return disclaim(settle(1 - a.value * a.value, error, a.arithmetic), np.isinf(a.bound))


def sigmoid_slope(a: Ball) -> Ball:
    """Return the slope a (1 − a), a − a² or σ(z) σ(−z), whose σ errs by K ulp.

    The error is E (1 + E) + (K + 3) u (a + E).
    """
    k = a.arithmetic.accuracies["sigmoid"]
    error = a.bound * (1.0 + a.bound) + (k + 3.0) * a.arithmetic.form.u * a.magnitude
    return disclaim(settle(a.value * (1 - a.value), error, a.arithmetic), np.isinf(a.bound))


def _through(slope: Ball, *factors: Ball) -> Ball:
    """Return the product of factors and a slope; multiplied piece by piece it costs one ω more."""
    partial: Array | float = 1.0
    for factor in factors:
        partial = partial * (np.maximum(1.0, factor.magnitude) * (factor.magnitude != 0))
    return widen(multiply(*factors, slope), slope.arithmetic.form.underflow * np.asarray(partial))


def _tanh_step(x: Ball, state: State, weights: Weights) -> tuple[State, Saved]:
    h = tanh(joint(x, state[0], weights))
    return (h,), (h,)


def _tanh_back(saved: Saved, grads: State) -> tuple[Ball, Ball, tuple[Ball | None, ...]]:
    grad_z = _through(tanh_slope(saved[0]), grads[0])
    return grad_z, grad_z, (None,)


def _relu_step(x: Ball, state: State, weights: Weights) -> tuple[State, Saved]:
    z = joint(x, state[0], weights)
    return (relu(z),), (z,)


def _relu_back(saved: Saved, grads: State) -> tuple[Ball, Ball, tuple[Ball | None, ...]]:
    (z,), (grad,) = saved, grads
    # Where the gate is shut, 0 · grad is as good as 0, unless grad is not finite.
    shut = (z.value <= 0) & ~np.isfinite(grad.magnitude)
    grad_z = disclaim(gate(grad, z), shut | np.isnan(z.value) | np.isinf(grad.bound))
    return grad_z, grad_z, (None,)


def _lstm_step(x: Ball, state: State, weights: Weights) -> tuple[State, Saved]:
    z = joint(x, state[0], weights)
    i, f, _, o = _split(sigmoid(z), 4)
    g = tanh(_split(z, 4)[2])
    c_next = f * state[1] + i * g
    t = tanh(c_next)
    return (o * t, c_next), (i, f, g, o, state[1], t)


def _lstm_back(saved: Saved, grads: State) -> tuple[Ball, Ball, tuple[Ball | None, ...]]:
    i, f, g, o, c, t = saved
    k = grads[1] + _through(tanh_slope(t), grads[0], o)
    parts = [
        _through(sigmoid_slope(i), k, g),
        _through(sigmoid_slope(f), k, c),
        _through(tanh_slope(g), k, i),
        _through(sigmoid_slope(o), grads[0], t),
    ]
    grad_z = concatenate(parts, axis=1)
    return grad_z, grad_z, (None, k * f)


def _gru_step(x: Ball, state: State, weights: Weights) -> tuple[State, Saved]:
    (h,) = state
    new = slice(2 * h.shape[1], None)
    r, z = _split(sigmoid(joint(x, h, weights, slice(2 * h.shape[1]))), 2)
    a = matmul(x, weights.w_ih[new].T, plus=weights.b_ih[new])
    b = matmul(h, weights.w_hh[new].T, plus=weights.b_hh[new])
    n = tanh(a + r * b)
    h_next = either((1.0 - z) * n + z * h, n + z * (h - n))
    return (h_next,), (r, z, n, b, h)


def _gru_back(saved: Saved, grads: State) -> tuple[Ball, Ball, tuple[Ball | None, ...]]:
    (r, z, n, b, h), (grad,) = saved, grads
    grad_n = _through(tanh_slope(n), either(grad * (1.0 - z), grad - grad * z))
    grad_z = _through(sigmoid_slope(z), either(grad * (h - n), grad * h - grad * n))
    grad_r = _through(sigmoid_slope(r), grad_n, b)
    grad_a = concatenate([grad_r, grad_z, grad_n], axis=1)
    grad_b = concatenate([grad_r, grad_z, grad_n * r], axis=1)
    return grad_a, grad_b, (grad * z,)


RNN_TANH = Cell(("h",), 1, _tanh_step, _tanh_back)
RNN_RELU = Cell(("h",), 1, _relu_step, _relu_back)
LSTM = Cell(("h", "c"), 4, _lstm_step, _lstm_back, "ifgo")
GRU = Cell(("h",), 3, _gru_step, _gru_back, "rzn")


class Run:
    """A run of a cell over the steps of x (n, t, in), kept for the way back."""

    def __init__(self, cell: Cell, x: Ball, arguments: tuple[Ball, ...]) -> None:
        self._cell = cell
        self._x = x
        self._weights = Weights(*arguments[len(cell.states) :])
        self.states = [arguments[: len(cell.states)]]
        self._saved: list[Saved] = []
        for k in range(x.shape[1]):
            state, saved = cell.step(x[:, k], self.states[-1], self._weights)
            self.states.append(state)
            self._saved.append(saved)

    def pull_back(self, grads: State, outputs: Ball | None = None) -> dict[str, Ball]:
        """Return the gradients of all inputs, by name.

        `grads` are the gradients of the last state, `outputs` those of H after every step.
        """
        w_ih, w_hh = self._weights.w_ih, self._weights.w_hh
        n, t, features = self._x.shape
        grads_a: list[Ball] = []
        grads_b: list[Ball] = []
        for k in reversed(range(t)):
            if outputs is not None:
                grads = (outputs[:, k] + grads[0], *grads[1:])
            grad_a, grad_b, direct = self._cell.back(self._saved[k], grads)
            grads_a.insert(0, grad_a)
            grads_b.insert(0, grad_b)
            grad_h = matmul(grad_b, w_hh, plus=direct[0])
            grads = (grad_h, *(grad for grad in direct[1:] if grad is not None))
        grad_a, grad_b = concatenate(grads_a), concatenate(grads_b)
        x = concatenate([self._x[:, k] for k in range(t)])
        h = concatenate([state[0] for state in self.states[:-1]])
        grad_x = matmul(grad_a, w_ih).reshape(t, n, features)
        return {
            "x": grad_x.map(lambda a: a.swapaxes(0, 1)),
            **dict(zip(self._cell.states, grads, strict=True)),
            "w_ih": matmul(grad_a.T, x),
            "w_hh": matmul(grad_b.T, h),
            "b_ih": total(grad_a, axis=0),
            "b_hh": total(grad_b, axis=0),
        }
