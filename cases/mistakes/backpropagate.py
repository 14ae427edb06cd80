"""Mistakes of backpropagation: the last delta, the way back through a layer, and the averages."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from conformance.bounds import Array
from conformance.spec import Functions, Mistake

from ._wrong import value_checks

_VALUE = value_checks("backpropagate")

Arrays = list[Array]
Lists = tuple[Arrays, Arrays]


def _difference(a: Array, y: Array) -> Array:
    return (a - y) / max(len(y), 1)


def _through(delta: Array, weight: Array) -> Array:
    back: Array = delta @ weight.T
    return back


@dataclass(frozen=True)
class _Pass:
    """The backward pass in parts, each of which a mistake may replace.

    Attributes:
        delta: the last delta, of the last activation and y.
        through: the gradient of a layer's input, of its delta and weight.
        slope: the slope times what comes back, of that and the layer's z and a.
        weight: the gradient of a weight, of the layer's input and delta.
        bias: the gradient of a bias, of the layer's delta.
    """

    delta: Callable[[Array, Array], Array] = _difference
    through: Callable[[Array, Array], Array] = _through
    slope: Callable[[Any, Array, Array, Array], Array] = lambda g, back, z, _a: g(back, z)
    weight: Callable[[Array, Array], Array] = lambda a, delta: a.T @ delta
    bias: Callable[[Array], Array] = lambda delta: delta.sum(axis=0)

    def __call__(self, right: Any) -> Functions:
        """Give the wrong backpropagation."""

        def backpropagate(
            y: Array, activations: Arrays, zs: Arrays, weights: Arrays, activation: str = "sigmoid"
        ) -> Lists:
            g = getattr(right, f"{activation}_backward")
            grad_weights: Arrays = []
            grad_biases: Arrays = []
            delta = self.delta(activations[-1], y)
            for layer in reversed(range(len(weights))):
                grad_weights.insert(0, self.weight(activations[layer], delta))
                grad_biases.insert(0, self.bias(delta))
                if layer > 0:
                    back = self.through(delta, weights[layer])
                    delta = self.slope(g, back, zs[layer - 1], activations[layer])
            return grad_weights, grad_biases

        return {"backpropagate": backpropagate}


def _untransposed_where_square(delta: Array, weight: Array) -> Array:
    square = weight.shape[0] == weight.shape[1]
    return _through(delta, weight.T if square else weight)


def _transposed_where_square(a: Array, delta: Array) -> Array:
    grad: Array = a.T @ delta
    return grad.T if grad.shape[0] == grad.shape[1] else grad


def _slope_of_last_layer_too(right: Any) -> Functions:
    def backpropagate(
        y: Array, activations: Arrays, zs: Arrays, weights: Arrays, activation: str = "sigmoid"
    ) -> Lists:
        slope = getattr(right, f"{activation}_backward")
        through = slope(activations[-1] - y, zs[-1])
        target = activations[-1] - through
        lists: Lists = right.backpropagate(target, activations, zs, weights, activation=activation)
        return lists

    return {"backpropagate": backpropagate}


def _returned(change: Callable[[Arrays, Arrays], Lists]) -> Any:
    """Change the lists that are returned."""

    def replaced(right: Any) -> Functions:
        def backpropagate(*inputs: Any, **of: str) -> Lists:
            return change(*right.backpropagate(*inputs, **of))

        return {"backpropagate": backpropagate}

    return replaced


def _always_sigmoid(right: Any) -> Functions:
    def backpropagate(*inputs: Any, activation: str = "sigmoid") -> Lists:  # noqa: ARG001 - the mistake
        lists: Lists = right.backpropagate(*inputs, activation="sigmoid")
        return lists

    return {"backpropagate": backpropagate}


def _difference_in_place(right: Any) -> Functions:
    def backpropagate(
        y: Array, activations: Arrays, zs: Arrays, weights: Arrays, **of: str
    ) -> Lists:
        lists: Lists = right.backpropagate(y, activations, zs, weights, **of)
        activations[-1] -= y
        return lists

    return {"backpropagate": backpropagate}


def _last_z_not_looked_at(right: Any) -> Functions:
    def backpropagate(
        y: Array, activations: Arrays, zs: Arrays, weights: Arrays, **of: str
    ) -> Lists:
        lists: Lists = right.backpropagate(
            y, activations, [*zs[: len(weights) - 1], activations[-1]], weights, **of
        )
        return lists

    return {"backpropagate": backpropagate}


MISTAKES: tuple[Mistake, ...] = (
    Mistake(
        "backpropagate/slope-missing",
        "the deltas of hidden layers lack the factor g′(Z)",
        "What stands between A and Z, and what is its derivative?",
        _VALUE,
        _Pass(slope=lambda _g, back, _z, _a: back),
    ),
    Mistake(
        "backpropagate/slope-at-activation",
        "the slope g′ is taken at A instead of at Z",
        "Is g′ a function of what went into the activation or of what came out?",
        _VALUE,
        _Pass(slope=lambda g, back, _z, a: g(back, a)),
    ),
    Mistake(
        "backpropagate/always-sigmoid",
        "the slope is the sigmoid's whatever the activation",
        "Compare the gradients under activation='tanh' with those under 'sigmoid'.",
        _VALUE,
        _always_sigmoid,
    ),
    Mistake(
        "backpropagate/slope-of-last-layer-too",
        "the last delta has a factor g′(Z), which the loss's own derivative has cancelled",
        "With which loss does the last delta become A − Y?",
        _VALUE,
        _slope_of_last_layer_too,
    ),
    Mistake(
        "backpropagate/sign",
        "the last delta is Y − A, so that descending its gradient climbs the loss",
        "If an output is too large, in which direction does the loss grow?",
        _VALUE,
        _Pass(delta=lambda a, y: _difference(y, a)),
    ),
    Mistake(
        "backpropagate/not-averaged",
        "the gradients are sums over the samples, without the 1/n",
        "Repeat the batch: what should become of the gradients?",
        _VALUE,
        _Pass(delta=lambda a, y: a - y),
    ),
    Mistake(
        "backpropagate/mean-over-n-minus-one",
        "the gradients are divided by n − 1, as an estimate of a variance would be",
        "What is the mean over a single sample?",
        _VALUE,
        _Pass(delta=lambda a, y: (a - y) / (len(y) - 1 or 1)),
    ),
    Mistake(
        "backpropagate/averaged-over-outputs-too",
        "the last delta is divided by the number of its elements instead of its samples",
        "Over what is the loss averaged, and over what is it summed?",
        _VALUE,
        _Pass(delta=lambda a, y: (a - y) / max(y.size, 1)),
    ),
    Mistake(
        "backpropagate/bias-not-averaged",
        "the gradients of the biases lack the 1/n that those of the weights have",
        "Repeat the batch: what should become of the gradients of the biases?",
        _VALUE,
        _Pass(bias=lambda delta: delta.sum(axis=0) * len(delta)),
    ),
    Mistake(
        "backpropagate/bias-averaged-twice",
        "the gradients of the biases are means of deltas that are divided by n already",
        "How often does the 1/n occur on the way to a bias?",
        _VALUE,
        _Pass(bias=lambda delta: delta.sum(axis=0) / max(len(delta), 1)),
    ),
    Mistake(
        "backpropagate/bias-keeps-axis",
        "the gradients of the biases keep the batch as an axis of one",
        "Print the shape of a gradient beside that of its bias.",
        _VALUE,
        _Pass(bias=lambda delta: delta.sum(axis=0, keepdims=True)),
    ),
    Mistake(
        "backpropagate/weight-untransposed-where-square",
        "delta goes back through a square weight without its transpose",
        "Write the product for a weight that is not square: which way round does it fit?",
        _VALUE,
        _Pass(through=_untransposed_where_square),
    ),
    Mistake(
        "backpropagate/weight-gradient-transposed",
        "the gradient of a square weight is transposed",
        "A gradient has the layout of what it is the gradient of: which axis is that of inputs?",
        _VALUE,
        _Pass(weight=_transposed_where_square),
    ),
    Mistake(
        "backpropagate/last-layer-first",
        "the gradients are returned in the order in which they are found, the last layer's first",
        "Compare the shapes of the gradients with those of the weights.",
        _VALUE,
        _returned(lambda grad_weights, grad_biases: (grad_weights[::-1], grad_biases[::-1])),
    ),
    Mistake(
        "backpropagate/float16-deltas",
        "the deltas are rounded to float16",
        "How small does a delta become on its way back through the layers?",
        _VALUE,
        _Pass(delta=lambda a, y: _difference(a, y).astype(np.float16).astype(a.dtype)),
    ),
    Mistake(
        "backpropagate/activation-overwritten",
        "the last delta is computed in the place of the last activation",
        "Look at the activations that you passed, after the call.",
        (*_VALUE, "backpropagate/pure[*]"),
        _difference_in_place,
    ),
    Mistake(
        "backpropagate/last-z-not-looked-at",
        "the last Z is in no formula, and so its absence is not noticed",
        "Pass one Z too few.",
        ("backpropagate/refusal[*]",),
        _last_z_not_looked_at,
    ),
    Mistake(
        "backpropagate/unchecked",
        "shapes are not checked, so that a target of another shape broadcasts",
        "Give a network of one output targets of three columns.",
        ("backpropagate/refusal[*]",),
        _Pass(),
    ),
)
