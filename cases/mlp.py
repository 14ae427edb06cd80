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

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from conformance.bounds import (
    Ball,
    disclaim,
    either,
    gate,
    matmul,
    multiply,
    relu,
    total,
)
from conformance.case import Input, Inputs, Operation, Parameters, Refusal, Shape, Structure
from conformance.elementary import sigmoid, tanh
from conformance.fills import real
from conformance.formats import Array
from conformance.strategies import batch_sizes, structures

Spoilt = tuple[Inputs, Parameters] | None

# Small, empty, and long enough to be worked on in blocks of eight and sixteen.
_WIDTHS = (1, 2, 3, 4, 5, 0, 8, 17)


@st.composite
def _widths(draw: DrawFn) -> list[int]:
    """Widths of one to three layers, the inputs' first; often the same twice running."""
    chosen = [draw(st.sampled_from(_WIDTHS))]
    for _ in range(draw(st.integers(1, 3))):
        chosen.append(draw(st.sampled_from((chosen[-1], *_WIDTHS))))
    return chosen


def _activations() -> SearchStrategy[Parameters]:
    named = [{"activation": name} for name in ("sigmoid", "tanh", "relu")]
    return st.sampled_from([{}, *named])


def _shapes_of(n: int, widths: list[int]) -> tuple[list[Shape], list[Shape]]:
    """Shapes of all layers' activations, the inputs' first, and of all weights."""
    connected = list(zip(widths[:-1], widths[1:], strict=True))
    return [(n, width) for width in widths], [(before, after) for before, after in connected]


def _forward(draw: DrawFn) -> tuple[dict[str, Any], dict[str, Any]]:
    layers, weights = _shapes_of(draw(batch_sizes()), draw(_widths()))
    biases = [shape[1:] for shape in weights]
    return {"x": layers[0], "weights": weights, "biases": biases}, draw(_activations())


def _backward(draw: DrawFn) -> tuple[dict[str, Any], dict[str, Any]]:
    # No samples, no claim: drawn rarely.
    n = draw(st.sampled_from((1, 2, 3, 4, 5, 1, 2, 3, 4, 5, 0)))
    layers, weights = _shapes_of(n, draw(_widths()))
    shapes = {"y": layers[-1], "activations": layers, "zs": layers[1:], "weights": weights}
    return shapes, draw(_activations())


def _calm(rng: Any, shape: Shape, dtype: str, regime: str, structure: Structure) -> Array:  # noqa: ANN401
    """Real numbers, of which a product of four is still within the format's range."""
    array = real(rng, shape, dtype, regime, structure)
    if regime in {"huge", "tiny"}:
        return (np.sign(array) * np.sqrt(np.abs(array))).astype(dtype)
    return array


_TORCH: Mapping[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "relu": torch.relu,
}


def _torch_activation(name: str) -> Callable[[torch.Tensor], torch.Tensor]:
    # torch has one function for each name, and so none for others.
    if name not in _TORCH:
        raise ValueError(f"activation is {name!r}; it must be one of {', '.join(_TORCH)}")
    return _TORCH[name]


def _activate(inputs: Inputs, parameters: Parameters) -> Inputs:
    """Make the activations those of zs, rounded as torch rounds them; the first one is free."""
    g = _torch_activation(parameters.get("activation", "sigmoid"))
    activated = [g(torch.from_numpy(z)).numpy() for z in inputs["zs"]]
    return {**inputs, "activations": [inputs["activations"][0], *activated]}


def _torch_forward(
    x: torch.Tensor,
    weights: list[torch.Tensor],
    biases: list[torch.Tensor],
    *,
    activation: str = "sigmoid",
) -> tuple[list[torch.Tensor], list[torch.Tensor]]:
    g = _torch_activation(activation)
    activations, zs = [x], []
    for weight, bias in zip(weights, biases, strict=True):
        zs.append(torch.addmm(bias, activations[-1], weight))
        activations.append(g(zs[-1]))
    return activations, zs


def _pull(
    function: Callable[..., torch.Tensor], inputs: tuple[torch.Tensor, ...], upstream: torch.Tensor
) -> tuple[torch.Tensor, ...]:
    """Gradients by torch's automatic differentiation, which refuses an upstream that disagrees."""
    leaves = [one.detach().requires_grad_() for one in inputs]
    return torch.autograd.grad(function(*leaves), leaves, upstream)


