"""Mistakes of average pooling: wrong divisors, windows laid wrongly, gradients not shared out."""

from collections.abc import Callable
from typing import Any

import numpy as np

from conformance.bounds import Array
from conformance.spec import Functions, Mistake, Wrong, pair

from .._images import (
    frame,
    laid,
    overwritten,
    summed,
    table,
    taps,
    with_inputs,
    with_parameters,
    with_result,
)
from .._wrong import gradient_checks, value_checks

_VALUE = value_checks("avg_pool2d")
_GRADIENT = gradient_checks("avg_pool2d", "x")


def _tiles(_: Any, **parameters: Any) -> dict[str, Any]:
    return {"stride": parameters["kernel_size"]}


def _whole_kernel(right: Any) -> Functions:
    def avg_pool2d(x: Array, **parameters: Any) -> Any:
        counts = right.avg_pool2d(x, **parameters).shape[2:]
        kernel, stride, padding, _ = laid(parameters)
        windows = taps(x, padding, table(counts, kernel, stride))
        if parameters.get("count_include_pad", True):
            return (windows / (kernel[0] * kernel[1])).sum(axis=(2, 3))
        return right.avg_pool2d(x, **parameters)

    return {"avg_pool2d": avg_pool2d}


def _sum_of_taps(right: Any) -> Functions:
    def avg_pool2d(x: Array, **parameters: Any) -> Any:
        counts = right.avg_pool2d(x, **parameters).shape[2:]
        kernel, stride, padding, _ = laid(parameters)
        return taps(x, padding, table(counts, kernel, stride)).sum(axis=(2, 3))

    return {"avg_pool2d": avg_pool2d}


def _divided_by(change: Callable[[Array, int], Any]) -> Wrong:
    """Divide the sums by something else: change(number of pixels, height of the kernel)."""

    def replaced(right: Any) -> Functions:
        def avg_pool2d(x: Array, **parameters: Any) -> Any:
            y = right.avg_pool2d(x, **parameters)
            kernel, stride, padding, _ = laid(parameters)
            where = table(y.shape[2:], kernel, stride)
            number = _divisor(right, x, padding, where, parameters)
            with np.errstate(all="ignore"):
                return (y * number / np.asarray(change(number, kernel[0]), y.dtype)).astype(y.dtype)

        return {"avg_pool2d": avg_pool2d}

    return replaced


def _divisor(right: Any, x: Array, padding: Any, where: Any, parameters: dict[str, Any]) -> Array:
    """What the windows' sums are divided by: their pixels by the mean of an image of ones."""
    ones = np.ones((1, 1, *x.shape[2:]), x.dtype)
    pixels = taps(ones, padding, where).sum(axis=(2, 3))
    divisor: Array = np.rint(pixels / right.avg_pool2d(ones, **parameters))
    return divisor


def _by_summed_area(right: Any) -> Functions:
    def avg_pool2d(x: Array, **parameters: Any) -> Any:
        counts = right.avg_pool2d(x, **parameters).shape[2:]
        kernel, stride, padding, _ = laid(parameters)
        where = table(counts, kernel, stride)
        area = frame(x, padding, where).cumsum(axis=2, dtype=x.dtype).cumsum(axis=3, dtype=x.dtype)
        area = np.pad(area, ((0, 0), (0, 0), (1, 0), (1, 0)))
        (top, bottom), (near, far) = ((index.min((0, 1)), index.max((0, 1)) + 1) for index in where)
        whole = area[:, :, bottom, far] - area[:, :, top, far]
        total = whole - area[:, :, bottom, near] + area[:, :, top, near]
        return total / _divisor(right, x, padding, where, parameters)

    return {"avg_pool2d": avg_pool2d}


def _half_inside(right: Any) -> Functions:
    def avg_pool2d(x: Array, **parameters: Any) -> Any:
        return right.avg_pool2d(x.astype(np.float16), **parameters).astype(x.dtype)

    return {"avg_pool2d": avg_pool2d}


