"""Normalization: each group of values gets mean 0 and variance 1, and is then scaled and shifted.

A group has m values: those of a channel, over samples and pixels (batch norm), or of a row (layer
norm). With G the upstream gradient, g = γ G, and all means within a group:

    μ = Σ x / m    v = Σ (x − μ)² / m    s = 1 / √(v + ε)    x̂ = (x − μ) s    y = γ x̂ + β
    grad_x = s (g − mean g − x̂ mean(g x̂))    grad_γ = Σ G x̂    grad_β = Σ G

These ways of computing are admissible. A group has a = max |x|, σ = √v and κ = |μ| / σ.

- The mean: a sum, or a running mean. An update rounds (x − μ) / k three times and μ once. A
  running mean of k values keeps 1 − 1/k of its error: e = γ_{m/2+1} a + γ₃ σ √(m/2) + mω.
- The variance: the mean of squares about the computed mean, where e enters only squared, since
  Σ (x − μ) = 0. Also Welford's updates and Chan's merges, whose Σ |δ| e is at most 4 m e σ:
  γ_{m+6} v + 4 e σ + 4 e². The textbook's mean x² − μ² errs by κ² u v, and is not admissible.
- x̂ and y: (x − μ) s, x s − μ s, and x (γ s) + (β − μ (γ s)), all with the same computed s.
- grad_x: γ inside the bracket or outside it; s/m (m g − Σ g − x̂ Σ(g x̂)); and s g + b x + c with
  b = (μ Σ g − Σ g x) s³ / m and c = −b μ − s Σ g / m. The offset κ costs the last one no more
  than it costs x − μ.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

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

Axes = tuple[int, ...]
EPS = 1e-5


@dataclass(frozen=True)
class Moments:
    """The statistics of the groups of x: d = x − μ, s, x̂, and the size of the offset, |x| + |μ|."""

    d: Ball
    s: Ball
    x_hat: Ball
    offset: Array
    axes: Axes
    m: int


# The value and the gradients of a case share them.
@lru_cache(maxsize=1)
def moments_of(x: Ball, axes: Axes, eps: float) -> Moments:
    """Return the moments of each group, with bounds that hold for every admissible way."""
    m = int(np.prod([x.shape[axis] for axis in axes]))
    mean = total(x, axis=axes, keepdims=True, divisor=m)
    square = ((x.value - mean.value) ** 2).sum(axis=axes, keepdims=True)
    v = square / x.arithmetic.arbiter(m)
    sigma = np.sqrt(v.astype(np.float64))
    omega = x.arithmetic.form.underflow
    e = gamma(m / 2 + 1, x.arithmetic) * x.absolute.max(axis=axes, keepdims=True, initial=0.0)
    e = e + gamma(3, x.arithmetic) * sigma * np.sqrt(m / 2) + m * omega
    mean = widen(mean, np.where(e > mean.bound, e - mean.bound, 0.0) if m > 1 else 0.0 * e)
    about = mean.bound * 4.0 * (sigma + mean.bound)
    error = gamma(m + 6, x.arithmetic) * sigma**2 + about + (m + 4) * omega
    # A merge with a part that is still empty squares the values themselves, which may overflow.
    merged = (x.absolute**2).sum(axis=axes, keepdims=True)
    variance = settle(v, error, x.arithmetic, np.maximum(m * (sigma**2 + error), merged))
    s = x.like(1.0) / sqrt(variance + eps)
    d = x - mean
    offset = x.absolute + mean.absolute
    far = offset * s.magnitude
    x_hat = widen(d * s, gamma(3, x.arithmetic) * far + 2 * omega, far)
    return Moments(d, s, x_hat, offset, axes, m)


def normalized(moments: Moments, weight: Ball, bias: Ball) -> Ball:
    """Return the value γ x̂ + β, for every admissible way to x̂."""
    arithmetic = weight.arithmetic
    y = multiply(moments.d, moments.s, weight) + bias
    near = moments.offset * moments.s.magnitude
    far = near * weight.magnitude
    folded = gamma(4, arithmetic) * far + gamma(2, arithmetic) * bias.magnitude
    underflow = 4.0 * arithmetic.form.underflow * (1.0 + weight.magnitude + moments.offset)
    y = widen(y, folded + underflow, np.maximum(near, far + bias.magnitude))
    # With an infinite γ, x (γ s) − μ (γ s) is NaN where (x − μ) (γ s) is infinite.
    return disclaim(y, np.isinf(weight.value) & ~np.isnan(y.value))


def _grad_x(grad_output: Ball, moments: Moments, weight: Ball, vague: Array) -> Ball:
    """Return the gradient s (g − mean g − x̂ mean(g x̂)), for every admissible way."""
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
    # The sums Σ g x, and Σ G where γ comes last, may overflow or underflow.
    scale = np.broadcast_to(weight.magnitude, g.shape).max(axis=axes, keepdims=True, initial=0.0)
    largest = moments.offset.max(axis=axes, keepdims=True, initial=1.0)
    grown = (1.0 + s.magnitude) ** 3 * (1.0 + scale) * largest
    way = (g.magnitude + grad_output.magnitude).sum(axis=axes, keepdims=True) * m * grown
    floor = 16.0 * arithmetic.form.underflow * grown * largest
    return disclaim(widen(bracket * s, floor + np.zeros(g.shape), way), vague)


def _vague(grad_output: Ball, x: Ball, weight: Ball, axes: Axes) -> Array:
    """Return a mask of groups with an infinite γ or G, where ±∞ or NaN depends on the formula."""
    scale = np.broadcast_to(weight.value, x.shape)
    infinite = np.isinf(grad_output.value) | np.isinf(scale)
    certain = np.isnan(grad_output.value) | np.isnan(scale) | ~np.isfinite(x.value)
    group = infinite.any(axis=axes, keepdims=True) & ~certain.any(axis=axes, keepdims=True)
    return np.broadcast_to(group, x.shape)


def gradients_of(
    grad_output: Ball, x: Ball, weight: Ball, *, within: Axes, across: Axes, eps: float
) -> Mapping[str, Ball]:
    """Return all gradients; groups extend along `within`, and γ is shared along `across`."""
    moments = moments_of(x, within, eps)
    vague = _vague(grad_output, x, weight, within)
    grad_weight = total(grad_output * moments.x_hat, axis=across)
    # G s may underflow, and so may G x and G μ where s comes last.
    rounded = (grad_output.magnitude != 0) * (1.0 + moments.s.magnitude + moments.offset)
    floor = 4.0 * x.arithmetic.form.underflow * rounded.sum(axis=across)
    grad_weight = widen(grad_weight, floor)
    if within == across and x.value.size:
        # Within a group s is one number, which may come last.
        s = moments.s.reshape(*grad_weight.shape)
        grad_weight = either(grad_weight, total(grad_output * moments.d, axis=across) * s)
    return {
        "x": _grad_x(grad_output, moments, weight, vague),
        "weight": grad_weight,
        "bias": total(grad_output, axis=across),
    }