def _torch_backward(
    y: torch.Tensor,
    activations: list[torch.Tensor],
    zs: list[torch.Tensor],
    weights: list[torch.Tensor],
    *,
    activation: str = "sigmoid",
) -> tuple[list[torch.Tensor], list[torch.Tensor]]:
    g = _torch_activation(activation)
    upstream = (activations[-1] - y) / len(y)
    grad_weights, grad_biases = [], []
    before = [None, *zs][: len(zs)]
    for z, a, weight in reversed(list(zip(before, activations[:-1], weights, strict=True))):
        bias = torch.zeros(weight.shape[1:], dtype=weight.dtype)
        grads = _pull(torch.addmm, (bias, a, weight), upstream)
        grad_biases.insert(0, grads[0])
        grad_weights.insert(0, grads[2])
        if z is not None:
            (upstream,) = _pull(g, (z,), grads[1])
    return grad_weights, grad_biases


_VALUES: Mapping[str, Callable[[Ball], Ball]] = {"sigmoid": sigmoid, "tanh": tanh, "relu": relu}


def _forward_value(
    x: Ball, weights: list[Ball], biases: list[Ball], *, activation: str = "sigmoid"
) -> tuple[list[Ball], list[Ball]]:
    activations, zs = [x], []
    for weight, bias in zip(weights, biases, strict=True):
        zs.append(matmul(activations[-1], weight, plus=bias))
        activations.append(_VALUES[activation](zs[-1]))
    return activations, zs


def _through_sigmoid(back: Ball, a: Ball, z: Ball) -> Ball:
    s = sigmoid(z)
    return either(
        multiply(back, a, 1.0 - a),
        multiply(back, s, 1.0 - s),
        multiply(back, s, sigmoid(-z)),
    )


def _through_tanh(back: Ball, a: Ball, z: Ball) -> Ball:
    t = tanh(z)
    return either(
        back * (1.0 - a * a),
        back * (1.0 - t * t),
        multiply(back, 1.0 - t, 1.0 + t),
    )


def _through_relu(back: Ball, _a: Ball, z: Ball) -> Ball:
    # Where the gate is shut, 0 · back is as good as 0, unless back is not finite.
    shut = (z.value <= 0) & ~np.isfinite(back.magnitude)
    return disclaim(gate(back, z), shut | np.isnan(z.value))


_THROUGH: Mapping[str, Callable[[Ball, Ball, Ball], Ball]] = {
    "sigmoid": _through_sigmoid,
    "tanh": _through_tanh,
    "relu": _through_relu,
}


def _layer(delta: Ball, a: Ball, weight: Ball) -> tuple[Ball, Ball, Ball]:
    """(grad_W, grad_b, grad_a); what follows from an element without a claim is without one."""
    vague = np.isinf(delta.bound)
    grad_weight, grad_a = matmul(a.T, delta), matmul(delta, weight.T)
    return (
        disclaim(grad_weight, np.broadcast_to(vague.any(axis=0), grad_weight.shape)),
        disclaim(total(delta, axis=0), vague.any(axis=0)),
        disclaim(grad_a, np.broadcast_to(vague.any(axis=1, keepdims=True), grad_a.shape)),
    )


def _propagated(
    delta: Ball, activations: list[Ball], zs: list[Ball], weights: list[Ball], activation: str
) -> tuple[list[Ball], list[Ball]]:
    """Gradients of all layers from the last delta."""
    grad_weights, grad_biases = [], []
    for layer in reversed(range(len(weights))):
        grad_weight, grad_bias, back = _layer(delta, activations[layer], weights[layer])
        grad_weights.insert(0, grad_weight)
        grad_biases.insert(0, grad_bias)
        if layer > 0:
            through = _THROUGH[activation](back, activations[layer], zs[layer - 1])
            delta = disclaim(through, np.isinf(back.bound))
    return grad_weights, grad_biases


def _backward_value(
    y: Ball,
    activations: list[Ball],
    zs: list[Ball],
    weights: list[Ball],
    *,
    activation: str = "sigmoid",
) -> tuple[list[Ball], ...]:
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


