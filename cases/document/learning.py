"""Sections 2.2, 2.3 and 3.2: what training reaches, what needs a hidden layer, what lowers a loss.

The tasks are the truth tables of two inputs: the smallest for which it matters whether a network
has a hidden layer. A network computes a truth table where its last z is above zero for true, and
below zero for false.
"""

from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from conformance.bounds import Array
from conformance.spec import (
    Case,
    Claim,
    Finding,
    Formula,
    Inputs,
    Judge,
    Raised,
    Row,
    Structure,
    Tensor,
    torch,
)

from . import as_documented
from .functions import ACTIVATIONS, NAMED, fill_with_probabilities, has_probabilities
from .judging import (
    agreement,
    attempt,
    disagreement,
    generic,
    no_inputs,
    tensor,
    zeros,
)
from .networks import network, torch_step

_INPUTS = np.array(list(product((0.0, 1.0), repeat=2)))
_TABLES = {"AND": (0, 0, 0, 1), "OR": (0, 1, 1, 1), "XOR": (0, 1, 1, 0)}
_STEPS, _RATE, _UNITS = 150, 2.0, 8
# Weights that a search for a network of two hidden units goes through.
_GRID = (-2.0, -1.0, 1.0, 2.0)
_BIASES = (-1.5, -0.5, 0.5)
_HALVINGS = 40


def propagated(x: Any, weights: list[Any], biases: list[Any], g: Callable[..., Any]) -> Any:
    """Return the last z of a network: z = W a + b, a = g(z), layer by layer."""
    a = z = x
    for w, b in zip(weights, biases, strict=True):
        z = a @ w.T + b
        a = g(z)
    return z


def _trained(formula: Formula, y: Tensor, weights: list[Tensor], biases: list[Tensor]) -> Tensor:
    """Train by torch's gradients of the formula's output; return the last z."""
    leaves = [parameter.requires_grad_() for parameter in (*weights, *biases)]
    x = tensor(_INPUTS)
    for _ in range(_STEPS):
        z = formula(x, weights, biases, torch.tanh)[:, 0]
        loss = torch.nn.functional.binary_cross_entropy_with_logits(z, y)
        torch_step(loss, leaves, _RATE)
    result: Tensor = formula(x, weights, biases, torch.tanh)[:, 0].detach()
    return result


def _approaches(table: str) -> Judge:
    """Return a judge of whether training brings every output to its own side of ½."""

    def judge(formula: Formula, case: Case) -> Finding:
        depth = sum(name.startswith("W") for name in case.inputs)
        weights = [tensor(case.inputs[f"W{layer}"]) for layer in range(1, depth + 1)]
        biases = [tensor(case.inputs[f"b{layer}"]) for layer in range(1, depth + 1)]
        y = tensor(np.array(_TABLES[table], float))
        z = _trained(formula, y, weights, biases)
        if bool(((z > 0) == (y > 0.5)).all()):
            return agreement()
        outputs = torch.sigmoid(z).numpy().round(3).tolist()
        words = f"after {_STEPS} steps the outputs are {outputs}"
        return disagreement(words, list(_TABLES[table]), outputs)

    return judge


def _separates(z: Array) -> Array:
    """Return where z, of (…, 4), has the signs of XOR."""
    wanted = np.array(_TABLES["XOR"]) > 0
    result: Array = ((z > 0) == wanted).all(-1) & (z != 0).all(-1)
    return result


def _without_hidden_layer(formula: Formula, _case: Case) -> Finding:
    """Decide by a linear program whether any weights and bias compute XOR.

    z is linear in (w₁, w₂, b); so its values for three unit vectors say all of it.
    """
    from scipy.optimize import linprog  # noqa: PLC0415 - it takes long to import

    units = np.eye(3)
    columns = [
        np.asarray(formula(_INPUTS, [unit[None, :2]], [unit[2:]], lambda z: z))[:, 0]
        for unit in units
    ]
    signs = np.where(np.array(_TABLES["XOR"]) > 0, 1.0, -1.0)
    program = linprog(
        np.zeros(3),
        A_ub=-signs[:, None] * np.stack(columns, axis=1),
        b_ub=-np.ones(4),
        bounds=(None, None),
    )
    if program.status == 0:
        return agreement()
    words = (
        "no weights can do it: z(0, 0) + z(1, 1) = z(0, 1) + z(1, 0) for all of them, and XOR "
        "needs the left side below zero and the right side above"
    )
    return disagreement(words, list(_TABLES["XOR"]), "a linear program without a solution")


def _with_hidden_layer(name: str) -> Judge:
    """Return a judge of whether a search finds two hidden units that compute XOR."""
    g = ACTIVATIONS[name].torch

    def judge(formula: Formula, _case: Case) -> Finding:
        rows = [(*pair, bias) for pair in product(_GRID, repeat=2) for bias in _BIASES]
        units = np.array(rows)
        # What every single unit gives for the four inputs.
        hidden = g(tensor(_INPUTS @ units[:, :2].T + units[:, 2])).numpy()
        for first, second in product(_GRID, repeat=2):
            z = first * hidden[:, :, None] + second * hidden[:, None, :]
            # The bias that centres what is due above zero and what is due below.
            inner, outer = z[1:3], z[[0, 3]]
            bias = -(inner.min(0) + outer.max(0)) / 2
            best = np.unravel_index(np.argmax(inner.min(0) - outer.max(0)), bias.shape)
            i, j = map(int, best)
            layers = [units[[i, j], :2], np.array([[first, second]])]
            biases = [units[[i, j], 2], np.array([bias[best]])]
            output = formula(_INPUTS, layers, biases, lambda z: g(tensor(z)).numpy())
            if bool(_separates(np.asarray(output)[:, 0])):
                return agreement()
        words = "none of the networks of two hidden units that were searched computes XOR"
        return disagreement(words, list(_TABLES["XOR"]), "none")

    return judge


