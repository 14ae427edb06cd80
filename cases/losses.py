"""Losses: the mean or the sum of one term for each element or sample, and their gradients.

With d = x − t, p a probability, p = softmax(x) in the last line, m the number of terms and g the
upstream gradient, a number; for the sum m = 1:

    mean squared error      d²                              grad_x = 2 d g / m
    binary cross-entropy    −t log p − (1 − t) log(1 − p)   grad_p = (p − t) / (p (1 − p)) g / m
    the same, with logits   (1 − t) x − log σ(x)            grad_x = (σ(x) − t) g / m
    cross-entropy           −log softmax(x)_t               grad_x = (p − onehot(t)) g / m

torch's two rules for p = 0 and p = 1 belong to the binary cross-entropy: neither logarithm is
less than −100, and in the gradient p (1 − p) is at least 1e-12, the float32 number in every
precision. The mean of no terms is NaN, their sum 0.
"""

import warnings
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from conformance.bounds import (
    Array,
    Ball,
    either,
    exp,
    log,
    log1p,
    maximum,
    mean,
    multiply,
    relu,
    select,
    sigmoid,
    stack,
    total,
)
from conformance.spec import (
    Input,
    Inputs,
    Operation,
    Parameters,
    Refusal,
    Shape,
    Structure,
    Tensor,
    TorchFunction,
    batch_sizes,
    labels,
    logits,
    probabilities,
    real,
    shapes,
    structures,
    torch,
)

from .activations import log_softmax_of, probabilities_of

_LOG_FLOOR = -100.0
_VARIANCE_FLOOR = float(np.float32(1e-12))

# A reduction that is left out is the mean.
_REDUCTIONS = st.sampled_from([{}, {"reduction": "mean"}, {"reduction": "sum"}])


def _elements(draw: DrawFn) -> tuple[dict[str, Any], dict[str, Any]]:
    shape = draw(shapes(most_rank=3))
    return {"input": shape, "target": shape}, draw(_REDUCTIONS)


def _samples(draw: DrawFn) -> tuple[dict[str, Any], dict[str, Any]]:
    # No target is right where there are no classes.
    n, classes = draw(batch_sizes()), draw(st.sampled_from([1, 2, 3, 4, 5, 7, 10, 33]))
    # As many samples as classes, on purpose: a sum over the wrong axis has the right shape there.
    if draw(st.sampled_from((False, False, False, True))):
        n = classes = min(classes, 7)
    return {"input": (n, classes), "target": (n,)}, draw(_REDUCTIONS)


def _soft_or_real(rng: Any, shape: Shape, dtype: str, regime: str, of: Structure) -> Array:
    """Targets of logits: probabilities mostly, but the formula holds for any real number."""
    fill = real if rng.random() < 0.3 else probabilities
    return fill(rng, shape, dtype, regime, of)


def _reduce(terms: Ball, reduction: str) -> Ball:
    return mean(terms) if reduction == "mean" else total(terms)


def _share(grad_output: Ball, terms: int, reduction: str) -> tuple[Ball, ...]:
    """Factors of each term's upstream gradient: g, and 1/m where the loss is a mean."""
    if reduction == "sum" or terms < 2:
        return (grad_output,)
    return grad_output, grad_output.like(1.0) / grad_output.like(float(terms))


def _mse(x: Ball, target: Ball, reduction: str = "mean") -> Ball:
    d = x - target
    return _reduce(d * d, reduction)


def _grad_mse(grad_output: Ball, x: Ball, target: Ball, reduction: str = "mean") -> Ball:
    share = _share(grad_output, x.value.size, reduction)
    return multiply(x - target, x.like(2.0), *share)


def _bce(p: Ball, target: Ball, reduction: str = "mean") -> Ball:
    log_p = maximum(log(p), _LOG_FLOOR)
    log_q = maximum(either(log1p(-p), log(1.0 - p)), _LOG_FLOOR)
    return _reduce(-(target * log_p + (1.0 - target) * log_q), reduction)


