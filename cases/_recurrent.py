"""Shapes, numbers, refusals and the contract's words, which recurrent cells and sequences share.

Numbers are mostly normal, sums short and steps few: an error of the first step is in all later
ones.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from conformance.bounds import Array, Ball
from conformance.spec import (
    LARGE,
    Input,
    Inputs,
    Operation,
    Parameters,
    Part,
    Refusal,
    Shape,
    Spoil,
    Spoiled,
    Structure,
    axis_lengths,
    mostly_normal,
    structures,
)

from ._gates import Cell


def _shapes(draw: DrawFn, cell: Cell, *, steps: bool) -> tuple[dict[str, Any], dict[str, Any]]:
    hid = draw(st.sampled_from([1, 2, 3, 4, 1]))
    # In a square a forgotten transpose shows in the numbers only: features and samples are often
    # as many as units.
    units = cell.gates * hid
    tall = units if units <= 8 else hid
    features = draw(axis_lengths([hid, 1, 2, 3, 4, tall, tall, tall, 0]))
    n = draw(axis_lengths([1, 2, 3, hid, 4, features, 0]))
    time = (draw(st.sampled_from([1, 2, 3, n or 1, features or 1, 4])),) if steps else ()
    shapes: dict[str, Shape] = {"x": (n, *time, features)}
    shapes.update(dict.fromkeys(cell.states, (n, hid)))
    shapes.update({"w_ih": (units, features), "w_hh": (units, hid)})
    shapes.update({"b_ih": (units,), "b_hh": (units,)})
    return shapes, {}


def _large(cell: Cell, *, steps: bool) -> Structure:
    """Return the structure of a batch that no index of 16 bits can count."""
    shapes: dict[str, Shape] = {"x": (LARGE, 1, 1) if steps else (LARGE, 1)}
    shapes.update(dict.fromkeys(cell.states, (LARGE, 1)))
    shapes.update(dict.fromkeys(("w_ih", "w_hh"), (cell.gates, 1)))
    shapes.update(dict.fromkeys(("b_ih", "b_hh"), (cell.gates,)))
    return Structure(shapes)


def _unsaturated(rng: Any, shape: Shape, dtype: str, regime: str, structure: Structure) -> Array:
    """Return numbers at which the slopes of tanh and σ are mostly not zero."""
    array = mostly_normal(rng, shape, dtype, regime, structure)
    if regime in {"integers", "ties", "constant"} and rng.random() < 0.7:
        array = (array * 0.125).astype(dtype)
    return array


def _grown(name: str, axis: int, *, steps: bool) -> Spoil:
    """Return a change that lengthens an axis by two, so that neither zero nor one broadcasts."""

    def spoil(inputs: Inputs, parameters: Parameters) -> Spoiled | None:
        x = inputs[name]
        # In a sequence torch broadcasts a single sample or unit.
        if steps and x.shape[axis] == 1:
            return None
        widths = [(0, 2 * (i == axis % x.ndim)) for i in range(x.ndim)]
        return {**inputs, name: np.pad(x, widths, constant_values=1)}, parameters

    return spoil


def _of_one(name: str) -> Spoil:
    """Return a change to a state of one sample, which would broadcast with those of x."""

    def spoil(inputs: Inputs, parameters: Parameters) -> Spoiled | None:
        state = inputs[name]
        return None if len(state) < 2 else ({**inputs, name: state[:1]}, parameters)

    return spoil


def _without_steps(inputs: Inputs, parameters: Parameters) -> Spoiled:
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
    if steps:
        # Here torch broadcasts a state of one sample.
        return (*grown, _STEPS)
    of_one = (
        Refusal(f"{name}-of-one", f"{name} must have as many samples as x", _of_one(name))
        for name in cell.states
    )
    return (*grown, *of_one)


# The results in the contract's words: by whether there are steps, and by the number of states.
_RESULTS = {
    (False, 1): "(n, hid), the next h",
    (False, 2): "a pair: the next h and the next c, each (n, hid)",
    (True, 1): "a pair: the outputs (n, t, hid), and the last h (n, hid)",
    (True, 2): "three: the outputs (n, t, hid), the last h and the last c, each (n, hid)",
}


def _shapes_in_words(cell: Cell, *, steps: bool) -> dict[str, str]:
    rows = "hid" if cell.gates == 1 else f"{cell.gates}·hid"
    return {
        "x": "(n, t, in)" if steps else "(n, in)",
        **dict.fromkeys(cell.states, "(n, hid)"),
        "w_ih": f"({rows}, in)",
        "w_hh": f"({rows}, hid)",
        "b_ih": f"({rows},)",
        "b_hh": f"({rows},)",
    }


def recurrent_operation(
    cell: Cell,
    value: Callable[..., Any],
    backward: Callable[..., Mapping[str, Ball]],
    *,
    steps: bool,
    **fields: Any,
) -> Operation:
    """Return the operation of a cell: of one step, or with `steps` of a sequence."""
    inputs = _shapes_in_words(cell, steps=steps)
    # One pass for all gradients: a trial runs it once.
    whole = partial(backward, cell)
    order = f"The gates' rows are in the order {', '.join(cell.order)}."
    return Operation(
        family="recurrent",
        inputs=tuple(Input(name, _unsaturated, shape) for name, shape in inputs.items()),
        orders={"in, out": ("w_ih", "w_hh")},
        result=_RESULTS[steps, len(cell.states)],
        notes=(order,) if cell.order else (),
        structures=structures(partial(_shapes, cell=cell, steps=steps)),
        large=_large(cell, steps=steps),
        value=partial(value, cell),
        gradients={name: Part(whole, name) for name in inputs},
        refusals=_refusals(cell, steps=steps),
        **fields,
    )
