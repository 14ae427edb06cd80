"""Normalization with other statistics: the wrong variance, over the wrong axes."""

from collections.abc import Callable
from typing import Any

import numpy as np

from conformance.bounds import Array
from conformance.spec import Functions, Wrong

Axes = tuple[int, ...]
Statistics = Callable[[Array, Axes, float], tuple[Array, Array]]
EPS = 1e-5


def group(operation: str, x: Array) -> Axes:
    """Return the axes over which the contract takes the mean."""
    return (-1,) if operation == "layer_norm" else (0, *range(2, x.ndim))


def shaped(operation: str, parameter: Array, x: Array) -> Array:
    """Return a weight or bias in a shape that broadcasts with x."""
    if operation == "layer_norm":
        return parameter
    return parameter.reshape(-1, *(1,) * (x.ndim - 2))


def forward(operation: str, statistics: Statistics) -> Wrong:
    """Return a mistake that computes the operation with another μ and another 1 / √(v + ε)."""

    def replaced(right: Any) -> Functions:
        def wrong(x: Array, weight: Array, bias: Array, *, eps: float = EPS) -> Array:
            getattr(right, operation)(x, weight, bias, eps=eps)  # it refuses invalid inputs
            gamma, beta = (shaped(operation, parameter, x) for parameter in (weight, bias))
            with np.errstate(all="ignore"):
                mu, scale = statistics(x, group(operation, x), eps)
                result: Array = (gamma * ((x - mu) * scale) + beta).astype(x.dtype)
            return result

        return {operation: wrong}

    return replaced


def mean(x: Array, axes: Axes, fewer: int = 0) -> Array:
    """Return Σ x / (m − fewer); NumPy's own mean warns where there is nothing to sum."""
    count = np.asarray(np.prod([x.shape[axis] for axis in axes]) - fewer, x.dtype)
    result: Array = x.sum(axis=axes, keepdims=True) / count
    return result


def variance(x: Array, axes: Axes, fewer: int = 0) -> Array:
    """Return the mean of squares about the mean."""
    return mean((x - mean(x, axes)) ** 2, axes, fewer)


def unbiased(x: Array, axes: Axes, eps: float) -> tuple[Array, Array]:
    """Return statistics whose variance is divided by m − 1."""
    return mean(x, axes), 1 / np.sqrt(variance(x, axes, fewer=1) + eps)


def eps_outside(x: Array, axes: Axes, eps: float) -> tuple[Array, Array]:
    """Return the mean and √var + ε, where √(var + ε) is right."""
    return mean(x, axes), 1 / (np.sqrt(variance(x, axes)) + eps)


def eps_fixed(x: Array, axes: Axes, _eps: float) -> tuple[Array, Array]:
    """Return statistics whose ε is always 1e-5."""
    return mean(x, axes), 1 / np.sqrt(variance(x, axes) + EPS)


def textbook(x: Array, axes: Axes, eps: float) -> tuple[Array, Array]:
    """Return statistics whose variance is mean x² − μ²."""
    mu = mean(x, axes)
    biased = np.maximum(mean(x * x, axes) - mu * mu, 0)
    return mu, 1 / np.sqrt(biased + x.dtype.type(eps))


def variance_not_rooted(x: Array, axes: Axes, eps: float) -> tuple[Array, Array]:
    """Return statistics without the root: 1 / (v + ε)."""
    return mean(x, axes), 1 / (variance(x, axes) + eps)


def not_centred(x: Array, axes: Axes, eps: float) -> tuple[Array, Array]:
    """Return statistics with μ = 0."""
    return np.zeros((), x.dtype), 1 / np.sqrt(variance(x, axes) + eps)


def about_zero(x: Array, axes: Axes, eps: float) -> tuple[Array, Array]:
    """Return statistics with mean x² as the variance."""
    return mean(x, axes), 1 / np.sqrt(mean(x * x, axes) + eps)


def by_sample(x: Array, axes: Axes, eps: float) -> tuple[Array, Array]:
    """Return the statistics of each sample, as in instance normalization."""
    own = tuple(axis for axis in axes if axis != 0) or (1,)
    return mean(x, own), 1 / np.sqrt(variance(x, own) + eps)


def all_channels(x: Array, _axes: Axes, eps: float) -> tuple[Array, Array]:
    """Return the statistics of all values together."""
    everything = tuple(range(x.ndim))
    return mean(x, everything), 1 / np.sqrt(variance(x, everything) + eps)


def first_axis(x: Array, _axes: Axes, eps: float) -> tuple[Array, Array]:
    """Return the statistics over the samples alone."""
    return mean(x, (0,)), 1 / np.sqrt(variance(x, (0,)) + eps)
