"""Numbers of 50 digits in NumPy's object arrays, and the few functions that formulas share."""

import mpmath
import numpy as np

# A context of its own: the precision that others set for mpmath stays as it is.
CONTEXT = mpmath.MPContext()
CONTEXT.dps = 50

exp, log, sqrt, tanh = CONTEXT.exp, CONTEXT.log, CONTEXT.sqrt, CONTEXT.tanh
number, total, dot = CONTEXT.mpf, CONTEXT.fsum, CONTEXT.fdot

# Nearer to a kink than this, no case is looked at: its gradient is a question of convention.
MARGIN = 0.01


class NearKinkError(ValueError):
    """A point at which, or too near to which, a function has no slope."""


def exact(array):
    """The floating-point numbers of an array as they are; integers, such as labels, stay."""
    array = np.asarray(array)
    if array.dtype.kind != "f":
        return array
    return filled(array.shape, lambda *index: number(float(array[index])))


def filled(shape, element):
    """An array by a function of its indices."""
    result = np.empty(shape, object)
    for index in np.ndindex(*shape):
        result[index] = element(*index)
    return result


def scalar(value):
    """An array without axes."""
    return filled((), lambda: value)


def elementwise(function, *arrays):
    """A function of the elements of arrays of one shape."""
    return filled(arrays[0].shape, lambda *index: function(*(array[index] for array in arrays)))


def sigmoid(x):
    """1 / (1 + e^−x)."""
    return 1 / (1 + exp(-x))


def relu(x):
    """max(x, 0), away from 0."""
    if abs(x) < MARGIN:
        raise NearKinkError
    return x if x > 0 else number(0)


def largest(numbers):
    """The largest, where it is so by more than a hair."""
    *others, best = sorted(numbers)
    if others and best - others[-1] < MARGIN:
        raise NearKinkError
    return best


def affine(row, weight, bias):
    """W x + b, for one x."""
    return [dot(weights, row) + b for weights, b in zip(weight, bias, strict=True)]
