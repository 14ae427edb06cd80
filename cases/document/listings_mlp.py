"""Section 4.1: the listing of a fully connected network, its functions unchanged.

The truth is the gradient of binary cross-entropy after a sigmoid, the loss whose last delta is
a − y. It is summed over the outputs and averaged over the samples. Weights are in × out here.
"""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from conformance.bounds import Array, Ball, matmul, sigmoid, total
from conformance.spec import (
    Case,
    Claim,
    Finding,
    Formula,
    Inputs,
    Judge,
    Problem,
    Returned,
    Row,
    Structure,
    nested,
    sizes,
    torch,
)

from . import as_documented
from .functions import fill_with_probabilities, has_probabilities
from .judging import (
    agreement,
    attempt,
    ball,
    certain,
    compare_listing,
    disagreement,
    leaf,
    tensor,
    weigh,
)

_SECTION = "4.1 Fully connected network"
_SOURCE = "document 4.1; torch.autograd"

Network = tuple[Array, Array, list[Array], list[Array]]


def _parts(case: Case) -> Network:
    """Return X, y, the weights and the biases."""
    inputs = case.inputs
    layers = range(1, sum(name.startswith("W") for name in inputs) + 1)
    weights, biases = [inputs[f"W{i}"] for i in layers], [inputs[f"b{i}"] for i in layers]
    return inputs["X"], inputs["y"], weights, biases


def _propagated(network: Network) -> tuple[list[Ball], list[Ball]]:
    """Return true activations and weighted inputs, in the listing's nesting."""
    X, _, weights, biases = network
    activations, zs = [ball(X)], []
    arrays: tuple[list[Array], list[Array]] = ([X], [])
    for w, b in zip(weights, biases, strict=True):
        zs.append(matmul(activations[-1], ball(w), plus=ball(b)))
        activations.append(sigmoid(zs[-1]))
        z = torch.nn.functional.linear(tensor(arrays[0][-1]), tensor(w.T), tensor(b))
        arrays[1].append(z.numpy())
        arrays[0].append(torch.sigmoid(z).numpy())
    truth: tuple[list[Ball], list[Ball]] = certain((activations, zs), arrays)
    return truth


def _gradients(network: Network) -> tuple[list[Ball], list[Ball]]:
    """Return the true gradients of all weights and of all biases, in order."""
    X, y, weights, biases = network
    activations, zs = _propagated(network)
    grad_weights: list[Ball] = []
    grad_biases: list[Ball] = []
    delta = activations[-1] - ball(y)
    for layer in reversed(range(len(weights))):
        grad_weights.insert(0, matmul(activations[layer].T, delta, divisor=len(X)))
        grad_biases.insert(0, total(delta, axis=0, divisor=len(X)))
        if layer > 0:
            a = sigmoid(zs[layer - 1])
            delta = matmul(delta, ball(weights[layer]).T) * (a * (1 - a))
    truth: tuple[list[Ball], list[Ball]] = certain(
        (grad_weights, grad_biases), _torch_gradients(X, y, weights, biases)
    )
    return truth


def _torch_gradients(X: Array, y: Array, weights: list[Array], biases: list[Array]) -> Any:
    leaves = [leaf(array) for array in (*weights, *biases)]
    a = z = tensor(X)
    for w, b in zip(leaves[: len(weights)], leaves[len(weights) :], strict=True):
        z = a @ w + b
        a = torch.sigmoid(z)
    loss = torch.nn.functional.binary_cross_entropy_with_logits(z, tensor(y), reduction="sum")
    grads = [grad.numpy() for grad in torch.autograd.grad(loss / len(X), leaves)]
    return grads[: len(weights)], grads[len(weights) :]


def _forward_propagate(formula: Formula, case: Case) -> Finding:
    network = _parts(case)
    X, _, weights, biases = network
    return compare_listing(attempt(formula, X, weights, biases), _propagated(network))


