"""A whole network over balls: its operations one after the other, and the way back."""

from collections.abc import Mapping
from typing import Any

from conformance.bounds.ball import Ball
from conformance.spec.operation import Network, Place


def weight_at(weights: Mapping[str, Any], place: Place) -> Any:
    """Return the array at a place: an input, or one of a list of inputs."""
    name, index = place
    return weights[name] if index is None else weights[name][index]


def carried(
    network: Network, inputs: Mapping[str, Any], parameters: Mapping[str, Any]
) -> tuple[Ball, dict[Place, Ball]]:
    """Return the loss and the gradients of x and of all weights, errors carried through."""
    layers, loss = network.layers(dict(parameters)), network.loss(dict(parameters))
    values = [inputs["x"]]
    given: list[list[Ball]] = []
    for layer in layers:
        given.append([values[-1], *(weight_at(inputs, place) for place in layer.weights)])
        values.append(layer.operation.value(*given[-1], **layer.parameters))
    last = values[-1]
    grad = loss.gradients["input"](last.like(1.0), last, inputs["target"])
    found: dict[Place, Ball] = {}
    for layer, arguments in reversed(list(zip(layers, given, strict=True))):
        formulas = layer.operation.gradients.values()
        grads = [formula(grad, *arguments, **layer.parameters) for formula in formulas]
        grad = grads[0]
        found.update(zip(layer.weights, grads[1:], strict=True))
    return loss.value(last, inputs["target"]), {("x", None): grad, **found}
