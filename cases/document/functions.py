"""The activations and losses that the document's formulas are judged with, and their targets."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from conformance.bounds import Array, Ball, exp, gate, peak, relu, sigmoid, tanh, total
from conformance.spec import Case, Inputs, Structure, Tensor, TorchFunction, torch

from .judging import calm

Tensors = Callable[..., Tensor]


@dataclass(frozen=True)
class Activation:
    """g over balls, g in torch, and g′(z) over balls where g acts element by element."""

    value: Callable[[Ball], Ball]
    torch: Tensors
    slope: Callable[[Ball], Ball] | None = None


def _ones(z: Ball) -> Ball:
    return z.like(z.value * 0 + 1)


def _softmax(z: Ball) -> Ball:
    powers = exp(z - peak(z, -1))
    return powers / total(powers, -1, keepdims=True)


def _sigmoid_slope(z: Ball) -> Ball:
    a = sigmoid(z)
    return a * (1 - a)


def _tanh_slope(z: Ball) -> Ball:
    a = tanh(z)
    return 1 - a * a


ACTIVATIONS = {
    "identity": Activation(lambda z: z, lambda z: z * 1, _ones),
    "sigmoid": Activation(sigmoid, TorchFunction("torch.sigmoid"), _sigmoid_slope),
    "tanh": Activation(tanh, TorchFunction("torch.tanh"), _tanh_slope),
    "ReLU": Activation(relu, TorchFunction("torch.relu"), lambda z: gate(_ones(z), z)),
    "softmax": Activation(_softmax, lambda z: torch.softmax(z, -1)),
}
# The activations that the document names.
NAMED = ("sigmoid", "tanh", "ReLU")


@dataclass(frozen=True)
class Loss:
    """L(a, y) in torch, and the a and y for which it is defined and smooth.

    Attributes:
        torch: the loss.
        target: the kind of y: any numbers, probabilities, or one-hot.
        inside: whether each a must lie strictly between 0 and 1.
    """

    torch: Tensors
    target: str
    inside: bool


def _half_squares(a: Tensor, y: Tensor) -> Tensor:
    return ((a - y) ** 2).sum() / 2


def _squares(a: Tensor, y: Tensor) -> Tensor:
    return ((a - y) ** 2).sum()


def _mean_squares(a: Tensor, y: Tensor) -> Tensor:
    return ((a - y) ** 2).mean()


def _binary_cross_entropy(a: Tensor, y: Tensor) -> Tensor:
    return torch.nn.functional.binary_cross_entropy(a, y, reduction="sum")


def _cross_entropy(a: Tensor, y: Tensor) -> Tensor:
    return -(y * torch.log(a)).sum()


LOSSES = {
    "½Σ(a − y)²": Loss(_half_squares, "any", inside=False),
    "Σ(a − y)²": Loss(_squares, "any", inside=False),
    "mean (a − y)²": Loss(_mean_squares, "any", inside=False),
    "BCE": Loss(_binary_cross_entropy, "probabilities", inside=True),
    "CE": Loss(_cross_entropy, "one-hot", inside=True),
}


def is_target(y: Array, kind: str) -> bool:
    """Return whether y is a target of this kind."""
    if kind == "any":
        return True
    if kind == "one-hot":
        return sorted(y.ravel().tolist()) == [0.0] * (y.size - 1) + [1.0]
    return bool(((y >= 0) & (y <= 1)).all())


def fill_with_probabilities(rng: Any, structure: Structure) -> Inputs:
    """Draw the inputs of a network, whose targets y are probabilities."""
    inputs = calm(rng, structure)
    return {**inputs, "y": rng.integers(0, 5, inputs["y"].shape) / 4.0}


def has_probabilities(case: Case) -> bool:
    """Return whether the targets y of a case are probabilities."""
    return is_target(case.inputs["y"], "probabilities")
