"""A recurrent cell run for one step, or over a sequence; its arguments are checked first."""

from collections.abc import Sequence

import numpy as np

from ._arithmetic import Array
from ._cells import Cell, State, Weights
from ._validation import check_axes, check_floating, check_shape


def step(cell: Cell, x: Array, state: State, weights: Weights) -> State:
    """Return the state after one step, whose input x has the shape (n, in)."""
    _check(cell, x, "n, in", state, weights)
    return cell.step(x, state, weights)


def step_backward(
    cell: Cell, grad_state: Sequence[Array], x: Array, state: State, weights: Weights
) -> tuple[Array, ...]:
    """Return the gradients of x, of the state and of the weights, given those of the next state."""
    _check(cell, x, "n, in", state, weights)
    _check_gradients(grad_state, [f"{name}'" for name in cell.states], [h.shape for h in state])
    grad_x, grads, grad_weights = cell.step_backward(tuple(grad_state), x, state, weights)
    return grad_x, *grads, *grad_weights


def unroll(cell: Cell, x: Array, state: State, weights: Weights) -> tuple[Array, ...]:
    """Return the outputs, H after each step, and the last state; x has the shape (n, t, in)."""
    _check_sequence(cell, x, state, weights)
    states = _states(cell, x, state, weights)
    outputs = np.stack([h for h, *_ in states[1:]], axis=1)
    return outputs, *states[-1]


def unroll_backward(
    cell: Cell, grad_output: Sequence[Array], x: Array, state: State, weights: Weights
) -> tuple[Array, ...]:
    """Return the gradients of x, of the first state and of the weights: backpropagation in time.

    H after a step is both an output and the state of the next step, so its two gradients add up.
    The weights are the same in every step, so their gradients add up over the steps.
    """
    _check_sequence(cell, x, state, weights)
    n, t, _ = x.shape
    shapes = [(n, t, state[0].shape[1]), *(h.shape for h in state)]
    _check_gradients(grad_output, ["outputs", *(f"{name}'" for name in cell.states)], shapes)
    grad_outputs, grad_h, *grad_rest = grad_output
    states = _states(cell, x, state, weights)
    grad_x = np.empty(x.shape, x.dtype)
    totals = [np.zeros(w.shape, w.dtype) for w in weights]
    for k in reversed(range(t)):
        grad_state = (grad_h + grad_outputs[:, k], *grad_rest)
        grad_x[:, k], grads, grad_weights = cell.step_backward(
            grad_state, x[:, k], states[k], weights
        )
        grad_h, *grad_rest = grads
        totals = [total + grad for total, grad in zip(totals, grad_weights, strict=True)]
    return grad_x, grad_h, *grad_rest, *totals


def _states(cell: Cell, x: Array, state: State, weights: Weights) -> list[State]:
    """Return the state before the first step, and the state after each step."""
    states = [state]
    for k in range(x.shape[1]):
        states.append(cell.step(x[:, k], states[-1], weights))
    return states


def _check(cell: Cell, x: Array, axes: str, state: State, weights: Weights) -> None:
    names = dict(zip(cell.states, state, strict=True))
    w_ih, w_hh, b_ih, b_hh = weights
    check_floating(x=x, **names, w_ih=w_ih, w_hh=w_hh, b_ih=b_ih, b_hh=b_hh)
    check_axes("x", x, axes)
    check_axes("h", state[0], "n, hid")
    hid = state[0].shape[1]
    for name, h in names.items():
        check_shape(name, h, (x.shape[0], hid), "x's first axis with h's second")
    units = cell.gates * hid
    owner = f"a cell with {cell.gates} · hid units, of x's inputs and h's hid,"
    check_shape("w_ih", w_ih, (units, x.shape[-1]), owner)
    check_shape("w_hh", w_hh, (units, hid), owner)
    check_shape("b_ih", b_ih, (units,), owner)
    check_shape("b_hh", b_hh, (units,), owner)


def _check_sequence(cell: Cell, x: Array, state: State, weights: Weights) -> None:
    _check(cell, x, "n, t, in", state, weights)
    if x.shape[1] < 1:
        raise ValueError(
            f"x has shape {x.shape}, no steps in time; it must have one at least: "
            f"leave the network out where there is no sequence"
        )


def _check_gradients(
    grad_output: Sequence[Array], names: Sequence[str], shapes: Sequence[tuple[int, ...]]
) -> None:
    if len(grad_output) != len(names):
        raise ValueError(
            f"grad_output has {len(grad_output)} items; it must be a tuple with the gradient of "
            f"each output, ({', '.join(names)}): pass zeros for one that the loss does not use"
        )
    for name, grad, shape in zip(names, grad_output, shapes, strict=True):
        check_shape(f"grad_output's {name}", grad, shape, "the output")
