"""The multilayer perceptron: a pass forward through its layers, and backpropagation.

With A⁰ = X, weights stored in × out, g the activation, ⊙ the elementwise product:

    Zˡ = Aˡ⁻¹ Wˡ + bˡ              Aˡ = g(Zˡ)                     for l = 1, …, L

    δᴸ = (Aᴸ − Y) / n              δˡ = (δˡ⁺¹ Wˡ⁺¹ᵀ) ⊙ g′(Zˡ)      for l = L − 1, …, 1
    grad_Wˡ = Aˡ⁻¹ᵀ δˡ             grad_bˡ = Σₙ δˡ

The last delta is that of a loss whose gradient cancels g′, as binary cross-entropy does the
sigmoid's, summed over outputs and averaged over the n samples. The average may be taken at the
beginning, as written here, or at the end. With no samples the one gives empty sums, which are
zero, and the other 0 / 0: there no claim is made on numbers.

The slope g′ follows from Z, or from the activation that is handed over:

    σ′ = a (1 − a) = σ(z) σ(−z)    tanh′ = 1 − a² = (1 − a)(1 + a)    relu′ = 1 where z > 0, else 0
"""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from conformance.bounds import (
    Array,
    Ball,
    disclaim,
    either,
    gate,
    matmul,
    multiply,
    relu,
    sigmoid,
    tanh,
    total,
)
from conformance.spec import (
    Input,
    Inputs,
    Operation,
    Parameters,
    Refusal,
    Tensor,
    applied,
    batch_sizes,
    calm,
    structures,
    torch,
)

Tensors = list[Tensor]
Balls = list[Ball]
Spoil = Callable[[Inputs, Parameters], tuple[Inputs, Parameters] | None]

# Small, empty, and long enough to be worked on in blocks of eight and sixteen.
_WIDTHS = (1, 2, 3, 4, 5, 0, 8, 17)


@st.composite
def _widths(draw: DrawFn) -> list[int]:
    """Widths of one to three layers, the inputs' first; often the same twice running."""
    chosen = [draw(st.sampled_from(_WIDTHS))]
    for _ in range(draw(st.integers(1, 3))):
        chosen.append(draw(st.sampled_from((chosen[-1], *_WIDTHS))))
    return chosen


def _parameters(draw: DrawFn) -> Parameters:
    name = draw(st.sampled_from((None, *_ACTIVATIONS)))
    return {} if name is None else {"activation": name}


def _forward(draw: DrawFn) -> tuple[dict[str, Any], dict[str, Any]]:
    n, widths = draw(batch_sizes()), draw(_widths())
    biases = [(width,) for width in widths[1:]]
    shapes = {"x": (n, widths[0]), "weights": list(pairwise(widths)), "biases": biases}
    return shapes, _parameters(draw)


def _backward(draw: DrawFn) -> tuple[dict[str, Any], dict[str, Any]]:
    n, widths = draw(batch_sizes()), draw(_widths())
    if n == 0:
        # No claim is made on any of these numbers, so a few of them are enough.
        widths = [min(width, 2) for width in widths]
    layers = [(n, width) for width in widths]
    weights = list(pairwise(widths))
    shapes = {"y": layers[-1], "activations": layers, "zs": layers[1:], "weights": weights}
    return shapes, _parameters(draw)


_ACTIVATIONS = ("sigmoid", "tanh", "relu")


def _torch_activation(name: str) -> Callable[[Tensor], Tensor]:
    if name not in _ACTIVATIONS:
        raise ValueError(f"activation is {name!r}; it must be one of {', '.join(_ACTIVATIONS)}")
    function: Callable[[Tensor], Tensor] = getattr(torch, name)
    return function


def _activate(inputs: Inputs, parameters: Parameters) -> Inputs:
    """Make the activations those of zs, rounded as torch rounds them; the first one is free."""
    g = _torch_activation(parameters.get("activation", "sigmoid"))
    activated = [applied(g, z) for z in inputs["zs"]]
    return {**inputs, "activations": [inputs["activations"][0], *activated]}


def _torch_forward(
    x: Tensor, weights: Tensors, biases: Tensors, *, activation: str = "sigmoid"
) -> tuple[Tensors, Tensors]:
    g = _torch_activation(activation)
    activations, zs = [x], []
    for weight, bias in zip(weights, biases, strict=True):
        zs.append(torch.addmm(bias, activations[-1], weight))
        activations.append(g(zs[-1]))
    return activations, zs


def _pull(
    function: Callable[..., Tensor], inputs: tuple[Tensor, ...], upstream: Tensor
) -> tuple[Tensor, ...]:
    """Gradients by torch's automatic differentiation, which refuses an upstream that disagrees."""
    leaves = [one.detach().requires_grad_() for one in inputs]
    return torch.autograd.grad(function(*leaves), leaves, upstream)


