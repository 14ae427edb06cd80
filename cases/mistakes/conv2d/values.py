"""Mistakes of convolution: kernels turned, edges filled wrongly, channels and images mixed up."""

from collections.abc import Callable
from typing import Any

import numpy as np

from conformance.bounds import Array
from conformance.spec import Functions, Mistake, Wrong, pair

from .._images import (
    with_inputs,
    with_parameters,
    with_result,
    without_strides,
)
from .._wrong import gradient_checks, value_checks

_VALUE = value_checks("conv2d")
_SPECIAL = ("conv2d/special[*]",)


def _flipped(right: Any) -> Functions:
    def conv2d(x: Array, weight: Array, bias: Array, **parameters: Any) -> Any:
        return right.conv2d(x, weight[:, :, ::-1, ::-1], bias, **parameters)

    def conv2d_backward(g: Array, x: Array, weight: Array, bias: Array, **parameters: Any) -> Any:
        flipped = weight[:, :, ::-1, ::-1]
        grad_x, grad_weight, grad_bias = right.conv2d_backward(g, x, flipped, bias, **parameters)
        return grad_x, grad_weight[:, :, ::-1, ::-1], grad_bias

    return {"conv2d": conv2d, "conv2d_backward": conv2d_backward}


def _padded(border: Callable[..., Array]) -> Wrong:
    """Put another border around the image."""

    def replaced(right: Any) -> Functions:
        def conv2d(x: Array, weight: Array, bias: Array, **parameters: Any) -> Any:
            rows, columns = pair(parameters.pop("padding", 0))
            return right.conv2d(border(x, rows, columns), weight, bias, **parameters)

        return {"conv2d": conv2d}

    return replaced


def _near_edges_only(x: Array, rows: int, columns: int) -> Array:
    return np.pad(x, ((0, 0), (0, 0), (2 * rows, 0), (2 * columns, 0)))


def _replicated(x: Array, rows: int, columns: int) -> Array:
    return np.pad(x, ((0, 0), (0, 0), (rows, rows), (columns, columns)), mode="edge")


def _masked(x: Array, rows: int, columns: int) -> Array:
    inside = np.pad(np.ones(x.shape[2:], x.dtype), ((rows, rows), (columns, columns)))
    masked: Array = _replicated(x, rows, columns) * inside
    return masked


def _touching(right: Any) -> Functions:
    def conv2d(x: Array, weight: Array, bias: Array, *, stride: Any = 1, **others: Any) -> Any:
        y = right.conv2d(x, weight, bias, stride=stride, **others)
        spans = [
            d * (k - 1) + 1
            for d, k in zip(pair(others.get("dilation", 1)), weight.shape[2:], strict=True)
        ]
        least = tuple(min(s, span) for s, span in zip(pair(stride), spans, strict=True))
        dense = right.conv2d(x, weight, bias, stride=least, **others)
        return dense[:, :, : y.shape[2], : y.shape[3]].copy()

    return {"conv2d": conv2d}


def _last_row_lost(right: Any) -> Functions:
    def conv2d(x: Array, weight: Array, bias: Array, *, dilation: Any = 1, **others: Any) -> Any:
        y = right.conv2d(x, weight, bias, dilation=dilation, **others)
        # ⌊(h + 2·padding − dilation·kh) / stride⌋ + 1
        padding, stride = pair(others.get("padding", 0)), pair(others.get("stride", 1))
        h, w = (
            (n + 2 * p - d * k) // s + 1
            for n, p, d, k, s in zip(
                x.shape[2:], padding, pair(dilation), weight.shape[2:], stride, strict=True
            )
        )
        return y[:, :, : max(h, 0), : max(w, 0)].copy()

    return {"conv2d": conv2d}


def _one_more_window(right: Any) -> Functions:
    def conv2d(x: Array, weight: Array, bias: Array, **parameters: Any) -> Any:
        far = [(0, s - 1) for s in pair(parameters.get("stride", 1))]
        padding = pair(parameters.pop("padding", 0))
        near = [(0, 0), (0, 0), *((p, p + f) for p, (_, f) in zip(padding, far, strict=True))]
        return right.conv2d(np.pad(x, near), weight, bias, **parameters)

    return {"conv2d": conv2d}