def _grad_bce(grad_output: Ball, p: Ball, target: Ball, reduction: str = "mean") -> Ball:
    """(p − t) / (p (1 − p)); also (1 − t) / (1 − p) − t / p, where no floor is near."""
    share = _share(grad_output, p.value.size, reduction)
    variance = p * (1.0 - p)
    floor = maximum(variance, _VARIANCE_FLOOR)
    # Scaled before the division or after it: far below one, the first loses what the second keeps.
    floored = either(multiply(p - target, *share) / floor, multiply((p - target) / floor, *share))
    apart = multiply((1.0 - target) / (1.0 - p) - target / p, *share)
    return select(variance.value > 2 * _VARIANCE_FLOOR, either(floored, apart), floored)


def _bce_with_logits(x: Ball, target: Ball, reduction: str = "mean") -> Ball:
    """The formula's three ways: −log σ is max(−x, 0) + s, where s = log(1 + e^−|x|)."""
    e = exp(-x.map(np.abs))
    s = either(log1p(e), log(1.0 + e))
    first = _sum((1.0 - target) * x, relu(-x), s)
    second = _sum(relu(x), -(target * x), s)
    third = target * (relu(-x) + s) + (1.0 - target) * (relu(x) + s)
    # Of an infinite logit the second way makes a NaN where the loss is infinite.
    near = select(np.isfinite(first.value), either(first, second), first)
    return _reduce(either(near, third), reduction)


def _sum(*terms: Ball) -> Ball:
    return total(stack(list(terms)), axis=0)


def _grad_bce_with_logits(
    grad_output: Ball, x: Ball, target: Ball, reduction: str = "mean"
) -> Ball:
    """σ(x) − t, or (1 − t) σ(x) − t σ(−x)."""
    share = _share(grad_output, x.value.size, reduction)
    a = sigmoid(x)
    return either(
        multiply(a - target, *share),
        multiply((1.0 - target) * a - target * sigmoid(-x), *share),
    )


def _cross_entropy(x: Ball, target: Array, reduction: str = "mean") -> Ball:
    return _reduce(-log_softmax_of(x)[np.arange(target.size), target], reduction)


def _grad_cross_entropy(grad_output: Ball, x: Ball, target: Array, reduction: str = "mean") -> Ball:
    """(p − onehot) g / m, or p g / m − onehot g / m."""
    share = _share(grad_output, target.size, reduction)
    p = probabilities_of(x)
    onehot = x.like(np.arange(x.shape[1]) == target[:, None])
    return either(multiply(p - onehot, *share), multiply(p, *share) - multiply(onehot, *share))


def _torch_mse(x: Tensor, target: Tensor, reduction: str = "mean") -> Tensor:
    with warnings.catch_warnings():
        # torch warns of shapes that differ before it refuses them.
        warnings.simplefilter("ignore")
        return torch.nn.functional.mse_loss(x, target, reduction=reduction)


def _longer_target(inputs: Inputs, parameters: Parameters) -> tuple[Inputs, Parameters] | None:
    target = inputs["target"]
    if target.ndim == 0 or target.shape[-1] == 1:
        return None  # these would broadcast
    more = np.zeros((*target.shape[:-1], 2), target.dtype)
    return {**inputs, "target": np.concatenate([target, more], axis=-1)}, parameters


def _unknown_reduction(inputs: Inputs, _parameters: Parameters) -> tuple[Inputs, Parameters]:
    return inputs, {"reduction": "average"}


def _with_element(name: str, number: float) -> Any:
    """Put a number into the last element of an input."""

    def spoil(inputs: Inputs, parameters: Parameters) -> tuple[Inputs, Parameters] | None:
        array = inputs[name].copy()
        if array.size == 0:
            return None
        array.reshape(-1)[-1] = number
        return {**inputs, name: array}, parameters

    return spoil


def _class_too_high(inputs: Inputs, parameters: Parameters) -> tuple[Inputs, Parameters] | None:
    classes = inputs["input"].shape[1]
    spoiled: tuple[Inputs, Parameters] | None
    spoiled = _with_element("target", classes)(inputs, parameters)
    return spoiled


