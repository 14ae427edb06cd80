"""Three operations for an example of the report: one is right, two are wrong as beginners' are."""

import numpy as np
from flipped import conv2d

__all__ = ["conv2d", "relu", "relu_backward", "softmax", "softmax_backward"]


def relu(x):  # noqa: ANN001, ANN201, D103
    return np.maximum(x, 0)


def relu_backward(grad_output, x):  # noqa: ANN001, ANN201, D103
    return np.where(x > 0, grad_output, 0)


def softmax(x):  # noqa: ANN001, ANN201, D103
    e = np.exp(x)
    return e / e.sum(axis=-1, keepdims=True)


def softmax_backward(grad_output, x):  # noqa: ANN001, ANN201, D103
    y = softmax(x)
    return y * (grad_output - (grad_output * y).sum(axis=-1, keepdims=True))
