"""Einstein's summation for every sum of products; NumPy chooses the order of the contractions.

That is right, since every order of summation and every association of a product is admissible.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.special import expit

from conformance.bounds import Array

from ._common import (
    along_channels,
    check_batch,
    check_layer,
    check_layers,
    check_linear,
    check_rows,
    quiet,
    require,
    require_shapes,
)
from ._recurrent import GRU, LSTM, RNN_RELU, RNN_TANH, cell
from ._windows import average, convolution

_ACTIVATIONS: dict[str, Any] = {
    "sigmoid": (expit, lambda a: a - a * a),
    "tanh": (np.tanh, lambda a: 1 - a * a),
    "relu": (lambda z: np.maximum(z, 0), lambda a: (a > 0).astype(a.dtype)),
}


@quiet
def linear(x: Array, weight: Array, bias: Array) -> Array:
    """Return Σᵢ x_ni w_oi + b_o."""
    check_linear(x, weight, bias)
    y: Array = np.einsum("ni,oi->no", x, weight) + bias
    return y


@quiet
def linear_backward(g: Array, x: Array, weight: Array, bias: Array) -> tuple[Array, ...]:
    """Return Σₒ g_no w_oi, Σₙ g_no x_ni and Σₙ g_no."""
    check_linear(x, weight, bias, g)
    gradients = ("no,oi->ni", g, weight), ("no,ni->oi", g, x), ("no->o", g)
    return tuple(np.einsum(*terms) for terms in gradients)


@quiet
def conv2d(x: Array, weight: Array, bias: Array, **parameters: Any) -> Array:
    """Return a single contraction over channels and kernel positions."""
    windows = convolution(x, weight, bias, **parameters)
    pixels, kernels = windows.grouped(_taps(x, windows), 2), windows.grouped(weight, 0)
    kernels = kernels.reshape(*kernels.shape[:3], len(pixels))
    by_group = np.einsum("kngcpq,gock->ngopq", pixels, kernels, optimize=True)
    y: Array = by_group.reshape(len(x), len(weight), *windows.counts) + bias[:, None, None]
    return y


@quiet
def conv2d_backward(
    g: Array, x: Array, weight: Array, bias: Array, **parameters: Any
) -> tuple[Array, ...]:
    """Return the same contraction, each time with another operand left out."""
    windows = convolution(x, weight, bias, g, **parameters)
    pixels, kernels = windows.grouped(_taps(x, windows), 2), windows.grouped(weight, 0)
    kernels, by_group = kernels.reshape(*kernels.shape[:3], len(pixels)), windows.grouped(g, 1)
    grad_taps = np.einsum("ngopq,gock->kngcpq", by_group, kernels, optimize=True)
    grad_weight = np.einsum("ngopq,kngcpq->gock", by_group, pixels, optimize="optimal")
    grad_padded = windows.blank(x)
    grads = grad_taps.reshape(len(pixels), *x.shape[:2], *windows.counts)
    for (_, _, cut), grad in zip(windows.taps(), grads, strict=True):
        grad_padded[cut] += grad
    grad_bias = np.einsum("nopq->o", g)
    return grad_padded[windows.within], grad_weight.reshape(weight.shape), grad_bias


@quiet
def avg_pool2d(x: Array, **parameters: Any) -> Array:
    """Return the sum over kernel positions, each pixel times the reciprocal count."""
    windows, count = average(x, **parameters)
    y: Array = np.einsum("kncpq,pq->ncpq", _taps(x, windows), 1 / count)
    return y


@quiet
def avg_pool2d_backward(g: Array, x: Array, **parameters: Any) -> Array:
    """Return for each pixel the sum of its shares, an array for each kernel position."""
    windows, count = average(x, g, **parameters)
    blank = windows.blank(x)
    apart = np.zeros((int(np.prod(windows.kernel)), *blank.shape), x.dtype)
    for layer, (_, _, cut) in zip(apart, windows.taps(), strict=True):
        layer[cut] = g / count
    grad_padded: Array = np.einsum("kncij->ncij", apart)
    return grad_padded[windows.within]


@quiet
def softmax(x: Array) -> Array:
    """Return the powers, divided by a contraction of them."""
    check_rows(x)
    e = np.exp(x - x.max(axis=-1, keepdims=True, initial=-np.inf))
    y: Array = e / np.einsum("...i->...", e)[..., None]
    return y


@quiet
def softmax_backward(g: Array, x: Array) -> Array:
    """Return g p − p Σ g p."""
    check_rows(x, g)
    p = softmax(x)
    grad_x: Array = g * p - p * np.einsum("...i,...i->...", g, p)[..., None]
    return grad_x


@quiet
def batch_norm(x: Array, weight: Array, bias: Array, *, eps: float = 1e-5) -> Array:
    """Return (X − μ) s γ + β, the product of the three in a single contraction."""
    check_batch(x, weight, bias, eps)
    centred, s = _centred(_by_channel(x), "ncp", "c", eps)
    y: Array = np.einsum("ncp,c,c->ncp", centred, s, weight).reshape(x.shape)
    return y + along_channels(bias, x)


@quiet
def batch_norm_backward(
    g: Array, x: Array, weight: Array, bias: Array, *, eps: float = 1e-5
) -> tuple[Array, ...]:
    """Return γ s (G − mean G − X̂ mean G X̂), its means contractions over samples and pixels."""
    check_batch(x, weight, bias, eps, g)
    centred, s = _centred(_by_channel(x), "ncp", "c", eps)
    x_hat, by_channel = np.einsum("ncp,c->ncp", centred, s), _by_channel(g)
    grad_bias, grad_weight = np.einsum("ncp->c", by_channel), _inner(by_channel, x_hat)
    count = x.size // x.shape[1]
    means = grad_bias / count, grad_weight / count
    bracket = by_channel - means[0][:, None] - np.einsum("ncp,c->ncp", x_hat, means[1])
    grad_x = np.einsum("ncp,c,c->ncp", bracket, s, weight)
    return grad_x.reshape(x.shape), grad_weight, grad_bias


@quiet
def layer_norm(x: Array, weight: Array, bias: Array, *, eps: float = 1e-5) -> Array:
    """Return (X − μ) s γ + β row by row, the product of the three in a single contraction."""
    check_layer(x, weight, bias)
    centred, s = _centred(x, "...d", "...", eps)
    y: Array = np.einsum("...d,...,d->...d", centred, s, weight) + bias
    return y


@quiet
def layer_norm_backward(
    g: Array, x: Array, weight: Array, bias: Array, *, eps: float = 1e-5
) -> tuple[Array, ...]:
    """Return s (γG − mean γG − X̂ mean γG X̂), with γ G X̂ in a single contraction."""
    check_layer(x, weight, bias, g)
    centred, s = _centred(x, "...d", "...", eps)
    x_hat, count = np.einsum("...d,...->...d", centred, s), x.shape[-1]
    inner = np.einsum("...d,...d,d->...", g, x_hat, weight) / count
    bracket = g * weight - (np.einsum("...d,d->...", g, weight) / count)[..., None]
    grad_x = np.einsum("...d,...->...d", bracket - x_hat * inner[..., None], s)
    rows = (x.size // max(count, 1), count)
    by_row = g.reshape(rows)
    grad_weight = np.einsum("nd,nd->d", by_row, x_hat.reshape(rows))
    return grad_x, grad_weight, np.einsum("nd->d", by_row)


@quiet
def forward_propagate(
    x: Array, weights: Sequence[Array], biases: Sequence[Array], *, activation: str = "sigmoid"
) -> tuple[list[Array], list[Array]]:
    """Return all activations and all Zˡ = Σᵢ aᵢ wᵢⱼ + bⱼ."""
    require(activation in _ACTIVATIONS, "activation must be sigmoid, tanh or relu")
    require(x.ndim == 2, "x must have two axes")
    activations, zs = [x], []
    for W, b in zip(weights, biases, strict=True):
        a = activations[-1]
        require_shapes(weight=(W, (a.shape[1], *W.shape[1:])), bias=(b, W.shape[1:]))
        zs.append(np.einsum("ni,ij->nj", a, W) + b)
        activations.append(_ACTIVATIONS[activation][0](zs[-1]))
    return activations, zs


@quiet
def backpropagate(
    y: Array,
    activations: Sequence[Array],
    zs: Sequence[Array],
    weights: Sequence[Array],
    *,
    activation: str = "sigmoid",
) -> tuple[list[Array], list[Array]]:
    """Return all gradients; the slope is the activation's, and the division comes last."""
    check_layers(activations, zs, weights, activation)
    require_shapes(y=(y, activations[-1].shape))
    _, slope = _ACTIVATIONS[activation]
    grad_weights: list[Array] = []
    grad_biases: list[Array] = []
    delta, n = activations[-1] - y, max(len(y), 1)
    for layer in reversed(range(len(weights))):
        grad_weights.insert(0, np.einsum("ni,nj->ij", activations[layer], delta) / n)
        grad_biases.insert(0, np.einsum("nj->j", delta) / n)
        back = np.einsum("nj,ij->ni", delta, weights[layer])
        delta = back * slope(activations[layer])
    return grad_weights, grad_biases


