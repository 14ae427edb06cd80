"""One step in time of each recurrent network: the formulas that cells and sequences share.

X is the input of the step, H (and in an LSTM, C) the state before it, H′ (and C′) the state after
it, and L the loss.
"""

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import numpy as np
from scipy.special import expit

from ._arithmetic import Array

State: TypeAlias = tuple[Array, ...]
"""The state between two steps: H, and in an LSTM, C; each of shape (n, hid)."""

Weights: TypeAlias = tuple[Array, Array, Array, Array]
"""W_ih, W_hh, b_ih and b_hh. The first axis of each holds the units of all gates, in order."""

Gradients: TypeAlias = tuple[Array, State, Weights]
"""The gradients of a step's X, state and weights."""


class Cell(NamedTuple):
    """A recurrent network: the names of its states, its number of gates, and its step."""

    states: tuple[str, ...]
    gates: int
    step: Callable[[Array, State, Weights], State]
    step_backward: Callable[[State, Array, State, Weights], Gradients]


def rnn_tanh_step(x: Array, state: State, weights: Weights) -> State:
    """Return H′ = tanh(A + B), where A = X W_ihᵀ + b_ih and B = H W_hhᵀ + b_hh."""
    A, B = _affine(x, state[0], weights)
    return (np.tanh(A + B),)


def rnn_tanh_step_backward(grad: State, x: Array, state: State, weights: Weights) -> Gradients:
    """Return the gradients of X, H and the weights, from ∂L/∂A = ∂L/∂B = ∂L/∂H′ (1 − H′²)."""
    (h_new,) = rnn_tanh_step(x, state, weights)
    grad_A = grad[0] * (1 - h_new**2)
    grad_x, grad_h, grad_weights = _affine_backward(grad_A, grad_A, x, state[0], weights)
    return grad_x, (grad_h,), grad_weights


def rnn_relu_step(x: Array, state: State, weights: Weights) -> State:
    """Return H′ = max(A + B, 0), where A = X W_ihᵀ + b_ih and B = H W_hhᵀ + b_hh."""
    A, B = _affine(x, state[0], weights)
    return (np.maximum(A + B, 0),)


def rnn_relu_step_backward(grad: State, x: Array, state: State, weights: Weights) -> Gradients:
    """Return the gradients of X, H and the weights; ∂L/∂A = ∂L/∂B = 0 where H′ ≤ 0, else ∂L/∂H′."""
    (h_new,) = rnn_relu_step(x, state, weights)
    grad_A = np.where(h_new <= 0, 0, grad[0])
    grad_x, grad_h, grad_weights = _affine_backward(grad_A, grad_A, x, state[0], weights)
    return grad_x, (grad_h,), grad_weights


def lstm_step(x: Array, state: State, weights: Weights) -> State:
    """Return H′ = o tanh C′ and C′ = f C + i g."""
    i, f, g, o = _lstm_gates(x, state[0], weights)
    c_new = f * state[1] + i * g
    return o * np.tanh(c_new), c_new


def lstm_step_backward(grad: State, x: Array, state: State, weights: Weights) -> Gradients:
    """Return the gradients of X, H, C and the weights.

    From C′ back to the gates i, f, g and o, and through σ and tanh to A; the gradient of B is A's.
    """
    h, c = state
    grad_h_new, grad_c_new = grad
    i, f, g, o = _lstm_gates(x, h, weights)
    tanh_c = np.tanh(f * c + i * g)
    grad_o = grad_h_new * tanh_c
    grad_c_new = grad_c_new + grad_h_new * o * (1 - tanh_c**2)
    grad_i, grad_f, grad_g, grad_c = (grad_c_new * factor for factor in (g, c, i, f))
    grad_A = np.concatenate(
        (
            grad_i * i * (1 - i),
            grad_f * f * (1 - f),
            grad_g * (1 - g**2),
            grad_o * o * (1 - o),
        ),
        axis=1,
    )
    grad_x, grad_h, grad_weights = _affine_backward(grad_A, grad_A, x, h, weights)
    return grad_x, (grad_h, grad_c), grad_weights