def _touching(right: Any) -> Functions:
    def avg_pool2d(x: Array, **parameters: Any) -> Any:
        y = right.avg_pool2d(x, **parameters)
        kernel, stride, *_ = laid(parameters)
        least = tuple(min(s, k) for s, k in zip(stride, kernel, strict=True))
        dense = right.avg_pool2d(x, **{**parameters, "stride": least})
        return dense[:, :, : y.shape[2], : y.shape[3]].copy()

    return {"avg_pool2d": avg_pool2d}


def _to_every_tap(share: Array, kernel: tuple[int, int]) -> Array:
    n, c, h, w = share.shape
    return np.broadcast_to(share[:, :, np.newaxis, np.newaxis], (n, c, *kernel, h, w))


def _spread(add: Callable[..., Array], *, divide: bool) -> Wrong:
    """Add up what each window gives to its pixels, the upstream gradient divided or not."""

    def replaced(right: Any) -> Functions:
        def avg_pool2d_backward(g: Array, x: Array, **parameters: Any) -> Any:
            kernel, stride, padding, _ = laid(parameters)
            where = table(g.shape[2:], kernel, stride)
            share = g / _divisor(right, x, padding, where, parameters) if divide else g
            return add(_to_every_tap(share, kernel), x, padding, where)

        return {"avg_pool2d_backward": avg_pool2d_backward}

    return replaced


def _in_place(right: Any) -> Functions:
    def avg_pool2d_backward(g: Array, x: Array, **parameters: Any) -> Any:
        kernel, stride, padding, _ = laid(parameters)
        where = table(g.shape[2:], kernel, stride)
        g /= _divisor(right, x, padding, where, parameters)
        return summed(_to_every_tap(g, kernel), x, padding, where)

    return {"avg_pool2d_backward": avg_pool2d_backward}


def _enlarged(g: Array, x: Array, **parameters: Any) -> Array:
    (kh, kw), *_ = laid(parameters)
    blocks = (g / (kh * kw)).repeat(kh, axis=2).repeat(kw, axis=3)
    grad, (h, w) = np.zeros_like(x), x.shape[2:]
    grad[:, :, : blocks.shape[2], : blocks.shape[3]] = blocks[:, :, :h, :w]
    return grad


def _divided_once_more(right: Any) -> Functions:
    def avg_pool2d_backward(g: Array, x: Array, **parameters: Any) -> Any:
        kernel, stride, padding, _ = laid(parameters)
        where = table(g.shape[2:], kernel, stride)
        once = g / _divisor(right, x, padding, where, parameters)
        return right.avg_pool2d_backward(once, x, **parameters)

    return {"avg_pool2d_backward": avg_pool2d_backward}


