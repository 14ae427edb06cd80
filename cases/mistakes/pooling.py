"""Mistakes of pooling: windows laid wrongly, borders and divisors mixed up, NaN overlooked."""

from collections.abc import Callable
from typing import Any

import numpy as np

from cases.mistakes._images import Variant, frame, laid, table, taps, with_parameters, with_result
from cases.mistakes._wrong import value_checks
from conformance.formats import Array
from conformance.mistake import Functions, Mistake
from conformance.strategies import pair

_MAX = value_checks("max_pool2d", refusal=True)
_AVERAGE = value_checks("avg_pool2d", refusal=True)


def _max_of_taps(reduce: Callable[[Array], Any], fill: float = -np.inf) -> Variant:
    """Reduce the taps of each window, (n, c, kh, kw, h', w'), in another way."""

    def variant(right: Any) -> Functions:
        def max_pool2d(x: Array, **parameters: Any) -> Any:
            counts = right.max_pool2d(x, **parameters).shape[2:]
            kernel, stride, padding, dilation = laid(parameters)
            return reduce(taps(x, padding, table(counts, kernel, stride, dilation), fill))

        return {"max_pool2d": max_pool2d}

    return variant


def _of_largest_magnitude(windows: Array) -> Any:
    flat = windows.reshape(*windows.shape[:2], -1, *windows.shape[4:])
    # The border of −∞ must not win.
    size = np.where(np.isneginf(flat), -1, np.abs(flat))
    return np.take_along_axis(flat, size.argmax(axis=2)[:, :, np.newaxis], axis=2)[:, :, 0]


