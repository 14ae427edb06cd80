"""Two-dimensional pooling: the largest pixel of each window of an image, or their average.

    max:      y = max over the window of x, padded with −∞
              grad_x = Σ over windows p of g[p], at the winner of p
    average:  y = (1 / k) Σ over the window of x, padded with 0
              grad_x = Σ over windows p of g[p] / k[p], at every pixel of p

A comparison commits no error, so the maximum is exact, and where no two pixels may be the
largest its gradient is a sum of chosen upstream gradients, in any order. Between tied pixels
mathematics leaves the choice: any share of g[p], from nothing to all of it, may go to each. A
NaN is the largest; among several there is the same choice. Which one is taken gets reported.

The divisor k[p] counts the pixels of the window, those of the padding only with
count_include_pad; what a window hangs over the padded image, with ceil_mode, never counts.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from conformance.bounds import Array, Ball, between, disclaim, peak, select, total
from conformance.spec import (
    Answer,
    Convention,
    Input,
    Inputs,
    Operation,
    Parameters,
    Refusal,
    TorchFunction,
    batch_sizes,
    real,
    sizes,
    structures,
)

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

# Where several taps of a window have an equal claim: which of them get which share.
Shares = Callable[[Windows, Array, Ball], Ball]


# What may be said of a flag; None is nothing. Windows that hang over the edge are rare even with
# ceil_mode, for they must not begin beyond the image.
_CEIL_MODE = st.sampled_from([None, True, False, True, True, True])
_COUNT_INCLUDE_PAD = st.sampled_from([None, False, True, None, False, None])


def _images(
    draw: DrawFn, limits: Limits, **flags: SearchStrategy[bool | None]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Images, and the parameters of pooling."""
    spoken = {name: draw(flag) for name, flag in flags.items()}
    parameters = {name: flag for name, flag in spoken.items() if flag is not None}
    windows = draw_windows(draw, limits, ceil_mode=parameters.get("ceil_mode", False))
    rows, columns = windows.rows, windows.columns
    parameters |= spelled(draw, "kernel_size", windows.kernel)
    parameters |= spelled(draw, "stride", (rows.stride, columns.stride), windows.kernel)
    parameters |= spelled(draw, "padding", windows.padding, (0, 0))
    if limits.dilation > 1:
        parameters |= spelled(draw, "dilation", (rows.dilation, columns.dilation), (1, 1))
    n, c = draw(batch_sizes(empty=2)), draw(sizes(1, 3))
    return {"x": (n, c, rows.size, columns.size)}, parameters


def _images_of_max(draw: DrawFn) -> tuple[dict[str, Any], dict[str, Any]]:
    return _images(draw, Limits(pooling=True), ceil_mode=_CEIL_MODE)


def _images_of_average(draw: DrawFn) -> tuple[dict[str, Any], dict[str, Any]]:
    limits = Limits(pooling=True, dilation=1)
    return _images(draw, limits, ceil_mode=_CEIL_MODE, count_include_pad=_COUNT_INCLUDE_PAD)


def _windows(
    x: Ball,
    *,
    kernel_size: Pairs,
    stride: Pairs | None = None,
    padding: Pairs = 0,
    dilation: Pairs = 1,
    ceil_mode: bool = False,
) -> Windows:
    stride = kernel_size if stride is None else stride
    image = (x.shape[2], x.shape[3])
    return lay(image, kernel_size, stride, padding, dilation, ceil_mode=ceil_mode)


def _by_tap(windows: Windows, x: Ball) -> Ball:
    """(n, c, kh · kw, h', w'): the taps of each window, −∞ where they look at the padding."""
    n, c = x.shape[:2]
    return windows.gather(x, -np.inf).reshape(n, c, int(np.prod(windows.kernel)), *windows.counts)


def _max(x: Ball, **parameters: Any) -> Ball:
    return peak(_by_tap(_windows(x, **parameters), x), 2)[:, :, 0]


