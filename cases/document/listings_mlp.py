"""Section 4.1: the listing of a fully connected network, its functions unchanged.

Two losses are tried, summed over the outputs and averaged over the samples: binary cross-entropy,
whose last δ is a − y after a sigmoid, and ½Σ(a − y)², which section 3.2 suggests. Weights are
in × out here. Layers are counted as the document counts them: the input is the first.
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
    Judge,
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
    no_inputs,
    tensor,
    weigh,
)

_SOURCE = "torch.autograd"
# There a sigmoid has reached its limits, in float64.
_FAR = 700.0
BCE, SQUARES = "L = BCE", "L = ½Σ(a − y)²"

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


def _gradients(network: Network, loss: str) -> tuple[list[Ball], list[Ball]]:
    """Return the true gradients of all weights and of all biases, in order."""
    X, y, weights, _ = network
    activations, zs = _propagated(network)
    grad_weights: list[Ball] = []
    grad_biases: list[Ball] = []
    a = activations[-1]
    delta = a - ball(y)
    if loss == SQUARES:
        delta = delta * (a * (1 - a))
    for layer in reversed(range(len(weights))):
        grad_weights.insert(0, matmul(activations[layer].T, delta, divisor=len(X)))
        grad_biases.insert(0, total(delta, axis=0, divisor=len(X)))
        if layer > 0:
            a = sigmoid(zs[layer - 1])
            delta = matmul(delta, ball(weights[layer]).T) * (a * (1 - a))
    truth: tuple[list[Ball], list[Ball]] = certain(
        (grad_weights, grad_biases), _torch_gradients(network, loss)
    )
    return truth


def _torch_gradients(network: Network, loss: str) -> Any:
    X, y, weights, biases = network
    leaves = [leaf(array) for array in (*weights, *biases)]
    a = z = tensor(X)
    for w, b in zip(leaves[: len(weights)], leaves[len(weights) :], strict=True):
        z = a @ w + b
        a = torch.sigmoid(z)
    if loss == BCE:
        logits = torch.nn.functional.binary_cross_entropy_with_logits
        cost = logits(z, tensor(y), reduction="sum")
    else:
        cost = ((a - tensor(y)) ** 2).sum() / 2
    grads = [grad.numpy() for grad in torch.autograd.grad(cost / len(X), leaves)]
    return grads[: len(weights)], grads[len(weights) :]


def _forward_propagate(formula: Formula, case: Case) -> Finding:
    network = _parts(case)
    X, _, weights, biases = network
    return compare_listing(
        attempt(formula, X, weights, biases), _propagated(network), ("activations", "zs")
    )


def _weight_order(*, transposed: bool) -> Judge:
    """Return a judge of the listing on the w_ij of section 3.1, out × in, or on their transpose."""

    def judge(formula: Formula, case: Case) -> Finding:
        network = _parts(case)
        X, _, weights, biases = network
        due = [w if transposed else w.T for w in weights]
        return compare_listing(
            attempt(formula, X, due, biases), _propagated(network), ("activations", "zs")
        )

    return judge


def _backpropagated(judge: Callable[[Network, Any, Any], Finding], loss: str) -> Judge:
    """Return a judge that runs the listing on true activations, and judges its result."""

    def whole(formula: Formula, case: Case) -> Finding:
        network = _parts(case)
        _, y, weights, _ = network
        truth = _gradients(network, loss)
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


def _in_order(network: Network, result: Any, truth: Any) -> Finding:
    return weigh(list(result[0][: len(network[2])]), truth[0], ["gradients_weights"])


def _first_and_last(network: Network, result: Any, truth: Any) -> Finding:
    """Judge the arrays that the recursion makes, and the very last."""
    before_last = len(network[2]) - 1
    return weigh([*result[0][:before_last], result[0][-1]], truth[0], ["gradients_weights"])


def _updated(network: Network, result: Any, truth: Any) -> Finding:
    """Judge the weights after a step of gradient descent that pairs them in order."""
    try:
        pairs = zip(network[2], result[0], strict=False)
        updated = [weight - gradient for weight, gradient in pairs]
    except ValueError as error:
        return disagreement(f"the update raised {error}", "new weights", str(error))
    pairs = zip(network[2], truth[0], strict=True)
    return weigh(updated, [ball(weight) - gradient for weight, gradient in pairs], ["weights"])


def _biases(_network: Network, result: Any, truth: Any) -> Finding:
    return weigh(result[1], truth[1], ["gradients_biases"])


def _network(n: int, widths: list[int]) -> Structure:
    shapes: dict[str, Any] = {"X": (n, widths[0]), "y": (n, widths[-1])}
    for layer, (features, out) in enumerate(pairwise(widths), 1):
        shapes |= {f"W{layer}": (features, out), f"b{layer}": (out,)}
    return Structure(shapes)


def _networks(widths: SearchStrategy[list[int]]) -> SearchStrategy[Structure]:
    return st.builds(_network, st.integers(1, 4), widths)


def _example_data(seed: int) -> tuple[Array, Array, list[Array], list[Array]]:
    """Draw what the listing's own example draws."""
    rng = np.random.default_rng(seed)
    X, y = rng.standard_normal((100, 10)), rng.standard_normal((100, 5))
    weights = [rng.standard_normal((10, 20)), rng.standard_normal((20, 5))]
    biases = [rng.standard_normal(20), rng.standard_normal(5)]
    return X, y, weights, biases


def _example(position: int) -> Judge:
    """Return a judge of whether the example gives an array for each weight, or each bias."""

    def judge(formula: Formula, case: Case) -> Finding:
        data = _example_data(case.parameters["seed"])
        outcome, due = attempt(formula, *data), len(data[2 + position])
        if not isinstance(outcome, Returned):
            return disagreement(f"the listing raised {outcome}", due, str(outcome))
        return _counted(len(outcome.result[position]), due)

    return judge