def _window_in_the_border(right: Any) -> Functions:
    def max_pool2d(x: Array, **parameters: Any) -> Any:
        y = right.max_pool2d(x, **parameters)
        if not parameters.get("ceil_mode", False):
            return y
        kernel, stride, padding, dilation = laid(parameters)
        sizes = zip(x.shape[2:], kernel, stride, padding, dilation, strict=True)
        counts = [-(-(n + 2 * p - d * (k - 1) - 1) // s) + 1 for n, k, s, p, d in sizes]
        return taps(x, padding, table(counts, kernel, stride, dilation), -np.inf).max(axis=(2, 3))

    return {"max_pool2d": max_pool2d}


def _whole_dilated_window(_: Any, **parameters: Any) -> dict[str, Any]:
    kernel, stride, _, dilation = laid(parameters)
    reach = tuple(d * (k - 1) + 1 for k, d in zip(kernel, dilation, strict=True))
    return {"kernel_size": reach, "stride": stride, "dilation": 1}


def _tiles(_: Any, **parameters: Any) -> dict[str, Any]:
    return {"stride": parameters["kernel_size"]}


def _kernel_turned(_: Any, **parameters: Any) -> dict[str, Any]:
    kernel, stride, *_rest = laid(parameters)
    return {"kernel_size": kernel[::-1], "stride": stride}


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


def _scaled_by_area(change: Callable[[int, int], float]) -> Variant:
    """Divide by something else than the kernel's area: change(kh, kw)."""

    def variant(right: Any) -> Functions:
        def avg_pool2d(x: Array, **parameters: Any) -> Any:
            (kh, kw), *_ = laid(parameters)
            y = right.avg_pool2d(x, **parameters)
            return (y * (kh * kw) / np.asarray(change(kh, kw), y.dtype)).astype(y.dtype)

        return {"avg_pool2d": avg_pool2d}

    return variant


def _divisor(right: Any, x: Array, padding: Any, where: Any, parameters: dict[str, Any]) -> Array:
    """What the windows' sums are divided by: their pixels by the mean of an image of ones."""
    ones = np.ones((1, 1, *x.shape[2:]), x.dtype)
    pixels = taps(ones, padding, where).sum(axis=(2, 3))
    return np.rint(pixels / right.avg_pool2d(ones, **parameters))


def _by_summed_area(right: Any) -> Functions:
    def avg_pool2d(x: Array, **parameters: Any) -> Any:
        counts = right.avg_pool2d(x, **parameters).shape[2:]
        kernel, stride, padding, _ = laid(parameters)
        where = rows, columns = table(counts, kernel, stride)
        area = frame(x, padding, where).cumsum(axis=2, dtype=x.dtype).cumsum(axis=3, dtype=x.dtype)
        area = np.pad(area, ((0, 0), (0, 0), (1, 0), (1, 0)))
        (top, bottom), (near, far) = ((one.min((0, 1)), one.max((0, 1)) + 1) for one in where)
        whole = area[:, :, bottom, far] - area[:, :, top, far]
        total = whole - area[:, :, bottom, near] + area[:, :, top, near]
        assert rows.ndim == columns.ndim
        return total / _divisor(right, x, padding, where, parameters)

    return {"avg_pool2d": avg_pool2d}


def _half_inside(right: Any) -> Functions:
    def avg_pool2d(x: Array, **parameters: Any) -> Any:
        return right.avg_pool2d(x.astype(np.float16), **parameters).astype(x.dtype)

    return {"avg_pool2d": avg_pool2d}


def _nan_left_out(right: Any) -> Functions:
    def avg_pool2d(x: Array, **parameters: Any) -> Any:
        return right.avg_pool2d(np.where(np.isnan(x), x.dtype.type(0), x), **parameters)

    return {"avg_pool2d": avg_pool2d}


def _touching(right: Any) -> Functions:
    def avg_pool2d(x: Array, **parameters: Any) -> Any:
        y = right.avg_pool2d(x, **parameters)
        kernel, stride, *_ = laid(parameters)
        least = tuple(min(s, k) for s, k in zip(stride, kernel, strict=True))
        dense = right.avg_pool2d(x, **{**parameters, "stride": least})
        return dense[:, :, : y.shape[2], : y.shape[3]].copy()

    return {"avg_pool2d": avg_pool2d}


MISTAKES: tuple[Mistake, ...] = (
    Mistake(
        "max_pool2d/padded-with-zeros",
        "the image is padded with zeros, which win over negative pixels",
        "Pool an image of minus ones with padding.",
        _MAX,
        _max_of_taps(lambda windows: windows.max(axis=(2, 3)), fill=0.0),
    ),
    Mistake(
        "max_pool2d/starts-from-zero",
        "the running maximum starts from zero, which is never undercut",
        "Pool an image of minus ones.",
        _MAX,
        with_result("max_pool2d", lambda y, _: np.maximum(y, 0)),
    ),
    Mistake(
        "max_pool2d/starts-from-lowest-finite",
        "the running maximum starts from the lowest finite number, which is above −∞",
        "Which number is no larger than any other?",
        ("max_pool2d/special[*]",),
        with_result("max_pool2d", lambda y, _: np.maximum(y, np.finfo(y.dtype).min)),
    ),
    Mistake(
        "max_pool2d/nan-overlooked",
        "a window's NaN is passed over, since no comparison with it holds",
        "If one pixel of a window is not known, is its maximum?",
        ("max_pool2d/special[*]",),
        _max_of_taps(lambda windows: np.fmax.reduce(windows, axis=(2, 3))),
    ),
    Mistake(
        "max_pool2d/largest-magnitude",
        "the pixel of the largest magnitude is taken",
        "Pool a window that holds 1 and −2.",
        _MAX,
        _max_of_taps(_of_largest_magnitude),
    ),
    Mistake(
        "max_pool2d/window-in-the-border",
        "with ceil_mode a last window is kept that begins in the far padding",
        "Does every window of yours begin at a pixel of the image or of its near border?",
        _MAX,
        _window_in_the_border,
    ),
    Mistake(
        "max_pool2d/ceil-mode-ignored",
        "ceil_mode is ignored",
        "Pool five pixels by two: how many windows are there in each mode?",
        _MAX,
        with_parameters("max_pool2d", lambda _, **__: {"ceil_mode": False}),
    ),
    Mistake(
        "max_pool2d/stride-defaults-to-one",
        "the stride is one where none is given, instead of the kernel's size",
        "What does the contract say of a stride that is left out?",
        _MAX,
        with_parameters("max_pool2d", lambda _, stride=1, **__: {"stride": stride}),
    ),
    Mistake(
        "max_pool2d/dilated-window-filled",
        "a dilated window takes the maximum of all pixels from its first tap to its last",
        "With a dilation of two, which pixels does a window of two see?",
        _MAX,
        with_parameters("max_pool2d", _whole_dilated_window),
    ),
    Mistake(
        "max_pool2d/kernel-turned",
        "the kernel's height is taken for its width, and its width for its height",
        "Pool with a window of one row.",
        _MAX,
        with_parameters("max_pool2d", _kernel_turned),
    ),
    Mistake(
        "avg_pool2d/sum",
        "the sum of the window is returned instead of its mean",
        "Pool an image of ones.",
        _AVERAGE,
        _sum_of_taps,
    ),
    Mistake(
        "avg_pool2d/one-fewer",
        "the sum is divided by one less than the number of pixels, as a sample variance is",
        "Pool an image of ones.",
        _AVERAGE,
        _scaled_by_area(lambda kh, kw: kh * kw - 1),
    ),
    Mistake(
        "avg_pool2d/square-kernel",
        "the sum is divided by the square of the kernel's height, as if every kernel were square",
        "Pool an image of ones with a window of one row.",
        _AVERAGE,
        _scaled_by_area(lambda kh, _: kh * kh),
    ),
    Mistake(
        "avg_pool2d/overhang-counted",
        "pixels that a window of ceil_mode hangs over the padded image are counted in the divisor",
        "Pool an image of ones with ceil_mode: what is the last mean?",
        _AVERAGE,
        _whole_kernel,
    ),
    Mistake(
        "avg_pool2d/padding-always-counted",
        "count_include_pad is ignored: the padding always counts in the divisor",
        "Pool an image of ones with padding, with and without count_include_pad.",
        _AVERAGE,
        with_parameters("avg_pool2d", lambda _, **__: {"count_include_pad": True}),
    ),
    Mistake(
        "avg_pool2d/padding-not-counted-by-default",
        "the padding does not count in the divisor unless count_include_pad asks for it",
        "What does the contract say of a count_include_pad that is left out?",
        _AVERAGE,
        with_parameters(
            "avg_pool2d",
            lambda _, count_include_pad=False, **__: {"count_include_pad": count_include_pad},
        ),
    ),
    Mistake(
        "avg_pool2d/stride-ignored",
        "windows are always laid side by side, whatever the stride",
        "Pool four pixels by two with a stride of one: how many windows are there?",
        _AVERAGE,
        with_parameters("avg_pool2d", _tiles),
    ),
    Mistake(
        "avg_pool2d/stride-capped",
        "windows are laid side by side where the stride exceeds the kernel",
        "Pool with a kernel of one pixel and a stride of two: which pixels come out?",
        _AVERAGE,
        _touching,
    ),
    Mistake(
        "avg_pool2d/padding-of-rows",
        "the padding of the rows is used for the columns too",
        "Which entry of a pair of paddings does each axis read?",
        _AVERAGE,
        with_parameters("avg_pool2d", lambda _, padding=0, **__: {"padding": pair(padding)[0]}),
    ),
    Mistake(
        "avg_pool2d/summed-area",
        "windows are differences of a running sum over the image, in which large pixels cancel "
        "and take the small ones with them",
        "Put one huge pixel in a corner: what becomes of the means far from it?",
        _AVERAGE,
        _by_summed_area,
    ),
    Mistake(
        "avg_pool2d/float16-inside",
        "the mean is computed in float16 and converted back",
        "How many digits survive each conversion between here and the result?",
        _AVERAGE,
        _half_inside,
    ),
    Mistake(
        "avg_pool2d/nan-as-zero",
        "NaN counts as a pixel of zero",
        "If one pixel of a window is not known, is its mean?",
        ("avg_pool2d/special[*]",),
        _nan_left_out,
    ),
)
