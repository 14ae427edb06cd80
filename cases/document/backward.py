"""Section 3.2: backpropagation and gradient descent.

The text defines δ as the derivative of the loss with respect to a neuron's *output* a, and gives a
recursion. That reading comes first, and decides: δ = ∂L/∂a. The recursion needs δ = ∂L/∂z, and may
also be read with one at each end.
"""

from typing import Any

import numpy as np
from hypothesis import strategies as st

from conformance.bounds import Ball, matmul
from conformance.spec import (
    Case,
    Claim,
    Finding,
    Formula,
    Inputs,
    Judge,
    Row,
    Structure,
    sizes,
    torch,
)

from .functions import ACTIVATIONS, LOSSES, NAMED, is_target
from .judging import (
    ball,
    calm,
    compare_formula,
    descend,
    disagreement,
    leaf,
    tensor,
    zeros,
)

OF_A, OF_Z = "δ = ∂L/∂a, as the text defines it", "δ = ∂L/∂z"
# What δ^l and δ^(l+1) are taken to mean: the derivative with respect to a, or to z.
_ENDS = {
    f"{OF_A}": ("a", "a"),
    f"{OF_Z}": ("z", "z"),
    "δ^(l+1) = ∂L/∂z, δ^l = ∂L/∂a": ("z", "a"),
    "δ^(l+1) = ∂L/∂a, δ^l = ∂L/∂z": ("a", "z"),
}
# The activations that the document names, and none at all.
_SMOOTH = (*NAMED, "identity")


def output_delta(a: Ball, y: Ball) -> Ball:
    """Return δ^L = a^L − y."""
    return a - y


def hidden_delta(delta: Ball, w: Ball, slope: Ball) -> Ball:
    """Return δ_i^l = Σ_j δ_j^(l+1) w_ji g′(z_i)."""
    return matmul(w.T, delta) * slope


def gradients(delta: Ball, a: Ball) -> tuple[Ball, Ball]:
    """Return ∂L/∂w_ij = δ_i a_j and ∂L/∂b_i = δ_i."""
    return delta.reshape(-1, 1) * a.reshape(1, -1), delta


def gradient_descent(parameter: Ball, gradient: Ball, learning_rate: Ball) -> Ball:
    """Return θ − η ∂L/∂θ."""
    return parameter - learning_rate * gradient


def _output_row(reading: str, loss: str, g: str) -> Row:
    condition = f"L = {loss}, g: {g}"
    fill = _fill_output(loss, g)
    # The softmax of a single z is 1, where losses of probabilities have an edge.
    outputs = _OUTPUTS if g != "softmax" or not LOSSES[loss].inside else _TWO_OUTPUTS
    return Row(reading, condition, outputs, fill, _output_delta(reading, loss, g), _in(loss, g))


def _output_delta(reading: str, loss: str, name: str) -> Judge:
    g, cost = ACTIVATIONS[name], LOSSES[loss]

    def judge(formula: Formula, case: Case) -> Finding:
        z, y = leaf(case.inputs["z"]), case.inputs["y"]
        a = g.torch(z)
        (truth,) = torch.autograd.grad(cost.torch(a, tensor(y)), [a if reading == OF_A else z])
        return compare_formula(formula, (g.value(ball(case.inputs["z"])), ball(y)), truth.numpy())

    return judge


def _fill_output(loss: str, name: str) -> Any:
    """Return a function that draws z and y; a loss of probabilities gets such a and y."""
    inside, kind = LOSSES[loss].inside, LOSSES[loss].target

    def fill(rng: Any, structure: Structure) -> Inputs:
        inputs = calm(rng, structure)
        z, y = inputs["z"], inputs["y"]
        if inside and name in {"identity", "ReLU", "tanh"}:
            z = rng.integers(1, 8, z.shape) / 8.0
        elif name == "ReLU":
            z = z + (z == 0)
        if kind == "one-hot":
            y = np.eye(y.size)[rng.integers(0, y.size)]
        elif kind == "probabilities":
            y = rng.integers(0, 5, y.shape) / 4.0
        return {"z": z, "y": y}

    return fill


