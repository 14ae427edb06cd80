"""Recurrent networks: cells, which take one step in time, and sequences, which take t of them.

A cell maps an input X and a state H, in the LSTM also C, to the next state. A sequence runs it
over X₁, …, X_t and returns all H₁, …, H_t, and the last state. Going back, H_k receives the
gradient of the k-th output and, through the step that it entered, those of the states after it:

    ∂H_k = ∂Y_k + ∂B_k+1 W_hh (+ G z in the GRU)
    grad_X_k = ∂A_k W_ih    grad_W_ih = Σ_k ∂A_kᵀ X_k    grad_W_hh = Σ_k ∂B_kᵀ H_k−1
    grad_b_ih = Σ_k Σₙ ∂A_k                              grad_b_hh = Σ_k Σₙ ∂B_k

One pass yields the gradients of all inputs. Numbers are as a rule normal, of short sums and few
steps: an error that the first step makes is in all that follows.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from conformance.bounds import Array, Ball, gate, select, stack, total
from conformance.spec import (
    Answer,
    Convention,
    Input,
    Inputs,
    Operation,
    Parameters,
    Part,
    Refusal,
    Shape,
    Structure,
    Tensor,
    TorchFunction,
    mostly_normal,
    structures,
    torch,
)

from ._gates import GRU, LSTM, RNN_RELU, RNN_TANH, Cell, Run, Weights, joint

Tensors = tuple[Tensor, ...]
Spoil = Callable[[Inputs, Parameters], tuple[Inputs, Parameters] | None]


def _shapes(draw: DrawFn, cell: Cell, *, steps: bool) -> tuple[dict[str, Any], dict[str, Any]]:
    hid = draw(st.sampled_from([1, 2, 3, 4, 1]))
    # Squares hide a forgotten transpose: inputs and samples are often as many as units.
    units = cell.gates * hid
    tall = units if units <= 8 else hid
    features = draw(st.sampled_from([hid, 1, 2, 3, 4, tall, tall, tall, 0]))
    n = draw(st.sampled_from([1, 2, 3, hid, 4, features, 0]))
    time = (draw(st.sampled_from([1, 2, 3, n or 1, features or 1, 4])),) if steps else ()
    shapes: dict[str, Shape] = {"x": (n, *time, features)}
    shapes.update(dict.fromkeys(cell.states, (n, hid)))
    shapes.update({"w_ih": (units, features), "w_hh": (units, hid)})
    shapes.update({"b_ih": (units,), "b_hh": (units,)})
    return shapes, {}


def _unsaturated(rng: Any, shape: Shape, dtype: str, regime: str, structure: Structure) -> Array:
    """Numbers at which the slopes of tanh and σ are as a rule not zero."""
    array = mostly_normal(rng, shape, dtype, regime, structure)
    if regime in {"integers", "ties", "constant"} and rng.random() < 0.7:
        array = (array * 0.125).astype(dtype)
    return array


def _cell_value(cell: Cell, x: Ball, *rest: Ball) -> Ball | tuple[Ball, ...]:
    state = _one_step(cell, x, rest).states[-1]
    return state if len(state) > 1 else state[0]


def _one_step(cell: Cell, x: Ball, rest: tuple[Ball, ...]) -> Run:
    return Run(cell, x.reshape(x.shape[0], 1, x.shape[1]), rest)


def _cell_backward(
    cell: Cell, grad_output: Ball | tuple[Ball, ...], x: Ball, *rest: Ball
) -> Mapping[str, Ball]:
    grads = grad_output if isinstance(grad_output, tuple) else (grad_output,)
    found = _one_step(cell, x, rest).pull_back(grads)
    return {**found, "x": found["x"].reshape(*x.shape)}


def _sequence_value(cell: Cell, x: Ball, *rest: Ball) -> tuple[Ball, ...]:
    states = Run(cell, x, rest).states
    return stack([state[0] for state in states[1:]], axis=1), *states[-1]


def _sequence_backward(
    cell: Cell, grad_output: tuple[Ball, ...], x: Ball, *rest: Ball
) -> Mapping[str, Ball]:
    outputs, *grads = grad_output
    return Run(cell, x, rest).pull_back(tuple(grads), outputs)


def _torch_lstm_cell(x: Tensor, h: Tensor, c: Tensor, *weights: Tensor) -> Tensors:
    return torch.lstm_cell(x, (h, c), *weights)


def _torch_sequence(function: Callable[..., Any], states: int) -> Callable[..., Tensors]:
    """One layer in one direction, batch first; torch's states have an axis for the layer."""

    def run(x: Tensor, *rest: Tensor) -> Tensors:
        state = tuple(h[None] for h in rest[:states])
        packed: Any = state if states > 1 else state[0]
        weights = list(rest[states:])
        outputs, *last = function(x, packed, weights, True, 1, 0.0, False, False, True)
        return outputs, *(h[0] for h in last)

    return run


