"""Mistakes of max pooling: windows laid wrongly, borders that win, ties and NaN overlooked."""

from collections.abc import Callable
from typing import Any

import numpy as np

from conformance.bounds import Array
from conformance.spec import Functions, Mistake, Wrong

from .._images import (
    crop,
    frame,
    laid,
    summed,
    table,
    taps,
    with_inputs,
    with_parameters,
    with_result,
)
from .._wrong import gradient_checks, value_checks

_VALUE = value_checks("max_pool2d")
_GRADIENT = gradient_checks("max_pool2d", "x")


def _max_of_taps(reduce: Callable[[Array], Any], fill: float = -np.inf) -> Wrong:
    """Reduce the taps of each window, (n, c, kh, kw, h', w'), in another way."""

    def replaced(right: Any) -> Functions:
        def max_pool2d(x: Array, **parameters: Any) -> Any:
            counts = right.max_pool2d(x, **parameters).shape[2:]
            kernel, stride, padding, dilation = laid(parameters)
            return reduce(taps(x, padding, table(counts, kernel, stride, dilation), fill))

        return {"max_pool2d": max_pool2d}

    return replaced


def _flat(windows: Array) -> Array:
    n, c, kh, kw, *counts = windows.shape
    return windows.reshape(n, c, kh * kw, *counts)


def _of_largest_magnitude(windows: Array) -> Any:
    flat = _flat(windows)
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


def _kernel_turned(_: Any, **parameters: Any) -> dict[str, Any]:
    kernel, stride, *_rest = laid(parameters)
    return {"kernel_size": kernel[::-1], "stride": stride}


def _shared(share: Callable[[Array, Array], Array], border: float = -np.inf) -> Wrong:
    """Share upstream gradients out otherwise: share(taps, g) has a window's tap at each tap."""

    def replaced(_right: Any) -> Functions:
        def max_pool2d_backward(g: Array, x: Array, **parameters: Any) -> Any:
            kernel, stride, padding, dilation = laid(parameters)
            where = table(g.shape[2:], kernel, stride, dilation)
            windows = taps(x, padding, where, border)
            return summed(share(windows, g[:, :, np.newaxis, np.newaxis]), x, padding, where)

        return {"max_pool2d_backward": max_pool2d_backward}

    return replaced


def _to_all_equals(windows: Array, g: Array) -> Array:
    return np.where(windows == windows.max(axis=(2, 3), keepdims=True), g, 0)


def _to_no_equals(windows: Array, g: Array) -> Array:
    largest = windows == windows.max(axis=(2, 3), keepdims=True)
    return np.where(largest & (largest.sum(axis=(2, 3), keepdims=True) == 1), g, 0)


def _first_winner(windows: Array) -> Array:
    kernel, winner = windows.shape[2:4], _flat(windows).argmax(axis=2)
    order = np.arange(kernel[0] * kernel[1]).reshape(*kernel, 1, 1)
    result: Array = winner[:, :, np.newaxis, np.newaxis] == order
    return result


def _by_lot(_right: Any) -> Functions:
    def max_pool2d_backward(g: Array, x: Array, **parameters: Any) -> Any:
        kernel, stride, padding, dilation = laid(parameters)
        where = table(g.shape[2:], kernel, stride, dilation)
        windows = taps(x, padding, where, -np.inf)
        largest = windows.max(axis=(2, 3), keepdims=True)
        equal = (windows == largest) | (np.isnan(windows) & np.isnan(largest))
        equal &= taps(np.ones_like(x), padding, where) > 0
        lots = np.where(equal, np.random.random(windows.shape), -1)  # noqa: NPY002 - the mistake
        upstream = np.where(_first_winner(lots), g[:, :, np.newaxis, np.newaxis], 0)
        return summed(upstream, x, padding, where)

    return {"max_pool2d_backward": max_pool2d_backward}


def _at_winners(*, side_by_side: bool) -> Wrong:
    """Add upstream gradients at the places of the winners, by an index with one entry a window."""

    def replaced(_right: Any) -> Functions:
        def max_pool2d_backward(g: Array, x: Array, **parameters: Any) -> Any:
            kernel, stride, padding, dilation = laid(parameters)
            (n, c, h, w), where = g.shape, table(g.shape[2:], kernel, stride, dilation)
            winner = _flat(taps(x, padding, where, -np.inf)).argmax(axis=2)
            i, j = np.divmod(winner, kernel[1])
            step = kernel if side_by_side else stride
            row = dilation[0] * i + step[0] * np.arange(h)[:, np.newaxis]
            column = dilation[1] * j + step[1] * np.arange(w)
            grad = frame(np.zeros_like(x), padding, where)
            image, channel = np.indices((n, c, 1, 1))[:2]
            index = (image, channel, row, column)
            if side_by_side:
                np.add.at(grad, index, g)
            else:
                grad[index] += g
            return crop(grad, x, padding)

        return {"max_pool2d_backward": max_pool2d_backward}

    return replaced


