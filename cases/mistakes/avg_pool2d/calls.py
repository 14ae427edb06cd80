"""Mistakes in how average pooling is called: bad calls answered, good ones refused, traces left."""

from typing import Any

import numpy as np

from conformance.bounds import Array
from conformance.spec import Functions, Mistake, pair

from .._images import laid, with_inputs, with_parameters, with_result
from .._wrong import edge_checks, value_checks

_AVERAGE = value_checks("avg_pool2d")


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


def _image_by_image(right: Any) -> Functions:
    def avg_pool2d_backward(g: Array, x: Array, **parameters: Any) -> Any:
        return np.array(list(right.avg_pool2d_backward(g, x, **parameters)), x.dtype)

    return {"avg_pool2d_backward": avg_pool2d_backward}


MISTAKES: tuple[Mistake, ...] = (
    Mistake(
        "avg_pool2d/axes-of-one-dropped",
        "axes of size one are squeezed out of the result",
        "Print the shape of the output for one image, and for one channel.",
        _AVERAGE,
        with_result("avg_pool2d", lambda y, _: y.squeeze()),
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
        "avg_pool2d/gradient-of-empty-batch-flat",
        "the gradient of a batch of no images has the shape (0,), as an empty list of images does",
        "What is the shape of the gradient for a batch of n images, for every n that can occur?",
        edge_checks("avg_pool2d"),
        _image_by_image,
    ),
)
