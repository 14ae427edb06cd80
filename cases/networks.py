"""Networks composed of operations: run forward, differentiated, and trained for three steps.

    perceptron     a₀ = x, aₗ = gₗ(aₗ₋₁ Wₗᵀ + bₗ) for l = 1, …, 1 to 5; mean squared error, or
                   binary cross-entropy of the last layer's logits
    classifier     conv2d → ReLU → pool → flatten → linear → cross-entropy

    θ ← θ − η ∂L/∂θ        for every weight and bias, three times

`conformance.judge.network` explains how a chain of calls is judged, and why call by call. Batches
are never empty here: the mean over no samples is NaN, and so would be everything after it.
"""

from itertools import pairwise
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from conformance.bounds import Array, Ball
from conformance.spec import (
    Input,
    Layer,
    Network,
    Operation,
    Parameters,
    Shape,
    Structure,
    Tensor,
    carried,
    real,
    structures,
    torch,
)

from . import (
    activations,
    avg_pool2d,
    binary_cross_entropy,
    convolution,
    cross_entropy,
    linear,
    max_pool2d,
    mse_loss,
    optimizer,
    reshaping,
)

_KNOWN: dict[str, Operation] = {
    operation.name: operation
    for family in (
        activations,
        avg_pool2d,
        binary_cross_entropy,
        convolution,
        cross_entropy,
        linear,
        max_pool2d,
        mse_loss,
        optimizer,
        reshaping,
    )
    for operation in family.OPERATIONS
}
_STEPS = 3
_RATES = st.sampled_from([0.5, 0.1, 1.0])


def _trainable(rng: Any, shape: Shape, dtype: str, regime: str, structure: Structure) -> Array:
    """Return real numbers at which five layers neither overflow nor saturate."""
    tame = "normal" if regime in {"tiny", "huge"} else regime
    array = real(rng, shape, dtype, tame, structure)
    # Half of the time integers stay integers: without tanh or σ nothing is rounded then.
    return (array * 0.5 ** int(rng.integers(0, 2))).astype(dtype)


def _binary(rng: Any, shape: Shape, dtype: str, _regime: str, _structure: Structure) -> Array:
    """Return targets of zero and one, which the mean squared error takes as well."""
    result: Array = rng.integers(0, 2, shape).astype(dtype)
    return result


def _classes(rng: Any, shape: Shape, _dtype: str, _regime: str, structure: Structure) -> Array:
    """Return a class of the last layer for each sample."""
    (classes,) = structure.shapes["bias"]
    result: Array = rng.integers(0, classes, shape)
    return result


def _perceptrons(draw: DrawFn) -> tuple[dict[str, Any], dict[str, Any]]:
    n, depth = draw(st.sampled_from([1, 2, 3, 4])), draw(st.sampled_from([1, 2, 3, 4, 5]))
    widths = [draw(st.sampled_from([1, 2, 3, 4, n])) for _ in range(depth + 1)]
    chosen = tuple(draw(st.sampled_from(["relu", "tanh", "sigmoid"])) for _ in range(depth - 1))
    loss = draw(st.sampled_from(["mse_loss", "binary_cross_entropy_with_logits"]))
    # The last layer's logits go to their loss as they are.
    last = ("sigmoid",) if loss == "mse_loss" and draw(st.booleans()) else ("identity",)
    shapes = {
        "x": (n, widths[0]),
        "target": (n, widths[-1]),
        "weights": [(after, before) for before, after in pairwise(widths)],
        "biases": [(after,) for after in widths[1:]],
    }
    return shapes, {"activations": chosen + last, "loss": loss, "learning_rate": draw(_RATES)}


def _perceptron(parameters: Parameters) -> tuple[Layer, ...]:
    layers = []
    for number, name in enumerate(parameters["activations"]):
        layers.append(Layer(_KNOWN["linear"], (("weights", number), ("biases", number))))
        layers.extend([Layer(_KNOWN[name])] if name in _KNOWN else [])
    return tuple(layers)


def _perceptron_loss(parameters: Parameters) -> Operation:
    name: str = parameters["loss"]
    return _KNOWN[name]


def _torch_perceptron(
    x: Tensor,
    target: Tensor,
    weights: list[Tensor],
    biases: list[Tensor],
    *,
    activations: tuple[str, ...],
    loss: str,
    learning_rate: float,  # noqa: ARG001 - of the training, not of the loss
) -> Tensor:
    a = x
    for weight, bias, name in zip(weights, biases, activations, strict=True):
        z = torch.nn.functional.linear(a, weight, bias)
        a = z if name == "identity" else getattr(torch, name)(z)
    result: Tensor = getattr(torch.nn.functional, loss)(a, target)
    return result