def _targets(formula: Formula, case: Case) -> Finding:
    """Judge whether some z gives the example's target farthest from ½: σ grows with z."""
    _, y, _, _ = _example_data(case.parameters["seed"])
    target = float(y.flat[np.argmax(np.abs(y - 0.5))])
    low, high = (attempt(formula, z) for z in (-_FAR, _FAR))
    if not isinstance(low, Returned) or not isinstance(high, Returned):
        return disagreement("the listing raised an error", target, "none")
    if low.result <= target <= high.result:
        return agreement()
    words = f"no z gives {target:.3g}, for σ(z) lies between 0 and 1"
    return disagreement(words, target, "none")


_SEEDS = st.integers(0, 2**16).map(lambda seed: Structure({}, {"seed": seed}))
_TWO = _networks(st.lists(st.integers(1, 4), min_size=2, max_size=2))
_EQUAL = _networks(
    st.builds(lambda width, layers: [width] * (layers + 1), sizes(1, 3), sizes(2, 4))
)
# No width is one: it would broadcast, and the wrong update would raise no error.
_VARIED = _networks(
    st.builds(lambda order, layers: order[: layers + 1], st.permutations(range(2, 7)), sizes(2, 4))
)
_WIDTHS = {
    "there are 2 layers (one weight matrix)": _TWO,
    "there are more layers of equal width": _EQUAL,
    "there are more layers of unequal width": _VARIED,
}


def _row(reading: str | None, condition: str, widths: str, judge: Judge) -> Row:
    networks = _WIDTHS[widths]
    return Row(reading, condition, networks, fill_with_probabilities, judge, has_probabilities)


def _by_loss(judge: Callable[[Network, Any, Any], Finding]) -> tuple[Row, ...]:
    """Return rows for each loss and each kind of network."""
    return tuple(
        _row(None, f"{loss}, {widths}", widths, _backpropagated(judge, loss))
        for loss in (BCE, SQUARES)
        for widths in _WIDTHS
    )


def _by_widths(judge: Callable[[Network, Any, Any], Finding]) -> tuple[Row, ...]:
    """Return a row for each kind of network, under the first loss."""
    return tuple(_row(None, widths, widths, _backpropagated(judge, BCE)) for widths in _WIDTHS)


CLAIMS = (
    Claim(
        "4.1/forward-propagate",
        "The output of each layer is the input of the next (2.2); the listing gives all of them.",
        "z = np.dot(activations[l-1], weights[l-1]) + biases[l-1]; a = sigmoid(z)",
        "torch.nn.functional.linear, torch.sigmoid",
        tuple(_row(None, widths, widths, _forward_propagate) for widths in _WIDTHS),
        as_documented.forward_propagate,
    ),
    Claim(
        "4.1/weight-order",
        "Inferred: the listing computes the sum of 3.1, so its weights are the w_ij of 3.1.",
        "np.dot(activations[l-1], weights[l-1]), where weights[l-1][i, j] = w_ij",
        "torch.nn.functional.linear, torch.sigmoid",
        tuple(
            _row(reading, widths, widths, _weight_order(transposed=transposed))
            for reading, transposed in (
                ("w_ij out × in, as in 3.1", False),
                ("w_ij in × out, transposed", True),
            )
            for widths in _WIDTHS
        ),
        as_documented.forward_propagate,
    ),
    Claim(
        "4.1/weight-gradients",
        "The listing computes the gradient of each weight matrix, in the order of the weights.",
        "gradients_weights = [np.dot(activations[l].T, delta) / m for l in range(len(weights))]",
        _SOURCE,
        _by_loss(_in_order),
        as_documented.backpropagate,
    ),
    Claim(
        "4.1/gradient-count",
        "Inferred: the listing returns a gradient for each weight matrix.",
        "len(gradients_weights) = len(weights)",
        "the number of weights",
        _by_widths(_as_many),
        as_documented.backpropagate,
    ),
    Claim(
        "4.1/first-and-last",
        "Inferred: the arrays that the recursion inserts in front, with the last, are gradients.",
        "gradients_weights.insert(0, np.dot(activations[l].T, delta) / m)",
        _SOURCE,
        _by_loss(_first_and_last),
        as_documented.backpropagate,
    ),
    Claim(
        "4.1/bias-gradients",
        "The listing computes the gradient of each bias.",
        "gradients_biases.insert(0, np.sum(delta, axis=0) / m)",
        _SOURCE,
        _by_loss(_biases),
        as_documented.backpropagate,
    ),
    Claim(
        "4.1/update",
        "With these gradients the weights are optimised, step by step.",
        "weights[l] − η gradients_weights[l], in order",
        "the weights after torch's step",
        _by_loss(_updated),
        as_documented.backpropagate,
    ),
    Claim(
        "4.1/usage-example",
        "The example (3 layers) computes the gradients of two weight matrices and two biases.",
        "gradients_weights, gradients_biases = backpropagate(y, activations, zs, weights)",
        "the number of weights and of biases",
        tuple(
            Row(None, f"the parameter is a {name}", _SEEDS, no_inputs, _example(position))
            for position, name in enumerate(("weight", "bias"))
        ),
        as_documented.mlp_example,
    ),
    Claim(
        "4.1/example-targets",
        "Inferred: the network of the example can learn its targets.",
        "y = np.random.randn(100, 5); a = sigmoid(z)",
        "the range of σ",
        (Row(None, None, _SEEDS, no_inputs, _targets),),
        as_documented.sigmoid,
    ),
)