def _backpropagated(judge: Callable[[Network, Any, Any], Finding]) -> Judge:
    """Return a judge that runs the listing on true activations, and judges its result."""

    def whole(formula: Formula, case: Case) -> Finding:
        network = _parts(case)
        _, y, weights, _ = network
        truth = _gradients(network)
        propagated = nested(lambda true: true.value, _propagated(network))
        outcome = attempt(formula, y, *propagated, weights)
        if not isinstance(outcome, Returned):
            return compare_listing(outcome, truth)
        return judge(network, outcome.result, truth)

    return whole


def _counted(count: int, due: int) -> Finding:
    message = f"{count} arrays are returned where {due} are due"
    return agreement() if count == due else disagreement(message, due, count)


def _as_many(network: Network, result: Any, _truth: Any) -> Finding:
    return _counted(len(result[0]), len(network[2]))


def _twice_as_many(network: Network, result: Any, _truth: Any) -> Finding:
    return _counted(len(result[0]), 2 * len(network[2]) - 1)


def _first(network: Network, result: Any, truth: Any) -> Finding:
    before_last = len(network[2]) - 1
    return weigh(list(result[0][:before_last]), truth[0][:before_last])


def _last(_network: Network, result: Any, truth: Any) -> Finding:
    return weigh(list(result[0][-1:]), truth[0][-1:])


def _between(network: Network, result: Any, truth: Any) -> Finding:
    before_last = len(network[2]) - 1
    return weigh(list(result[0][before_last:-1]), truth[0][:before_last])


def _paired(network: Network, result: Any, truth: Any) -> Finding:
    return weigh(list(result[0][: len(network[2])]), truth[0])


def _refused(network: Network, result: Any, truth: Any) -> Finding:
    """Judge whether a wrong pairing raises an error when it is subtracted from the weights."""
    finding = _paired(network, result, truth)
    if finding.verdict == "conforms":
        return finding
    try:
        for weight, gradient in zip(network[2], result[0], strict=False):
            weight - gradient
    except ValueError:
        return agreement()
    return finding.but(Problem.CLAIM, detail="no error, and a wrong update")


def _biases(_network: Network, result: Any, truth: Any) -> Finding:
    return weigh(result[1], truth[1])


def _network(n: int, widths: list[int]) -> Structure:
    shapes: dict[str, Any] = {"X": (n, widths[0]), "y": (n, widths[-1])}
    for layer, (features, out) in enumerate(pairwise(widths), 1):
        shapes |= {f"W{layer}": (features, out), f"b{layer}": (out,)}
    return Structure(shapes)


def _networks(widths: SearchStrategy[list[int]]) -> SearchStrategy[Structure]:
    return st.builds(_network, st.integers(1, 4), widths)


def _example(formula: Formula, case: Case) -> tuple[int, int, Any]:
    """Run the listing's own example; return the numbers of weights and biases, and the outcome."""
    rng = np.random.default_rng(case.parameters["seed"])
    X, y = rng.standard_normal((100, 10)), rng.standard_normal((100, 5))
    weights = [rng.standard_normal((10, 20)), rng.standard_normal((20, 5))]
    biases = [rng.standard_normal(20), rng.standard_normal(5)]
    return len(weights), len(biases), attempt(formula, X, y, weights, biases)


def _example_runs(formula: Formula, case: Case) -> Finding:
    _, _, outcome = _example(formula, case)
    if isinstance(outcome, Returned):
        return agreement()
    return disagreement(f"the listing raised {outcome}", "a result", str(outcome))


def _example_counts(position: int) -> Judge:
    def judge(formula: Formula, case: Case) -> Finding:
        *due, outcome = _example(formula, case)
        if not isinstance(outcome, Returned):
            return disagreement(f"the listing raised {outcome}", due[position], str(outcome))
        return _counted(len(outcome.result[position]), due[position])

    return judge


