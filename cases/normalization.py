"""Normalization: groups of values are given mean 0 and variance 1, then scaled and shifted.

A group is a channel, over samples and pixels (batch norm), or a row (layer norm); it has m
values. With G the upstream gradient, g = γ G, and all means within a group:

    μ = Σ x / m    v = Σ (x − μ)² / m    s = 1 / √(v + ε)    x̂ = (x − μ) s    y = γ x̂ + β
    grad_x = s (g − mean g − x̂ mean(g x̂))    grad_γ = Σ G x̂    grad_β = Σ G

What is admissible, of a group with a = max |x|, σ = √v and κ = |μ| / σ:

- The mean: a sum, or a running mean. An update rounds (x − μ) / k three times and μ once, and a
  running mean of k values keeps 1 − 1/k of its error: e = γ_{m/2+1} a + γ₃ σ √(m/2) + mω.
- The variance: the mean of squares about the computed mean, where e enters squared only, since
  Σ (x − μ) = 0; Welford's updates and Chan's merges, whose Σ |δ| e is 4 m e σ at most:
  γ_{m+6} v + 4 e σ + 4 e². The textbook's mean x² − μ² errs by κ² u v, and is not admissible.
- x̂ and y: (x − μ) s, x s − μ s, and x (γ s) + (β − μ (γ s)), whose s is one and the same.
- grad_x: γ inside the bracket or outside it; s/m (m g − Σ g − x̂ Σ(g x̂)); and s g + b x + c with
  b = (μ Σ g − Σ g x) s³ / m and c = −b μ − s Σ g / m, which lets no more of the offset κ through
  than x − μ does.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from conformance.bounds import (
    Array,
    Ball,
    disclaim,
    either,
    gamma,
    multiply,
    settle,
    sqrt,
    stack,
    total,
    widen,
)
from conformance.spec import (
    SPECIAL_REGIMES,
    Input,
    Inputs,
    Operation,
    Parameters,
    Part,
    Refusal,
    Shape,
    Structure,
    Tensor,
    mostly_normal,
    structures,
    torch,
)

Axes = tuple[int, ...]
Spoil = Callable[[Inputs, Parameters], tuple[Inputs, Parameters] | None]

_EPS = 1e-5
_CHOICES = st.sampled_from([{}, {"eps": 1e-5}, {"eps": 1e-3}, {"eps": 0.1}, {"eps": 1.0}])
# Rows that are empty, alone, and long enough to be worked on in blocks of four and eight.
_ROWS = (1, 2, 3, 4, 5, 0, 8, 11)


def _channels(draw: DrawFn) -> tuple[dict[str, Any], dict[str, Any]]:
    c = draw(st.sampled_from([1, 2, 3, 4]))
    n = draw(st.sampled_from([1, 2, 3, 4, c]))
    sizes = st.sampled_from([1, 2, 3, c])
    pixels = [draw(sizes) for _ in range(draw(st.integers(0, 2)))]
    if n * int(np.prod(pixels)) == 1:
        n = 2  # one value has no variance
    if pixels and draw(st.integers(0, 9)) == 0:
        pixels[-1] = 0
    return {"x": (n, c, *pixels), "weight": (c,), "bias": (c,)}, draw(_CHOICES)


def _rows(draw: DrawFn) -> tuple[dict[str, Any], dict[str, Any]]:
    d = draw(st.sampled_from(_ROWS))
    # As many rows as values on purpose: in a square a transposed result has the right shape.
    sizes = st.sampled_from([1, 2, 3, 4, 0, d, d, d])
    others = [draw(sizes) for _ in range(draw(st.sampled_from([1, 0, 2])))]
    return {"x": (*others, d), "weight": (d,), "bias": (d,)}, draw(_CHOICES)


def _offset(rng: Any, shape: Shape, dtype: str, regime: str, structure: Structure) -> Array:
    """Real numbers, often with a mean far larger than their spread, or a spread near √ε."""
    array = mostly_normal(rng, shape, dtype, regime, structure)
    plain = regime in SPECIAL_REGIMES and rng.random() < 0.5
    if regime in {"normal", "integers", *SPECIAL_REGIMES} and not plain:
        scale = (1.0, 1.0, 2.0**-6, 2.0**5)[int(rng.integers(0, 4))]
        offset = (0.0, -300.0, 8.0, -100.0, 1e3)[int(rng.integers(0, 5))]
        with np.errstate(over="ignore"):
            array = (array * scale + offset).astype(dtype)
    return array


def _size(x: Ball) -> Array:
    return np.abs(x.value).astype(np.float64)


@dataclass(frozen=True)
class _Moments:
    """What is known of the groups of x: d = x − μ, s, x̂, and |x| + |μ|, the size of the offset."""

    d: Ball
    s: Ball
    x_hat: Ball
    offset: Array
    axes: Axes
    m: int


def _moments(x: Ball, axes: Axes, eps: float) -> _Moments:
    """The moments of each group, by any of the admissible ways."""
    m = int(np.prod([x.shape[axis] for axis in axes]))
    mean = total(x, axis=axes, keepdims=True, divisor=m)
    square = ((x.value - mean.value) ** 2).sum(axis=axes, keepdims=True)
    v = square / x.arithmetic.arbiter(m)
    sigma = np.sqrt(v.astype(np.float64))
    omega = x.arithmetic.form.underflow
    e = gamma(m / 2 + 1, x.arithmetic) * _size(x).max(axis=axes, keepdims=True, initial=0.0)
    e = e + gamma(3, x.arithmetic) * sigma * np.sqrt(m / 2) + m * omega
    mean = widen(mean, np.where(e > mean.bound, e - mean.bound, 0.0) if m > 1 else 0.0 * e)
    about = mean.bound * 4.0 * (sigma + mean.bound)
    error = gamma(m + 6, x.arithmetic) * sigma**2 + about + (m + 4) * omega
    # A merge with a part that is still empty squares the values themselves.
    merged = (_size(x) ** 2).sum(axis=axes, keepdims=True)
    variance = settle(v, error, x.arithmetic, np.maximum(m * (sigma**2 + error), merged))
    s = x.like(1.0) / sqrt(variance + eps)
    d = x - mean
    offset = _size(x) + _size(mean)
    far = offset * s.magnitude
    x_hat = widen(d * s, gamma(3, x.arithmetic) * far + 2 * omega, far)
    return _Moments(d, s, x_hat, offset, axes, m)


def _normalized(moments: _Moments, weight: Ball, bias: Ball) -> Ball:
    """The value γ x̂ + β, x̂ in one of its ways."""
    arithmetic = weight.arithmetic
    y = multiply(moments.d, moments.s, weight) + bias
    near = moments.offset * moments.s.magnitude
    far = near * weight.magnitude
    folded = gamma(4, arithmetic) * far + gamma(2, arithmetic) * bias.magnitude
    underflow = 4.0 * arithmetic.form.underflow * (1.0 + weight.magnitude + moments.offset)
    y = widen(y, folded + underflow, np.maximum(near, far + bias.magnitude))
    # With an infinite γ, x (γ s) − μ (γ s) is no number, where (x − μ) (γ s) is infinite.
    return disclaim(y, np.isinf(weight.value) & ~np.isnan(y.value))


def _grad_x(grad_output: Ball, moments: _Moments, weight: Ball, vague: Array) -> Ball:
    """The gradient s (g − mean g − x̂ mean(g x̂)), and whatever is as good."""
    arithmetic, axes, m = weight.arithmetic, moments.axes, moments.m
    s, x_hat = moments.s, moments.x_hat
    offset = moments.offset * s.magnitude
    g = grad_output * weight
    mean_g = total(g, axis=axes, keepdims=True, divisor=m)
    inner = total(g * x_hat, axis=axes, keepdims=True, divisor=m)
    met = (g.magnitude * offset).sum(axis=axes, keepdims=True)
    inner = widen(inner, gamma(m + 3, arithmetic) * met / max(m, 1))
    shifted = [g, -mean_g.map(lambda a: np.broadcast_to(a, g.shape)), -(x_hat * inner)]
    bracket = total(stack(shifted), axis=0)
    folded = inner.magnitude * (gamma(5, arithmetic) * (x_hat.magnitude + offset))
    bracket = widen(bracket, gamma(2, arithmetic) * g.magnitude + folded)
    # On their way, the sums Σ g x and, with γ left for the end, Σ G may overflow or underflow.
    scale = np.broadcast_to(weight.magnitude, g.shape).max(axis=axes, keepdims=True, initial=0.0)
    largest = moments.offset.max(axis=axes, keepdims=True, initial=1.0)
    grown = (1.0 + s.magnitude) ** 3 * (1.0 + scale) * largest
    way = (g.magnitude + grad_output.magnitude).sum(axis=axes, keepdims=True) * m * grown
    floor = 16.0 * arithmetic.form.underflow * grown * largest
    return disclaim(widen(bracket * s, floor + np.zeros(g.shape), way), vague)


def _vague(grad_output: Ball, x: Ball, weight: Ball, axes: Axes) -> Array:
    """Groups with an infinite γ or G: whether an element is ±∞ or NaN depends on the formula."""
    scale = np.broadcast_to(weight.value, x.shape)
    infinite = np.isinf(grad_output.value) | np.isinf(scale)
    certain = np.isnan(grad_output.value) | np.isnan(scale) | ~np.isfinite(x.value)
    group = infinite.any(axis=axes, keepdims=True) & ~certain.any(axis=axes, keepdims=True)
    return np.broadcast_to(group, x.shape)


def _gradients(
    grad_output: Ball, x: Ball, weight: Ball, *, within: Axes, across: Axes, eps: float
) -> Mapping[str, Ball]:
    """All gradients; groups extend along `within`, and a γ serves all positions `across`."""
    moments = _moments(x, within, eps)
    vague = _vague(grad_output, x, weight, within)
    grad_weight = total(grad_output * moments.x_hat, axis=across)
    # G x and G μ, multiplied by s at last, may underflow before; so may G s.
    rounded = (grad_output.magnitude != 0) * (1.0 + moments.s.magnitude + moments.offset)
    floor = 4.0 * x.arithmetic.form.underflow * rounded.sum(axis=across)
    grad_weight = widen(grad_weight, floor)
    if within == across and x.value.size:
        # Within a group s is one number, and may be left for the end.
        s = moments.s.reshape(*grad_weight.shape)
        grad_weight = either(grad_weight, total(grad_output * moments.d, axis=across) * s)
    return {
        "x": _grad_x(grad_output, moments, weight, vague),
        "weight": grad_weight,
        "bias": total(grad_output, axis=across),
    }


def _along_channels(parameter: Ball, x: Ball) -> Ball:
    return parameter.reshape(-1, *(1,) * (len(x.shape) - 2))


def _batch_norm(x: Ball, weight: Ball, bias: Ball, eps: float = _EPS) -> Ball:
    scale, shift = _along_channels(weight, x), _along_channels(bias, x)
    return _normalized(_moments(x, (0, *range(2, len(x.shape))), eps), scale, shift)


def _batch_backward(
    grad_output: Ball, x: Ball, weight: Ball, _bias: Ball, eps: float = _EPS
) -> Mapping[str, Ball]:
    axes = (0, *range(2, len(x.shape)))
    scale = _along_channels(weight, x)
    return _gradients(grad_output, x, scale, within=axes, across=axes, eps=eps)


def _layer_norm(x: Ball, weight: Ball, bias: Ball, eps: float = _EPS) -> Ball:
    return _normalized(_moments(x, (-1,), eps), weight, bias)


def _layer_backward(
    grad_output: Ball, x: Ball, weight: Ball, _bias: Ball, eps: float = _EPS
) -> Mapping[str, Ball]:
    others = tuple(range(len(x.shape) - 1))
    return _gradients(grad_output, x, weight, within=(-1,), across=others, eps=eps)


def _torch_batch_norm(x: Tensor, weight: Tensor, bias: Tensor, eps: float = _EPS) -> Tensor:
    return torch.nn.functional.batch_norm(x, None, None, weight, bias, training=True, eps=eps)


def _torch_layer_norm(x: Tensor, weight: Tensor, bias: Tensor, eps: float = _EPS) -> Tensor:
    return torch.nn.functional.layer_norm(x, x.shape[-1:], weight, bias, eps)


def _with_shape(name: str, reshaped: Callable[[Inputs], Shape | None]) -> Spoil:
    """Replace an input by ones of another shape, or give up where there is none."""

    def spoil(inputs: Inputs, parameters: Parameters) -> tuple[Inputs, Parameters] | None:
        shape = reshaped(inputs)
        # Of no values at all, torch takes any weight and bias.
        if shape is None or inputs["x"].size == 0:
            return None
        return {**inputs, name: np.ones(shape, inputs[name].dtype)}, parameters

    return spoil


def _longer(name: str) -> Spoil:
    # Two more, never from zero or one to something that would broadcast.
    return _with_shape(name, lambda inputs: (inputs[name].size + 2,))


def _one(name: str) -> Spoil:
    return _with_shape(name, lambda inputs: None if inputs[name].size == 1 else (1,))


def _with_eps(eps: float) -> Spoil:
    return lambda inputs, parameters: (inputs, {**parameters, "eps": eps})


_ONE_VALUE = _with_shape("x", lambda inputs: (1, *inputs["weight"].shape))
_RANK_ONE = _with_shape("x", lambda inputs: inputs["weight"].shape)
_PARAMETERS = tuple(
    Refusal(f"{name}-{what}", f"{name} must have one entry per channel", spoil(name))
    for what, spoil in (("too-long", _longer), ("of-one", _one))
    for name in ("weight", "bias")
)


def _parts(backward: Callable[..., Mapping[str, Ball]]) -> dict[str, Part]:
    return {name: Part(backward, name) for name in ("x", "weight", "bias")}


_LATEX = (
    r"y = \gamma \frac{x - \mu}{\sqrt{v + \varepsilon}} + \beta, "
    r"\quad \mu \text{ and } v \text{ of each %s}"
)

OPERATIONS: tuple[Operation, ...] = (
    Operation(
        name="batch_norm",
        family="normalization",
        formula="y = γ (x − μ) / √(v + ε) + β, μ and v of each channel",
        latex=_LATEX % "channel",
        source="torch.nn.functional.batch_norm, training=True",
        inputs=(Input("x", _offset), Input("weight", mostly_normal), Input("bias", mostly_normal)),
        structures=structures(_channels),
        torch=_torch_batch_norm,
        value=_batch_norm,
        gradients=_parts(_batch_backward),
        refusals=(
            *_PARAMETERS,
            Refusal("one-value", "a channel must have more than one value", _ONE_VALUE),
            Refusal("x-of-rank-1", "x must be of rank 2 at least", _RANK_ONE),
            Refusal("eps-zero", "eps must be positive", _with_eps(0.0)),
            Refusal("eps-negative", "eps must be positive", _with_eps(-1e-5)),
        ),
    ),
    Operation(
        name="layer_norm",
        family="normalization",
        formula="y = γ (x − μ) / √(v + ε) + β, μ and v of each row",
        latex=_LATEX % "row",
        source="torch.nn.functional.layer_norm, over the last axis",
        inputs=(Input("x", _offset), Input("weight", mostly_normal), Input("bias", mostly_normal)),
        structures=structures(_rows),
        torch=_torch_layer_norm,
        value=_layer_norm,
        gradients=_parts(_layer_backward),
        refusals=(
            *_PARAMETERS,
            Refusal("x-of-rank-0", "x must have an axis", _with_shape("x", lambda _inputs: ())),
        ),
    ),
)
