"""Formulas that join several steps: biases in the product, scale and shift folded.

Each is an identity that loses no more precision than its parts. The losses' gradients are closed
forms, not chains of gradients.
"""

from typing import Any

import numpy as np

from conformance.bounds import Array

from ._common import (
    along_channels,
    check_batch,
    check_classes,
    check_elements,
    check_layer,
    check_linear,
    check_probabilities,
    check_rows,
    quiet,
    require_shapes,
)
from ._recurrent import GRU, LSTM, cell, sequence

_LOG_FLOOR = -100
_VARIANCE_FLOOR = float(np.float32(1e-12))


@quiet
def linear(x: Array, weight: Array, bias: Array) -> Array:
    """Return X Wᵀ + b as one product: [X, 1] [W, b]ᵀ."""
    check_linear(x, weight, bias)
    y: Array = _with_ones(x) @ np.concatenate([weight, bias[:, None]], axis=1).T
    return y


@quiet
def linear_backward(g: Array, x: Array, weight: Array, bias: Array) -> tuple[Array, ...]:
    """Return G W, and Gᵀ [X, 1]: the gradients of the weight and of the bias."""
    check_linear(x, weight, bias, g)
    both = g.T @ _with_ones(x)
    return g @ weight, both[:, :-1], both[:, -1]


@quiet
def sigmoid(x: Array) -> Array:
    """Return 1 / (1 + e^−x)."""
    y: Array = 1 / (1 + np.exp(-x))
    return y


@quiet
def sigmoid_backward(g: Array, x: Array) -> Array:
    """Return g (σ(x) σ(−x))."""
    require_shapes(grad_output=(g, x.shape))
    grad_x: Array = g * (sigmoid(x) * sigmoid(-x))
    return grad_x


@quiet
def tanh(x: Array) -> Array:
    """Return NumPy's tanh."""
    return np.tanh(x)


@quiet
def tanh_backward(g: Array, x: Array) -> Array:
    """Return g (1 − a) (1 + a)."""
    require_shapes(grad_output=(g, x.shape))
    a = np.tanh(x)
    grad_x: Array = g * (1 - a) * (1 + a)
    return grad_x


def relu(x: Array) -> Array:
    """Return x with its negative elements zero."""
    return np.where(x < 0, 0, x)


def relu_backward(g: Array, x: Array) -> Array:
    """Return g with zeros where x is not positive."""
    require_shapes(grad_output=(g, x.shape))
    grad_x = g.copy()
    grad_x[x <= 0] = 0
    return grad_x


@quiet
def softmax(x: Array) -> Array:
    """Return e^(d − log Σ e^d)."""
    check_rows(x)
    d = x - x.max(axis=-1, keepdims=True, initial=-np.inf)
    y: Array = np.exp(d - np.log(np.exp(d).sum(axis=-1, keepdims=True)))
    return y


@quiet
def softmax_backward(g: Array, x: Array) -> Array:
    """Return p (g − Σ p g), where p = softmax(x), over the last axis."""
    check_rows(x, g)
    shares = softmax(x) * g
    grad_x: Array = shares - softmax(x) * shares.sum(axis=-1, keepdims=True)
    return grad_x


@quiet
def log_softmax(x: Array) -> Array:
    """Return x − (m + log Σ e^(x − m))."""
    check_rows(x)
    m = x.max(axis=-1, keepdims=True, initial=-np.inf)
    y: Array = x - (m + np.log(np.exp(x - m).sum(axis=-1, keepdims=True)))
    return y


@quiet
def log_softmax_backward(g: Array, x: Array) -> Array:
    """Return g − e^(log p) Σ g."""
    check_rows(x, g)
    grad_x: Array = g - np.exp(log_softmax(x)) * g.sum(axis=-1, keepdims=True)
    return grad_x


@quiet
def mse_loss(x: Array, target: Array, *, reduction: str = "mean") -> Array:
    """Return the product of d with itself, divided by n."""
    count = check_elements(x, target, reduction)
    d = (x - target).ravel()
    loss: Array = np.dot(d, d) / x.dtype.type(count)
    return loss


@quiet
def mse_loss_backward(g: Array, x: Array, target: Array, *, reduction: str = "mean") -> Array:
    """Return (2 g / n) d, the number first."""
    count = max(check_elements(x, target, reduction), 1)
    grad_x: Array = (2 * g / x.dtype.type(count)) * (x - target)
    return grad_x


@quiet
def binary_cross_entropy(x: Array, target: Array, *, reduction: str = "mean") -> Array:
    """Return −(t · log p + (1 − t) · log(1 − p)) / n, with 1 − p computed first."""
    count = check_probabilities(x, target, reduction)
    log_p, log_q = (np.maximum(np.log(p), _LOG_FLOOR).ravel() for p in (x, 1 - x))
    t = target.ravel()
    loss: Array = -(np.dot(t, log_p) + np.dot(1 - t, log_q)) / x.dtype.type(count)
    return loss


@quiet
def binary_cross_entropy_backward(
    g: Array, x: Array, target: Array, *, reduction: str = "mean"
) -> Array:
    """Return (1 − t) / (1 − p) − t / p, but not for a variance near its floor."""
    share = g / x.dtype.type(max(check_probabilities(x, target, reduction), 1))
    variance = x * (1 - x)
    floored = (x - target) / np.maximum(variance, _VARIANCE_FLOOR)
    apart = (1 - target) / (1 - x) - target / x
    grad_x: Array = np.where(variance > 4 * _VARIANCE_FLOOR, apart, floored) * share
    return grad_x