def _slope(at_zero: float) -> Callable[..., Ball]:
    """The gradient of b_ih in the ReLU cell, with one slope where Z is exactly zero."""

    def gradient(grad_output: Ball, x: Ball, h: Ball, *weights: Ball) -> Ball:
        z = joint(x, h, Weights(*weights))
        at_kink = (z.value == 0) & (z.bound == 0)
        grad_z = select(at_kink, grad_output * at_zero, gate(grad_output, z))
        return total(grad_z, axis=0)

    return gradient


def _plant_zeros(rng: Any, inputs: Inputs, _parameters: Parameters) -> Inputs:
    """Cut some units off from everything, so that their Z is zero."""
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
)


def _grown(name: str, axis: int, *, steps: bool) -> Spoil:
    """Make an axis longer: by two, so that from zero or one it does not broadcast."""

    def spoil(inputs: Inputs, parameters: Parameters) -> tuple[Inputs, Parameters] | None:
        x = inputs[name]
        # In a sequence torch lets any number of samples or units meet a single one.
        if steps and x.shape[axis] == 1:
            return None
        widths = [(0, 2 * (i == axis % x.ndim)) for i in range(x.ndim)]
        return {**inputs, name: np.pad(x, widths, constant_values=1)}, parameters

    return spoil


def _without_steps(inputs: Inputs, parameters: Parameters) -> tuple[Inputs, Parameters]:
    return {**inputs, "x": inputs["x"][:, :0]}, parameters


_GROWN = (
    ("x", -1, "x-too-wide", "w_ih must have a column for each feature"),
    ("h", 0, "h-too-long", "h must have as many samples as x"),
    ("h", 1, "h-too-wide", "w_hh must have a column for each unit"),
    ("c", 0, "c-too-long", "c must have h's shape"),
    ("c", 1, "c-too-wide", "c must have h's shape"),
    ("w_ih", 0, "w_ih-too-long", "w_ih must have gates · hid rows"),
    ("w_hh", 0, "w_hh-too-long", "w_hh must have gates · hid rows"),
    ("w_hh", 1, "w_hh-too-wide", "w_hh must have a column for each unit"),
    ("b_ih", 0, "b_ih-too-long", "b_ih must have one entry per row"),
    ("b_hh", 0, "b_hh-too-long", "b_hh must have one entry per row"),
)
_STEPS = Refusal("no-steps", "x must have one step at least", _without_steps)


def _refusals(cell: Cell, *, steps: bool) -> tuple[Refusal, ...]:
    grown = (
        Refusal(refusal, rule, _grown(name, axis, steps=steps))
        for name, axis, refusal, rule in _GROWN
        if name != "c" or "c" in cell.states
    )
    return (*grown, _STEPS) if steps else tuple(grown)


