"""A whole network over balls: its operations one after the other, then their gradients."""

from collections.abc import Mapping
from typing import Any

from conformance.bounds.ball import Ball
from conformance.spec.operation import Network, Weight


def weight_in(inputs: Mapping[str, Any], weight: Weight) -> Any:
    """Return the array of a weight: an input, or an element of a list of inputs."""
    name, index = weight
    return inputs[name] if index is None else inputs[name][index]


def carried(
    network: Network, inputs: Mapping[str, Any], parameters: Mapping[str, Any]
) -> tuple[Ball, dict[Weight, Ball]]:
    """Return the loss and the gradients of x and of all weights, errors carried through."""
    layers, loss = network.layers(dict(parameters)), network.loss(dict(parameters))
    values = [inputs["x"]]
    given: list[list[Ball]] = []
    for layer in layers:
        given.append([values[-1], *(weight_in(inputs, weight) for weight in layer.weights)])
        values.append(layer.operation.value(*given[-1], **layer.parameters))
    output = values[-1]
    grad = loss.gradients["input"](output.like(1.0), output, inputs["target"])
    gradients: dict[Weight, Ball] = {}
    for layer, arguments in reversed(list(zip(layers, given, strict=True))):
        formulas = layer.operation.gradients.values()
        grad, *grads = [formula(grad, *arguments, **layer.parameters) for formula in formulas]
        gradients.update(zip(layer.weights, grads, strict=True))
    return loss.value(output, inputs["target"]), {("x", None): grad, **gradients}
