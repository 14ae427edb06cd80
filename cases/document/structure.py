"""Section 2.1: what a neuron and a hidden layer are."""

from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from conformance.bounds import Array, Ball, matmul, total
from conformance.spec import Case, Claim, Finding, Formula, Judge, Row, Structure, sizes, torch

from .functions import ACTIVATIONS, NAMED
from .judging import (
    agreement,
    ball,
    calm,
    compare_formula,
    disagreement,
    generic,
    tensor,
)

# How far a layer's input is moved along the first neuron's weights when it is tried for a bend.
_REACHES = tuple(4.0**power for power in range(-1, 6))
# An affine map has no bend but for rounding, which is 2⁻⁵² of its largest number.
_ROUNDING = 2.0**-40


def one_weight(w: Ball, a: Ball, b: Ball) -> Ball:
    """Return z_i = w_i Σ_j a_j + b_i: a weight and a bias for each neuron."""
    return w * total(a, 0) + b


def hidden_layer(g: Any, x: Array, w: Array, b: Array) -> Any:
    """Return a = g(W x + b)."""
    return g(torch.nn.functional.linear(tensor(x), tensor(w), tensor(b))).numpy()


def collapsed(layers: tuple[list[Ball], list[Ball]]) -> tuple[Ball, Ball]:
    """Return the weight W² W¹ and the bias W² b¹ + b² of one layer that stands for two."""
    (first, second), (inner, outer) = layers
    return matmul(second, first), matmul(second, inner, plus=outer)


def _one_weight(formula: Formula, case: Case) -> Finding:
    """Compare a neuron of one weight with torch's, whose weight of the first input it has."""
    w, a, b = (case.inputs[name] for name in ("w", "a", "b"))
    truth = torch.nn.functional.linear(tensor(a), tensor(w), tensor(b)).numpy()
    return compare_formula(formula, (ball(w[:, 0]), ball(a), ball(b)), truth)


def _bends(name: str) -> Judge:
    """Return a judge of whether a layer's output leaves a line while its input moves along one."""
    g = ACTIVATIONS[name].torch

    def judge(formula: Formula, case: Case) -> Finding:
        w, b = case.inputs["w"], case.inputs["b"]
        for reach in _REACHES:
            # Five inputs at the same distances: their outputs have the same distances on a line.
            outputs = [np.asarray(formula(g, step * reach * w[0], w, b)) for step in range(-2, 3)]
            bends = np.diff(outputs, 2, axis=0)
            if np.abs(bends).max() > _ROUNDING * max(1.0, np.abs(outputs).max()):
                return agreement()
        words = "the layer is linear: while its input moves along a line, so does its output"
        return disagreement(words, "a bend", "none")

    return judge


def _collapsed(formula: Formula, case: Case) -> Finding:
    x, *layers = (case.inputs[name] for name in ("x", "W1", "W2", "b1", "b2"))
    W1, W2, b1, b2 = map(tensor, layers)
    inner = torch.nn.functional.linear(tensor(x), W1, b1)
    truth = torch.nn.functional.linear(inner, W2, b2).numpy()

    def applied(*arrays: Ball) -> Ball:
        x, W1, W2, b1, b2 = arrays
        w, b = formula(([W1, W2], [b1, b2]))
        return matmul(w, x, plus=b)

    return compare_formula(applied, [ball(array) for array in (x, *layers)], truth)


def _neurons(inputs: SearchStrategy[int]) -> SearchStrategy[Structure]:
    return st.builds(
        lambda out, n: Structure({"w": (out, n), "a": (n,), "b": (out,)}), sizes(1, 3), inputs
    )


def _has_weight(case: Case) -> bool:
    """Return whether the first neuron has a weight that is not small."""
    return bool(np.abs(case.inputs["w"][0]).max() >= 2.0**-2)


_LAYERS = st.builds(
    lambda out, n: Structure({"w": (out, n), "b": (out,)}), sizes(1, 3), sizes(1, 3)
)
_PAIRS = st.builds(
    lambda n, m, out: Structure(
        {"x": (n,), "W1": (m, n), "W2": (out, m), "b1": (m,), "b2": (out,)}
    ),
    sizes(1, 4),
    sizes(1, 4),
    sizes(1, 4),
)

CLAIMS = (
    Claim(
        "2.1/one-weight",
        "Each neuron has one weight and one bias.",
        "z_i = w_i Σ_j a_j + b_i",
        "torch.nn.functional.linear",
        (
            Row(None, "there is one input", _neurons(st.just(1)), calm, _one_weight),
            Row(None, "there are more inputs", _neurons(st.integers(2, 4)), generic, _one_weight),
        ),
        one_weight,
        latex=r"z_i = w_i \sum_j a_j + b_i",
    ),
    Claim(
        "2.1/non-linear",
        "A hidden layer transforms its input non-linearly.",
        "g(W x + b) is not linear in x",
        "its values along a line",
        tuple(
            Row(None, f"g: {name}", _LAYERS, calm, _bends(name), _has_weight)
            for name in (*NAMED, "identity")
        ),
        hidden_layer,
        latex=r"g(W x + b)",
    ),
    Claim(
        "2.1/collapse",
        "Inferred: hidden layers need the non-linearity; two layers without one are one layer.",
        "W² (W¹ x + b¹) + b² = (W² W¹) x + (W² b¹ + b²)",
        "torch.nn.functional.linear, twice",
        (Row(None, None, _PAIRS, calm, _collapsed),),
        collapsed,
        latex=r"W^2 (W^1 x + b^1) + b^2 = (W^2 W^1) x + (W^2 b^1 + b^2)",
    ),
)