def _operation(
    name: str,
    cell: Cell,
    formula: str,
    latex: str,
    source: str,
    function: Callable[..., Any],
    *,
    steps: bool,
    conventions: tuple[Convention, ...] = (),
) -> Operation:
    names = ("x", *cell.states, "w_ih", "w_hh", "b_ih", "b_hh")
    backward = partial(_sequence_backward if steps else _cell_backward, cell)
    return Operation(
        name=name,
        family="recurrent",
        formula=formula,
        latex=latex,
        source=source,
        inputs=tuple(Input(one, _unsaturated) for one in names),
        structures=structures(partial(_shapes, cell=cell, steps=steps)),
        torch=function,
        value=partial(_sequence_value if steps else _cell_value, cell),
        gradients={one: Part(backward, one) for one in names},
        refusals=_refusals(cell, steps=steps),
        conventions=conventions,
    )


def _cell(
    name: str,
    cell: Cell,
    formula: str,
    latex: str,
    function: Callable[..., Any],
    *conventions: Convention,
) -> Operation:
    source = f"torch.{name}"
    return _operation(
        name, cell, formula, latex, source, function, steps=False, conventions=conventions
    )


_FOR_EACH_STEP = r"\quad \text{for } k = 1, \ldots, t"


def _sequence(name: str, cell: Cell, module: str) -> Operation:
    run = _torch_sequence(TorchFunction(f"torch.{name}"), len(cell.states))
    states = "(Hₖ, Cₖ)" if "c" in cell.states else "Hₖ"
    before = states.replace("ₖ", "ₖ₋₁")
    formula = f"Yₖ = Hₖ, {states} = {name}_cell(Xₖ, {before}) for k = 1, …, t"
    latex = rf"Y_k = H_k, \quad {_latex(states)} = \text{{{name}\_cell}}(X_k, {_latex(before)}) "
    source = f"torch.nn.{module}, one layer, one direction, batch_first"
    return _operation(name, cell, formula, latex + _FOR_EACH_STEP, source, run, steps=True)


def _latex(states: str) -> str:
    """The letters of states, with the steps that they stand at, in LaTeX."""
    return states.replace("ₖ₋₁", "_{k-1}").replace("ₖ", "_k")


OPERATIONS: tuple[Operation, ...] = (
    _cell(
        "rnn_tanh_cell",
        RNN_TANH,
        "H′ = tanh(X W_ihᵀ + b_ih + H W_hhᵀ + b_hh)",
        r"H' = \tanh(X W_{ih}^{T} + b_{ih} + H W_{hh}^{T} + b_{hh})",
        TorchFunction("torch.rnn_tanh_cell"),
    ),
    _cell(
        "rnn_relu_cell",
        RNN_RELU,
        "H′ = max(X W_ihᵀ + b_ih + H W_hhᵀ + b_hh, 0)",
        r"H' = \max(X W_{ih}^{T} + b_{ih} + H W_{hh}^{T} + b_{hh}, 0)",
        TorchFunction("torch.rnn_relu_cell"),
        _SLOPE_AT_ZERO,
    ),
    _cell(
        "lstm_cell",
        LSTM,
        "C′ = f C + i g, H′ = o tanh C′; i, f, o = σ(Z), g = tanh Z",
        r"C' = f C + i g, \quad H' = o \tanh C'; \quad i, f, o = \sigma(Z), \quad g = \tanh Z",
        _torch_lstm_cell,
    ),
    _cell(
        "gru_cell",
        GRU,
        "H′ = (1 − z) n + z H, n = tanh(A + r B); r, z = σ(A + B)",
        r"H' = (1 - z)\, n + z H, \quad n = \tanh(A + r B); \quad r, z = \sigma(A + B)",
        TorchFunction("torch.gru_cell"),
    ),
    _sequence("rnn_tanh", RNN_TANH, "RNN"),
    _sequence("rnn_relu", RNN_RELU, "RNN, nonlinearity='relu'"),
    _sequence("lstm", LSTM, "LSTM"),
    _sequence("gru", GRU, "GRU"),
)