def _lowers(*, descends: bool) -> Judge:
    """Return a judge of whether the loss is lower after the listing, or after a step with it."""

    def judge(formula: Formula, case: Case) -> Finding:
        x, y, w, b = (case.inputs[name].copy() for name in ("x", "y", "W1", "b1"))
        activations, zs = as_documented.forward_propagate(x, [w.T], [b])
        weights, biases = [w.T.copy()], [b]
        outcome = attempt(formula, y, activations, zs, weights)
        if isinstance(outcome, Raised):
            return disagreement(f"the listing raised {outcome}", "a lower loss", str(outcome))
        (grad_w,), (grad_b,) = outcome.result
        before = _loss(x, y, [w.T], [b])
        rates = [0.5**halvings for halvings in range(_HALVINGS)] if descends else [0.0]
        for rate in rates:
            after = _loss(x, y, [weights[0] - rate * grad_w], [biases[0] - rate * grad_b])
            if after < before:
                return agreement()
        words = f"the loss is {before:.6g} before and {after:.6g} after"
        return disagreement(words, f"below {before!r}", after)

    return judge


def _loss(x: Array, y: Array, weights: list[Array], biases: list[Array]) -> float:
    z = tensor(x) @ tensor(weights[0]) + tensor(biases[0])
    loss = torch.nn.functional.binary_cross_entropy_with_logits(z, tensor(y), reduction="sum")
    return float(loss)


def _off_a_minimum(case: Case) -> bool:
    """Return whether targets are probabilities, and some output is not its target."""
    x, y, w, b = (case.inputs[name] for name in ("x", "y", "W1", "b1"))
    a = torch.sigmoid(tensor(x) @ tensor(w.T) + tensor(b)).numpy()
    steepest = max(np.abs((a - y).T @ x).max(), np.abs((a - y).sum(0)).max())
    return has_probabilities(case) and bool(steepest > 2.0**-10)


_NOTHING = st.just(Structure({}))
_FLAT = st.just(Structure({"W1": (1, 2), "b1": (1,)}))
_DEEP = st.just(Structure({"W1": (_UNITS, 2), "b1": (_UNITS,), "W2": (1, _UNITS), "b2": (1,)}))
_SINGLE = st.builds(
    lambda n, inputs, out: network(n, [inputs, out], {}),
    st.integers(1, 3),
    st.integers(1, 3),
    st.integers(1, 3),
)


def _training_row(
    condition: str, networks: SearchStrategy[Structure], start: Callable[..., Inputs]
) -> Row:
    judge = _approaches(condition.partition(",")[0].rpartition(" ")[2])
    return Row(None, condition, networks, start, judge, examples=1)


def _xor_row(condition: str, judge: Judge) -> Row:
    # Nothing is drawn: one search decides.
    return Row(None, condition, _NOTHING, no_inputs, judge, examples=1)


CLAIMS = (
    Claim(
        "2.2/approach",
        "By training, the outputs approach the targets (150 steps on AND, OR and XOR).",
        "a → y, by θ ← θ − η ∂L/∂θ, repeated",
        f"the targets, after {_STEPS} steps with torch's gradients",
        (
            _training_row("the task is AND, no hidden layer", _FLAT, generic),
            _training_row("the task is OR, no hidden layer", _FLAT, generic),
            _training_row("the task is XOR, no hidden layer", _FLAT, generic),
            _training_row("the task is XOR, a hidden layer, random start", _DEEP, generic),
            _training_row("the task is XOR, a hidden layer, all weights zero", _DEEP, zeros),
        ),
        propagated,
        latex=r"a \to y",
    ),
    Claim(
        "2.3/xor",
        "Hidden layers let a network express more; so with one it computes XOR.",
        "XOR = sign(W² g(W¹ x + b¹) + b²)",
        "a search for weights, and a linear program where there is no hidden layer",
        (
            *(
                _xor_row(f"there is a hidden layer, g: {name}", _with_hidden_layer(name))
                for name in (*NAMED, "identity")
            ),
            _xor_row("there is no hidden layer", _without_hidden_layer),
        ),
        propagated,
        latex=r"\text{XOR} = \operatorname{sign}(W^2 g(W^1 x + b^1) + b^2)",
    ),
    Claim(
        "3.2/optimisation",
        "Backpropagation is an optimisation algorithm: it adjusts parameters, and the loss falls.",
        "L after backpropagation < L before",
        "torch's loss",
        (
            Row(
                "the listing of that name alone", None, _SINGLE, fill_with_probabilities,
                _lowers(descends=False), _off_a_minimum,
            ),
            Row(
                "the listing, then a small step of gradient descent", None, _SINGLE,
                fill_with_probabilities, _lowers(descends=True), _off_a_minimum,
            ),
        ),
        as_documented.backpropagate,
    ),
)  # fmt: skip
