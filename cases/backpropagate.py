"""The multilayer perceptron: backpropagation through its layers.

With A⁰ = X, weights stored in × out, g the activation, ⊙ the elementwise product:

    δᴸ = (Aᴸ − Y) / n              δˡ = (δˡ⁺¹ Wˡ⁺¹ᵀ) ⊙ g′(Zˡ)      for l = L − 1, …, 1
    grad_Wˡ = Aˡ⁻¹ᵀ δˡ             grad_bˡ = Σₙ δˡ

The last delta belongs to a loss whose gradient cancels g′, as that of binary cross-entropy cancels
the sigmoid's. The loss is summed over outputs and averaged over the n samples. The average may be
taken at the beginning, as written here, or at the end. Without samples the first way gives empty
sums, which are zero, and the second 0 / 0: there no claim is made on numbers.

The slope g′ follows from Z, or from the given activation:

    σ′ = a (1 − a) = σ(z) σ(−z)    tanh′ = 1 − a² = (1 − a)(1 + a)    relu′ = 1 where z > 0, else 0
"""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
from hypothesis.strategies import DrawFn

from conformance.bounds import Ball, disclaim, either, gate, matmul, multiply, sigmoid, tanh, total
from conformance.spec import (
    LARGE,
    Input,
    Inputs,
    Lesson,
    Operation,
    Parameters,
    Refusal,
    Spoiled,
    Structure,
    Tensor,
    applied,
    batch_sizes,
    calm,
    structures,
    torch,
)

from ._layers import (
    CONNECTED,
    NAMED,
    NOTE,
    Balls,
    Tensors,
    grown,
    layer_widths,
    parameters_of,
    shorter,
    torch_activation,
    with_changed,
)


def _backward(draw: DrawFn) -> tuple[dict[str, Any], dict[str, Any]]:
    n, widths = draw(batch_sizes()), draw(layer_widths())
    if n == 0:
        # No claim is made on any of these numbers, so few are enough.
        widths = [min(width, 2) for width in widths]
    layers = [(n, width) for width in widths]
    weights = list(pairwise(widths))
    shapes = {"y": layers[-1], "activations": layers, "zs": layers[1:], "weights": weights}
    return shapes, parameters_of(draw)


def _activate(inputs: Inputs, parameters: Parameters) -> Inputs:
    """Return inputs whose activations are those of zs, as torch rounds them; the first is free."""
    g = torch_activation(parameters.get("activation", "sigmoid"))
    activated = [applied(g, z) for z in inputs["zs"]]
    return {**inputs, "activations": [inputs["activations"][0], *activated]}


def _pull(
    function: Callable[..., Tensor], inputs: tuple[Tensor, ...], upstream: Tensor
) -> tuple[Tensor, ...]:
    """Return torch's gradients; torch refuses an upstream gradient of a wrong shape."""
    leaves = [tensor.detach().requires_grad_() for tensor in inputs]
    return torch.autograd.grad(function(*leaves), leaves, upstream)


def _torch_backward(
    y: Tensor,
    activations: Tensors,
    zs: Tensors,
    weights: Tensors,
    *,
    activation: str = "sigmoid",
) -> tuple[Tensors, Tensors]:
    g = torch_activation(activation)
    upstream = (activations[-1] - y) / len(y)
    grad_weights: Tensors = []
    grad_biases: Tensors = []
    before = [None, *zs][: len(zs)]
    for z, a, weight in reversed(list(zip(before, activations[:-1], weights, strict=True))):
        bias = torch.zeros(weight.shape[1:], dtype=weight.dtype)
        grads = _pull(torch.addmm, (bias, a, weight), upstream)
        grad_biases.insert(0, grads[0])
        grad_weights.insert(0, grads[2])
        if z is not None:
            (upstream,) = _pull(g, (z,), grads[1])
    return grad_weights, grad_biases


def _through_sigmoid(back: Ball, a: Ball, z: Ball) -> Ball:
    s = sigmoid(z)
    slopes = ((a, 1.0 - a), (s, 1.0 - s), (s, sigmoid(-z)))
    return either(*(multiply(back, *slope) for slope in slopes))


def _through_tanh(back: Ball, a: Ball, z: Ball) -> Ball:
    t = tanh(z)
    return either(back * (1.0 - a * a), back * (1.0 - t * t), multiply(back, 1.0 - t, 1.0 + t))


def _through_relu(back: Ball, _a: Ball, z: Ball) -> Ball:
    # Where the gate is shut, 0 · back is as good as 0, unless back is not finite.
    shut = (z.value <= 0) & ~np.isfinite(back.magnitude)
    return disclaim(gate(back, z), shut | np.isnan(z.value))