def _in(loss: str, name: str) -> Any:
    """Return a predicate of cases: the loss is defined and smooth there.

    Where the loss needs it, a lies strictly between 0 and 1, and y is a target. No ReLU is at its
    kink, where the derivative is a convention.
    """
    cost, g = LOSSES[loss], ACTIVATIONS[name]

    def admits(case: Case) -> bool:
        z, y = case.inputs["z"], case.inputs["y"]
        if not is_target(y, cost.target) or (name == "ReLU" and not z.all()):
            return False
        a = g.torch(tensor(z)).numpy()
        return not cost.inside or bool(((a > 0) & (a < 1)).all())

    return admits


def _hidden_delta(ends: tuple[str, str], name: str) -> Judge:
    g = ACTIVATIONS[name]

    def judge(formula: Formula, case: Case) -> Finding:
        z, w = leaf(case.inputs["z"]), tensor(case.inputs["w"])
        a = g.torch(z)
        z_next = w @ a + tensor(case.inputs["b"])
        a_next = g.torch(z_next)
        loss = LOSSES["½Σ(a − y)²"].torch(a_next, tensor(case.inputs["y"]))
        above, below = ends
        wanted = [a_next if above == "a" else z_next, a if below == "a" else z]
        delta, truth = torch.autograd.grad(loss, wanted)
        assert g.slope is not None
        slope = g.slope(ball(case.inputs["z"]))
        return compare_formula(
            formula, (ball(delta.numpy()), ball(w.numpy()), slope), truth.numpy()
        )

    return judge


def _off_the_kink(case: Case) -> bool:
    """Return whether no z is zero, where ReLU's derivative is a convention."""
    return bool((case.inputs["w"] @ case.inputs["a"] + case.inputs["b"] != 0).all())


def slope(g: Any, z: Ball) -> Any:
    """Return g′(z)."""
    return g.slope(z)


def _slope(name: str) -> Judge:
    g = ACTIVATIONS[name]

    def judge(formula: Formula, case: Case) -> Finding:
        z = leaf(case.inputs["z"])
        (truth,) = torch.autograd.grad(g.torch(z).sum(), [z])
        return compare_formula(formula, (g, ball(case.inputs["z"])), truth.numpy())

    return judge


def _slope_at_a_kink(formula: Formula, case: Case) -> Finding:
    """Compare g′ with the slope of ReLU at zero; it has none where both sides differ."""
    z = case.inputs["z"]
    relu = ACTIVATIONS["ReLU"]
    # Steps of one on small integers: nothing rounds.
    below, middle, above = (relu.torch(tensor(z + step)).numpy() for step in (-1.0, 0.0, 1.0))
    left, right = middle - below, above - middle
    if (left == right).all():
        return compare_formula(formula, (relu, ball(z)), left)
    words = f"no derivative: the slope is {left[0]:g} on the left and {right[0]:g} on the right"
    return disagreement(words, "one slope", [float(left[0]), float(right[0])])


def _gradients(reading: str, name: str) -> Judge:
    g = ACTIVATIONS[name]

    def judge(formula: Formula, case: Case) -> Finding:
        w, b, a = leaf(case.inputs["w"]), leaf(case.inputs["b"]), case.inputs["a"]
        z = w @ tensor(a) + b
        output = g.torch(z)
        loss = LOSSES["½Σ(a − y)²"].torch(output, tensor(case.inputs["y"]))
        wanted = [output if reading == OF_A else z, w, b]
        delta, *truth = (grad.numpy() for grad in torch.autograd.grad(loss, wanted))
        return compare_formula(formula, (ball(delta), ball(a)), truth, ("∂L/∂w", "∂L/∂b"))

    return judge


def _gradient_descent(formula: Formula, case: Case) -> Finding:
    parameter, gradient = case.inputs["parameter"], case.inputs["gradient"]
    rate = float(case.inputs["learning_rate"])
    updated = tensor(parameter)
    descend([updated], [tensor(gradient)], rate)
    return compare_formula(formula, (ball(parameter), ball(gradient), ball(rate)), updated.numpy())


def _fill_descent(rng: Any, structure: Structure) -> Inputs:
    inputs = calm(rng, structure)
    return {**inputs, "learning_rate": np.abs(inputs["learning_rate"])}


