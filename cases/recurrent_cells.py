"""Recurrent cells: networks that take one step in time.

A cell maps an input X and a state H, in the LSTM also C, to the next state. One pass yields the
gradients of all inputs.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from conformance.bounds import Ball, between, gate, select, total
from conformance.spec import (
    Answer,
    Convention,
    Inputs,
    Lesson,
    Operation,
    Parameters,
    Tensor,
    TorchFunction,
    torch,
)

from ._gates import GRU, LSTM, RNN_RELU, RNN_TANH, Cell, Run, Weights, joint
from ._recurrent import recurrent_operation

Tensors = tuple[Tensor, ...]


def _cell_value(cell: Cell, x: Ball, *rest: Ball) -> Ball | tuple[Ball, ...]:
    state = _one_step(cell, x, *rest).states[-1]
    return state if len(state) > 1 else state[0]


# The value and the gradients of a case share it.
@lru_cache(maxsize=1)
def _one_step(cell: Cell, x: Ball, *rest: Ball) -> Run:
    return Run(cell, x.reshape(x.shape[0], 1, x.shape[1]), rest)


def _cell_backward(
    cell: Cell, grad_output: Ball | tuple[Ball, ...], x: Ball, *rest: Ball
) -> Mapping[str, Ball]:
    grads = grad_output if isinstance(grad_output, tuple) else (grad_output,)
    gradients = _one_step(cell, x, *rest).pull_back(grads)
    return {**gradients, "x": gradients["x"].reshape(*x.shape)}


def _torch_lstm_cell(x: Tensor, h: Tensor, c: Tensor, *weights: Tensor) -> Tensors:
    return torch.lstm_cell(x, (h, c), *weights)


def _slope(at_zero: float) -> Callable[..., Ball]:
    """Return the gradient of b_ih in the ReLU cell, with this slope where Z is exactly zero."""

    def gradient(grad_output: Ball, x: Ball, h: Ball, *weights: Ball) -> Ball:
        z = joint(x, h, Weights(*weights))
        at_kink = (z.value == 0) & (z.bound == 0)
        grad_z = select(at_kink, grad_output * at_zero, gate(grad_output, z))
        return total(grad_z, axis=0)

    return gradient


def _any_slope(grad_output: Ball, x: Ball, h: Ball, *weights: Ball) -> Ball:
    """Return the gradient of b_ih with any slope from zero to one where Z is exactly zero."""
    z = joint(x, h, Weights(*weights))
    at_kink = (z.value == 0) & (z.bound == 0)
    shut = grad_output.like(np.zeros(grad_output.shape))
    grad_z = select(at_kink, between(shut, grad_output), gate(grad_output, z))
    return total(grad_z, axis=0)


def _plant_zeros(rng: Any, inputs: Inputs, _parameters: Parameters) -> Inputs:
    """Return inputs with the weights and biases of some units zero, so that their Z is zero."""
    kept = rng.random(inputs["b_ih"].shape) < 0.5
    cut = {name: inputs[name] * kept for name in ("b_ih", "b_hh")}
    cut |= {name: inputs[name] * kept[:, None] for name in ("w_ih", "w_hh")}
    return {**inputs, **{name: value.astype(inputs[name].dtype) for name, value in cut.items()}}


_SLOPE_AT_ZERO = Convention(
    question="slope-at-zero",
    argument="b_ih",
    plant=_plant_zeros,
    answers=(
        Answer("zero", _slope(0.0)),
        Answer("one", _slope(1.0)),
        Answer("one-half", _slope(0.5)),
    ),
    otherwise=Answer("between zero and one", _any_slope),
)


def _cell(
    name: str,
    cell: Cell,
    formula: str,
    latex: str,
    lesson: Lesson,
    *conventions: Convention,
    function: Callable[..., Any] | None = None,
) -> Operation:
    return recurrent_operation(
        cell,
        _cell_value,
        _cell_backward,
        steps=False,
        name=name,
        formula=formula,
        latex=latex,
        source=f"torch.{name}",
        lesson=lesson,
        torch=function or TorchFunction(f"torch.{name}"),
        conventions=conventions,
    )


ORDER = 70
OPERATIONS = (
    _cell(
        "rnn_tanh_cell",
        RNN_TANH,
        "H′ = tanh(X W_ihᵀ + b_ih + H W_hhᵀ + b_hh)",
        r"H' = \tanh(X W_{ih}^{T} + b_{ih} + H W_{hh}^{T} + b_{hh})",
        Lesson(200, "One step of a network with a memory: two linear maps in one."),
    ),
    _cell(
        "rnn_relu_cell",
        RNN_RELU,
        "H′ = max(X W_ihᵀ + b_ih + H W_hhᵀ + b_hh, 0)",
        r"H' = \max(X W_{ih}^{T} + b_{ih} + H W_{hh}^{T} + b_{hh}, 0)",
        Lesson(210, "The same step with another function around it."),
        _SLOPE_AT_ZERO,
    ),
    _cell(
        "lstm_cell",
        LSTM,
        "C′ = f C + i g, H′ = o tanh C′; i, f, o = σ(Z), g = tanh Z",
        r"C' = f C + i g, \quad H' = o \tanh C'; \quad i, f, o = \sigma(Z), \quad g = \tanh Z",
        Lesson(
            230,
            "Two memories and four gates, with two results and so two upstream gradients.",
        ),
        function=_torch_lstm_cell,
    ),
    _cell(
        "gru_cell",
        GRU,
        "H′ = (1 − z) n + z H, n = tanh(A + r B); r, z = σ(A + B)",
        r"H' = (1 - z)\, n + z H, \quad n = \tanh(A + r B); \quad r, z = \sigma(A + B)",
        Lesson(220, "Gates: products in which both factors are computed."),
    ),
)
