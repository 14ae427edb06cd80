"""Recurrent sequences: networks that take t steps in time.

A sequence runs its cell over X₁, …, X_t and returns all H₁, …, H_t, and the last state. On the way
back, H_k receives the gradient of the k-th output, and through step k + 1 that of the next state:

    ∂H_k = ∂Y_k + ∂B_k+1 W_hh (+ G z in the GRU)
    grad_X_k = ∂A_k W_ih    grad_W_ih = Σ_k ∂A_kᵀ X_k    grad_W_hh = Σ_k ∂B_kᵀ H_k−1
    grad_b_ih = Σ_k Σₙ ∂A_k                              grad_b_hh = Σ_k Σₙ ∂B_k

One pass yields the gradients of all inputs.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from conformance.bounds import Ball, stack
from conformance.spec import Lesson, Operation, Tensor, TorchFunction

from ._gates import GRU, LSTM, RNN_RELU, RNN_TANH, Cell, Run
from ._recurrent import recurrent_operation

Tensors = tuple[Tensor, ...]


def _sequence_value(cell: Cell, x: Ball, *rest: Ball) -> tuple[Ball, ...]:
    states = _run(cell, x, *rest).states
    return stack([state[0] for state in states[1:]], axis=1), *states[-1]


def _sequence_backward(
    cell: Cell, grad_output: tuple[Ball, ...], x: Ball, *rest: Ball
) -> Mapping[str, Ball]:
    outputs, *grads = grad_output
    return _run(cell, x, *rest).pull_back(tuple(grads), outputs)


# The value and the gradients of a case share it.
@lru_cache(maxsize=1)
def _run(cell: Cell, x: Ball, *rest: Ball) -> Run:
    return Run(cell, x, rest)


def _torch_sequence(function: Callable[..., Any], states: int) -> Callable[..., Tensors]:
    """Return torch's function for one layer in one direction, batch first.

    torch's states have an axis for the layer.
    """

    def run(x: Tensor, *rest: Tensor) -> Tensors:
        state = tuple(h[None] for h in rest[:states])
        packed: Any = state if states > 1 else state[0]
        weights = list(rest[states:])
        outputs, *last = function(x, packed, weights, True, 1, 0.0, False, False, True)
        return outputs, *(h[0] for h in last)

    return run


_FOR_EACH_STEP = r"\quad \text{for } k = 1, \ldots, t"


def _sequence(name: str, cell: Cell, module: str, lesson: Lesson) -> Operation:
    states = "(Hₖ, Cₖ)" if "c" in cell.states else "Hₖ"
    before = states.replace("ₖ", "ₖ₋₁")
    latex = rf"Y_k = H_k, \quad {_latex(states)} = \text{{{name}\_cell}}(X_k, {_latex(before)}) "
    return recurrent_operation(
        cell,
        _sequence_value,
        _sequence_backward,
        steps=True,
        name=name,
        formula=f"Yₖ = Hₖ, {states} = {name}_cell(Xₖ, {before}) for k = 1, …, t",
        latex=latex + _FOR_EACH_STEP,
        source=f"torch.nn.{module}, one layer, one direction, batch_first",
        lesson=lesson,
        torch=_torch_sequence(TorchFunction(f"torch.{name}"), len(cell.states)),
    )


def _latex(states: str) -> str:
    """Return the letters of states, with their steps, in LaTeX."""
    return states.replace("ₖ₋₁", "_{k-1}").replace("ₖ", "_k")


ORDER = 71
OPERATIONS = (
    _sequence(
        "rnn_tanh",
        RNN_TANH,
        "RNN",
        Lesson(
            240,
            "The cell over a sequence: its weights are used at each step, and their gradients "
            "add up.",
        ),
    ),
    _sequence(
        "rnn_relu",
        RNN_RELU,
        "RNN, nonlinearity='relu'",
        Lesson(250, "The same sequence with another function around it."),
    ),
    _sequence(
        "lstm",
        LSTM,
        "LSTM",
        Lesson(270, "Two memories over a sequence: the last and the hardest way back."),
    ),
    _sequence("gru", GRU, "GRU", Lesson(260, "Gates over a sequence.")),
)
