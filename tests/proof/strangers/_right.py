"""What the strangers get right: every operation, forward and backward, with its refusals.

A wrong class takes from here what it does not do itself, so that it is wrong in one way alone.
"""

import numpy as np

from strangers._elementary import (  # noqa: F401 - all of it is offered here
    FLOOR,
    binary_cross_entropy,
    binary_cross_entropy_backward,
    binary_cross_entropy_with_logits,
    binary_cross_entropy_with_logits_backward,
    check_classes,
    check_linear,
    check_pair,
    check_probabilities,
    cross_entropy,
    cross_entropy_backward,
    demand,
    linear,
    linear_backward,
    log_softmax,
    log_softmax_backward,
    mse_loss,
    mse_loss_backward,
    quiet,
    reduced,
    relu,
    relu_backward,
    share,
    shifted,
    sigmoid,
    sigmoid_backward,
    softmax,
    softmax_backward,
    squash,
    tanh,
    tanh_backward,
)
from strangers._images import (  # noqa: F401
    avg_pool2d,
    avg_pool2d_backward,
    by_groups,
    check_conv,
    check_pool,
    conv2d,
    conv2d_backward,
    max_pool2d,
    max_pool2d_backward,
    pixel_counts,
    taps_by_groups,
    winners,
)
from strangers._recurrent import (  # noqa: F401
    gru,
    gru_backward,
    gru_cell,
    gru_cell_backward,
    lstm,
    lstm_backward,
    lstm_cell,
    lstm_cell_backward,
    rnn_relu,
    rnn_relu_backward,
    rnn_relu_cell,
    rnn_relu_cell_backward,
    rnn_tanh,
    rnn_tanh_backward,
    rnn_tanh_cell,
    rnn_tanh_cell_backward,
)


def mean(x, axes):
    """Return the mean with its axes kept; of nothing it is NaN, without a warning."""
    count = np.prod([x.shape[axis] for axis in axes])
    return x.sum(axis=axes, keepdims=True) / x.dtype.type(count)


def standard(x, axes, eps):
    """Return the standardized values, and one over their deviation."""
    d = x - mean(x, axes)
    s = 1 / np.sqrt(mean(d * d, axes) + x.dtype.type(eps))
    return d * s, s


def standard_backward(g, h, s, axes):
    return s * (g - mean(g, axes) - h * mean(g * h, axes))


def check_batch(x, weight, bias, eps):
    demand(x.ndim >= 2 and x.shape[1] > 0, "x is (n, c, …)")
    demand(weight.shape == bias.shape == x.shape[1:2], "one weight and bias for each channel")
    demand(x.size != x.shape[1], "one value in each channel")
    demand(eps > 0, "eps must be positive")
    return (0, *range(2, x.ndim)), (x.shape[1], *(1,) * (x.ndim - 2))


def check_layer(x, weight, bias):
    demand(x.ndim >= 1, "x has no axis")
    demand(weight.shape == bias.shape == x.shape[-1:], "one weight and bias for each feature")
    return tuple(range(x.ndim - 1))


@quiet
def batch_norm(x, weight, bias, *, eps=1e-5):
    axes, along = check_batch(x, weight, bias, eps)
    return standard(x, axes, eps)[0] * weight.reshape(along) + bias.reshape(along)


@quiet
def batch_norm_backward(grad, x, weight, bias, *, eps=1e-5):
    axes, along = check_batch(x, weight, bias, eps)
    h, s = standard(x, axes, eps)
    grad_x = weight.reshape(along) * standard_backward(grad, h, s, axes)
    return grad_x, (grad * h).sum(axis=axes), grad.sum(axis=axes)


@quiet
def layer_norm(x, weight, bias, *, eps=1e-5):
    check_layer(x, weight, bias)
    return standard(x, (-1,), eps)[0] * weight + bias


@quiet
def layer_norm_backward(grad, x, weight, bias, *, eps=1e-5):
    rows = check_layer(x, weight, bias)
    h, s = standard(x, (-1,), eps)
    grad_x = standard_backward(weight * grad, h, s, (-1,))
    return grad_x, (grad * h).sum(axis=rows), grad.sum(axis=rows)


def flatten(x):
    demand(x.ndim >= 2, "x is (n, …)")
    return x.reshape(x.shape[0], np.prod(x.shape[1:], dtype=int))


def flatten_backward(grad, x):
    return grad.reshape(x.shape)


ACTIVATIONS = {
    "sigmoid": (sigmoid, sigmoid_backward),
    "tanh": (tanh, tanh_backward),
    "relu": (relu, relu_backward),
}


def activation_pair(name):
    demand(name in ACTIVATIONS, f"no such activation: {name}")
    return ACTIVATIONS[name]


def check_layers(x, weights, biases):
    demand(x.ndim == 2 and len(weights) == len(biases), "as many weights as biases")
    width = x.shape[1]
    for w, b in zip(weights, biases, strict=True):
        demand(w.ndim == 2 and w.shape[0] == width and b.shape == w.shape[1:], "layers disagree")
        width = w.shape[1]


@quiet
def forward_propagate(x, weights, biases, *, activation="sigmoid"):
    g, _ = activation_pair(activation)
    check_layers(x, weights, biases)
    activations, zs = [x], []
    for w, b in zip(weights, biases, strict=True):
        zs.append(activations[-1] @ w + b)
        activations.append(g(zs[-1]))
    return activations, zs


def check_propagated(y, activations, zs, weights):
    demand(len(zs) == len(weights) == len(activations) - 1 > 0, "lists disagree")
    demand(y.ndim == 2 and y.shape == activations[-1].shape, "y is not the output's shape")
    for layer, w in enumerate(weights):
        before, after, z = activations[layer], activations[layer + 1], zs[layer]
        demand(before.ndim == w.ndim == 2 and after.shape == z.shape, "layers disagree")
        demand(z.shape == (before.shape[0], w.shape[1]), "layers disagree")
        demand(before.shape[1] == w.shape[0], "layers disagree")


@quiet
def backpropagate(y, activations, zs, weights, *, activation="sigmoid"):
    _, slope = activation_pair(activation)
    check_propagated(y, activations, zs, weights)
    delta = (activations[-1] - y) / y.dtype.type(max(len(y), 1))
    grad_weights, grad_biases = [], []
    for layer in range(len(weights) - 1, -1, -1):
        grad_weights.append(activations[layer].T @ delta)
        grad_biases.append(delta.sum(axis=0))
        if layer:
            delta = slope(delta @ weights[layer].T, zs[layer - 1])
    return grad_weights[::-1], grad_biases[::-1]


def check_steps(parameters, gradients):
    demand(len(parameters) == len(gradients), "as many gradients as parameters")
    for p, g in zip(parameters, gradients, strict=True):
        demand(p.shape == g.shape, "a gradient of another shape")


@quiet
def gradient_descent(parameters, gradients, *, learning_rate):
    check_steps(parameters, gradients)
    demand(learning_rate >= 0, "a rate is not negative")
    steps = zip(parameters, gradients, strict=True)
    return [p - p.dtype.type(learning_rate) * g for p, g in steps]