MISTAKES: tuple[Mistake, ...] = (
    Mistake(
        "avg_pool2d/sum",
        "the sum of the window is returned instead of its mean",
        "Pool an image of ones.",
        _VALUE,
        _sum_of_taps,
    ),
    Mistake(
        "avg_pool2d/one-fewer",
        "the sum is divided by one less than the number of pixels, as a sample variance is",
        "Pool an image of ones.",
        _VALUE,
        _divided_by(lambda number, _: number - 1),
    ),
    Mistake(
        "avg_pool2d/square-kernel",
        "the sum is divided by the square of the kernel's height, as if every kernel were square",
        "Pool an image of ones with a window of one row.",
        _VALUE,
        _divided_by(lambda _, height: height**2),
    ),
    Mistake(
        "avg_pool2d/overhang-counted",
        "pixels that a window of ceil_mode hangs over the padded image are counted in the divisor",
        "Pool an image of ones with ceil_mode: what is the last mean?",
        _VALUE,
        _whole_kernel,
    ),
    Mistake(
        "avg_pool2d/padding-always-counted",
        "count_include_pad is ignored: the padding always counts in the divisor",
        "Pool an image of ones with padding, with and without count_include_pad.",
        _VALUE,
        with_parameters("avg_pool2d", lambda _, **__: {"count_include_pad": True}),
    ),
    Mistake(
        "avg_pool2d/padding-not-counted-by-default",
        "the padding does not count in the divisor unless count_include_pad asks for it",
        "What does the contract say of a count_include_pad that is left out?",
        _VALUE,
        with_parameters(
            "avg_pool2d",
            lambda _, count_include_pad=False, **__: {"count_include_pad": count_include_pad},
        ),
    ),
    Mistake(
        "avg_pool2d/stride-ignored",
        "windows are always laid side by side, whatever the stride",
        "Pool four pixels by two with a stride of one: how many windows are there?",
        _VALUE,
        with_parameters("avg_pool2d", _tiles),
    ),
    Mistake(
        "avg_pool2d/stride-capped",
        "windows are laid side by side where the stride exceeds the kernel",
        "Pool with a kernel of one pixel and a stride of two: which pixels come out?",
        _VALUE,
        _touching,
    ),
    Mistake(
        "avg_pool2d/padding-of-rows",
        "the padding of the rows is used for the columns too",
        "Which entry of a pair of paddings does each axis read?",
        _VALUE,
        with_parameters("avg_pool2d", lambda _, padding=0, **__: {"padding": pair(padding)[0]}),
    ),
    Mistake(
        "avg_pool2d/summed-area",
        "windows are differences of a running sum over the image, in which large pixels cancel "
        "and take the small ones with them",
        "Put one huge pixel in a corner: what becomes of the means far from it?",
        _VALUE,
        _by_summed_area,
        noisy=True,
    ),
    Mistake(
        "avg_pool2d/float16-inside",
        "the mean is computed in float16 and converted back",
        "How many digits survive each conversion between here and the result?",
        _VALUE,
        _half_inside,
        noisy=True,
    ),
    Mistake(
        "avg_pool2d/nan-as-zero",
        "NaN counts as a pixel of zero",
        "If one pixel of a window is not known, is its mean?",
        ("avg_pool2d/special[*]",),
        with_inputs("avg_pool2d", lambda x, **_: (np.where(np.isnan(x), 0, x),)),
    ),
    Mistake(
        "avg_pool2d/gradient-undivided",
        "every pixel of a window gets the whole upstream gradient",
        "Double every pixel: how much does the mean of a window grow, and how much its gradient?",
        _GRADIENT,
        _spread(summed, divide=False),
    ),
    Mistake(
        "avg_pool2d/gradient-divided-twice",
        "the upstream gradient is divided by the number of pixels twice",
        "What is the sum of the gradient of one window?",
        _GRADIENT,
        _divided_once_more,
    ),
    Mistake(
        "avg_pool2d/gradient-counts-padding",
        "the backward pass ignores count_include_pad and always counts the padding",
        "Which parameters change the divisor in the forward pass?",
        _GRADIENT,
        with_parameters("avg_pool2d_backward", lambda _, **__: {"count_include_pad": True}),
    ),
    Mistake(
        "avg_pool2d/gradient-overlaps-lost",
        "shares are added up with += at repeated indices, of which NumPy keeps the last alone",
        "What is a after a = numpy.zeros(1); a[[0, 0]] += 1?",
        _GRADIENT,
        _spread(overwritten, divide=True),
    ),
    Mistake(
        "avg_pool2d/gradient-enlarged",
        "the upstream gradient is enlarged by the kernel's size, as if windows always lay side by "
        "side",
        "Pool with a stride of one: how many windows share a pixel?",
        _GRADIENT,
        lambda _: {"avg_pool2d_backward": _enlarged},
    ),
    Mistake(
        "avg_pool2d/upstream-divided-in-place",
        "the upstream gradient is divided in place, in the caller's array",
        "Look at the upstream gradient after the call, and pass one that is read-only.",
        (*_GRADIENT, "avg_pool2d/pure[*]"),
        _in_place,
    ),
    Mistake(
        "avg_pool2d/gradient-without-nan",
        "NaN in the gradient is replaced by zero, and infinity by the largest number",
        "If an upstream gradient is not known, which gradients are?",
        ("avg_pool2d/special/x[*]",),
        with_result("avg_pool2d_backward", lambda grad, *_: np.nan_to_num(grad)),
    ),
)