def _positive_rate(case: Case) -> bool:
    return bool(case.inputs["learning_rate"] >= 0)


def _outputs(n: int) -> Structure:
    return Structure({"z": (n,), "y": (n,)})


_OUTPUTS, _TWO_OUTPUTS = sizes(1, 5).map(_outputs), sizes(2, 5).map(_outputs)
_HIDDEN = st.builds(
    lambda n, m: Structure({"z": (n,), "w": (m, n), "b": (m,), "y": (m,)}), sizes(), sizes()
)
_LAYERS = st.builds(
    lambda n, m: Structure({"w": (m, n), "a": (n,), "b": (m,), "y": (m,)}), sizes(), sizes()
)
_VECTORS = sizes(1, 4).map(lambda n: Structure({"z": (n,)}))


def _off_zero(case: Case) -> bool:
    return bool(case.inputs["z"].all())


def _at_zero(case: Case) -> bool:
    return not case.inputs["z"].any()


_PARAMETERS = st.lists(sizes(), min_size=1, max_size=3).map(
    lambda shape: Structure(
        {"parameter": tuple(shape), "gradient": tuple(shape), "learning_rate": ()}
    )
)

CLAIMS = (
    Claim(
        "3.2/output-delta",
        "In the last layer, δ is the output minus the target.",
        "δ_i^L = a_i^L − y_i",
        "torch.autograd",
        tuple(
            _output_row(reading, loss, g)
            for reading in (OF_A, OF_Z)
            for loss in LOSSES
            for g in ACTIVATIONS
        ),
        output_delta,
        latex=r"\delta_i^{(L)} = a_i^{(L)} - y_i",
    ),
    Claim(
        "3.2/hidden-delta",
        "In a hidden layer, δ is the weighted sum of the δ of the next layer, times g′.",
        "δ_i^l = Σ_j δ_j^(l+1) w_ji g′(z_i)",
        "torch.autograd",
        tuple(
            Row(reading, f"g: {g}", _HIDDEN, calm, _hidden_delta(ends, g))
            for reading, ends in _ENDS.items()
            for g in _SMOOTH
        ),
        hidden_delta,
        latex=(
            r"\delta_i^{(l)} = \sum_{j=1}^{n^{(l+1)}} "
            r"\delta_j^{(l+1)} w_{ji}^{(l+1)} g'(z_i^{(l)})"
        ),
    ),
    Claim(
        "3.2/slope",
        "g′ is the derivative of the activation.",
        "g′(z_i)",
        "torch.autograd, and the slopes on both sides of a kink",
        (
            Row(None, "g: sigmoid", _VECTORS, calm, _slope("sigmoid")),
            Row(None, "g: tanh", _VECTORS, calm, _slope("tanh")),
            Row(None, "g: ReLU, z ≠ 0", _VECTORS, calm, _slope("ReLU"), _off_zero),
            Row(None, "g: ReLU, z = 0", _VECTORS, zeros, _slope_at_a_kink, _at_zero),
        ),
        slope,
        latex=r"g'(z_i^{(l)})",
    ),
    Claim(
        "3.2/gradients",
        "Inferred: δ gives the derivatives of the loss with respect to weights and biases.",
        "∂L/∂w_ij = δ_i a_j,  ∂L/∂b_i = δ_i",
        "torch.autograd",
        tuple(
            Row(reading, f"g: {g}", _LAYERS, calm, _gradients(reading, g), _off_the_kink)
            for reading in (OF_A, OF_Z)
            for g in _SMOOTH
        ),
        gradients,
        latex=(
            r"\frac{\partial L}{\partial w_{ij}} = \delta_i a_j, \quad "
            r"\frac{\partial L}{\partial b_i} = \delta_i"
        ),
    ),
    Claim(
        "3.2/gradient-descent",
        "Gradient descent updates the weights and biases by these derivatives.",
        "θ ← θ − η ∂L/∂θ",
        "torch.optim.SGD",
        (Row(None, None, _PARAMETERS, _fill_descent, _gradient_descent, _positive_rate),),
        gradient_descent,
        latex=r"\theta \leftarrow \theta - \eta \frac{\partial L}{\partial \theta}",
    ),
)