_SEEDS = st.integers(0, 2**16).map(lambda seed: Structure({}, {"seed": seed}))
_ONE = _networks(st.lists(st.integers(1, 4), min_size=2, max_size=2))
_EQUAL = _networks(
    st.builds(lambda width, layers: [width] * (layers + 1), sizes(1, 3), sizes(2, 4))
)
# No width is one: it would broadcast, and the wrong update would raise no error.
_VARIED = _networks(
    st.builds(lambda order, layers: order[: layers + 1], st.permutations(range(2, 7)), sizes(2, 4))
)
_CONDITIONS = {"L = 1": _ONE, "L ≥ 2, equal widths": _EQUAL, "L ≥ 2, varied widths": _VARIED}
_DEEP = tuple(_CONDITIONS)[1:]
_READINGS: tuple[tuple[str, Any, tuple[str, ...]], ...] = (
    ("the list pairs in order with the weights", _paired, tuple(_CONDITIONS)),
    ("a wrong pairing is refused by an error", _refused, _DEEP),
    ("L arrays are returned", _as_many, tuple(_CONDITIONS)),
    ("2L − 1 arrays are returned", _twice_as_many, tuple(_CONDITIONS)),
    ("the first L − 1 are ∂L/∂W¹ … ∂L/∂Wᴸ⁻¹", _first, _DEEP),
    ("those between are ∂L/∂W¹ … ∂L/∂Wᴸ⁻¹", _between, _DEEP),
    ("the very last is ∂L/∂Wᴸ", _last, tuple(_CONDITIONS)),
)


def _row(reading: str | None, condition: str, judge: Judge) -> Row:
    networks = _CONDITIONS[condition]
    return Row(reading, condition, networks, fill_with_probabilities, judge, has_probabilities)


def _no_inputs(_rng: Any, _structure: Structure) -> Inputs:
    return {}


CLAIMS = (
    Claim(
        "4.1/forward-propagate",
        _SECTION,
        "Zˡ = Aˡ⁻¹ Wˡ + bˡ,  Aˡ = σ(Zˡ), Wˡ in × out",
        "document 4.1; torch.nn.functional.linear, torch.sigmoid",
        tuple(_row(None, condition, _forward_propagate) for condition in _CONDITIONS),
        as_documented.forward_propagate,
        latex=(
            r"Z^l = A^{l-1} W^l + b^l, \quad A^l = \sigma(Z^l), \quad "
            r"W^l \text{ in} \times \text{out}"
        ),
    ),
    Claim(
        "4.1/weight-gradients",
        _SECTION,
        "∂L/∂Wˡ = Aˡ⁻¹ᵀ δˡ / m, as listed",
        _SOURCE,
        tuple(
            _row(reading, condition, _backpropagated(judge))
            for reading, judge, conditions in _READINGS
            for condition in conditions
        ),
        as_documented.backpropagate,
        latex=(
            r"\frac{\partial L}{\partial W^l} = {A^{l-1}}^{T} \delta^l / m, "
            r"\quad \text{as listed}"
        ),
    ),
    Claim(
        "4.1/bias-gradients",
        _SECTION,
        "∂L/∂bˡ = Σ δˡ / m, as listed",
        _SOURCE,
        tuple(_row(None, condition, _backpropagated(_biases)) for condition in _CONDITIONS),
        as_documented.backpropagate,
        latex=r"\frac{\partial L}{\partial b^l} = \sum \delta^l / m, \quad \text{as listed}",
    ),
    Claim(
        "4.1/usage-example",
        _SECTION,
        "X 100×10, widths 10–20–5: a gradient for each weight and bias",
        "document 4.1",
        (
            Row("it runs", None, _SEEDS, _no_inputs, _example_runs),
            Row("a gradient for each weight", None, _SEEDS, _no_inputs, _example_counts(0)),
            Row("a gradient for each bias", None, _SEEDS, _no_inputs, _example_counts(1)),
        ),
        as_documented.mlp_example,
    ),
)