def _interleaved(
    x: Array, weight: Array, bias: Array, *, groups: int = 1, **_: Any
) -> tuple[Array, ...]:
    # x[:, g::groups] for group g
    order = np.arange(x.shape[1]).reshape(-1, groups).T.ravel()
    return x[:, order], weight, bias


def _first_group(
    x: Array, weight: Array, bias: Array, *, groups: int = 1, **_: Any
) -> tuple[Array, ...]:
    return x, np.concatenate([weight[: len(weight) // groups]] * groups), bias


def _by_fourier_transform(_right: Any) -> Functions:
    def conv2d(
        x: Array, weight: Array, bias: Array, *,
        stride: Any = 1, padding: Any = 0, dilation: Any = 1, groups: int = 1,
    ) -> Any:  # fmt: skip
        (out, c, kh, kw), (dh, dw), (sh, sw) = weight.shape, pair(dilation), pair(stride)
        kernel = np.zeros((out, c, dh * (kh - 1) + 1, dw * (kw - 1) + 1), x.dtype)
        kernel[:, :, ::dh, ::dw] = weight
        x = np.pad(x, [(0, 0), (0, 0), *((p, p) for p in pair(padding))])
        size = x.shape[2:]
        X, W = np.fft.rfft2(x), np.fft.rfft2(kernel, size).conj()
        X = X.reshape(len(x), groups, c, *X.shape[2:])
        W = W.reshape(groups, out // groups, c, *W.shape[2:])
        y = np.fft.irfft2(np.einsum("ngchw,gochw->ngohw", X, W), size)
        h, w = (s - k + 1 for s, k in zip(size, kernel.shape[2:], strict=True))
        y = y.reshape(len(x), out, *size)[:, :, :h:sh, :w:sw]
        return (y + bias[:, np.newaxis, np.newaxis]).astype(x.dtype)

    return {"conv2d": conv2d}


def _half_inside(right: Any) -> Functions:
    def conv2d(x: Array, weight: Array, bias: Array, **parameters: Any) -> Any:
        halves = (array.astype(np.float16) for array in (x, weight, bias))
        return right.conv2d(*halves, **parameters).astype(x.dtype)

    return {"conv2d": conv2d}


def _bias_per_channel(y: Array, _x: Array, weight: Array, bias: Array) -> Any:
    for _ in range(1, weight.shape[1]):
        y = y + bias[:, np.newaxis, np.newaxis]
    return y


def _single_image(y: Array, x: Array, _weight: Array, bias: Array) -> Any:
    return y - bias[:, np.newaxis, np.newaxis] if len(x) == 1 else y


MISTAKES: tuple[Mistake, ...] = (
    Mistake(
        "conv2d/kernel-flipped",
        "the kernel is flipped: true convolution instead of cross-correlation",
        "Convolve an image that has a single one in it: which way round does the kernel appear?",
        (*_VALUE, *gradient_checks("conv2d", "x", "weight")),
        _flipped,
    ),
    Mistake(
        "conv2d/kernel-read-by-columns",
        "the kernel's entries are read column by column, so rows and columns change places",
        "Try a kernel of one row, and one of two by two with four different entries.",
        _VALUE,
        with_inputs("conv2d", lambda x, w, b, **_: (x, w.swapaxes(2, 3).reshape(w.shape), b)),
    ),
    Mistake(
        "conv2d/bias-missing",
        "the bias is not added",
        "What is the output where the kernel is zero?",
        _VALUE,
        with_inputs("conv2d", lambda x, w, b, **_: (x, w, np.zeros_like(b))),
    ),
    Mistake(
        "conv2d/bias-per-input-channel",
        "the bias is added inside the loop over input channels, once for each of them",
        "How often does the bias occur in the formula, and how often does your line run?",
        _VALUE,
        with_result("conv2d", _bias_per_channel),
    ),
    Mistake(
        "conv2d/bias-missing-for-one-image",
        "the short cut for a batch of one image leaves out the bias",
        "Take a batch apart, convolve image by image, and compare.",
        _VALUE,
        with_result("conv2d", _single_image),
    ),
    Mistake(
        "conv2d/padding-at-near-edges",
        "all of the padding is put above and to the left of the image, none at the other edges",
        "Pad an image of ones and sum it up under a kernel of ones: is the output symmetric?",
        _VALUE,
        _padded(_near_edges_only),
    ),
    Mistake(
        "conv2d/padding-replicates-edge",
        "the image is padded with its edge pixels instead of zeros",
        "What does a window see that lies on the corner of an image of ones?",
        _VALUE,
        _padded(_replicated),
    ),
    Mistake(
        "conv2d/padding-masked",
        "the padding is made zero by multiplication, which turns an infinite pixel at the edge "
        "into NaN",
        "What is zero times infinity?",
        _SPECIAL,
        _padded(_masked),
    ),
    Mistake(
        "conv2d/padding-of-other-axis",
        "the padding of the rows is applied to the columns, and that of the columns to the rows",
        "Pad only the rows: which side of the output grows?",
        _VALUE,
        with_parameters("conv2d", lambda _, padding=0, **__: {"padding": pair(padding)[::-1]}),
    ),
    Mistake(
        "conv2d/stride-of-rows",
        "the stride of the rows is used for the columns too",
        "Which entry of a pair of strides does each axis read?",
        _VALUE,
        with_parameters("conv2d", lambda _, stride=1, **__: {"stride": pair(stride)[0]}),
    ),
    Mistake(
        "conv2d/stride-capped",
        "windows are laid side by side where the stride exceeds the kernel, as if no pixel could "
        "lie between two of them",
        "Convolve with a kernel of one pixel and a stride of two: which pixels come out?",
        _VALUE,
        _touching,
    ),
    Mistake(
        "conv2d/dilated-kernel-too-large",
        "a dilated kernel is taken to reach over dilation · size pixels, so that the last window "
        "can get lost",
        "Draw a kernel of two pixels with dilation three: how many pixels from end to end?",
        _VALUE,
        _last_row_lost,
    ),
    Mistake(
        "conv2d/size-rounded-up",
        "the number of windows is rounded up, and the last one reads zeros beyond the padding",
        "What happens to pixels at the far edge that are too few for another window?",
        _VALUE,
        _one_more_window,
    ),
    Mistake(
        "conv2d/groups-interleaved",
        "group g gets every groups-th channel from g on, instead of g's contiguous block",
        "With four channels in two groups, write down which ones the first group sees.",
        _VALUE,
        with_inputs("conv2d", _interleaved),
    ),
    Mistake(
        "conv2d/groups-share-kernels",
        "every group is convolved with the kernels of the first",
        "Which rows of the weight belong to the second group?",
        _VALUE,
        with_inputs("conv2d", _first_group),
    ),
    Mistake(
        "conv2d/images-mixed-with-channels",
        "the product of weight and columns, channels before images, is reshaped to images before "
        "channels without a transposition",
        "Reshaping keeps the order of the numbers in memory: which axis varies slowest before it?",
        _VALUE,
        with_result("conv2d", lambda y, *_: y.swapaxes(0, 1).reshape(y.shape)),
    ),
    Mistake(
        "conv2d/strides-ignored",
        "the image's memory is read from its start on, without regard to its strides",
        "Pass the same image once more as every second column of a larger one.",
        _VALUE,
        with_inputs("conv2d", lambda x, w, b, **_: (without_strides(x), w, b)),
    ),
    Mistake(
        "conv2d/fourier-transform",
        "the sum is computed by fast Fourier transform, whose error follows the largest pixel of "
        "the image instead of those in the window",
        "Put one huge pixel in a corner: what becomes of the outputs far from it?",
        _VALUE,
        _by_fourier_transform,
    ),
    Mistake(
        "conv2d/float16-inside",
        "the sum is computed in float16 and converted back",
        "How many digits survive each conversion between here and the result?",
        _VALUE,
        _half_inside,
        noisy=True,
    ),
)
