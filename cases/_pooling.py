"""Images, windows and refusals, which max and average pooling share."""

from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from conformance.bounds import Array, Ball
from conformance.spec import Refusal, batch_sizes, may_give, sizes

from ._window_parameters import (
    Limits,
    draw_windows,
    image_of_rank,
    kernel_too_large,
    out_of_range,
    padding_over_half,
    spelled,
)
from ._windows import Pairs, Windows, lay

# A flag is left out where it is None. True is frequent: even with ceil_mode few windows hang over
# the edge, for none may begin beyond the image.
CEIL_MODE = st.sampled_from([None, True, False, True, True, True])


def images(
    draw: DrawFn, limits: Limits, **flags: SearchStrategy[bool | None]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Draw the shape of images and the parameters of pooling."""
    drawn = {name: draw(flag) for name, flag in flags.items()}
    parameters = {
        name: flag for name, flag in drawn.items() if flag is not None and may_give(name, flag)
    }
    windows = draw_windows(draw, limits, ceil_mode=parameters.get("ceil_mode", False))
    rows, columns = windows.rows, windows.columns
    parameters |= spelled(draw, "kernel_size", windows.kernel)
    parameters |= spelled(draw, "stride", (rows.stride, columns.stride), windows.kernel)
    parameters |= spelled(draw, "padding", windows.padding, (0, 0))
    if limits.dilation > 1:
        parameters |= spelled(draw, "dilation", (rows.dilation, columns.dilation), (1, 1))
    n, c = draw(batch_sizes(empty=2)), draw(sizes(1, 3))
    return {"x": (n, c, rows.size, columns.size)}, parameters


def windows_on(
    x: Ball,
    *,
    kernel_size: Pairs,
    stride: Pairs | None = None,
    padding: Pairs = 0,
    dilation: Pairs = 1,
    ceil_mode: bool = False,
) -> Windows:
    """Return the windows on an image (n, c, h, w), by the parameters of pooling."""
    stride = kernel_size if stride is None else stride
    image = (x.shape[2], x.shape[3])
    return lay(image, kernel_size, stride, padding, dilation, ceil_mode=ceil_mode)


def reciprocal(k: Array, like: Ball) -> Ball:
    """Return 1 / k, rounded or not: its ball covers a quotient by k and a product with 1 / k."""
    value = 1 / k.astype(like.arithmetic.arbiter)
    exact = (k & (k - 1)) == 0
    if exact.all():
        return like.like(value)
    error = np.where(exact, 0.0, like.arithmetic.form.u * value.astype(np.float64))
    return Ball(value, error, like.arithmetic)


REFUSALS = (
    Refusal("x-of-rank-2", "x must be of rank 4", image_of_rank(2)),
    Refusal("x-of-rank-5", "x must be of rank 4", image_of_rank(5)),
    *(
        Refusal(f"kernel-too-{word}{mode}", "the kernel must fit in the padded image",
                kernel_too_large(axis, ceil_mode=bool(mode)))
        for axis, word in enumerate(("high", "wide"))
        for mode in ("", "-for-ceil-mode")
    ),
    Refusal("padding-over-half-the-height", "padding must be at most half the kernel",
            padding_over_half(0)),
    Refusal("padding-over-half-the-width", "padding must be at most half the kernel",
            padding_over_half(1)),
    *out_of_range("stride", 0, "stride must be at least one"),
    *out_of_range("padding", -1, "padding must not be negative"),
)  # fmt: skip