def _by_channel(x: Array) -> Array:
    return x.reshape(*x.shape[:2], int(np.prod(x.shape[2:])))


def _inner(a: Array, b: Array) -> Array:
    y: Array = np.einsum("ncp,ncp->c", a, b)
    return y


def _centred(x: Array, axes: str, kept: str, eps: float) -> tuple[Array, Array]:
    """Return x − μ and 1 / √(v + ε), both sums contractions to the kept axes."""
    mean = np.einsum(f"{axes}->{kept}", x)
    count = x.size // max(mean.size, 1)
    means = mean[..., None] / count
    centred = x - means
    v = np.einsum(f"{axes},{axes}->{kept}", centred, centred) / count
    return centred, 1 / np.sqrt(v + eps)


def _product(a: Array, b: Array) -> Array:
    y: Array = np.einsum("ni,ij->nj", a, b)
    return y


def _taps(x: Array, windows: Any) -> Array:
    """Return the pixels at each kernel position, (kh · kw, n, c, h', w')."""
    padded = windows.pad(x)
    return np.stack([padded[cut] for _, _, cut in windows.taps()])


rnn_tanh_cell, rnn_tanh_cell_backward = cell(RNN_TANH, _product)
rnn_relu_cell, rnn_relu_cell_backward = cell(RNN_RELU, _product)
lstm_cell, lstm_cell_backward = cell(LSTM, _product)
gru_cell, gru_cell_backward = cell(GRU, _product)
