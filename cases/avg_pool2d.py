"""Two-dimensional average pooling: the mean of each window of an image.

    y = (1 / k) Σ over the window of x, padded with 0
    grad_x = Σ over windows p of g[p] / k[p], at every pixel of p

The divisor k[p] counts the pixels of the window. Those of the padding count only with
count_include_pad. With ceil_mode a window may hang over the padded image; that part never counts.
"""

from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from conformance.bounds import Array, Ball, disclaim, total
from conformance.spec import (
    Input,
    Lesson,
    Operation,
    Structure,
    TorchFunction,
    real,
    structures,
)

from ._pooling import CEIL_MODE, REFUSALS, images, reciprocal, windows_on
from ._window_parameters import Limits
from ._windows import Windows

_COUNT_INCLUDE_PAD = st.sampled_from([None, False, True, None, False, None])


def _images_of_average(draw: DrawFn) -> tuple[dict[str, Any], dict[str, Any]]:
    limits = Limits(pooling=True, dilation=1)
    return images(draw, limits, ceil_mode=CEIL_MODE, count_include_pad=_COUNT_INCLUDE_PAD)


def _shares(windows: Windows, like: Ball, *, count_include_pad: bool) -> Ball:
    """Return 1 / k for each window, (h′, w′)."""
    rows, columns = (
        axis.covered(with_padding=count_include_pad) for axis in (windows.rows, windows.columns)
    )
    return reciprocal(np.multiply.outer(rows, columns), like)


def _shared_sum(terms: Ball, shares: Ball, axis: tuple[int, int]) -> Ball:
    """Return Σ terms · shares, with the shares multiplied in before the sum or after it."""
    result = total(terms * shares, axis=axis)
    reach = terms.magnitude.sum(axis=axis)
    # After it, they come too late for a sum that overflows.
    overflows = ~(reach * (1 + 2.0**-10) < terms.arithmetic.form.largest)
    return disclaim(result, overflows & np.isfinite(result.value))


def _average(x: Ball, *, count_include_pad: bool = True, **parameters: Any) -> Ball:
    windows = windows_on(x, **parameters)
    shares = _shares(windows, x, count_include_pad=count_include_pad)
    return _shared_sum(windows.gather(x), shares, (2, 3))


def _grad_average(
    grad_output: Ball,
    x: Ball,
    *,
    count_include_pad: bool = True,
    **parameters: Any,
) -> Ball:
    windows = windows_on(x, **parameters)
    table = (*windows.kernel, *windows.counts)

    def at_taps(a: Array) -> Array:
        return np.broadcast_to(a[:, :, None, None], (*a.shape[:2], *table))

    shares = _shares(windows, grad_output, count_include_pad=count_include_pad)
    grads = windows.spread(grad_output.map(at_taps))
    return _shared_sum(grads, windows.spread(shares[None, None].map(at_taps)), (4, 5))


_PAIRS = "kernel_size, stride and padding are each an int or a pair; stride None is kernel_size."
_PADDING = (
    "The padding is 0. A window is divided by its pixels within the padded image, or the image."
)

ORDER = 51
OPERATIONS = (
    Operation(
        name="avg_pool2d",
        family="pooling",
        formula="yₙ_cp = (1 / k) Σ_ij xₙ_c[p·stride + (i, j)]",
        latex=r"y_{n,c,p} = \frac{1}{k} \sum_{i,j} x_{n,c}[p \cdot \text{stride} + (i, j)]",
        source="torch.nn.functional.avg_pool2d",
        inputs=(Input("x", real, "(n, c, h, w)"),),
        orders={"nhwc": ("x", "result")},
        parameters={
            "kernel_size": ...,
            "stride": None,
            "padding": 0,
            "ceil_mode": False,
            "count_include_pad": True,
        },
        result="(n, c, h′, w′)",
        notes=(_PAIRS, _PADDING),
        lesson=Lesson(
            170, "A first window that slides over an image: stride, padding, and the edge."
        ),
        structures=structures(_images_of_average),
        large=Structure({"x": (1, 1, 257, 256)}, {"kernel_size": 1}),
        torch=TorchFunction("torch.nn.functional.avg_pool2d"),
        value=_average,
        gradients={"x": _grad_average},
        refusals=REFUSALS,
    ),
)
