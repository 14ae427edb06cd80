"""Mistakes in how convolution is called: bad calls answered, good ones refused, traces left."""

import sys
import warnings
from typing import Any

import numpy as np

from conformance.bounds import Array
from conformance.spec import Functions, Mistake, pair

from .._images import one_by_one, with_inputs, with_parameters, with_result
from .._wrong import dtype_checks, edge_checks, reused, value_checks

_VALUE = value_checks("conv2d")
_REFUSAL = ("conv2d/refusal[*]",)
_PURE = ("conv2d/pure[*]",)


def _first_image_kept(right: Any) -> Functions:
    kept: list[Array] = []

    def conv2d(x: Array, weight: Array, bias: Array, **parameters: Any) -> Any:
        if not kept:
            kept.append(x)
        return right.conv2d(kept[0], weight, bias, **parameters)

    return {"conv2d": conv2d}


def _silences_warnings(right: Any) -> Functions:
    def conv2d(x: Array, weight: Array, bias: Array, **parameters: Any) -> Any:
        warnings.simplefilter("ignore", RuntimeWarning)
        return right.conv2d(x, weight, bias, **parameters)

    return {"conv2d": conv2d}


def _upstream_consumed(right: Any) -> Functions:
    def conv2d_backward(g: Array, *inputs: Array, **parameters: Any) -> Any:
        scratch = np.require(g, requirements="W")
        grads = right.conv2d_backward(scratch, *inputs, **parameters)
        scratch[...] = 0
        return grads

    return {"conv2d_backward": conv2d_backward}


def _remembers_the_forward(right: Any) -> Functions:
    seen: dict[str, tuple[Array, ...]] = {}

    def conv2d(*inputs: Array, **parameters: Any) -> Any:
        seen["inputs"] = inputs
        return right.conv2d(*inputs, **parameters)

    def conv2d_backward(g: Array, *_: Array, **parameters: Any) -> Any:
        return right.conv2d_backward(g, *seen["inputs"], **parameters)

    return {"conv2d": conv2d, "conv2d_backward": conv2d_backward}


def _exits(right: Any) -> Functions:
    def conv2d(x: Array, weight: Array, bias: Array, **parameters: Any) -> Any:
        try:
            return right.conv2d(x, weight, bias, **parameters)
        except ValueError as error:
            sys.exit(f"conv2d: {error}")

    return {"conv2d": conv2d}


def _negative_padding_crops(right: Any) -> Functions:
    def conv2d(x: Array, weight: Array, bias: Array, **parameters: Any) -> Any:
        padding = pair(parameters.get("padding", 0))
        for axis, p in enumerate(padding, start=2):
            x = np.take(x, range(-p, x.shape[axis] + p), axis) if p < 0 < x.shape[axis] + p else x
        parameters["padding"] = tuple(max(p, 0) for p in padding)
        return right.conv2d(x, weight, bias, **parameters)

    return {"conv2d": conv2d}


def _rounded_towards_zero(right: Any) -> Functions:
    def conv2d(x: Array, weight: Array, bias: Array, **parameters: Any) -> Any:
        if x.ndim == weight.ndim == 4:
            names = (("stride", 1), ("padding", 0), ("dilation", 1))
            laid = (pair(parameters.get(name, default)) for name, default in names)
            for axis, (s, p, d) in enumerate(zip(*laid, strict=True), start=2):
                missing = d * (weight.shape[axis] - 1) + 1 - x.shape[axis] - 2 * p
                # int(−1 / 2) + 1 = 1: a window is counted, its missing pixels are read as zeros.
                if 0 < missing < s:
                    x = np.pad(x, [(0, missing if i == axis else 0) for i in range(4)])
        return right.conv2d(x, weight, bias, **parameters)

    return {"conv2d": conv2d}


def _surplus_ignored(
    x: Array, weight: Array, bias: Array, *, groups: int = 1, **_: Any
) -> tuple[Array, ...]:
    return (x[:, : groups * weight.shape[1]] if x.ndim == 4 else x), weight, bias


def _one_bias_for_all(x: Array, weight: Array, bias: Array, **_: Any) -> tuple[Array, ...]:
    return x, weight, np.broadcast_to(bias, weight.shape[:1])


def _falsy_means_absent(_: Any, **parameters: Any) -> dict[str, Any]:
    return {name: parameters.get(name) or 1 for name in ("stride", "dilation", "groups")}