def _torch_backward(
    y: Tensor,
    activations: Tensors,
    zs: Tensors,
    weights: Tensors,
    *,
    activation: str = "sigmoid",
) -> tuple[Tensors, Tensors]:
    g = _torch_activation(activation)
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


_VALUES = {"sigmoid": sigmoid, "tanh": tanh, "relu": relu}


def _forward_value(
    x: Ball, weights: Balls, biases: Balls, *, activation: str = "sigmoid"
) -> tuple[Balls, Balls]:
    activations, zs = [x], []
    for weight, bias in zip(weights, biases, strict=True):
        zs.append(matmul(activations[-1], weight, plus=bias))
        activations.append(_VALUES[activation](zs[-1]))
    return activations, zs


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
    """(grad_W, grad_b, grad_a); what follows from an element without a claim is without one."""
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
    """Gradients of all layers from the last delta."""
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
    # Division by a power of two is exact; by others, 1/n may be rounded before it is used.
    share = y.like(1.0 / n) if n.bit_count() == 1 else y.like(1.0) / n
    first = _propagated(difference * share, activations, zs, weights, activation)
    if n == 1:
        return first
    last = _propagated(difference, activations, zs, weights, activation)
    return tuple(
        [either(early, late * share) for early, late in zip(*both, strict=True)]
        for both in zip(first, last, strict=True)
    )


def _with(name: str, change: Callable[[Any], Any]) -> Spoil:
    """Spoil one input."""
    return lambda inputs, parameters: ({**inputs, name: change(inputs[name])}, parameters)


def _shorter(arrays: list[Array]) -> list[Array]:
    return arrays[:-1]


def _grown(name: str, axis: int = 0) -> Spoil:
    """Make an axis of an input, or of its first array, longer: by two, so that none broadcasts."""

    def change(value: Any) -> Any:
        if isinstance(value, list):
            return [change(value[0]), *value[1:]]
        return np.pad(value, [(0, 2 * (i == axis)) for i in range(value.ndim)], constant_values=1)

    return _with(name, change)


def _wider_z(inputs: Inputs, parameters: Parameters) -> tuple[Inputs, Parameters] | None:
    # No formula has the last layer's slope.
    hidden = len(inputs["zs"]) > 1
    return _grown("zs", axis=1)(inputs, parameters) if hidden else None


_CONNECTED = Refusal(
    "layers-disagree",
    "a weight must have a row for each of its inputs",
    _grown("weights"),
)
_NAMED = Refusal(
    "unknown-activation",
    "activation must be sigmoid, tanh or relu",
    lambda inputs, parameters: (inputs, {**parameters, "activation": "staircase"}),
)

OPERATIONS: tuple[Operation, ...] = (
    Operation(
        name="forward_propagate",
        family="mlp",
        formula="Zˡ = Aˡ⁻¹ Wˡ + bˡ, Aˡ = g(Zˡ)",
        latex=r"Z^l = A^{l-1} W^l + b^l, \quad A^l = g(Z^l)",
        source="document 3.1, 4.1",
        inputs=(Input("x", calm), Input("weights", calm), Input("biases", calm)),
        structures=structures(_forward),
        torch=_torch_forward,
        value=_forward_value,
        refusals=(
            _CONNECTED,
            Refusal("bias-too-long", "a bias must have one entry per output", _grown("biases")),
            Refusal("x-of-rank-1", "x must be of rank 2", _with("x", np.ravel)),
            Refusal("too-few-biases", "every weight must have a bias", _with("biases", _shorter)),
            Refusal("too-few-weights", "every bias must have a weight", _with("weights", _shorter)),
            _NAMED,
        ),
    ),
    Operation(
        name="backpropagate",
        family="mlp",
        formula="δˡ = (δˡ⁺¹ Wˡ⁺¹ᵀ) ⊙ g′(Zˡ), grad_Wˡ = Aˡ⁻¹ᵀ δˡ, grad_bˡ = Σ δˡ",
        latex=(
            r"\delta^l = (\delta^{l+1} {W^{l+1}}^{T}) \odot g'(Z^l), \quad "
            r"\text{grad}_{W^l} = {A^{l-1}}^{T} \delta^l, \quad \text{grad}_{b^l} = \sum_n \delta^l"
        ),
        source="document 3.2, 4.1",
        inputs=tuple(Input(name, calm) for name in ("y", "activations", "zs", "weights")),
        structures=structures(_backward),
        torch=_torch_backward,
        value=_backward_value,
        refusals=(
            _CONNECTED,
            Refusal(
                "y-too-wide", "y must have the shape of the last activation", _grown("y", axis=1)
            ),
            Refusal("z-too-wide", "a z must have its activation's shape", _wider_z),
            Refusal("samples-disagree", "x must have as many samples as y", _grown("activations")),
            Refusal("too-few-weights", "every z must have its weight", _with("weights", _shorter)),
            Refusal("too-few-zs", "every weight must have its z", _with("zs", _shorter)),
            _NAMED,
        ),
        complete=_activate,
    ),
)