def _claims(windows: Windows, x: Ball) -> Array:
    """Which taps may be the largest of their window: (n, c, kh · kw, h', w')."""
    taps = _by_tap(windows, x)
    nan = np.isnan(taps.value)
    low = np.where(nan, np.inf, taps.value - taps.bound).max(axis=2, keepdims=True)
    claims = np.where(nan.any(axis=2, keepdims=True), nan, taps.value + taps.bound >= low)
    # The padding is no pixel, though it ties with one of −∞.
    return claims & windows.on_image.reshape(-1, *windows.counts)


def _scattered(windows: Windows, x: Ball, contributions: Ball) -> Ball:
    """Σ over windows of what each tap contributes to its pixel."""
    n, c = x.shape[:2]
    by_tap = contributions.reshape(n, c, *windows.kernel, *windows.counts)
    return total(windows.spread(by_tap), axis=(4, 5))


def _to_all(grad_output: Ball, claims: Array) -> Ball:
    """The upstream gradient at every tap of its window."""
    return grad_output[:, :, None].map(lambda g: np.broadcast_to(g, claims.shape))


def _grad_max(grad_output: Ball, x: Ball, **parameters: Any) -> Ball:
    windows = _windows(x, **parameters)
    claims = _claims(windows, x)
    grad = _to_all(grad_output, claims)
    nothing = grad.like(np.zeros(grad.shape))
    tied = claims & (np.count_nonzero(claims, axis=2, keepdims=True) > 1)
    contributions = select(claims, grad, nothing)
    if tied.any():
        contributions = select(tied, between(nothing, grad), contributions)
    result = _scattered(windows, x, contributions)
    # A loser gets nothing, not even of ∞: a mask multiplied in makes 0 · ∞ = NaN of it. Among
    # equals the share of ∞ that each gets is a convention.
    spoiled = ~np.isfinite(grad.value) & tied
    if not spoiled.any():
        return result
    certain = _scattered(windows, x, select(claims & ~tied, grad, nothing))
    reached = _scattered(windows, x, grad.like(spoiled.astype(np.float64)))
    return disclaim(result, (reached.value > 0) & ~np.isnan(certain.value))


def _one(windows: Windows, claims: Array, grad: Ball, *, last: bool, by_columns: bool) -> Ball:
    """All to one tap: the first or the last, counted along rows or along columns."""
    order = np.arange(claims.shape[2]).reshape(windows.kernel)
    rank = order.T.ravel().argsort() if by_columns else order.ravel()
    rank = (-rank if last else rank)[:, None, None]
    worst = claims.shape[2] + 1
    ranks = np.where(claims, rank, worst)
    winner = claims & (ranks == ranks.min(axis=2, keepdims=True))
    return select(winner, grad, grad.like(np.zeros(grad.shape)))


def _evenly(_windows: Windows, claims: Array, grad: Ball) -> Ball:
    """To each an equal share."""
    share = _reciprocal(np.maximum(np.count_nonzero(claims, axis=2, keepdims=True), 1), grad)
    return select(claims, grad * share, grad.like(np.zeros(grad.shape)))


def _answer(name: str, shares: Shares) -> Answer:
    def gradient(grad_output: Ball, x: Ball, **parameters: Any) -> Ball:
        windows = _windows(x, **parameters)
        claims = _claims(windows, x)
        contributions = shares(windows, claims, _to_all(grad_output, claims))
        return _scattered(windows, x, contributions)

    return Answer(name, gradient)


def _plant_ties(rng: Any, inputs: Inputs, _parameters: Parameters) -> Inputs:
    x = inputs["x"]
    return {**inputs, "x": rng.integers(0, 2, x.shape).astype(x.dtype)}


