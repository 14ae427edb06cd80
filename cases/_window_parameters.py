"""Parameters of windows on an image: draw windows that fit, spell their parameters, spoil them."""

from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from conformance.spec import (
    Inputs,
    Parameters,
    Refusal,
    Spoil,
    Spoiled,
    may_draw,
    may_give,
    pair,
    sizes,
)

from ._windows import Axis, Pair, Pairs, Windows


@dataclass(frozen=True)
class Limits:
    """The limits of the parameters of windows."""

    dilation: int = 3
    pooling: bool = False


# Made once: making a strategy costs more than drawing from it.
_FORMS = st.sampled_from(["free", "tiles", "square", "whole", "row"])
_WHOLE = st.tuples(sizes(1, 5), sizes(1, 5))
_FOUR = sizes(1, 4)
_KERNELS = st.sampled_from([1, 2, 3, 4, 2, 3])
# A window that hangs over the edge must begin on the image, which a small or a single one seldom
# does.
_HANGING_FORMS = st.sampled_from(["free", "tiles", "square", "square", "whole", "row", "free"])
_HANGING_KERNELS = st.sampled_from([1, 2, 3, 4, 3, 4])
_upto = cache(sizes)
_PAIRS = tuple(f"{name} as a pair" for name in ("kernel_size", "stride", "padding", "dilation"))


@cache
def _paddings(most: int) -> SearchStrategy[int]:
    return st.sampled_from([*range(most + 1), most])


@cache
def _dilations(most: int, *, ceil_mode: bool) -> SearchStrategy[int]:
    # A long window begins on the image, however far it hangs over.
    return st.sampled_from([*range(1, most + 1), *[1] * most]) if ceil_mode else sizes(1, most)


@cache
def _overhangs(stride: int, inside: int) -> SearchStrategy[int]:
    """Return a strategy of overhangs: mostly the last window begins inside, or is just dropped."""
    kept, dropped = range(1, min(stride, inside)), range(max(inside, 1), stride)
    return st.sampled_from([*range(stride), *3 * [*kept], *2 * [*dropped]])


def draw_windows(draw: DrawFn, limits: Limits, *, ceil_mode: bool = False) -> Windows:
    """Draw windows that fit: free, side by side, square, as large as the image, or in one row."""
    form = draw(_HANGING_FORMS if ceil_mode else _FORMS)
    alike = not all(map(may_draw, _PAIRS))
    if form == "whole":
        kernel = draw(_WHOLE)
        kernel = (kernel[0], kernel[0]) if alike and limits.pooling else kernel
        return Windows(*(Axis(k, k, k, 0, 1, ceil_mode) for k in kernel))
    tiles = form == "tiles"
    columns = _draw_axis(draw, limits, tiles=tiles, ceil_mode=ceil_mode)
    if form == "row":
        return Windows(Axis(1, 1, 1, 0, 1, ceil_mode), columns)
    if form == "square":
        return Windows(columns, columns)
    rows = _draw_axis(draw, limits, tiles=tiles, ceil_mode=ceil_mode)
    if alike:
        rows = _alike(rows, columns, limits)
    return Windows(rows, columns)


def _alike(rows: Axis, columns: Axis, limits: Limits) -> Axis:
    """Return rows with the parameters of the columns, for code to which a pair cannot be given."""
    kernel = columns.kernel if limits.pooling else rows.kernel
    axis = replace(columns, kernel=kernel, size=rows.size)
    # At least one window must fit.
    least = max(axis.reach - 2 * axis.padding, columns.dilation if limits.pooling else 1)
    return replace(axis, size=max(rows.size, least))


