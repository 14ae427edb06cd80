"""Mistakes of flattening: the order of the elements, the axes that are left, and empty batches."""

from math import prod
from typing import Any

import numpy as np

from conformance.bounds import Array
from conformance.spec import Functions, Mistake

from ._wrong import (
    dtype_checks,
    edge_checks,
    gradient_checks,
    in_memory_order,
    reused,
    value_checks,
)

_VALUE = value_checks("flatten")
_GRADIENT = gradient_checks("flatten", "x")


def _flat(x: Array, order: Any = "C") -> Array:
    return x.reshape((len(x), prod(x.shape[1:])), order=order)


def _channels_last(_right: Any) -> Functions:
    return {"flatten": lambda x: _flat(np.moveaxis(x, 1, -1))}


def _reshaped_in_place(_right: Any) -> Functions:
    def flatten(x: Array) -> Array:
        x.shape = (len(x), prod(x.shape[1:]))
        return x

    return {"flatten": flatten}


def _last_two_axes(_right: Any) -> Functions:
    def flatten(x: Array) -> Array:
        return x if x.ndim < 3 else x.reshape(*x.shape[:-2], prod(x.shape[-2:]))

    return {"flatten": flatten}


def _gradient_of_first_sample(_right: Any) -> Functions:
    def flatten_backward(g: Array, x: Array) -> Array:
        return np.broadcast_to(g[:1].reshape(-1, *x.shape[1:]), x.shape) if len(x) else g * 0

    return {"flatten_backward": flatten_backward}


MISTAKES: tuple[Mistake, ...] = (
    Mistake(
        "flatten/column-major",
        "the elements of a sample are read in column-major order, first axis fastest",
        "Which element of a sample comes second?",
        _VALUE,
        lambda _: {"flatten": lambda x: _flat(x, "F")},
    ),
    Mistake(
        "flatten/memory-order",
        "the elements are read as they lie in memory: backwards, if x is a reversed view",
        "Pass the same numbers once as x and once in a Fortran-ordered copy.",
        _VALUE,
        lambda _: {"flatten": lambda x: _flat(in_memory_order(x))},
    ),
    Mistake(
        "flatten/channels-last",
        "the channels are moved behind the pixels before flattening",
        "Do neighbours in the flat row differ in their column or in their channel?",
        _VALUE,
        _channels_last,
    ),
    Mistake(
        "flatten/samples-flattened-too",
        "the whole batch becomes one list of numbers, without an axis for its samples",
        "Which axis must survive?",
        _VALUE,
        lambda _: {"flatten": np.ravel},
    ),
    Mistake(
        "flatten/last-two-axes-only",
        "only the last two axes are merged, so that channels stay an axis",
        "How many axes should the result have?",
        _VALUE,
        _last_two_axes,
    ),
    Mistake(
        "flatten/transposed",
        "the result is filled column by column instead of row by row",
        "Do the elements of one sample stand in one row?",
        _VALUE,
        lambda _: {"flatten": lambda x: x.reshape(prod(x.shape[1:]), len(x)).T},
    ),
    Mistake(
        "flatten/empty-batch-flat",
        "a batch of no samples gives an array of shape (0,), as an empty list of rows does",
        "What is the shape of the result for a batch of no samples?",
        edge_checks("flatten"),
        lambda _: {"flatten": lambda x: np.array([sample.ravel() for sample in x], x.dtype)},
    ),
    Mistake(
        "flatten/batch-of-one-squeezed",
        "axes of one are squeezed out of the result, that of a batch of one too",
        "What is the shape of the result for a single sample?",
        _VALUE,
        lambda _: {"flatten": lambda x: _flat(x).squeeze()},
    ),
    Mistake(
        "flatten/float32-always",
        "the result is float32 whatever the input is",
        "What is the dtype of the result for a float64 input?",
        dtype_checks("flatten", "float64"),
        lambda _: {"flatten": lambda x: _flat(x).astype(np.float32)},
    ),
    Mistake(
        "flatten/reshaped-in-place",
        "the input's own shape is changed",
        "Look at the shape of x after the call.",
        (*_VALUE, "flatten/pure[*]"),
        _reshaped_in_place,
    ),
    Mistake(
        "flatten/output-reused",
        "outputs of one shape share one buffer, and each call overwrites the one before",
        "Keep a result, call again, and look at the first result.",
        ("flatten/pure[*]",),
        lambda right: {"flatten": reused(right.flatten)},
    ),
    Mistake(
        "flatten/gradient-column-major",
        "the gradient is put back in column-major order",
        "Flatten what your backward pass returns: is it the upstream gradient?",
        _GRADIENT,
        lambda _: {"flatten_backward": lambda g, x: g.reshape(x.shape, order="F")},
    ),
    Mistake(
        "flatten/gradient-left-flat",
        "the gradient is returned as flat as it came",
        "A gradient has the shape of what it is the gradient of.",
        _GRADIENT,
        lambda _: {"flatten_backward": lambda g, _x: g.copy()},
    ),
    Mistake(
        "flatten/gradient-of-ones",
        "the upstream gradient is left out, as if it were ones",
        "Double the upstream gradient: what becomes of yours?",
        _GRADIENT,
        lambda _: {"flatten_backward": lambda _, x: np.ones_like(x)},
    ),
    Mistake(
        "flatten/gradient-of-first-sample",
        "every sample gets the first one's gradient",
        "Does the gradient of a sample depend on the others in its batch?",
        _GRADIENT,
        _gradient_of_first_sample,
    ),
)
