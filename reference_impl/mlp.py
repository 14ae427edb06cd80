"""The multilayer perceptron: forward propagation and backpropagation."""

from collections.abc import Callable, Sequence
from typing import Literal, TypeAlias

from ._arithmetic import Array, ieee
from ._validation import check_axes, check_floating, check_lengths, check_shape
from .activations import (
    relu,
    relu_backward,
    sigmoid,
    sigmoid_backward,
    tanh,
    tanh_backward,
)

Activation: TypeAlias = Literal["sigmoid", "tanh", "relu"]

Forward: TypeAlias = Callable[[Array], Array]
Backward: TypeAlias = Callable[[Array, Array], Array]

ACTIVATIONS: dict[str, tuple[Forward, Backward]] = {
    "sigmoid": (sigmoid, sigmoid_backward),
    "tanh": (tanh, tanh_backward),
    "relu": (relu, relu_backward),
}


@ieee
def forward_propagate(
    x: Array,
    weights: Sequence[Array],
    biases: Sequence[Array],
    *,
    activation: Activation = "sigmoid",
) -> tuple[list[Array], list[Array]]:
    """Return Zˡ = Aˡ⁻¹ Wˡ + bˡ and Aˡ = g(Zˡ) for each layer l = 1, 2, …, from A⁰ = X.

    Args:
        x: X, of shape (n, d₀), with a sample in each row.
        weights: Wˡ, of shape (dₗ₋₁, dₗ), for each layer.
        biases: bˡ, of shape (dₗ,), for each layer.
        activation: g, "sigmoid", "tanh" or "relu", the same in every layer.

    Returns:
        The activations [A⁰, A¹, …], which begin with x, and the weighted inputs [Z¹, Z², …].

    Raises:
        TypeError: if an array is not floating-point, or the dtypes differ.
        ValueError: if the shapes or the lengths of the lists do not agree, or for another
            activation.
    """
    g, _ = _activation(activation)
    check_floating(x=x)
    check_axes("x", x, "n, d0")
    check_lengths(weights=weights, biases=biases)
    activations, zs = [x], []
    for layer, (W, b) in enumerate(zip(weights, biases, strict=True)):
        a = activations[-1]
        _check_layer(layer, a, W, b)
        z = a @ W + b
        zs.append(z)
        activations.append(g(z))
    return activations, zs


@ieee
def backpropagate(
    y: Array,
    activations: Sequence[Array],
    zs: Sequence[Array],
    weights: Sequence[Array],
    *,
    activation: Activation = "sigmoid",
) -> tuple[list[Array], list[Array]]:
    """Return ∂L/∂Wˡ = Aˡ⁻¹ᵀ δˡ and ∂L/∂bˡ = Σₙ δˡ for each layer l, where δˡ = ∂L/∂Zˡ.

    δᴸ = (Aᴸ − Y)/n in the last layer, and δˡ = (δˡ⁺¹ Wˡ⁺¹ᵀ) ⊙ g′(Zˡ) in the others. This δᴸ belongs
    to the losses whose gradient cancels the slope of the activation, such as binary cross-entropy
    with the sigmoid, summed over the outputs and averaged over the n samples.

    Args:
        y: Y, the targets, of shape (n, d_L).
        activations: [A⁰, A¹, …], as `forward_propagate` returns them.
        zs: [Z¹, Z², …], likewise.
        weights: [W¹, W², …], as they were passed to `forward_propagate`.
        activation: g, "sigmoid", "tanh" or "relu", the same in every layer.

    Returns:
        The gradients of the weights and those of the biases, in the order of the layers.

    Raises:
        TypeError: if an array is not floating-point, or the dtypes differ.
        ValueError: if the shapes or the lengths of the lists do not agree, or for another
            activation.
    """
    _, g_backward = _activation(activation)
    _check_propagated(y, activations, zs, weights)
    grad_weights: list[Array] = []
    grad_biases: list[Array] = []
    # The division precedes the sums over samples: without samples the gradients are empty sums.
    delta = (activations[-1] - y) / max(len(y), 1)
    for layer in reversed(range(len(weights))):
        grad_weights.insert(0, activations[layer].T @ delta)
        grad_biases.insert(0, delta.sum(axis=0))
        if layer > 0:
            delta = g_backward(delta @ weights[layer].T, zs[layer - 1])
    return grad_weights, grad_biases


def _activation(name: str) -> tuple[Forward, Backward]:
    if name not in ACTIVATIONS:
        raise ValueError(
            f"activation is {name!r}; it must be one of {', '.join(ACTIVATIONS)}: pass its name"
        )
    return ACTIVATIONS[name]


def _check_layer(layer: int, a: Array, W: Array, b: Array) -> None:
    check_floating(x=a, **{f"weights[{layer}]": W, f"biases[{layer}]": b})
    check_axes(f"weights[{layer}]", W, "in, out")
    if W.shape[0] != a.shape[1]:
        raise ValueError(
            f"weights[{layer}] has shape {W.shape} and its inputs {a.shape}; weight's first axis "
            f"must be the inputs' second: transpose the weight if it is (out, in)"
        )
    check_shape(f"biases[{layer}]", b, W.shape[1:], f"weights[{layer}]'s second axis")


def _check_propagated(
    y: Array, activations: Sequence[Array], zs: Sequence[Array], weights: Sequence[Array]
) -> None:
    check_lengths(**{"activations after x": activations[1:], "zs": zs, "weights": weights})
    check_floating(y=y, x=activations[0])
    check_axes("x", activations[0], "n, d0")
    for layer, (a, z, W) in enumerate(zip(activations[1:], zs, weights, strict=True)):
        propagated = {f"activations[{layer + 1}]": a, f"zs[{layer}]": z}
        check_floating(y=y, **propagated, **{f"weights[{layer}]": W})
        shape = (len(activations[0]), *W.shape[1:])
        for name, array in propagated.items():
            check_shape(name, array, shape, f"weights[{layer}]")
        check_shape(
            f"weights[{layer}]", W, (activations[layer].shape[1], *W.shape[1:]), "its input"
        )
    check_shape("y", y, activations[-1].shape, "the last activation")