_THROUGH = {"sigmoid": _through_sigmoid, "tanh": _through_tanh, "relu": _through_relu}


def _layer(delta: Ball, a: Ball, weight: Ball) -> tuple[Ball, Ball, Ball]:
    """Return (grad_W, grad_b, grad_a); no claim is made on what an element without one reaches."""
    vague = np.isinf(delta.bound)
    grad_weight, grad_a = matmul(a.T, delta), matmul(delta, weight.T)
    return (
        disclaim(grad_weight, np.broadcast_to(vague.any(axis=0), grad_weight.shape)),
        disclaim(total(delta, axis=0), np.asarray(vague.any(axis=0))),
        disclaim(grad_a, np.broadcast_to(vague.any(axis=1, keepdims=True), grad_a.shape)),
    )


def _propagated(
    delta: Ball, activations: Balls, zs: Balls, weights: Balls, activation: str
) -> tuple[Balls, Balls]:
    """Return the gradients of all weights and of all biases, from the last delta."""
    grad_weights: Balls = []
    grad_biases: Balls = []
    for layer in reversed(range(len(weights))):
        grad_weight, grad_bias, back = _layer(delta, activations[layer], weights[layer])
        grad_weights.insert(0, grad_weight)
        grad_biases.insert(0, grad_bias)
        if layer > 0:
            through = _THROUGH[activation](back, activations[layer], zs[layer - 1])
            delta = disclaim(through, np.isinf(back.bound))
    return grad_weights, grad_biases


def _backward_value(
    y: Ball, activations: Balls, zs: Balls, weights: Balls, *, activation: str = "sigmoid"
) -> tuple[Balls, ...]:
    n = y.shape[0]
    difference = activations[-1] - y
    # A power of two divides exactly; for other n, 1/n may be rounded first.
    share = y.like(1.0 / n) if n.bit_count() == 1 else y.like(1.0) / n
    first = _propagated(difference * share, activations, zs, weights, activation)
    if n == 1:
        return first
    last = _propagated(difference, activations, zs, weights, activation)
    return tuple(
        [either(early, late * share) for early, late in zip(*both, strict=True)]
        for both in zip(first, last, strict=True)
    )


def _wider_z(inputs: Inputs, parameters: Parameters) -> Spoiled | None:
    # No formula has the last layer's slope.
    hidden = len(inputs["zs"]) > 1
    return grown("zs", axis=1)(inputs, parameters) if hidden else None


ORDER = 91
OPERATIONS = (
    Operation(
        name="backpropagate",
        family="mlp",
        formula="δˡ = (δˡ⁺¹ Wˡ⁺¹ᵀ) ⊙ g′(Zˡ), grad_Wˡ = Aˡ⁻¹ᵀ δˡ, grad_bˡ = Σ δˡ",
        latex=(
            r"\delta^l = (\delta^{l+1} {W^{l+1}}^{T}) \odot g'(Z^l), \quad "
            r"\text{grad}_{W^l} = {A^{l-1}}^{T} \delta^l, \quad \text{grad}_{b^l} = \sum_n \delta^l"
        ),
        source="document 3.2, 4.1",
        inputs=(
            Input("y", calm, "(n, d_L)"),
            Input("activations", calm, "a list, x first"),
            Input("zs", calm, "a list"),
            Input("weights", calm, "a list"),
        ),
        parameters={"activation": "sigmoid"},
        result="a pair of lists: the weights' gradients and the biases', in the layers' order",
        notes=(
            NOTE,
            "The last layer's delta is aᴸ − y; gradients are averaged over the n samples.",
        ),
        lesson=Lesson(140, "The way back through the layers, error by error."),
        structures=structures(_backward),
        large=Structure(
            {
                "y": (LARGE, 1),
                "activations": [(LARGE, 1)] * 2,
                "zs": [(LARGE, 1)],
                "weights": [(1, 1)],
            }
        ),
        torch=_torch_backward,
        value=_backward_value,
        refusals=(
            CONNECTED,
            Refusal(
                "y-too-wide", "y must have the shape of the last activation", grown("y", axis=1)
            ),
            Refusal("z-too-wide", "a z must have its activation's shape", _wider_z),
            Refusal("samples-disagree", "x must have as many samples as y", grown("activations")),
            Refusal(
                "too-few-weights", "every z must have its weight", with_changed("weights", shorter)
            ),
            Refusal("too-few-zs", "every weight must have its z", with_changed("zs", shorter)),
            NAMED,
        ),
        complete=_activate,
    ),
)
