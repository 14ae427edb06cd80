"""Mistakes of the LSTM: gates exchanged, terms left out, gradients that lose their way."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from conformance.bounds import Array
from conformance.spec import Functions, Mistake, Wrong

from ._gates import counted_twice, gate, logistic, ordered, stepped
from ._images import with_inputs, with_result
from ._recurrent import (
    arguments,
    broken_gradients,
    common,
    given,
    nothing,
    returned,
)
from ._wrong import value_checks
from .recurrent import in_time


def _hard(z: Array) -> Array:
    result: Array = np.clip(z.dtype.type(0.2) * z + z.dtype.type(0.5), 0, 1)
    return result


def _lstm_step(
    operation: str,
    *,
    logistic: Callable[[Array], Array] = logistic,
    squash: Callable[[Array], Array] = np.tanh,
    peephole: bool = False,
) -> Wrong:
    """An LSTM with another step; a sequence takes it over and over."""

    def step(x: Array, h: Array, c: Array, *weights: Array) -> tuple[Array, Array]:
        w_ih, w_hh, b_ih, b_hh = weights
        i, f, g, o = np.split(x @ w_ih.T + b_ih + h @ w_hh.T + b_hh, 4, axis=-1)
        if peephole:
            i, f = i + c, f + c
        c = logistic(f) * c + logistic(i) * np.tanh(g)
        return logistic(o) * squash(c), c

    return stepped(operation, step)


def _without_tanh_path(operation: str, right: Any) -> Functions:
    """What C gets from H′ through o tanh C′ is left out."""

    def backward(g: Any, *inputs: Array) -> tuple[Array, ...]:
        back = getattr(right, f"{operation}_backward")
        whole = back(g, *inputs)
        alone = back((np.zeros_like(g[0]), *g[1:]), *inputs)
        names = arguments(operation)
        return tuple(
            part if name == "c" else all_
            for name, all_, part in zip(names, whole, alone, strict=True)
        )

    return {f"{operation}_backward": backward}


def _cell_state_grad_dropped(g: Any, *inputs: Array) -> tuple[Any, ...]:
    return (*g[:-1], np.zeros_like(g[-1])), *inputs


def _nested(result: Any, *_inputs: Array) -> Any:
    outputs, *states = result
    return outputs, tuple(states)


def _gates(operation: str) -> tuple[Mistake, ...]:
    """Return the mistakes in which gate is which, and in what is added to one."""
    values = value_checks(operation)
    return (
        Mistake(
            f"{operation}/i-and-f-exchanged",
            "the input gate and the forget gate are taken for each other",
            "Which rows of the weights belong to which gate?",
            values,
            ordered(operation, (1, 0, 2, 3)),
        ),
        Mistake(
            f"{operation}/gates-in-the-order-i-o-f-g",
            "the gates stand in ONNX's order, where the contract has i, f, g, o",
            "Which rows of the weights belong to which gate?",
            values,
            ordered(operation, (0, 2, 3, 1)),
        ),
        Mistake(
            f"{operation}/forget-bias-of-one",
            "one is added to the forget gate's bias, as some networks begin with",
            "Is there a number in the code that the formula has not?",
            values,
            given(operation, b_ih=gate(operation, 1, lambda b: b + b.dtype.type(1))),
        ),
    )


def _steps(operation: str) -> tuple[Mistake, ...]:
    """Return the mistakes in a step from one state to the next."""
    values = value_checks(operation)
    return (
        Mistake(
            f"{operation}/output-without-tanh",
            "H′ is o ⊙ C′, without a tanh between them",
            "Can a state of the network exceed one?",
            values,
            _lstm_step(operation, squash=lambda c: c),
        ),
        Mistake(
            f"{operation}/hard-sigmoid",
            "the gates are piecewise linear, where they are to be logistic",
            "What is a gate at z = 3?",
            values,
            _lstm_step(operation, logistic=_hard),
        ),
        Mistake(
            f"{operation}/peepholes",
            "C is added to the gates i and f, as in another network of that name",
            "Do the gates depend on C?",
            values,
            _lstm_step(operation, peephole=True),
        ),
    )


def _gradients(operation: str) -> tuple[Mistake, ...]:
    """Return the mistakes in the way back."""
    return (
        Mistake(
            f"{operation}/gradient-of-last-c-dropped",
            "the gradient of C′ does not arrive",
            "Make a loss of C′ alone.",
            broken_gradients(operation, "x", "h", "c", "w_ih", "w_hh", "b_ih", "b_hh"),
            with_inputs(f"{operation}_backward", _cell_state_grad_dropped),
        ),
        Mistake(
            f"{operation}/c-detached",
            "the gradient of the first C is zero",
            "Which way does a gradient take from C′ to C?",
            broken_gradients(operation, "c"),
            returned(operation, c=nothing),
        ),
        Mistake(
            f"{operation}/c-without-the-way-through-h",
            "C gets nothing of what arrives at the outputs, only what arrives at the last C",
            "How many ways lead from C′ to the loss?",
            broken_gradients(operation, "c"),
            partial(_without_tanh_path, operation),
        ),
        Mistake(
            f"{operation}/output-gate-not-trained",
            "the rows of w_ih's gradient that belong to the output gate are zero",
            "Compare the gradient gate by gate.",
            broken_gradients(operation, "w_ih"),
            returned(operation, w_ih=gate(operation, 3, np.zeros_like)),
        ),
    )


MISTAKES: tuple[Mistake, ...] = (
    *common("lstm_cell"),
    *common("lstm"),
    *in_time("lstm"),
    *_gates("lstm_cell"),
    *_steps("lstm_cell"),
    *_gradients("lstm_cell"),
    *_gates("lstm"),
    *_steps("lstm"),
    *_gradients("lstm"),
    Mistake(
        "lstm_cell/states-exchanged",
        "C′ is returned first, H′ second",
        "Which of the two states stays within (−1, 1)?",
        value_checks("lstm_cell"),
        with_result("lstm_cell", lambda states, *_: states[::-1]),
    ),
    Mistake(
        "lstm/states-nested",
        "the last states are returned as a pair within the tuple, as torch does",
        "How long is the tuple that comes back?",
        value_checks("lstm"),
        with_result("lstm", _nested),
    ),
    *(counted_twice(operation) for operation in ("lstm_cell", "lstm")),
)
