"""Normalization by the mean and the variance of a group, the variance divided by its size."""

import numpy as np

from arbiter.precision import filled, number, sqrt, total


def _statistics(group, eps):
    """μ and √(v + ε)."""
    group = list(group)
    mean = total(group) / len(group)
    variance = total((x - mean) ** 2 for x in group) / len(group)
    return mean, sqrt(variance + number(eps))


def batch_norm(x, weight, bias, eps=1e-5):
    """A group is a channel: axis 1, over all others."""
    statistics = [_statistics(np.take(x, c, axis=1).flat, eps) for c in range(x.shape[1])]

    def element(*index):
        c = index[1]
        mean, deviation = statistics[c]
        return weight[c] * (x[index] - mean) / deviation + bias[c]

    return filled(x.shape, element)


def layer_norm(x, weight, bias, eps=1e-5):
    """A group is a row: along the last axis."""
    statistics = {row: _statistics(x[row], eps) for row in np.ndindex(*x.shape[:-1])}

    def element(*index):
        *row, j = index
        mean, deviation = statistics[tuple(row)]
        return weight[j] * (x[index] - mean) / deviation + bias[j]

    return filled(x.shape, element)


FORMULAS = (batch_norm, layer_norm)
