"""Mistakes in how pooling is called: wrong returns, bad calls answered, traces left."""

from typing import Any

import numpy as np

from conformance.bounds import Array
from conformance.spec import Functions, Mistake, pair

from ._images import (
    laid,
    one_by_one,
    with_inputs,
    with_parameters,
    with_result,
    without_strides,
)
from ._wrong import gradient_checks, reused, value_checks

_MAX = value_checks("max_pool2d", refusal=True)
_AVERAGE = value_checks("avg_pool2d", refusal=True)


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


def _whole_image_at_most(inputs: Any, **parameters: Any) -> dict[str, Any]:
    kernel, stride, padding, _ = laid(parameters)
    sizes = zip(kernel, inputs[0].shape[2:], padding, strict=False)
    fitting = tuple(min(k, n + 2 * p) for k, n, p in sizes)
    return {"kernel_size": fitting, "stride": stride} if len(fitting) == 2 else {}


def _absolute_padding(_: Any, padding: Any = 0, **__: Any) -> dict[str, Any]:
    return {"padding": tuple(abs(p) for p in pair(padding))}


def _axes_put_in_front(x: Array, **_: Any) -> tuple[Array, ...]:
    return (x[(np.newaxis,) * (4 - x.ndim)],)


def _changes_the_error_state(right: Any) -> Functions:
    def avg_pool2d(x: Array, **parameters: Any) -> Any:
        np.seterr(under="ignore")
        return right.avg_pool2d(x, **parameters)

    return {"avg_pool2d": avg_pool2d}


def _integers_only(right: Any) -> Functions:
    def change(_: Any, *, kernel_size: Any, **__: Any) -> dict[str, Any]:
        return {"kernel_size": int(kernel_size)}

    names = ("avg_pool2d", "avg_pool2d_backward")
    return {name: with_parameters(name, change)(right)[name] for name in names}


def _image_by_image(right: Any) -> Functions:
    def avg_pool2d_backward(g: Array, x: Array, **parameters: Any) -> Any:
        pairs = zip(np.split(g, len(g)), np.split(x, len(x)), strict=True)
        return np.concatenate([right.avg_pool2d_backward(*one, **parameters) for one in pairs])

    return {"avg_pool2d_backward": avg_pool2d_backward}


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
        value_checks("max_pool2d", refusal=True, dtype="float32"),
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
        "max_pool2d/empty-batch-refused",
        "a batch of no images raises an error, for there is nothing to stack",
        "What is the shape of the output of a batch of n images, for every n that can occur?",
        _MAX,
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
    Mistake(
        "avg_pool2d/axes-of-one-dropped",
        "axes of size one are squeezed out of the result",
        "Print the shape of the output for one image, and for one channel.",
        _AVERAGE,
        with_result("avg_pool2d", lambda y, _: y.squeeze()),
    ),
    Mistake(
        "avg_pool2d/pairs-refused",
        "a kernel size given as a pair is refused",
        "In which forms may a kernel size be given?",
        (*_AVERAGE, *gradient_checks("avg_pool2d", "x")),
        _integers_only,
    ),
    Mistake(
        "avg_pool2d/error-state-changed",
        "NumPy's floating-point error state is changed for the whole program",
        "Compare np.geterr() before and after a call.",
        ("avg_pool2d/pure[*]",),
        _changes_the_error_state,
    ),
    Mistake(
        "avg_pool2d/kernel-cut-to-image",
        "a kernel too large for the image is cut down to it instead of refused",
        "Which sizes does the rule allow, and where are the others refused?",
        ("avg_pool2d/refusal[*]",),
        with_parameters("avg_pool2d", _whole_image_at_most),
    ),
    Mistake(
        "avg_pool2d/absolute-padding",
        "the sign of the padding is ignored",
        "Which paddings does the rule allow, and where are the others refused?",
        ("avg_pool2d/refusal[*]",),
        with_parameters("avg_pool2d", _absolute_padding),
    ),
    Mistake(
        "avg_pool2d/matrix-accepted",
        "an image without batch and channels is accepted, axes of one put in front of it",
        "How many axes does the contract ask for?",
        ("avg_pool2d/refusal[*]",),
        with_inputs("avg_pool2d", _axes_put_in_front),
    ),
    Mistake(
        "avg_pool2d/gradient-of-empty-batch-refused",
        "the backward pass splits a batch into images, which fails where there are none",
        "What is the shape of the gradient for a batch of n images, for every n that can occur?",
        gradient_checks("avg_pool2d", "x"),
        _image_by_image,
    ),
)
