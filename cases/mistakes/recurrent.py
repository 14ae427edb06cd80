"""Mistakes of plain recurrent networks: the wrong slope, the wrong product, the wrong time."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from conformance.bounds import Array
from conformance.spec import Functions, Mistake

from ._images import with_inputs, with_result
from ._recurrent import (
    broken_gradients,
    common,
    given,
    returned,
    twice,
)
from ._wrong import value_checks

Slope = Callable[[Array, Array], Array]
_PLAIN = ("rnn_tanh_cell", "rnn_relu_cell", "rnn_tanh", "rnn_relu")


def _transposed(operation: str) -> Mistake:
    return Mistake(
        f"{operation}/w-hh-transposed",
        "the state is multiplied by w_hh, where it is to be multiplied by its transpose",
        "Which axis of w_hh belongs to the new state?",
        value_checks(operation),
        given(operation, w_hh=np.transpose),
    )


def _other(operation: str, other: str) -> Mistake:
    def replaced(right: Any) -> Functions:
        return {operation: getattr(right, other)}

    return Mistake(
        f"{operation}/activation-of-{other.replace('_', '-')}",
        f"the activation is that of {other}",
        "Look at a state after one step.",
        value_checks(operation),
        replaced,
    )


def _backwards(operation: str, right: Any) -> Functions:
    """Take the steps from the last to the first; each output is where its step is."""

    def wrong(x: Array, *rest: Array) -> Any:
        outputs, *states = getattr(right, operation)(x[:, ::-1], *rest)
        return outputs[:, ::-1], *states

    return {operation: wrong}


def _sloped(operation: str, slope: Slope) -> Callable[[Any], Functions]:
    """Return a mistake with another slope, a function of Z and H′."""

    def backward(g: Array, x: Array, h: Array, *weights: Array) -> tuple[Array, ...]:
        w_ih, w_hh, b_ih, b_hh = weights
        with np.errstate(all="ignore"):
            z = x @ w_ih.T + b_ih + h @ w_hh.T + b_hh
            y = np.tanh(z) if "tanh" in operation else np.maximum(z, 0)
            d = (g * slope(z, y)).astype(g.dtype)
            grads = d @ w_ih, d @ w_hh, d.T @ x, d.T @ h
            return *grads, d.sum(axis=0), d.sum(axis=0)

    return lambda _right: {f"{operation}_backward": backward}


def _two_at_zero(z: Array, _y: Array) -> Array:
    return np.where(z >= 0, 1.0, 0.0) + np.where(z == 0, 1.0, 0.0)


def _last_only(g: Any, *inputs: Array) -> tuple[Any, ...]:
    outputs = np.zeros_like(g[0])
    outputs[:, -1] = g[0][:, -1]
    return (outputs, *g[1:]), *inputs


def _no_last_state(g: Any, *inputs: Array) -> tuple[Any, ...]:
    return (g[0], *(np.zeros_like(grad) for grad in g[1:])), *inputs


def _first_step_last(result: Any, *_inputs: Array) -> Any:
    outputs, *states = result
    return outputs[:, ::-1], *states


def _truncated(operation: str, right: Any) -> Functions:
    """Backpropagate through a single step, never further back."""

    def backward(g: Any, x: Array, *rest: Array) -> tuple[Array, ...]:
        forward, back = getattr(right, operation), getattr(right, f"{operation}_backward")
        states = 2 if operation == "lstm" else 1
        state, weights, steps = rest[:states], rest[states:], x.shape[1]
        by_step: list[Any] = []
        for k in range(steps):
            last = [grad if k == steps - 1 else np.zeros_like(grad) for grad in g[1:]]
            step = x[:, k : k + 1]
            by_step.append(back((g[0][:, k : k + 1], *last), step, *state, *weights))
            state = forward(step, *state, *weights)[1:]
        grad_x = np.concatenate([grads[0] for grads in by_step], axis=1)
        sums = [np.sum(grads, axis=0) for grads in list(zip(*by_step, strict=True))[1 + states :]]
        return grad_x, *by_step[0][1 : 1 + states], *sums

    return {f"{operation}_backward": backward}


def in_time(operation: str) -> tuple[Mistake, ...]:
    """Return the mistakes that sequences share."""
    values, gradients = value_checks(operation), broken_gradients(operation)
    return (
        Mistake(
            f"{operation}/backwards-in-time",
            "the steps are taken from the last to the first",
            "Which output depends on one input alone?",
            values,
            partial(_backwards, operation),
        ),
        Mistake(
            f"{operation}/outputs-reversed",
            "the outputs stand in the order from the last step to the first",
            "Compare the last output with the last state.",
            values,
            with_result(operation, _first_step_last),
        ),
        Mistake(
            f"{operation}/gradient-of-last-output-only",
            "of the outputs' gradients that of the last step alone is taken",
            "Which outputs does a loss depend on?",
            gradients,
            with_inputs(f"{operation}_backward", _last_only),
        ),
        Mistake(
            f"{operation}/gradient-of-last-state-dropped",
            "the gradient of the last state does not arrive",
            "Make a loss of the last state alone.",
            gradients,
            with_inputs(f"{operation}_backward", _no_last_state),
        ),
        Mistake(
            f"{operation}/truncated-to-one-step",
            "no gradient goes through the state from a step to the one before it",
            "Does the first input's gradient depend on the last output's?",
            gradients,
            partial(_truncated, operation),
        ),
    )


MISTAKES: tuple[Mistake, ...] = (
    *(mistake for operation in _PLAIN for mistake in common(operation)),
    *(_transposed(operation) for operation in _PLAIN),
    _other("rnn_tanh_cell", "rnn_relu_cell"),
    _other("rnn_relu_cell", "rnn_tanh_cell"),
    _other("rnn_tanh", "rnn_relu"),
    _other("rnn_relu", "rnn_tanh"),
    *in_time("rnn_tanh"),
    *in_time("rnn_relu"),
    Mistake(
        "rnn_tanh_cell/slope-of-z",
        "the slope of tanh is taken as 1 − z², where it is 1 − tanh² z",
        "Of what is the square in tanh′?",
        broken_gradients("rnn_tanh_cell"),
        _sloped("rnn_tanh_cell", lambda z, _: 1 - z * z),
    ),
    Mistake(
        "rnn_tanh_cell/slope-missing",
        "the upstream gradient passes tanh as if its slope were one",
        "What does tanh do to a gradient?",
        broken_gradients("rnn_tanh_cell"),
        _sloped("rnn_tanh_cell", lambda z, _: np.ones_like(z)),
    ),
    Mistake(
        "rnn_relu_cell/leaky-gradient",
        "below zero the slope is 0.01, that of another activation",
        "What is the slope where the state is zero?",
        broken_gradients("rnn_relu_cell"),
        _sloped("rnn_relu_cell", lambda z, _: np.where(z > 0, 1.0, 0.01)),
    ),
    Mistake(
        "rnn_relu_cell/two-at-zero",
        "the slope at zero is 2, more than on either side of it",
        "Which slopes lie between those on both sides of zero?",
        (
            *broken_gradients("rnn_relu_cell"),
            # On one sample of the edge, as drawn; in float32 no state is zero there.
            "rnn_relu_cell/edge[float64]",
            "rnn_relu_cell/convention/slope-at-zero[*]",
        ),
        _sloped("rnn_relu_cell", _two_at_zero),
    ),
    *(
        Mistake(
            f"{operation}/recurrent-bias-gradient-twice",
            "the gradient of b_hh has that of b_ih added to it",
            "Compare the gradients of the two biases.",
            broken_gradients(operation, "b_hh"),
            returned(operation, b_hh=twice),
        )
        for operation in _PLAIN
    ),
)
