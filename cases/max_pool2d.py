"""Two-dimensional max pooling: the largest pixel of each window of an image.

    y = max over the window of x, padded with −∞
    grad_x = Σ over windows p of g[p], at the winner of p

A comparison commits no error, so the maximum is exact. Where one pixel is certainly the largest,
the gradient is a sum of upstream gradients, in any order. Between tied pixels mathematics leaves
the choice: any share of g[p], from nothing to all of it, may go to each. A NaN is the largest, and
among several there is the same choice. The report names the choice.
"""

from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import Any

import numpy as np
from hypothesis.strategies import DrawFn

from conformance.bounds import (
    FORMATS,
    Array,
    Ball,
    arithmetic,
    between,
    disclaim,
    peak,
    select,
    shut,
    some,
    total,
)
from conformance.spec import (
    Answer,
    Convention,
    Habit,
    Input,
    Inputs,
    Lesson,
    Operation,
    Parameters,
    Structure,
    TorchFunction,
    real,
    structures,
)

from ._pooling import CEIL_MODE, REFUSALS, images, reciprocal, windows_on
from ._window_parameters import Limits, out_of_range
from ._windows import Windows

# Distributes the gradient of each window over the taps that may be the largest.
Shares = Callable[[Windows, Array, Ball], Ball]


def _images_of_max(draw: DrawFn) -> tuple[dict[str, Any], dict[str, Any]]:
    return images(draw, Limits(pooling=True), ceil_mode=CEIL_MODE)


def _by_tap(windows: Windows, x: Ball) -> Ball:
    """Return the taps of each window, (n, c, kh · kw, h′, w′), with −∞ in the padding."""
    n, c = x.shape[:2]
    return windows.gather(x, -np.inf).reshape(n, c, int(np.prod(windows.kernel)), *windows.counts)


def _max(x: Ball, **parameters: Any) -> Ball:
    return peak(_by_tap(windows_on(x, **parameters), x), 2)[:, :, 0]


def _claims(windows: Windows, x: Ball) -> Array:
    """Return a mask of taps that may be the largest of their window, (n, c, kh · kw, h′, w′)."""
    taps = _by_tap(windows, x)
    nan = np.isnan(taps.value)
    low = np.where(nan, np.inf, taps.value - taps.bound).max(axis=2, keepdims=True)
    claims = np.where(nan.any(axis=2, keepdims=True), nan, taps.value + taps.bound >= low)
    # The padding is no pixel, though it ties with a pixel of −∞.
    return claims & windows.on_image.reshape(-1, *windows.counts)


def _scattered(windows: Windows, x: Ball, contributions: Ball) -> Ball:
    """Return for each pixel the sum over windows of its taps' contributions."""
    n, c = x.shape[:2]
    by_tap = contributions.reshape(n, c, *windows.kernel, *windows.counts)
    return total(windows.spread(by_tap), axis=(4, 5))


def _to_all(grad_output: Ball, claims: Array) -> Ball:
    """Return the upstream gradient at every tap of its window."""
    return grad_output[:, :, None].map(lambda g: np.broadcast_to(g, claims.shape))


def _grad_max(grad_output: Ball, x: Ball, **parameters: Any) -> Ball:
    windows = windows_on(x, **parameters)
    claims = _claims(windows, x)
    grad = _to_all(grad_output, claims)
    nothing = shut(grad)
    tied = claims & (np.count_nonzero(claims, axis=2, keepdims=True) > 1)
    contributions = select(claims, grad, nothing)
    if some(tied):
        contributions = select(tied, between(nothing, grad), contributions)
    result = _scattered(windows, x, contributions)
    # A smaller pixel gets nothing, not even of ∞; a mask multiplied in makes 0 · ∞ = NaN of it.
    # Between tied pixels the shares of ∞ are a convention.
    spoiled = ~np.isfinite(grad.value) & tied
    if not some(spoiled):
        return result
    certain = _scattered(windows, x, select(claims & ~tied, grad, nothing))
    reached = _scattered(windows, x, grad.like(spoiled.astype(np.float64)))
    return disclaim(result, (reached.value > 0) & ~np.isnan(certain.value))


def _one(windows: Windows, claims: Array, grad: Ball, *, last: bool, by_columns: bool) -> Ball:
    """Give all to one tap: the first or the last, counted along rows or along columns."""
    order = np.arange(claims.shape[2]).reshape(windows.kernel)
    rank = order.T.ravel().argsort() if by_columns else order.ravel()
    rank = (-rank if last else rank)[:, None, None]
    worst = claims.shape[2] + 1
    ranks = np.where(claims, rank, worst)
    winner = claims & (ranks == ranks.min(axis=2, keepdims=True))
    return select(winner, grad, grad.like(np.zeros(grad.shape)))


def _evenly(_windows: Windows, claims: Array, grad: Ball) -> Ball:
    """Give an equal share to each."""
    share = reciprocal(np.maximum(np.count_nonzero(claims, axis=2, keepdims=True), 1), grad)
    return select(claims, grad * share, grad.like(np.zeros(grad.shape)))


def _answer(name: str, shares: Shares) -> Answer:
    def gradient(grad_output: Ball, x: Ball, **parameters: Any) -> Ball:
        windows = windows_on(x, **parameters)
        claims = _claims(windows, x)
        contributions = shares(windows, claims, _to_all(grad_output, claims))
        return _scattered(windows, x, contributions)

    return Answer(name, gradient)


