"""Sections 2.2 and 2.3: training by repeated forward, backward, update; networks of any depth.

The two sections have no formulas of their own, and use those of section 3. The loss is binary
cross-entropy after a sigmoid, summed over outputs and samples: for it δ^L = a^L − y is ∂L/∂z.
Samples are rows. The hidden activation is any that the document names.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from conformance.bounds import Array, Ball, matmul, sigmoid, total
from conformance.spec import (
    Case,
    Claim,
    Finding,
    Formula,
    Judge,
    Problem,
    Row,
    Structure,
    Tensor,
    Verdict,
    nested,
    torch,
)

from .functions import ACTIVATIONS, NAMED, Activation, fill_with_probabilities, has_probabilities
from .judging import agreement, ball, compare_formula, descend, disagreement, leaf, tensor

Layers = tuple[list[Ball], list[Ball]]

# Below this derivative a loss is stationary: a step changes it by less than float64 resolves.
_STATIONARY = 2.0**-20
_HALVINGS = 40


def recursion(x: Ball, y: Ball, layers: Layers, g: Activation) -> Layers:
    """Return all gradients by the formulas of section 3, forward and back through all layers.

    δ^L = a^L − y, δ^l = (δ^(l+1) w^(l+1)) g′(z^l); ∂L/∂w^l = δ^lᵀ a^(l−1), ∂L/∂b^l = Σ δ^l.
    """
    assert g.slope is not None
    weights, biases = layers
    activations, zs = [x], []
    for w, b in zip(weights, biases, strict=True):
        zs.append(matmul(activations[-1], w.T, plus=b))
        activations.append(g.value(zs[-1]))
    delta = sigmoid(zs[-1]) - y
    grad_weights: list[Ball] = []
    grad_biases: list[Ball] = []
    for layer in reversed(range(len(weights))):
        grad_weights.insert(0, matmul(delta.T, activations[layer]))
        grad_biases.insert(0, total(delta, axis=0))
        if layer > 0:
            delta = matmul(delta, weights[layer]) * g.slope(zs[layer - 1])
    return grad_weights, grad_biases


def training_step(x: Ball, y: Ball, layers: Layers, g: Activation, rate: float) -> Layers:
    """Return θ − η ∂L/∂θ for all weights and biases, with the gradients of `recursion`."""
    weights, biases = layers
    grad_weights, grad_biases = recursion(x, y, layers, g)
    return (
        [w - grad * rate for w, grad in zip(weights, grad_weights, strict=True)],
        [b - grad * rate for b, grad in zip(biases, grad_biases, strict=True)],
    )


def _loss(x: Array, y: Array, parameters: Sequence[Tensor], g: Activation) -> Tensor:
    """Return torch's loss; parameters are all weights, then all biases."""
    half = len(parameters) // 2
    a = z = tensor(x)
    for w, b in zip(parameters[:half], parameters[half:], strict=True):
        z = torch.nn.functional.linear(a, w, b)
        a = g.torch(z)
    return torch.nn.functional.binary_cross_entropy_with_logits(z, tensor(y), reduction="sum")


def _parts(case: Case) -> tuple[Array, Array, list[Array], list[Array], Activation]:
    inputs = case.inputs
    depth = sum(name.startswith("W") for name in inputs)
    weights = [inputs[f"W{layer}"] for layer in range(1, depth + 1)]
    biases = [inputs[f"b{layer}"] for layer in range(1, depth + 1)]
    return inputs["x"], inputs["y"], weights, biases, ACTIVATIONS[case.parameters["g"]]


def _depth(formula: Formula, case: Case) -> Finding:
    x, y, weights, biases, g = _parts(case)
    leaves = [leaf(array) for array in (*weights, *biases)]
    grads = [grad.numpy() for grad in torch.autograd.grad(_loss(x, y, leaves, g), leaves)]
    truth = (grads[: len(weights)], grads[len(weights) :])
    return compare_formula(formula, (ball(x), ball(y), nested(ball, (weights, biases)), g), truth)


def _trajectory(formula: Formula, case: Case) -> Finding:
    """Judge all parameters after several steps; the balls carry errors from step to step."""
    x, y, weights, biases, g = _parts(case)
    rate, steps = case.parameters["learning_rate"], case.parameters["steps"]
    leaves = [leaf(array) for array in (*weights, *biases)]
    for _ in range(steps):
        _torch_step(x, y, leaves, g, rate)
    ends = [parameter.detach().numpy() for parameter in leaves]

    def trained(layers: Layers) -> Layers:
        for _ in range(steps):
            layers = formula(ball(x), ball(y), layers, g, rate)
        return layers

    truth = (ends[: len(weights)], ends[len(weights) :])
    return compare_formula(trained, (nested(ball, (weights, biases)),), truth)