def _plant_nans(rng: Any, inputs: Inputs, _parameters: Parameters) -> Inputs:
    # No two other pixels are equal: ties are another question. Half of them are negative, for a
    # border of zeros to win over.
    x = inputs["x"]
    distinct = (rng.permutation(x.size) - x.size // 2).reshape(x.shape).astype(x.dtype)
    return {**inputs, "x": np.where(rng.random(x.shape) < 0.5, x.dtype.type(np.nan), distinct)}


_FIRST = _answer("first", partial(_one, last=False, by_columns=False))
_LAST = _answer("last", partial(_one, last=True, by_columns=False))
_OTHERS = (
    _answer("split evenly", _evenly),
    _answer("first by columns", partial(_one, last=False, by_columns=True)),
    _answer("last by columns", partial(_one, last=True, by_columns=True)),
)


def _reciprocal(k: Array, like: Ball) -> Ball:
    """1 / k, rounded or not: a quotient by k, and a product with 1 / k, both lie within."""
    value = 1 / k.astype(like.arithmetic.arbiter)
    exact = (k & (k - 1)) == 0
    if exact.all():
        return like.like(value)
    error = np.where(exact, 0.0, like.arithmetic.form.u * value.astype(np.float64))
    return Ball(value, error, like.arithmetic)


def _shares(windows: Windows, like: Ball, *, count_include_pad: bool) -> Ball:
    """1 / k for each window, (h', w')."""
    rows, columns = (
        axis.covered(with_padding=count_include_pad) for axis in (windows.rows, windows.columns)
    )
    return _reciprocal(np.multiply.outer(rows, columns), like)


def _shared_sum(terms: Ball, shares: Ball, axis: tuple[int, int]) -> Ball:
    """Σ terms · shares, the shares taken before the sum or after it."""
    result = total(terms * shares, axis=axis)
    reach = terms.magnitude.sum(axis=axis)
    # Taken after it, they come too late for a sum that overflows.
    overflows = ~(reach * (1 + 2.0**-10) < terms.arithmetic.form.largest)
    return disclaim(result, overflows & np.isfinite(result.value))


def _average(x: Ball, *, count_include_pad: bool = True, **parameters: Any) -> Ball:
    windows = _windows(x, **parameters)
    shares = _shares(windows, x, count_include_pad=count_include_pad)
    return _shared_sum(windows.gather(x), shares, (2, 3))


def _grad_average(
    grad_output: Ball,
    x: Ball,
    *,
    count_include_pad: bool = True,
    **parameters: Any,
) -> Ball:
    windows = _windows(x, **parameters)
    table = (*windows.kernel, *windows.counts)

    def at_taps(a: Array) -> Array:
        return np.broadcast_to(a[:, :, None, None], (*a.shape[:2], *table))

    shares = _shares(windows, grad_output, count_include_pad=count_include_pad)
    grads = windows.spread(grad_output.map(at_taps))
    return _shared_sum(grads, windows.spread(shares[None, None].map(at_taps)), (4, 5))


_REFUSALS = (
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

OPERATIONS = (
    Operation(
        name="max_pool2d",
        family="pooling",
        formula="yₙ_cp = max_ij xₙ_c[p·stride + (i, j)·dilation]",
        latex=(
            r"y_{n,c,p} = \max_{i,j} x_{n,c}[p \cdot \text{stride} + "
            r"(i,j) \cdot \text{dilation}]"
        ),
        source="torch.nn.functional.max_pool2d",
        inputs=(Input("x", real),),
        structures=structures(_images_of_max),
        torch=TorchFunction("torch.nn.functional.max_pool2d"),
        value=_max,
        gradients={"x": _grad_max},
        refusals=(*_REFUSALS, *out_of_range("dilation", 0, "dilation must be at least one")),
        conventions=(
            Convention("tie", "x", _plant_ties, (_FIRST, _LAST, *_OTHERS)),
            Convention("several-nan", "x", _plant_nans, (_LAST, _FIRST, *_OTHERS)),
        ),
    ),
    Operation(
        name="avg_pool2d",
        family="pooling",
        formula="yₙ_cp = (1 / k) Σ_ij xₙ_c[p·stride + (i, j)]",
        latex=r"y_{n,c,p} = \frac{1}{k} \sum_{i,j} x_{n,c}[p \cdot \text{stride} + (i, j)]",
        source="torch.nn.functional.avg_pool2d",
        inputs=(Input("x", real),),
        structures=structures(_images_of_average),
        torch=TorchFunction("torch.nn.functional.avg_pool2d"),
        value=_average,
        gradients={"x": _grad_average},
        refusals=_REFUSALS,
    ),
)