def _is_split(actual: Array, grad_output: Array, x: Array, **parameters: Any) -> bool:
    """Return whether each window's upstream gradient is split among its tied pixels.

    With s[p, t] the share of window p that its tap t gets: s ≥ 0, Σₜ s[p, t] = 1, and each pixel
    of the gradient is Σ s[p, t] · g[p] over the taps that lie on it. A linear program finds such
    shares, or that there are none.
    """
    if not actual.size:
        return True
    # Loading it costs as much as judging a check.
    optimize, sparse = map(import_module, ("scipy.optimize", "scipy.sparse"))
    image = Ball.exact(x.astype(np.float64), arithmetic("float64"))
    windows = windows_on(image, **parameters)
    claims = _claims(windows, image)
    pixels = np.arange(x.size, dtype=np.float64).reshape(x.shape)
    of_tap = _by_tap(windows, image.like(pixels)).value
    window = np.arange(grad_output.size).reshape(grad_output.shape)
    at = np.nonzero(claims)
    window_of = np.broadcast_to(window[:, :, None], claims.shape)[at]
    pixel_of = of_tap[at].astype(np.intp)
    g = grad_output.astype(np.float64).ravel()
    share = np.arange(window_of.size)
    due = actual.astype(np.float64).ravel()
    ones = sparse.coo_array((np.ones(share.size), (window_of, share)), (g.size, share.size))
    sums = sparse.coo_array((g[window_of], (pixel_of, share)), (x.size, share.size))
    # What is added up in the format of the gradient is rounded there.
    reach = np.bincount(pixel_of, np.abs(g[window_of]), x.size)
    room = _SPLIT * FORMATS[actual.dtype.name].u * reach
    solution = optimize.linprog(
        np.zeros(share.size),
        A_ub=sparse.vstack([sums, -sums]),
        b_ub=np.concatenate([due + room, room - due]),
        A_eq=ones,
        b_eq=np.ones(g.size),
        bounds=(0, 1),
    )
    return bool(solution.status == 0)


def _without_nan(x: Ball) -> Ball:
    return select(np.isnan(x.value), x.like(np.full(x.shape, -np.inf)), x)


def _only_nan(x: Ball, **parameters: Any) -> Array:
    """Return a mask of the windows in which every pixel is NaN, (n, c, h′, w′)."""
    windows = windows_on(x, **parameters)
    nan = np.isnan(_by_tap(windows, x).value)
    pixels = np.broadcast_to(windows.on_image.reshape(-1, *windows.counts), nan.shape)
    result: Array = (nan | ~pixels).all(axis=2)
    return result


def _max_of_numbers(x: Ball, **parameters: Any) -> Ball:
    # Of NaN alone there is no largest number: libraries return −∞, or their least one.
    return disclaim(_max(_without_nan(x), **parameters), _only_nan(x, **parameters))


def _grad_max_of_numbers(grad_output: Ball, x: Ball, **parameters: Any) -> Ball:
    windows = windows_on(x, **parameters)
    grad = _grad_max(grad_output, _without_nan(x), **parameters)
    lost = _only_nan(x, **parameters).astype(np.float64)
    claims = np.ones((*lost.shape[:2], int(np.prod(windows.kernel)), *windows.counts), bool)
    reached = _scattered(windows, x, _to_all(x.like(lost), claims))
    return disclaim(grad, reached.value > 0)


_IGNORES_NAN = {"a maximum ignores NaN": Habit(_max_of_numbers, {"x": _grad_max_of_numbers})}


def _plant_ties(rng: Any, inputs: Inputs, _parameters: Parameters) -> Inputs:
    x = inputs["x"]
    return {**inputs, "x": rng.integers(0, 2, x.shape).astype(x.dtype)}


def _plant_nans(rng: Any, inputs: Inputs, _parameters: Parameters) -> Inputs:
    # No two other pixels are equal, for ties are a convention of their own. Half of them are
    # negative, so that a wrong border of zeros is larger.
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

# Any share of each tied pixel, and what the shares of a window are together.
_ANY_SPLIT = Answer("another split", _grad_max, _is_split)
# Roundings of a pixel's sum, and what a linear program is allowed beside: in unit roundoffs.
_SPLIT = 64.0

_PAIRS = (
    "kernel_size, stride, padding and dilation are each an int or a pair; stride None is "
    "kernel_size."
)
_PADDING = (
    "The padding is −∞. With ceil_mode a last window may be cut off, but not begin past the image."
)

ORDER = 50
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
        inputs=(Input("x", real, "(n, c, h, w)"),),
        orders={"nhwc": ("x", "result")},
        parameters={
            "kernel_size": ...,
            "stride": None,
            "padding": 0,
            "dilation": 1,
            "ceil_mode": False,
        },
        result="(n, c, h′, w′)",
        notes=(_PAIRS, _PADDING),
        lesson=Lesson(
            180, "A window that chooses: the gradient goes to where the result came from."
        ),
        structures=structures(_images_of_max),
        large=Structure({"x": (1, 1, 257, 256)}, {"kernel_size": 1}),
        torch=TorchFunction("torch.nn.functional.max_pool2d"),
        value=_max,
        gradients={"x": _grad_max},
        habits=_IGNORES_NAN,
        refusals=(*REFUSALS, *out_of_range("dilation", 0, "dilation must be at least one")),
        conventions=(
            Convention("tie", "x", _plant_ties, (_FIRST, _LAST, *_OTHERS), _ANY_SPLIT),
            Convention("several-nan", "x", _plant_nans, (_LAST, _FIRST, *_OTHERS), _ANY_SPLIT),
        ),
    ),
)
