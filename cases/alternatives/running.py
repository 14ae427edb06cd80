"""Statistics updated value by value (Welford), or merged (Chan); a running softmax.

None needs a group as a whole. That is right, since an update loses no more of the spread than a
second pass does, and scaling a sum of powers makes its errors smaller with it.
"""

import numpy as np

from conformance.bounds import Array

from ._common import along_channels, check_batch, check_layer, check_rows, quiet


@quiet
def softmax(x: Array) -> Array:
    """Return e^(x − m) / S, with the last m and S."""
    check_rows(x)
    m, powers = _running_powers(x)
    y: Array = np.exp(x - m) / powers
    return y


@quiet
def softmax_backward(g: Array, x: Array) -> Array:
    """Return p (g − Σ g p)."""
    check_rows(x, g)
    p = softmax(x)
    grad_x: Array = p * (g - (p * g).sum(axis=-1, keepdims=True))
    return grad_x


@quiet
def log_softmax(x: Array) -> Array:
    """Return (x − m) − log S."""
    check_rows(x)
    m, powers = _running_powers(x)
    y: Array = (x - m) - np.log(powers)
    return y


@quiet
def log_softmax_backward(g: Array, x: Array) -> Array:
    """Return g − p Σ g."""
    check_rows(x, g)
    grad_x: Array = g - softmax(x) * g.sum(axis=-1, keepdims=True)
    return grad_x


@quiet
def batch_norm(x: Array, weight: Array, bias: Array, *, eps: float = 1e-5) -> Array:
    """Return γ (X − μ) s + β, each sample's pixels merged into the statistics of its channel."""
    check_batch(x, weight, bias, eps)
    mean, s = _merged(x, eps)
    y: Array = (x - mean) * (s * along_channels(weight, x)) + along_channels(bias, x)
    return y


@quiet
def batch_norm_backward(
    g: Array, x: Array, weight: Array, bias: Array, *, eps: float = 1e-5
) -> tuple[Array, ...]:
    """Return γ s ((G − X̂ mean G X̂) − mean G), and the gradients of γ and β."""
    axes = check_batch(x, weight, bias, eps, g)
    mean, s = _merged(x, eps)
    x_hat, count = (x - mean) * s, x.size // x.shape[1]
    grad_weight, grad_bias = (g * x_hat).sum(axis=axes), g.sum(axis=axes)
    along = along_channels(grad_weight / count, x), along_channels(grad_bias / count, x)
    bracket = (g - x_hat * along[0]) - along[1]
    return along_channels(weight, x) * s * bracket, grad_weight, grad_bias


@quiet
def layer_norm(x: Array, weight: Array, bias: Array, *, eps: float = 1e-5) -> Array:
    """Return γ (X − μ) s + β, with statistics updated by each value of the row."""
    check_layer(x, weight, bias)
    mean, s = _updated(x, eps)
    return (x - mean) * s * weight + bias


@quiet
def layer_norm_backward(
    g: Array, x: Array, weight: Array, bias: Array, *, eps: float = 1e-5
) -> tuple[Array, ...]:
    """Return s (γG − mean γG − X̂ mean γG X̂)."""
    others = check_layer(x, weight, bias, g)
    mean, s = _updated(x, eps)
    x_hat, on_hat = (x - mean) * s, g * weight
    bracket = on_hat - _running_mean(on_hat) - x_hat * _running_mean(on_hat * x_hat)
    return s * bracket, (x_hat * g).sum(axis=others), g.sum(axis=others)


def _running_powers(x: Array) -> tuple[Array, Array]:
    """Return m and S = Σ e^(x − m): where a value exceeds m, S is scaled by e^(m − value)."""
    m = np.full((*x.shape[:-1], 1), -np.inf, x.dtype)
    powers = np.zeros_like(m)
    for k in range(x.shape[-1]):
        value = x[..., k : k + 1]
        above = np.maximum(m, value)
        # As long as all values are −∞, their difference is NaN.
        none = above == -np.inf
        powers = np.where(none, 0, powers * np.exp(m - above) + np.exp(value - above))
        m = above
    return m, powers


def _updated(x: Array, eps: float) -> tuple[Array, Array]:
    """Return μ and s of each row: μ ← μ + (x − μ) / k, M ← M + (x − μ) (x − new μ)."""
    mean = np.zeros((*x.shape[:-1], 1), x.dtype)
    squares = np.zeros_like(mean)
    for k in range(x.shape[-1]):
        value = x[..., k : k + 1]
        delta = value - mean
        mean = mean + delta / (k + 1)
        squares = squares + delta * (value - mean)
    return mean, 1 / np.sqrt(squares / max(x.shape[-1], 1) + eps)


def _running_mean(x: Array) -> Array:
    mean = np.zeros((*x.shape[:-1], 1), x.dtype)
    for k in range(x.shape[-1]):
        mean = mean + (x[..., k : k + 1] - mean) / (k + 1)
    return mean


def _merged(x: Array, eps: float) -> tuple[Array, Array]:
    """Return μ and s of each channel: m, μ and M of each sample merged with the previous ones."""
    by_sample = x.reshape(*x.shape[:2], x[:1, :1].size)
    m = by_sample.shape[2]
    mean, squares = np.zeros((2, x.shape[1]), x.dtype)
    for k, pixels in enumerate(by_sample):
        own = pixels.sum(axis=1) / m
        delta = own - mean
        mean = mean + delta / (k + 1)
        squares = squares + ((pixels - own[:, None]) ** 2).sum(axis=1)
        squares = squares + delta * delta * (m * k / (k + 1))
    s = 1 / np.sqrt(squares / (len(x) * m) + eps)
    return along_channels(mean, x), along_channels(s, x)