MISTAKES: tuple[Mistake, ...] = (
    Mistake(
        "conv2d/first-image-kept",
        "the images of the first call are kept and used in every later one",
        "Call it twice, with two different images.",
        _VALUE,
        _first_image_kept,
    ),
    Mistake(
        "conv2d/size-one-axes-dropped",
        "axes of size one are squeezed out of the result",
        "Print the shape of the output for one image, and for one output channel.",
        _VALUE,
        with_result("conv2d", lambda y, *_: y.squeeze()),
    ),
    Mistake(
        "conv2d/list-of-images",
        "the result is a list of images instead of one array",
        "Ask the result for its shape.",
        _VALUE,
        with_result("conv2d", lambda y, *_: list(y)),
    ),
    Mistake(
        "conv2d/float64-output",
        "the result is float64 whatever the inputs are, for np.zeros is unless it is told",
        "Look at the dtype of the array that the result is collected in.",
        dtype_checks("conv2d", "float32"),
        with_result("conv2d", lambda y, *_: np.zeros(y.shape) + y),
    ),
    Mistake(
        "conv2d/float32-output",
        "the result is float32 whatever the inputs are",
        "Convolve in float64 and look at the last digits of the result.",
        dtype_checks("conv2d", "float64"),
        with_result("conv2d", lambda y, *_: y.astype(np.float32)),
    ),
    Mistake(
        "conv2d/empty-batch-flat",
        "a batch of no images gives an array of shape (0,), as an empty list of images does",
        "What is the shape of the output of a batch of n images, for every n that can occur?",
        edge_checks("conv2d"),
        one_by_one("conv2d"),
    ),
    Mistake(
        "conv2d/nan-swallowed",
        "NaN in the result is replaced by zero, and infinity by the largest number",
        "If one pixel is not known, which outputs are?",
        ("conv2d/special[*]",),
        with_result("conv2d", lambda y, *_: np.nan_to_num(y)),
    ),
    Mistake(
        "conv2d/output-reused",
        "outputs of one shape share one buffer, and each call overwrites the one before",
        "Keep a result, call again, and look at the first result.",
        _PURE,
        lambda right: {"conv2d": reused(right.conv2d)},
    ),
    Mistake(
        "conv2d/warnings-silenced",
        "warnings are silenced for the whole program, and stay so",
        "Compare warnings.filters before and after a call.",
        _PURE,
        _silences_warnings,
    ),
    Mistake(
        "conv2d/upstream-consumed",
        "the backward pass uses the upstream gradient as scratch memory and leaves it zero",
        "To whom does the array of upstream gradients belong after the call?",
        _PURE,
        _upstream_consumed,
    ),
    Mistake(
        "conv2d/forward-remembered",
        "the backward pass uses the inputs of the last forward call instead of those it is given",
        "Call the backward function twice with different inputs and no forward call between.",
        _PURE,
        _remembers_the_forward,
    ),
    Mistake(
        "conv2d/exits-on-bad-input",
        "bad input ends the program instead of raising an error that can be handled",
        "What does a caller see that wraps the call in try and except Exception?",
        _REFUSAL,
        _exits,
    ),
    Mistake(
        "conv2d/negative-padding-crops",
        "negative padding is accepted and crops the image",
        "Which paddings does the rule allow, and where are the others refused?",
        _REFUSAL,
        _negative_padding_crops,
    ),
    Mistake(
        "conv2d/kernel-too-large-accepted",
        "the quotient in the number of windows is rounded towards zero, so that a kernel too "
        "large for the image still gets a window",
        "What are int(−1 / 2) and −1 // 2?",
        _REFUSAL,
        _rounded_towards_zero,
    ),
    Mistake(
        "conv2d/surplus-channels-ignored",
        "channels of the image that the weight has no entry for are ignored in silence",
        "Pass an image with one channel too many.",
        _REFUSAL,
        with_inputs("conv2d", _surplus_ignored),
    ),
    Mistake(
        "conv2d/bias-broadcast",
        "a bias of one entry is accepted for any number of output channels",
        "Which shapes does broadcasting let through beside the right one?",
        _REFUSAL,
        with_inputs("conv2d", _one_bias_for_all),
    ),
    Mistake(
        "conv2d/zero-means-default",
        "a stride, dilation or number of groups of zero is taken for an absent one",
        "What is the value of 0 or 1 in Python?",
        _REFUSAL,
        with_parameters("conv2d", _falsy_means_absent),
    ),
)
