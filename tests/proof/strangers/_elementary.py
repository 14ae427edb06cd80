"""Right: linear layers, elementwise functions, softmax and losses, each with its refusals."""

import functools

import numpy as np


def quiet(function):
    """Let nothing warn, and leave NumPy's error state as it was."""

    @functools.wraps(function)
    def called(*arrays, **parameters):
        with np.errstate(all="ignore"):
            return function(*arrays, **parameters)

    return called


def demand(condition, message):
    if not condition:
        raise ValueError(message)


def check_linear(x, weight, bias):
    demand(x.ndim == 2 and weight.ndim == 2 and bias.ndim == 1, "wrong rank")
    demand(x.shape[1] == weight.shape[1], "x and weight do not agree")
    demand(weight.shape[0] == bias.shape[0], "weight and bias do not agree")


@quiet
def linear(x, weight, bias):
    check_linear(x, weight, bias)
    return x @ weight.T + bias


@quiet
def linear_backward(grad, x, weight, bias):
    check_linear(x, weight, bias)
    return grad @ weight, grad.T @ x, grad.sum(axis=0)


def squash(x):
    """Return the logistic function, with no power above one."""
    e = np.exp(-np.abs(x))
    return np.where(x < 0, e, np.ones_like(e)) / (1 + e)


@quiet
def sigmoid(x):
    return squash(x)


@quiet
def sigmoid_backward(grad, x):
    return grad * (squash(x) * squash(-x))


@quiet
def tanh(x):
    return np.tanh(x)


@quiet
def tanh_backward(grad, x):
    return grad * (1 - np.tanh(x) ** 2)


@quiet
def relu(x):
    return np.where(x < 0, np.zeros_like(x), x)


@quiet
def relu_backward(grad, x):
    return np.where(x <= 0, np.zeros_like(grad), grad)


def shifted(x):
    return x - np.max(x, axis=-1, keepdims=True, initial=-np.inf)


@quiet
def softmax(x):
    e = np.exp(shifted(x))
    return e / e.sum(axis=-1, keepdims=True)


@quiet
def softmax_backward(grad, x):
    p = softmax(x)
    return p * (grad - (p * grad).sum(axis=-1, keepdims=True))


@quiet
def log_softmax(x):
    z = shifted(x)
    return z - np.log(np.exp(z).sum(axis=-1, keepdims=True))


@quiet
def log_softmax_backward(grad, x):
    return grad - softmax(x) * grad.sum(axis=-1, keepdims=True)


FLOOR = np.float64(np.float32(1e-12)).item()


def check_pair(x, t, reduction):
    demand(x.shape == t.shape, "input and target differ in shape")
    demand(reduction in {"mean", "sum"}, f"no such reduction: {reduction}")


def check_probabilities(*arrays):
    for p in arrays:
        demand(((p >= 0) & (p <= 1)).all(), "not a probability")


def reduced(terms, reduction):
    """Return the sum of the terms or their mean, as a scalar of their dtype."""
    total = terms.sum(dtype=terms.dtype)
    return total / total.dtype.type(terms.size) if reduction == "mean" else total


def share(grad, x, reduction, count=None):
    """Return what of the upstream gradient each term gets."""
    count = x.size if count is None else count
    return x.dtype.type(grad) / x.dtype.type(max(count, 1) if reduction == "mean" else 1)


@quiet
def mse_loss(x, t, *, reduction="mean"):
    check_pair(x, t, reduction)
    return reduced((x - t) ** 2, reduction)


@quiet
def mse_loss_backward(grad, x, t, *, reduction="mean"):
    check_pair(x, t, reduction)
    return share(grad, x, reduction) * 2 * (x - t)


@quiet
def binary_cross_entropy(p, t, *, reduction="mean"):
    check_pair(p, t, reduction)
    check_probabilities(p, t)
    yes, no = np.maximum(np.log(p), -100), np.maximum(np.log1p(-p), -100)
    return reduced(-(t * yes + (1 - t) * no), reduction)


@quiet
def binary_cross_entropy_backward(grad, p, t, *, reduction="mean"):
    check_pair(p, t, reduction)
    check_probabilities(p, t)
    return share(grad, p, reduction) * (p - t) / np.maximum(p * (1 - p), FLOOR)


@quiet
def binary_cross_entropy_with_logits(x, t, *, reduction="mean"):
    check_pair(x, t, reduction)
    return reduced((1 - t) * x + np.maximum(-x, 0) + np.log1p(np.exp(-np.abs(x))), reduction)


@quiet
def binary_cross_entropy_with_logits_backward(grad, x, t, *, reduction="mean"):
    check_pair(x, t, reduction)
    return share(grad, x, reduction) * (squash(x) - t)


def check_classes(x, t, reduction):
    demand(x.ndim == 2 and t.shape == x.shape[:1], "logits (n, classes), targets (n,)")
    demand(t.dtype == np.int64, "targets number classes")
    demand(((t >= 0) & (t < x.shape[1])).all(), "no such class")
    demand(reduction in {"mean", "sum"}, f"no such reduction: {reduction}")


@quiet
def cross_entropy(x, t, *, reduction="mean"):
    check_classes(x, t, reduction)
    return reduced(-log_softmax(x)[np.arange(len(t)), t], reduction)


@quiet
def cross_entropy_backward(grad, x, t, *, reduction="mean"):
    check_classes(x, t, reduction)
    target = np.zeros_like(x)
    target[np.arange(len(t)), t] = 1
    return share(grad, x, reduction, len(t)) * (softmax(x) - target)
