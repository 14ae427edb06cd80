"""Activations: of each element alone, and along the last axis."""

from arbiter import precision
from arbiter.precision import elementwise, exp, filled, log, total


def sigmoid(x):
    """1 / (1 + e^−x)."""
    return elementwise(precision.sigmoid, x)


def tanh(x):
    """(e^x − e^−x) / (e^x + e^−x)."""
    return elementwise(lambda a: (exp(a) - exp(-a)) / (exp(a) + exp(-a)), x)


def relu(x):
    """max(x, 0)."""
    return elementwise(precision.relu, x)


def softmax(x):
    """e^x_j / Σ_k e^x_k."""
    powers = elementwise(exp, x)
    sums = filled(x.shape[:-1], lambda *row: total(powers[row]))
    return filled(x.shape, lambda *index: powers[index] / sums[index[:-1]])


def log_softmax(x):
    """x_j − log Σ_k e^x_k."""
    powers = elementwise(exp, x)
    logs = filled(x.shape[:-1], lambda *row: log(total(powers[row])))
    return filled(x.shape, lambda *index: x[index] - logs[index[:-1]])


FORMULAS = (sigmoid, tanh, relu, softmax, log_softmax)