def _images(draw: DrawFn) -> tuple[dict[str, Any], dict[str, Any]]:
    n, channels, maps = (draw(st.sampled_from([1, 2, 3])) for _ in range(3))
    size, kernel = draw(st.sampled_from([4, 5, 6])), draw(st.sampled_from([1, 2, 3]))
    stride, padding = draw(st.sampled_from([1, 2])), draw(st.sampled_from([0, 1]))
    height = (size + 2 * padding - kernel) // stride + 1
    width = (size + 1 + 2 * padding - kernel) // stride + 1
    pool = draw(st.sampled_from(["max_pool2d", "avg_pool2d"]))
    window = min(2, height, width)
    features = maps * (height // window) * (width // window)
    classes = draw(st.sampled_from([2, 3, n + 1]))
    shapes = {
        "x": (n, channels, size, size + 1),
        "target": (n,),
        "kernel": (maps, channels, kernel, kernel),
        "kernel_bias": (maps,),
        "weight": (classes, features),
        "bias": (classes,),
    }
    parameters = {"stride": stride, "padding": padding, "pool": pool, "window": window}
    return shapes, {**parameters, "learning_rate": draw(_RATES)}


def _classifier(parameters: Parameters) -> tuple[Layer, ...]:
    convolved = {"stride": parameters["stride"], "padding": parameters["padding"]}
    return (
        Layer(_KNOWN["conv2d"], (("kernel", None), ("kernel_bias", None)), convolved),
        Layer(_KNOWN["relu"]),
        Layer(_KNOWN[parameters["pool"]], (), {"kernel_size": parameters["window"]}),
        Layer(_KNOWN["flatten"]),
        Layer(_KNOWN["linear"], (("weight", None), ("bias", None))),
    )


def _classifier_loss(_parameters: Parameters) -> Operation:
    return _KNOWN["cross_entropy"]


def _torch_classifier(
    x: Tensor,
    target: Tensor,
    kernel: Tensor,
    kernel_bias: Tensor,
    weight: Tensor,
    bias: Tensor,
    *,
    stride: int,
    padding: int,
    pool: str,
    window: int,
    learning_rate: float,  # noqa: ARG001 - of the training, not of the loss
) -> Tensor:
    F = torch.nn.functional
    maps = F.conv2d(x, kernel, kernel_bias, stride=stride, padding=padding).relu()
    logits = F.linear(getattr(F, pool)(maps, window).flatten(1), weight, bias)
    return F.cross_entropy(logits, target)


_DESCENT = _KNOWN["gradient_descent"]
_PERCEPTRON = Network(_perceptron, _perceptron_loss, _DESCENT, _STEPS)
_CLASSIFIER = Network(_classifier, _classifier_loss, _DESCENT, _STEPS)


def _loss(network: Network, names: tuple[str, ...], *inputs: Any, **parameters: Any) -> Ball:
    return carried(network, dict(zip(names, inputs, strict=True)), parameters)[0]


ORDER = 110
OPERATIONS = (
    Operation(
        name="network_mlp",
        family="networks",
        formula="linear → g, one to five times, → loss; θ ← θ − η ∂L/∂θ",
        latex=(
            r"\text{linear} \to g, \text{ one to five times, } \to \text{loss}; \quad "
            r"\theta \leftarrow \theta - \eta \frac{\partial L}{\partial \theta}"
        ),
        source="torch.nn.functional, torch.optim.SGD",
        inputs=(
            Input("x", _trainable),
            Input("target", _binary),
            Input("weights", _trainable),
            Input("biases", _trainable),
        ),
        structures=structures(_perceptrons),
        torch=_torch_perceptron,
        value=lambda *inputs, **parameters: _loss(
            _PERCEPTRON, ("x", "target", "weights", "biases"), *inputs, **parameters
        ),
        network=_PERCEPTRON,
    ),
    Operation(
        name="network_cnn",
        family="networks",
        formula="conv2d → relu → pool → flatten → linear → loss; θ ← θ − η ∂L/∂θ",
        latex=(
            r"\text{conv2d} \to \text{relu} \to \text{pool} \to \text{flatten} \to \text{linear} "
            r"\to \text{loss}; \quad "
            r"\theta \leftarrow \theta - \eta \frac{\partial L}{\partial \theta}"
        ),
        source="torch.nn.functional, torch.optim.SGD",
        inputs=(
            Input("x", _trainable),
            Input("target", _classes),
            Input("kernel", _trainable),
            Input("kernel_bias", _trainable),
            Input("weight", _trainable),
            Input("bias", _trainable),
        ),
        structures=structures(_images),
        torch=_torch_classifier,
        value=lambda *inputs, **parameters: _loss(
            _CLASSIFIER,
            ("x", "target", "kernel", "kernel_bias", "weight", "bias"),
            *inputs,
            **parameters,
        ),
        network=_CLASSIFIER,
    ),
)
