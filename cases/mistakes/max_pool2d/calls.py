"""Mistakes in how max pooling is called: bad calls answered, good ones refused, traces left."""

from typing import Any

import numpy as np

from conformance.bounds import Array
from conformance.spec import Functions, Mistake, pair

from .._images import laid, one_by_one, with_inputs, with_parameters, with_result, without_strides
from .._wrong import dtype_checks, edge_checks, reused, value_checks

_MAX = value_checks("max_pool2d")


def _float64_border(right: Any) -> Functions:
    def max_pool2d(x: Array, **parameters: Any) -> Any:
        y = right.max_pool2d(x, **parameters)
        # np.full(shape, -np.inf) is float64, and so is the image that is put into it.
        return y if pair(parameters.get("padding", 0)) == (0, 0) else y.astype(np.float64)

    return {"max_pool2d": max_pool2d}


def _infinity_by_division(right: Any) -> Functions:
    def max_pool2d(x: Array, **parameters: Any) -> Any:
        infinity = np.ones((), x.dtype) / np.zeros((), x.dtype)
        return np.maximum(right.max_pool2d(x, **parameters), -infinity)

    return {"max_pool2d": max_pool2d}


def _any_padding(right: Any) -> Functions:
    def max_pool2d(x: Array, **parameters: Any) -> Any:
        kernel, _, padding, _ = laid(parameters)
        if x.ndim == 4 and any(2 * p > k for p, k in zip(padding, kernel, strict=True)):
            border = [(0, 0), (0, 0), *((max(p, 0),) * 2 for p in padding)]
            x = np.pad(x, border, constant_values=-np.inf)
            parameters["padding"] = 0
        return right.max_pool2d(x, **parameters)

    return {"max_pool2d": max_pool2d}


def _falsy_means_absent(_: Any, **parameters: Any) -> dict[str, Any]:
    return {"stride": parameters.get("stride") or parameters["kernel_size"]}


MISTAKES: tuple[Mistake, ...] = (
    Mistake(
        "max_pool2d/stride-defaults-to-one",
        "the stride is one where none is given, instead of the kernel's size",
        "What does the contract say of a stride that is left out?",
        _MAX,
        with_parameters("max_pool2d", lambda _, stride=1, **__: {"stride": stride}),
    ),
    Mistake(
        "max_pool2d/with-indices",
        "the indices of the winners are returned beside the maxima",
        "What does the caller get, one array or two?",
        _MAX,
        with_result("max_pool2d", lambda y, _: (y, np.zeros(y.shape, np.int64))),
    ),
    Mistake(
        "max_pool2d/float64-border",
        "with padding the result is float64, for np.full is unless it is told",
        "Look at the dtype of the padded image.",
        dtype_checks("max_pool2d", "float32"),
        _float64_border,
    ),
    Mistake(
        "max_pool2d/infinity-by-division",
        "infinity is made by a division by zero, which warns in every call",
        "Make warnings errors, and call it.",
        ("max_pool2d/special[*]",),
        _infinity_by_division,
    ),
    Mistake(
        "max_pool2d/strides-ignored",
        "the image's memory is read from its start on, without regard to its strides",
        "Pass the same image once more as every second column of a larger one.",
        _MAX,
        with_inputs("max_pool2d", lambda x, **_: (without_strides(x),)),
    ),
    Mistake(
        "max_pool2d/empty-batch-flat",
        "a batch of no images gives an array of shape (0,), as an empty list of images does",
        "What is the shape of the output of a batch of n images, for every n that can occur?",
        edge_checks("max_pool2d"),
        one_by_one("max_pool2d"),
    ),
    Mistake(
        "max_pool2d/output-reused",
        "outputs of one shape share one buffer, and each call overwrites the one before",
        "Keep a result, call again, and look at the first result.",
        ("max_pool2d/pure[*]",),
        lambda right: {"max_pool2d": reused(right.max_pool2d)},
    ),
    Mistake(
        "max_pool2d/any-padding",
        "padding of more than half the kernel is accepted",
        "What is the maximum of a window that lies wholly in the padding?",
        ("max_pool2d/refusal[*]",),
        _any_padding,
    ),
    Mistake(
        "max_pool2d/zero-stride-means-default",
        "a stride of zero is taken for an absent one",
        "What is the value of 0 or 2 in Python?",
        ("max_pool2d/refusal[*]",),
        with_parameters("max_pool2d", _falsy_means_absent),
    ),
)