def _enlarged(array: Array, rows: int = 0, columns: int = 0) -> Array:
    """The array with ones appended. Two at least of either, so that nothing can broadcast."""
    return np.pad(array, ((0, rows), (0, columns)), constant_values=1)


def _with_first(inputs: Inputs, name: str, array: Array) -> Inputs:
    return {**inputs, name: [array, *inputs[name][1:]]}


def _shorter(name: str) -> Callable[[Inputs, Parameters], Spoilt]:
    return lambda inputs, parameters: ({**inputs, name: inputs[name][:-1]}, parameters)


def _more_rows(name: str) -> Callable[[Inputs, Parameters], Spoilt]:
    def spoil(inputs: Inputs, parameters: Parameters) -> Spoilt:
        return _with_first(inputs, name, _enlarged(inputs[name][0], rows=2)), parameters

    return spoil


def _longer_bias(inputs: Inputs, parameters: Parameters) -> Spoilt:
    longer = np.pad(inputs["biases"][0], (0, 2), constant_values=1)
    return _with_first(inputs, "biases", longer), parameters


def _flat_x(inputs: Inputs, parameters: Parameters) -> Spoilt:
    return {**inputs, "x": inputs["x"].reshape(-1)}, parameters


def _wider_y(inputs: Inputs, parameters: Parameters) -> Spoilt:
    return {**inputs, "y": _enlarged(inputs["y"], columns=2)}, parameters


def _wider_z(inputs: Inputs, parameters: Parameters) -> Spoilt:
    if len(inputs["zs"]) == 1:
        return None  # the slope of the last layer is in no formula
    return _with_first(inputs, "zs", _enlarged(inputs["zs"][0], columns=2)), parameters


def _other_activation(inputs: Inputs, parameters: Parameters) -> Spoilt:
    return inputs, {**parameters, "activation": "staircase"}


_NAMED = Refusal(
    "unknown-activation", "activation must be sigmoid, tanh or relu", _other_activation
)
_CONNECTED = Refusal(
    "layers-disagree", "a weight must have a row for each of its inputs", _more_rows("weights")
)

OPERATIONS: tuple[Operation, ...] = (
    Operation(
        name="forward_propagate",
        family="mlp",
        formula="Zˡ = Aˡ⁻¹ Wˡ + bˡ, Aˡ = g(Zˡ)",
        source="document 3.1, 4.1",
        inputs=(Input("x", _calm), Input("weights", _calm), Input("biases", _calm)),
        structures=structures(_forward),
        torch=_torch_forward,
        value=_forward_value,
        refusals=(
            _CONNECTED,
            Refusal("bias-too-long", "a bias must have one entry per output", _longer_bias),
            Refusal("x-of-rank-1", "x must be of rank 2", _flat_x),
            Refusal("too-few-biases", "every weight must have a bias", _shorter("biases")),
            Refusal("too-few-weights", "every bias must have a weight", _shorter("weights")),
            _NAMED,
        ),
    ),
    Operation(
        name="backpropagate",
        family="mlp",
        formula="δˡ = (δˡ⁺¹ Wˡ⁺¹ᵀ) ⊙ g′(Zˡ), grad_Wˡ = Aˡ⁻¹ᵀ δˡ, grad_bˡ = Σ δˡ",
        source="document 3.2, 4.1",
        inputs=(
            Input("y", _calm),
            Input("activations", _calm),
            Input("zs", _calm),
            Input("weights", _calm),
        ),
        structures=structures(_backward),
        torch=_torch_backward,
        value=_backward_value,
        refusals=(
            _CONNECTED,
            Refusal("y-too-wide", "y must have the shape of the last activation", _wider_y),
            Refusal("z-too-wide", "a z must have its activation's shape", _wider_z),
            Refusal(
                "samples-disagree", "x must have as many samples as y", _more_rows("activations")
            ),
            Refusal("too-few-weights", "every z must have its weight", _shorter("weights")),
            Refusal("too-few-zs", "every weight must have its z", _shorter("zs")),
            _NAMED,
        ),
        complete=_activate,
    ),
)