def _draw_axis(draw: DrawFn, limits: Limits, *, tiles: bool, ceil_mode: bool) -> Axis:
    """Draw the windows of an axis, then its size, so that a window always fits."""
    kernel = draw(_HANGING_KERNELS if ceil_mode else _KERNELS)
    # At stride 1 no window can hang over the edge.
    stride = kernel if tiles else draw(_upto(2, 4) if ceil_mode else _FOUR)
    if not may_give("stride", stride):
        stride = kernel if limits.pooling else 1
    padding = draw(_paddings(kernel // 2 if limits.pooling else 2))
    padding = padding if may_give("padding", padding) else 0
    dilation = draw(_dilations(limits.dilation, ceil_mode=ceil_mode))
    dilation = dilation if may_give("dilation", dilation) else 1
    reach = dilation * (kernel - 1) + 1
    rests = _overhangs(stride, reach - padding) if ceil_mode else _upto(0, stride - 1)
    count, rest = draw(_FOUR), draw(rests)
    size = (count - 1) * stride + reach - 2 * padding
    size += -rest if ceil_mode else rest
    # Where the dilation exceeds the image, a pooling window may lie wholly in the padding. torch
    # then writes its gradient to an address outside the image: no result is defined.
    least = dilation if limits.pooling and kernel > 1 else 1
    return Axis(max(size, least), kernel, stride, padding, dilation, ceil_mode)


def spelled(draw: DrawFn, name: str, value: Pair, default: Pair | None = None) -> dict[str, Any]:
    """Draw a spelling: a pair, one integer for two equal ones, or nothing for the default."""
    forms: list[dict[str, Any]] = [{}, {}] if value == default else []
    forms += [{name: value[0]}] if value[0] == value[1] else []
    forms += [{name: value}] if may_draw(f"{name} as a pair") else []
    if not forms:
        # Two values, and no pair may be given: no such call is offered.
        return {name: value}
    return draw(st.sampled_from(forms)) if len(forms) > 1 else forms[0]


def image_of_rank(rank: int) -> Spoil:
    """Return a change that gives x another rank, with its last axes kept."""

    def spoil(inputs: Inputs, parameters: Parameters) -> Spoiled:
        x = inputs["x"]
        shape = (1,) * (rank - 4) + x.shape[-rank:]
        return {**inputs, "x": np.ones(shape, x.dtype)}, parameters

    return spoil


def out_of_range(name: str, value: int, rule: str) -> tuple[Refusal, ...]:
    """Return refusals of a parameter out of range: as one integer, on the rows, on the columns."""

    def spoil(bad: Pairs) -> Spoil:
        # Without images there is nothing to compute, and torch may not look at the parameter.
        return lambda inputs, parameters: (_with_images(inputs), {**parameters, name: bad})

    word = {0: "zero", -1: "negative"}[value]
    return (
        Refusal(f"{name}-{word}", rule, spoil(value)),
        Refusal(f"{name}-{word}-on-rows", rule, spoil((value, 1))),
        Refusal(f"{name}-{word}-on-columns", rule, spoil((1, value))),
    )


def _spelled_badly(name: str, values: list[int]) -> Pairs:
    """Return bad values of two axes; one for both where nothing else is offered."""
    is_free = may_draw(f"{name} as a pair") and may_draw(f"two different values of {name}")
    return (values[0], values[1]) if is_free else max(values)


def kernel_too_large(axis: int, *, ceil_mode: bool) -> Spoil:
    """Return a change to a pooling kernel that just does not fit in the padded image.

    A quotient rounded towards zero lets it pass.
    """

    def spoil(inputs: Inputs, parameters: Parameters) -> Spoiled:
        kernel = list(pair(parameters["kernel_size"]))
        padding = pair(parameters.get("padding", 0))[axis]
        kernel[axis] = inputs["x"].shape[2 + axis] + 2 * padding + 1 + ceil_mode
        size = _spelled_badly("kernel_size", kernel)
        bad = {"kernel_size": size, "stride": 2, "ceil_mode": ceil_mode}
        return inputs, {
            **parameters,
            **bad,
            **({"dilation": 1} if "dilation" in parameters else {}),
        }

    return spoil


def padding_over_half(axis: int) -> Spoil:
    """Return a change to a padding over half the pooling kernel, on the rows or the columns."""

    def spoil(inputs: Inputs, parameters: Parameters) -> Spoiled:
        padding = list(pair(parameters.get("padding", 0)))
        padding[axis] = pair(parameters["kernel_size"])[axis] // 2 + 1
        return inputs, {**parameters, "padding": _spelled_badly("padding", padding)}

    return spoil


def _with_images(inputs: Inputs) -> Inputs:
    x = inputs["x"]
    return inputs if len(x) else {**inputs, "x": np.ones((1, *x.shape[1:]), x.dtype)}