def _torch_step(x: Array, y: Array, leaves: list[Tensor], g: Activation, rate: float) -> None:
    """Take a step of gradient descent in place."""
    grads = list(torch.autograd.grad(_loss(x, y, leaves, g), leaves))
    with torch.no_grad():
        descend(leaves, grads, rate)


def _step(formula: Formula, case: Case, rate: float) -> tuple[float, float, float]:
    """Return the loss before a step and after it, and the largest derivative before it."""
    x, y, weights, biases, g = _parts(case)
    leaves = [leaf(array) for array in (*weights, *biases)]
    before = _loss(x, y, leaves, g)
    steepest = max(float(grad.abs().max()) for grad in torch.autograd.grad(before, leaves))
    stepped = formula(ball(x), ball(y), nested(ball, (weights, biases)), g, rate)
    ends = [tensor(parameter.value) for group in stepped for parameter in group]
    return before.item(), _loss(x, y, ends, g).item(), steepest


def _falls(formula: Formula, case: Case) -> Finding:
    """Judge whether a step of the given size lowers the loss."""
    before, after, steepest = _step(formula, case, case.parameters["learning_rate"])
    if steepest < _STATIONARY:
        return Finding(
            Verdict.ERRORED,
            Problem.OUTSIDE,
            detail="a stationary point: no step can lower the loss",
        )
    if after < before:
        return agreement()
    return disagreement(
        f"the loss goes from {before:.6g} to {after:.6g}", f"below {before!r}", after
    )


def _falls_somewhere(formula: Formula, case: Case) -> Finding:
    """Judge whether a step lowers the loss, halved as often as it takes."""
    for halvings in range(_HALVINGS):
        sized = Case(case.inputs, {**case.parameters, "learning_rate": 0.5**halvings})
        finding = _falls(formula, sized)
        if finding.verdict != "fails":
            return finding
    return disagreement(
        f"the loss falls for no learning rate from 1 to 2^−{_HALVINGS - 1}",
        finding.expected, finding.actual,
    )  # fmt: skip


def _network(n: int, widths: list[int], parameters: dict[str, Any]) -> Structure:
    shapes: dict[str, Any] = {"x": (n, widths[0]), "y": (n, widths[-1])}
    for layer, (features, out) in enumerate(pairwise(widths), 1):
        shapes |= {f"W{layer}": (out, features), f"b{layer}": (out,)}
    return Structure(shapes, parameters)


def _networks(layers: int, **parameters: SearchStrategy[Any]) -> SearchStrategy[Structure]:
    widths = st.lists(st.integers(1, 3), min_size=layers + 1, max_size=layers + 1)
    drawn = st.fixed_dictionaries({"g": st.sampled_from(NAMED), **parameters})
    return st.builds(_network, st.integers(1, 3), widths, drawn)


def _row(
    reading: str | None, condition: str, networks: SearchStrategy[Structure], judge: Judge
) -> Row:
    return Row(reading, condition, networks, fill_with_probabilities, judge, has_probabilities)


def _training_rows(layers: int) -> tuple[Row, ...]:
    small = st.sampled_from([1.0, 0.5, 0.1, 0.01])
    large = st.sampled_from([8.0, 32.0, 128.0])
    trajectories = _networks(layers, learning_rate=small, steps=st.integers(1, 4))
    started, overshot = _networks(layers), _networks(layers, learning_rate=large)
    depth = f"{layers} weight layer{'s' if layers > 1 else ''}"
    same, falls = "the same trajectory as torch.optim.SGD", "one step lowers the loss"
    return (
        _row(same, depth, trajectories, _trajectory),
        _row(falls, f"{depth}, η small enough", started, _falls_somewhere),
        _row(falls, f"{depth}, η from 8 to 128", overshot, _falls),
    )


def _depth_row(hidden: int) -> Row:
    condition = f"{hidden} hidden layer{'s' if hidden > 1 else ''}"
    return _row(None, condition, _networks(hidden + 1), _depth)


CLAIMS = (
    Claim(
        "2.2/training",
        "2.2 Training",
        "forward, backward, θ ← θ − η ∂L/∂θ, repeated: the loss falls",
        "document 2.2; torch.autograd and torch.optim.SGD",
        tuple(row for layers in (1, 2, 3) for row in _training_rows(layers)),
        training_step,
        latex=(
            r"\text{forward, backward, } "
            r"\theta \leftarrow \theta - \eta \frac{\partial L}{\partial \theta}, "
            r"\quad \text{repeated: the loss falls}"
        ),
    ),
    Claim(
        "2.3/depth",
        "2.3 Depth",
        "δ_i^l = Σ_j δ_j^(l+1) w_ji g′(z_i) for any number of hidden layers",
        "document 2.3 and 3.2; torch.autograd",
        tuple(_depth_row(hidden) for hidden in range(1, 6)),
        recursion,
        latex=(
            r"\delta_i^l = \sum_j \delta_j^{l+1} w_{ji}\, g'(z_i) "
            r"\quad \text{for any number of hidden layers}"
        ),
    ),
)
