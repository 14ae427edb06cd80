"""Mistakes of forward propagation through a multilayer perceptron: layers, activations, lists."""

from collections.abc import Callable
from typing import Any

import numpy as np

from conformance.bounds import Array
from conformance.spec import Functions, Mistake

from ._wrong import value_checks

_VALUE = value_checks("forward_propagate")

Arrays = list[Array]
Lists = tuple[Arrays, Arrays]
Layer = Callable[[Array, Array, Array], Array]


def _affine(a: Array, weight: Array, bias: Array) -> Array:
    z: Array = a @ weight + bias
    return z


def _layered(layer: Layer = _affine, default: str = "sigmoid", *, last: bool = True) -> Any:
    """Propagate through the layers; the last one is activated, or is not."""

    def replaced(right: Any) -> Functions:
        def forward_propagate(
            x: Array, weights: Arrays, biases: Arrays, *, activation: str = default
        ) -> Lists:
            g = getattr(right, activation)
            activations, zs = [x], []
            for weight, bias in zip(weights, biases, strict=True):
                zs.append(layer(activations[-1], weight, bias))
                activations.append(g(zs[-1]))
            return activations if last else [*activations[:-1], zs[-1]], zs

        return {"forward_propagate": forward_propagate}

    return replaced


def _transposed_where_square(a: Array, weight: Array, bias: Array) -> Array:
    square = weight.shape[0] == weight.shape[1]
    return _affine(a, weight.T if square else weight, bias)


def _bias_as_column(a: Array, weight: Array, bias: Array) -> Array:
    return _affine(a, weight, bias[:, np.newaxis] if len(bias) == len(a) else bias)


def _half_inside(a: Array, weight: Array, bias: Array) -> Array:
    return (a.astype(np.float16) @ weight.astype(np.float16)).astype(a.dtype) + bias


def _returned(change: Callable[[Array, Arrays, Arrays], Lists]) -> Any:
    """Change the lists that are returned, given x too."""

    def replaced(right: Any) -> Functions:
        def forward_propagate(x: Array, weights: Arrays, biases: Arrays, **of: str) -> Lists:
            return change(x, *right.forward_propagate(x, weights, biases, **of))

        return {"forward_propagate": forward_propagate}

    return replaced


def _lists_shared(right: Any) -> Functions:
    def forward_propagate(
        x: Array, weights: Arrays, biases: Arrays, zs: Any = [], **of: str  # noqa: B006 - the mistake
    ) -> Lists:  # fmt: skip
        activations, new = right.forward_propagate(x, weights, biases, **of)
        zs.extend(new)
        return activations, zs

    return {"forward_propagate": forward_propagate}


def _activation_in_place(right: Any) -> Functions:
    def forward_propagate(x: Array, weights: Arrays, biases: Arrays, **of: str) -> Lists:
        activations, zs = right.forward_propagate(x, weights, biases, **of)
        for z, a in zip(zs, activations[1:], strict=True):
            z[...] = a
        return activations, zs

    return {"forward_propagate": forward_propagate}


def _zip_stops_early(right: Any) -> Functions:
    def forward_propagate(x: Array, weights: Arrays, biases: Arrays, **of: str) -> Lists:
        n = min(len(weights), len(biases))
        lists: Lists = right.forward_propagate(x, weights[:n], biases[:n], **of)
        return lists

    return {"forward_propagate": forward_propagate}


def _unknown_is_sigmoid(right: Any) -> Functions:
    def forward_propagate(
        x: Array, weights: Arrays, biases: Arrays, activation: str = "sigmoid"
    ) -> Lists:
        known = activation if activation in {"tanh", "relu"} else "sigmoid"
        lists: Lists = right.forward_propagate(x, weights, biases, activation=known)
        return lists

    return {"forward_propagate": forward_propagate}


def _warnings_silenced(right: Any) -> Functions:
    def forward_propagate(x: Array, weights: Arrays, biases: Arrays, **of: str) -> Lists:
        np.seterr(under="ignore")
        lists: Lists = right.forward_propagate(x, weights, biases, **of)
        return lists

    return {"forward_propagate": forward_propagate}


MISTAKES: tuple[Mistake, ...] = (
    Mistake(
        "forward_propagate/weight-transposed-where-square",
        "a square weight is transposed, as if it were stored out × in",
        "Try a layer with as many outputs as inputs, and a weight that is not symmetric.",
        _VALUE,
        _layered(_transposed_where_square),
    ),
    Mistake(
        "forward_propagate/bias-missing",
        "the biases are not added",
        "What is Z where the weights are zero?",
        _VALUE,
        _layered(lambda a, weight, _bias: a @ weight),
    ),
    Mistake(
        "forward_propagate/bias-along-batch",
        "in a batch of as many samples as outputs the bias is added along the samples",
        "Compare the rows of Z: what distinguishes two samples with the same x?",
        _VALUE,
        _layered(_bias_as_column),
    ),
    Mistake(
        "forward_propagate/float16-inside",
        "the products are computed in float16 and converted back",
        "How many digits survive each conversion between x and the result?",
        _VALUE,
        _layered(_half_inside),
        noisy=True,
    ),
    Mistake(
        "forward_propagate/last-layer-linear",
        "the last layer is not activated",
        "Compare the last of A with the last of Z.",
        _VALUE,
        _layered(last=False),
    ),
    Mistake(
        "forward_propagate/default-is-relu",
        "where no activation is named it is ReLU instead of the sigmoid",
        "Call it without naming an activation: can an output be 0, or above 1?",
        _VALUE,
        _layered(default="relu"),
    ),
    Mistake(
        "forward_propagate/input-not-returned",
        "the activations begin with the first layer's, not with x",
        "How many arrays should the list of activations have, for one layer?",
        _VALUE,
        _returned(lambda _x, activations, zs: (activations[1:], zs)),
    ),
    Mistake(
        "forward_propagate/lists-swapped",
        "the weighted inputs are returned before the activations",
        "Which of the two lists is the longer one?",
        _VALUE,
        _returned(lambda _x, activations, zs: (zs, activations)),
    ),
    Mistake(
        "forward_propagate/activated-in-place",
        "the activation is computed in place, so that Z holds A when the backward pass asks for it",
        "Is there a difference between what is returned as Z and as A, and should there be one?",
        _VALUE,
        _activation_in_place,
    ),
    Mistake(
        "forward_propagate/list-shared-by-calls",
        "the list of Z is a default argument, made once, and grows with every call",
        "Call it twice, and count what the second call returns.",
        (*_VALUE, "forward_propagate/pure[*]"),
        _lists_shared,
    ),
    Mistake(
        "forward_propagate/zip-stops-early",
        "weights and biases are zipped, and layers beyond the shorter list are left out in silence",
        "Pass two weights and one bias: how many layers come back?",
        ("forward_propagate/refusal[*]",),
        _zip_stops_early,
    ),
    Mistake(
        "forward_propagate/unknown-is-sigmoid",
        "an activation that is not known is taken for the sigmoid, a misspelt one too",
        "Call it with activation='rleu'.",
        ("forward_propagate/refusal[*]",),
        _unknown_is_sigmoid,
    ),
    Mistake(
        "forward_propagate/error-state-changed",
        "NumPy's floating-point error state is changed for the whole program",
        "Compare np.geterr() before and after a call.",
        ("forward_propagate/pure[*]",),
        _warnings_silenced,
    ),
)