def gru_step(x: Array, state: State, weights: Weights) -> State:
    """Return H′ = n + z (H − n), which is (1 − z) n + z H."""
    (h,) = state
    _, z, n, _ = _gru_gates(x, h, weights)
    return (n + z * (h - n),)


def gru_step_backward(grad: State, x: Array, state: State, weights: Weights) -> Gradients:
    """Return the gradients of X, H and the weights.

    From H′ back to the gates z, n and r, and through σ and tanh to A and B.
    """
    (h,), (grad_h_new,) = state, grad
    r, z, n, B_n = _gru_gates(x, h, weights)
    grad_z = grad_h_new * (h - n)
    grad_n = grad_h_new - grad_h_new * z
    grad_A_n = grad_n * (1 - n**2)
    grad_r = grad_A_n * B_n
    grad_A_r = grad_r * r * (1 - r)
    grad_A_z = grad_z * z * (1 - z)
    grad_A = np.concatenate((grad_A_r, grad_A_z, grad_A_n), axis=1)
    grad_B = np.concatenate((grad_A_r, grad_A_z, grad_A_n * r), axis=1)
    grad_x, grad_h, grad_weights = _affine_backward(grad_A, grad_B, x, h, weights)
    return grad_x, (grad_h_new * z + grad_h,), grad_weights


def _lstm_gates(x: Array, h: Array, weights: Weights) -> tuple[Array, Array, Array, Array]:
    """Return i = σ(A_i + B_i), f = σ(A_f + B_f), g = tanh(A_g + B_g) and o = σ(A_o + B_o)."""
    A, B = _affine(x, h, weights)
    i, f, g, o = _split(A + B, 4)
    return expit(i), expit(f), np.tanh(g), expit(o)


def _gru_gates(x: Array, h: Array, weights: Weights) -> tuple[Array, Array, Array, Array]:
    """Return r = σ(A_r + B_r), z = σ(A_z + B_z), n = tanh(A_n + r B_n), and B_n."""
    A, B = _affine(x, h, weights)
    A_r, A_z, A_n = _split(A, 3)
    B_r, B_z, B_n = _split(B, 3)
    r = expit(A_r + B_r)
    z = expit(A_z + B_z)
    n = np.tanh(A_n + r * B_n)
    return r, z, n, B_n


def _split(units: Array, gates: int) -> Array:
    """Return the units, of shape (n, gates · hid), as an array of shape (n, hid) for each gate."""
    n, width = units.shape
    return units.reshape(n, gates, width // gates).swapaxes(0, 1)


def _affine(x: Array, h: Array, weights: Weights) -> tuple[Array, Array]:
    """Return A = X W_ihᵀ + b_ih and B = H W_hhᵀ + b_hh."""
    w_ih, w_hh, b_ih, b_hh = weights
    return x @ w_ih.T + b_ih, h @ w_hh.T + b_hh


def _affine_backward(
    grad_A: Array, grad_B: Array, x: Array, h: Array, weights: Weights
) -> tuple[Array, Array, Weights]:
    """Return the gradients of X, of H, and of the four weights."""
    w_ih, w_hh, _, _ = weights
    grad_w_ih, grad_w_hh = grad_A.T @ x, grad_B.T @ h
    grad_b_ih, grad_b_hh = grad_A.sum(axis=0), grad_B.sum(axis=0)
    return grad_A @ w_ih, grad_B @ w_hh, (grad_w_ih, grad_w_hh, grad_b_ih, grad_b_hh)


RNN_TANH = Cell(("h",), 1, rnn_tanh_step, rnn_tanh_step_backward)
RNN_RELU = Cell(("h",), 1, rnn_relu_step, rnn_relu_step_backward)
LSTM = Cell(("h", "c"), 4, lstm_step, lstm_step_backward)
GRU = Cell(("h",), 3, gru_step, gru_step_backward)