MISTAKES: tuple[Mistake, ...] = (
    Mistake(
        "max_pool2d/padded-with-zeros",
        "the image is padded with zeros, which win over negative pixels",
        "Pool an image of minus ones with padding.",
        _VALUE,
        _max_of_taps(lambda windows: windows.max(axis=(2, 3)), fill=0.0),
    ),
    Mistake(
        "max_pool2d/starts-from-zero",
        "the running maximum starts from zero, which is never undercut",
        "Pool an image of minus ones.",
        _VALUE,
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
        "max_pool2d/largest-magnitude",
        "the pixel of the largest magnitude is taken",
        "Pool a window that holds 1 and −2.",
        _VALUE,
        _max_of_taps(_of_largest_magnitude),
    ),
    Mistake(
        "max_pool2d/window-in-the-border",
        "with ceil_mode a last window is kept that begins in the far padding",
        "Does every window of yours begin at a pixel of the image or of its near border?",
        _VALUE,
        _window_in_the_border,
    ),
    Mistake(
        "max_pool2d/ceil-mode-ignored",
        "ceil_mode is ignored",
        "Pool five pixels by two: how many windows are there in each mode?",
        _VALUE,
        with_parameters("max_pool2d", lambda _, **__: {"ceil_mode": False}),
    ),
    Mistake(
        "max_pool2d/dilated-window-filled",
        "a dilated window takes the maximum of all pixels from its first tap to its last",
        "With a dilation of two, which pixels does a window of two see?",
        _VALUE,
        with_parameters("max_pool2d", _whole_dilated_window),
    ),
    Mistake(
        "max_pool2d/kernel-turned",
        "the kernel's height is taken for its width, and its width for its height",
        "Pool with a window of one row.",
        _VALUE,
        with_parameters("max_pool2d", _kernel_turned),
    ),
    Mistake(
        "max_pool2d/ties-paid-in-full",
        "the upstream gradient goes to every pixel that equals the maximum, so that tied pixels "
        "get it several times over, and NaN, which equals nothing, never",
        "Pool a constant image: is the sum of the gradient that of the upstream gradient?",
        ("max_pool2d/special/x[*]", "max_pool2d/convention/*[*]"),
        _shared(_to_all_equals),
    ),
    Mistake(
        "max_pool2d/ties-unpaid",
        "the upstream gradient goes to no pixel where several are the largest",
        "Pool a constant image: is the sum of the gradient that of the upstream gradient?",
        ("max_pool2d/special/x[*]", "max_pool2d/convention/*[*]"),
        _shared(_to_no_equals),
    ),
    Mistake(
        "max_pool2d/ties-by-lot",
        "among equal pixels the winner is drawn by lot from the global random state",
        "Call it twice on a constant image.",
        ("max_pool2d/pure[*]",),
        _by_lot,
    ),
    Mistake(
        "max_pool2d/gradient-to-border",
        "the backward pass looks for the winners in an image padded with zeros, which win over "
        "negative pixels and take the gradient with them",
        "Is the border that the backward pass sees the one of the forward pass?",
        _GRADIENT,
        _shared(lambda windows, g: np.where(_first_winner(windows), g, 0), border=0.0),
    ),
    Mistake(
        "max_pool2d/gradient-past-nan",
        "the upstream gradient of a window with a NaN goes to the largest of the other pixels",
        "Which pixel is the value of such a window?",
        ("max_pool2d/special/x[*]", "max_pool2d/convention/several-nan[*]"),
        with_inputs("max_pool2d_backward", lambda g, x, **_: (g, np.fmax(x, -np.inf))),
    ),
    Mistake(
        "max_pool2d/shared-winner-paid-once",
        "upstream gradients are added with += at the winners, of which NumPy keeps the last alone "
        "where windows share one",
        "What is a after a = numpy.zeros(1); a[[0, 0]] += 1?",
        _GRADIENT,
        _at_winners(side_by_side=False),
    ),
    Mistake(
        "max_pool2d/gradient-side-by-side",
        "windows are taken to lie side by side, so that a stride other than the kernel's size "
        "sends the gradient elsewhere",
        "Pool with a stride of one: at which pixel does the second window begin?",
        _GRADIENT,
        _at_winners(side_by_side=True),
    ),
    Mistake(
        "max_pool2d/winners-of-first-image",
        "the winners of the first image are used for the whole batch",
        "Take a batch apart, pool image by image, and compare the gradients.",
        _GRADIENT,
        _shared(lambda windows, g: np.where(_first_winner(windows[:1]), g, 0)),
    ),
    Mistake(
        "max_pool2d/upstream-ignored",
        "the gradient counts the windows that a pixel wins, without their upstream gradients",
        "Multiply the loss by ten: what should become of the gradient?",
        _GRADIENT,
        with_inputs("max_pool2d_backward", lambda g, x, **_: (np.ones_like(g), x)),
    ),
    Mistake(
        "max_pool2d/winners-in-float32",
        "the winners are found among pixels rounded to float32, where different ones can be equal",
        "Pool 1 and 1 + 2⁻⁴⁰ in float64: which of the two is the larger?",
        gradient_checks("max_pool2d", "x", dtype="float64"),
        with_inputs("max_pool2d_backward", lambda g, x, **_: (g, x.astype("f4").astype(x.dtype))),
    ),
)
