"""Networks of any depth, their loss in torch, and how they are drawn.

Samples are rows, weights are out × in. Layers are counted as the document counts them: the input
is the first.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from conformance.bounds import Array, Ball
from conformance.spec import Case, Inputs, Structure, Tensor, nested, torch

from .functions import (
    ACTIVATIONS,
    NAMED,
    Activation,
    Tensors,
    fill_with_probabilities,
    is_target,
)
from .judging import ball, calm, descend, leaf, tensor

Layers = tuple[list[Ball], list[Ball]]


@dataclass(frozen=True)
class Ending:
    """The last activation and the loss L of the network's last z, which is stable in torch."""

    last: str
    loss: Tensors
    target: str


def _squares(g: str) -> Tensors:
    return lambda z, y: ((ACTIVATIONS[g].torch(z) - y) ** 2).sum() / 2


def _binary_cross_entropy(z: Tensor, y: Tensor) -> Tensor:
    return torch.nn.functional.binary_cross_entropy_with_logits(z, y, reduction="sum")


def _cross_entropy(z: Tensor, y: Tensor) -> Tensor:
    return -(y * torch.log_softmax(z, -1)).sum()


ENDINGS = {
    "L = BCE after sigmoid": Ending("sigmoid", _binary_cross_entropy, "probabilities"),
    "L = CE after softmax": Ending("softmax", _cross_entropy, "one-hot"),
    "L = ½Σ(a − y)² after identity": Ending("identity", _squares("identity"), "any"),
    "L = ½Σ(a − y)² after sigmoid": Ending("sigmoid", _squares("sigmoid"), "any"),
}


@dataclass(frozen=True)
class Task:
    """A network with its samples, targets, and the loss that its last z goes into."""

    x: Array
    y: Array
    weights: list[Array]
    biases: list[Array]
    g: Activation
    ending: Ending

    @property
    def arguments(self) -> tuple[Ball, Ball, Layers, Activation, Activation]:
        """Return what the formulas take."""
        layers = nested(ball, (self.weights, self.biases))
        return ball(self.x), ball(self.y), layers, self.g, ACTIVATIONS[self.ending.last]

    def loss(self, parameters: Sequence[Tensor]) -> Tensor:
        """Return torch's loss; parameters are all weights, then all biases."""
        half = len(parameters) // 2
        a = z = tensor(self.x)
        for w, b in zip(parameters[:half], parameters[half:], strict=True):
            z = torch.nn.functional.linear(a, w, b)
            a = self.g.torch(z)
        return self.ending.loss(z, tensor(self.y))

    def leaves(self) -> list[Tensor]:
        """Return all weights, then all biases, as torch's own."""
        return [leaf(array) for array in (*self.weights, *self.biases)]


def task_of(case: Case, ending: Ending) -> Task:
    """Return the network of a case, with a loss."""
    inputs = case.inputs
    depth = sum(name.startswith("W") for name in inputs)
    weights = [inputs[f"W{layer}"] for layer in range(1, depth + 1)]
    biases = [inputs[f"b{layer}"] for layer in range(1, depth + 1)]
    g = ACTIVATIONS[case.parameters["g"]]
    return Task(inputs["x"], inputs["y"], weights, biases, g, ending)


def torch_step(loss: Tensor, leaves: list[Tensor], rate: float) -> None:
    """Take a step of gradient descent in place."""
    grads = list(torch.autograd.grad(loss, leaves))
    with torch.no_grad():
        descend(leaves, grads, rate)


def network(n: int, widths: list[int], parameters: dict[str, Any]) -> Structure:
    """Return the shapes of n samples and of a network's layers."""
    shapes: dict[str, Any] = {"x": (n, widths[0]), "y": (n, widths[-1])}
    for layer, (features, out) in enumerate(pairwise(widths), 1):
        shapes |= {f"W{layer}": (out, features), f"b{layer}": (out,)}
    return Structure(shapes, parameters)


def networks(layers: int, **parameters: SearchStrategy[Any]) -> SearchStrategy[Structure]:
    """Return a strategy of networks with so many weight matrices, and an activation g."""
    widths = st.lists(st.integers(1, 3), min_size=layers + 1, max_size=layers + 1)
    drawn = st.fixed_dictionaries({"g": st.sampled_from(NAMED), **parameters})
    return st.builds(network, st.integers(1, 3), widths, drawn)


def fill_for(target: str) -> Callable[[Any, Structure], Inputs]:
    """Return a function that draws a network with targets of this kind."""
    if target == "probabilities":
        return fill_with_probabilities

    def fill(rng: Any, structure: Structure) -> Inputs:
        inputs = calm(rng, structure)
        y = inputs["y"]
        if target == "one-hot":
            y = np.eye(y.shape[1])[rng.integers(0, y.shape[1], len(y))]
        return {**inputs, "y": y}

    return fill


def admits(target: str) -> Callable[[Case], bool]:
    """Return a predicate of cases: each row of y is a target of this kind."""
    return lambda case: all(is_target(y, target) for y in case.inputs["y"])