def _one_target_more(inputs: Inputs, parameters: Parameters) -> tuple[Inputs, Parameters] | None:
    target = inputs["target"]
    # One sample with two targets would broadcast.
    more = np.zeros(2 if target.size == 1 else 1, target.dtype)
    return {**inputs, "target": np.concatenate([target, more])}, parameters


def _target_as_column(inputs: Inputs, parameters: Parameters) -> tuple[Inputs, Parameters]:
    return {**inputs, "target": inputs["target"][:, None]}, parameters


def _input_of_rank_three(inputs: Inputs, parameters: Parameters) -> tuple[Inputs, Parameters]:
    return {**inputs, "input": inputs["input"][None]}, parameters


_REDUCTION = Refusal("reduction-unknown", 'reduction must be "mean" or "sum"', _unknown_reduction)
_SHAPES = Refusal("target-too-long", "target must have input's shape", _longer_target)

OPERATIONS = (
    Operation(
        name="mse_loss",
        family="losses",
        formula="L = Σᵢ (xᵢ − tᵢ)² / m",
        latex=r"L = \frac{1}{m} \sum_i (x_i - t_i)^2",
        source="torch.nn.functional.mse_loss",
        inputs=(Input("input", real), Input("target", real)),
        structures=structures(_elements),
        torch=_torch_mse,
        value=_mse,
        gradients={"input": _grad_mse},
        refusals=(_SHAPES, _REDUCTION),
    ),
    Operation(
        name="binary_cross_entropy",
        family="losses",
        formula="L = −Σᵢ [tᵢ log pᵢ + (1 − tᵢ) log(1 − pᵢ)] / m",
        latex=r"L = -\frac{1}{m} \sum_i [t_i \log p_i + (1 - t_i) \log (1 - p_i)]",
        source="torch.nn.functional.binary_cross_entropy",
        inputs=(Input("input", probabilities), Input("target", probabilities)),
        structures=structures(_elements),
        torch=TorchFunction("torch.nn.functional.binary_cross_entropy"),
        value=_bce,
        gradients={"input": _grad_bce},
        refusals=(
            _SHAPES,
            _REDUCTION,
            Refusal("input-above-1", "input must be at most 1", _with_element("input", 1.5)),
            Refusal("input-below-0", "input must be at least 0", _with_element("input", -0.5)),
            Refusal("target-above-1", "target must be at most 1", _with_element("target", 1.5)),
            Refusal("target-below-0", "target must be at least 0", _with_element("target", -0.5)),
        ),
    ),
    Operation(
        name="binary_cross_entropy_with_logits",
        family="losses",
        formula="L = Σᵢ [(1 − tᵢ) xᵢ − log σ(xᵢ)] / m",
        latex=r"L = \frac{1}{m} \sum_i [(1 - t_i)\, x_i - \log \sigma(x_i)]",
        source="torch.nn.functional.binary_cross_entropy_with_logits",
        inputs=(Input("input", logits), Input("target", _soft_or_real)),
        structures=structures(_elements),
        torch=TorchFunction("torch.nn.functional.binary_cross_entropy_with_logits"),
        value=_bce_with_logits,
        gradients={"input": _grad_bce_with_logits},
        refusals=(_SHAPES, _REDUCTION),
    ),
    Operation(
        name="cross_entropy",
        family="losses",
        formula="L = −Σᵢ log softmax(xᵢ)[tᵢ] / m",
        latex=r"L = -\frac{1}{m} \sum_i \log \operatorname{softmax}(x_i)[t_i]",
        source="torch.nn.functional.cross_entropy",
        inputs=(Input("input", logits), Input("target", labels)),
        structures=structures(_samples),
        torch=TorchFunction("torch.nn.functional.cross_entropy"),
        value=_cross_entropy,
        gradients={"input": _grad_cross_entropy},
        refusals=(
            _REDUCTION,
            Refusal("class-too-high", "target must be less than classes", _class_too_high),
            Refusal("class-below-0", "target must be at least 0", _with_element("target", -1)),
            Refusal("target-too-long", "target must have one entry per sample", _one_target_more),
            Refusal("target-of-rank-2", "target must be of rank 1", _target_as_column),
            Refusal("input-of-rank-3", "input must be of rank 2", _input_of_rank_three),
        ),
    ),
)