@quiet
def binary_cross_entropy_with_logits(x: Array, target: Array, *, reduction: str = "mean") -> Array:
    """Return Σ t s(−x) + (1 − t) s(x), with s(x) = log(e⁰ + eˣ)."""
    count = check_elements(x, target, reduction)
    above, below = (np.logaddexp(0, z).ravel() for z in (x, -x))
    t = target.ravel()
    loss: Array = np.asarray((t * below + (1 - t) * above).sum() / x.dtype.type(count))
    return loss


@quiet
def binary_cross_entropy_with_logits_backward(
    g: Array, x: Array, target: Array, *, reduction: str = "mean"
) -> Array:
    """Return ((1 − t) σ(x) − t σ(−x)) (g / n)."""
    share = g / x.dtype.type(max(check_elements(x, target, reduction), 1))
    grad_x: Array = share * ((1 - target) * sigmoid(x) - target * sigmoid(-x))
    return grad_x


@quiet
def cross_entropy(x: Array, target: Array, *, reduction: str = "mean") -> Array:
    """Return the sum of (m + log Σ e^(x − m)) − x at the true classes."""
    count = check_classes(x, target, reduction)
    m = x.max(axis=1, initial=-np.inf)
    log_sums = m + np.log(np.exp(x - m[:, None]).sum(axis=1))
    losses = log_sums - x[np.arange(len(x)), target]
    loss: Array = np.asarray(losses.sum() / x.dtype.type(count))
    return loss


@quiet
def cross_entropy_backward(g: Array, x: Array, target: Array, *, reduction: str = "mean") -> Array:
    """Return (p − onehot) (g / n)."""
    share = g / x.dtype.type(max(check_classes(x, target, reduction), 1))
    onehot = np.arange(x.shape[1]) == target[:, None]
    grad_x: Array = (softmax(x) - onehot) * share
    return grad_x


@quiet
def batch_norm(x: Array, weight: Array, bias: Array, *, eps: float = 1e-5) -> Array:
    """Return X a + b, with a = γ s and b = β − μ a: a scale and a shift for each channel."""
    axes = check_batch(x, weight, bias, eps)
    mean, s = _statistics(x, axes, eps)
    scale = along_channels(weight, x) * s
    y: Array = x * scale + (along_channels(bias, x) - mean * scale)
    return y


@quiet
def batch_norm_backward(
    g: Array, x: Array, weight: Array, bias: Array, *, eps: float = 1e-5
) -> tuple[Array, ...]:
    """Return (γ s / m) (m G − Σ G − X̂ Σ G X̂), where γ, and s in Σ G X̂, come last."""
    axes = check_batch(x, weight, bias, eps, g)
    mean, s = _statistics(x, axes, eps)
    centred, count = x - mean, x.size // x.shape[1]
    grad_bias = g.sum(axis=axes, keepdims=True)
    grad_weight = (g * centred).sum(axis=axes, keepdims=True) * s
    bracket = count * g - grad_bias - centred * (s * grad_weight)
    grad_x = along_channels(weight, x) * s / count * bracket
    return grad_x, grad_weight.ravel(), grad_bias.ravel()


@quiet
def layer_norm(x: Array, weight: Array, bias: Array, *, eps: float = 1e-5) -> Array:
    """Return γ (X s − μ s) + β."""
    check_layer(x, weight, bias)
    mean, s = _statistics(x, (-1,), eps)
    y: Array = (x * s - mean * s) * weight + bias
    return y


@quiet
def layer_norm_backward(
    g: Array, x: Array, weight: Array, bias: Array, *, eps: float = 1e-5
) -> tuple[Array, ...]:
    """Return s γG + b X + c, with b = (μ Σ γG − Σ γG X) s³ / m and c = −b μ − s Σ γG / m."""
    others = check_layer(x, weight, bias, g)
    mean, s = _statistics(x, (-1,), eps)
    by_value = g * weight
    total = by_value.sum(axis=-1, keepdims=True)
    inner = (by_value * x).sum(axis=-1, keepdims=True)
    count = max(x.shape[-1], 1)
    b = (mean * total - inner) * s * s * s / count
    shift = -b * mean - s * total / count
    x_hat = (x - mean) * s
    return s * by_value + b * x + shift, (g * x_hat).sum(axis=others), g.sum(axis=others)


def _statistics(x: Array, axes: tuple[int, ...], eps: float) -> tuple[Array, Array]:
    """Return μ and 1 / √(v + ε), with v the mean of (x − μ)²."""
    total = x.sum(axis=axes, keepdims=True)
    # Without values the statistics are finite: times an empty sum they are zero.
    count = max(x.size // max(total.size, 1), 1)
    mean = total / count
    v = ((x - mean) ** 2).sum(axis=axes, keepdims=True) / count
    return mean, 1 / np.sqrt(v + eps)


def _with_ones(x: Array) -> Array:
    return np.concatenate([x, np.ones((len(x), 1), x.dtype)], axis=1)


def _matmul(a: Array, b: Array) -> Any:
    return a @ b


gru, gru_backward = sequence(GRU, _matmul)
gru_cell, gru_cell_backward = cell(GRU, _matmul)
lstm, lstm_backward = sequence(LSTM, _matmul)
lstm_cell, lstm_cell_backward = cell(LSTM, _matmul)
