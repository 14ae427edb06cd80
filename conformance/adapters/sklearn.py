"""scikit-learn as an implementation: `--implementation conformance.adapters.sklearn`.

The functions that its multilayer perceptron is made of, forwards and backwards, and the perceptron
itself. They are private: another release may name them otherwise.
"""

from collections.abc import Sequence
from typing import Any

from sklearn.neural_network import MLPRegressor
from sklearn.neural_network._base import ACTIVATIONS, DERIVATIVES, LOSS_FUNCTIONS
from sklearn.neural_network._stochastic_optimizers import SGDOptimizer

from conformance.adapters._framework import implementation, unsupported
from conformance.bounds.floats import Array
from conformance.implementation.libraries import versions
from conformance.implementation.tensors import Function, Library

_NAMES = {"sigmoid": "logistic", "tanh": "tanh", "relu": "relu"}


def _activation(name: str) -> Function:
    def activated(x: Array) -> Array:
        ACTIVATIONS[name](x)
        return x

    return activated


def _derivative(name: str) -> Function:
    def pulled(grad_output: Array, x: Array) -> Array:
        ACTIVATIONS[name](x)
        # What it takes is the activation's result.
        DERIVATIVES[name](x, grad_output)
        return grad_output

    return pulled


def _softmax(x: Array) -> Array:
    unsupported(rank=x.ndim != 2)
    ACTIVATIONS["softmax"](x)
    return x


def _mse_loss(x: Array, target: Array, *, reduction: str = "mean") -> Any:
    unsupported(reduction=reduction != "mean", rank=x.ndim == 0)
    # Its loss has a factor of a half, as the document's has.
    return 2 * LOSS_FUNCTIONS["squared_error"](target, x)


def _binary_cross_entropy(x: Array, target: Array, *, reduction: str = "mean") -> Any:
    unsupported(reduction=reduction != "mean", rank=x.ndim != 2)
    # It takes the mean over the samples, and the sum over their outputs.
    return LOSS_FUNCTIONS["binary_log_loss"](target, x) / x.shape[1]


def _perceptron(weights: Sequence[Array], hidden: str, output: str) -> Any:
    network = MLPRegressor(activation=hidden, alpha=0)
    network.n_layers_, network.out_activation_ = len(weights) + 1, output
    network.coefs_ = list(weights)
    return network


def _forward_propagate(
    x: Array, weights: list[Array], biases: list[Array], *, activation: str = "sigmoid"
) -> tuple[list[Array], list[Array]]:
    name = _NAMES[activation]
    network = _perceptron(weights, name, name)
    network.intercepts_ = biases
    activations = network._forward_pass([x, *weights])  # noqa: SLF001
    # It keeps no zs: they are what a layer yields whose activation is the identity.
    zs = []
    for layer, (weight, bias) in enumerate(zip(weights, biases, strict=True)):
        single = _perceptron([weight], "identity", "identity")
        single.intercepts_ = [bias]
        zs.append(single._forward_pass([activations[layer], weight])[1])  # noqa: SLF001
    return activations, zs


def _backpropagate(
    y: Array, activations: list[Array], _zs: list[Array], weights: list[Array],
    *, activation: str = "sigmoid",
) -> tuple[list[Array], list[Array]]:  # fmt: skip
    network = _perceptron(weights, _NAMES[activation], "identity")
    # The activations are given, so its own pass forwards has nothing to do.
    network._forward_pass = lambda given: given  # noqa: SLF001
    x, count = activations[0], len(weights)
    _, of_weights, of_biases = network._backprop(  # noqa: SLF001
        x, y, None, activations, [None] * count, [None] * count, [None] * count
    )
    return of_weights, of_biases


def _gradient_descent(
    parameters: list[Array], gradients: list[Array], *, learning_rate: float
) -> list[Array]:
    descent = SGDOptimizer(parameters, learning_rate, momentum=0, nesterov=False)
    descent.update_params(parameters, gradients)
    return parameters


_SKLEARN = Library(
    "sklearn", lambda array: array.copy(), lambda array: array, versions=versions("scikit-learn")
)

IMPLEMENTATION = implementation(
    _SKLEARN,
    {
        **{name: _activation(theirs) for name, theirs in _NAMES.items()},
        **{f"{name}_backward": _derivative(theirs) for name, theirs in _NAMES.items()},
        "softmax": _softmax,
        "mse_loss": _mse_loss,
        "binary_cross_entropy": _binary_cross_entropy,
        "forward_propagate": _forward_propagate,
        "backpropagate": _backpropagate,
        "gradient_descent": _gradient_descent,
    },
)
