"""Section 4.2: the listing of a convolutional network, its functions unchanged.

An image is H×W×C, a kernel f×f×C_in×C_out. The truth is torch's `conv2d` and `max_pool2d`. Where
torch refuses an input, a listing is right if it has no output either.
"""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from conformance.bounds import Array, Ball, bilinear
from conformance.spec import (
    Case,
    Claim,
    Finding,
    Formula,
    Raised,
    Returned,
    Row,
    Structure,
    sizes,
    torch,
)

from . import as_documented
from .judging import (
    ROOMY,
    agreement,
    attempt,
    ball,
    calm,
    compare_listing,
    disagreement,
    no_inputs,
    tensor,
)


def _correlate(X: Array, W: Array, stride: int, padding: int) -> Array:
    """Return the output of torch's conv2d, in the listing's layout."""
    image, kernel = tensor(X).permute(2, 0, 1)[None], tensor(W).permute(3, 2, 0, 1)
    out = torch.nn.functional.conv2d(image, kernel, stride=stride, padding=padding)
    result: Array = out[0].permute(1, 2, 0).contiguous().numpy()
    return result


def _pooled(X: Array, size: int, stride: int) -> Array:
    """Return the output of torch's max_pool2d, in the listing's layout."""
    out = torch.nn.functional.max_pool2d(tensor(X).permute(2, 0, 1)[None], size, stride)
    result: Array = out[0].permute(1, 2, 0).contiguous().numpy()
    return result


def convolved(X: Array, W: Array, b: Array, stride: int = 1, padding: int = 0) -> Ball:
    """Return the true output, with a bound for any order of the sums."""

    def apply(image: Array, kernel: Array) -> Array:
        return _correlate(image, kernel, stride, padding)

    return bilinear(apply, ball(X), ball(W), plus=ball(b))


def _conv2d(formula: Formula, case: Case) -> tuple[Returned | Raised, Ball | None]:
    """Return the listing's outcome, and the truth: None where torch refuses."""
    arrays = tuple(case.inputs[name] for name in ("X", "W", "b"))
    outcome = attempt(formula, *arrays, **case.parameters)
    try:
        return outcome, convolved(*arrays, **case.parameters)
    except RuntimeError:
        return outcome, None


def _right(outcome: Returned | Raised, truth: Ball | None) -> Finding:
    """Compare an outcome with the truth; where torch refuses, an error or no output is right."""
    if truth is not None:
        return compare_listing(outcome, truth)
    if not isinstance(outcome, Returned) or np.size(outcome.result) == 0:
        return agreement()
    message = f"a value of shape {np.shape(outcome.result)} is returned where torch refuses"
    return disagreement(message, "a refusal", outcome.result)


def _conv2d_right(formula: Formula, case: Case) -> Finding:
    return _right(*_conv2d(formula, case))


def _conv2d_loud(formula: Formula, case: Case) -> Finding:
    """Judge whether the listing raises an error wherever its output is not torch's."""
    outcome, truth = _conv2d(formula, case)
    return agreement() if isinstance(outcome, Raised) else _right(outcome, truth)


def _max_pool2d(formula: Formula, case: Case) -> Finding:
    X, parameters = case.inputs["X"], case.parameters
    outcome = attempt(formula, X, parameters["pool_size"], parameters["stride"])
    try:
        truth = _pooled(X, parameters["pool_size"], parameters["stride"])
    except RuntimeError:
        return _right(outcome, None)
    return _right(outcome, ball(truth))


def _output_size(formula: Formula, case: Case) -> Finding:
    """Compare the formula with the size of torch's convolution; below one means no output."""
    n, f, p, s = (case.parameters[name] for name in ("n", "f", "p", "s"))

    def due() -> int:
        out = torch.nn.functional.conv1d(
            torch.zeros(1, 1, n), torch.zeros(1, 1, f), stride=s, padding=p
        )
        return int(out.shape[-1])

    return _sized(attempt(formula, n, f, p, s), due)


def _pool_size(formula: Formula, case: Case) -> Finding:
    """Compare the formula with the size of torch's pooling; below one means no output."""
    n, f, s = (case.parameters[name] for name in ("n", "f", "s"))

    def due() -> int:
        return int(torch.nn.functional.max_pool1d(torch.zeros(1, 1, n), f, s).shape[-1])

    return _sized(attempt(formula, n, f, 0, s), due)


def _sized(outcome: Returned | Raised, due: Callable[[], int]) -> Finding:
    promised = outcome.result if isinstance(outcome, Returned) else str(outcome)
    try:
        size = due()
    except RuntimeError:
        if not isinstance(promised, int) or promised < 1:
            return agreement()
        return disagreement(f"size {promised}, where torch refuses", "a refusal", promised)
    if promised == size:
        return agreement()
    return disagreement(f"size {promised}, where torch's is {size}", size, promised)


def _smaller(formula: Formula, case: Case) -> Finding:
    """Judge whether the pooled map is smaller than the map."""
    n, f, s = (case.parameters[name] for name in ("n", "f", "s"))
    outcome = attempt(formula, n, f, 0, s)
    size = outcome.result if isinstance(outcome, Returned) else n
    if size < n:
        return agreement()
    return disagreement(f"{n} become {size}", f"fewer than {n}", size)


def _stacked(formula: Formula, case: Case) -> Finding:
    """Judge blocks of convolution and pooling by two, each on the output of the one before."""
    X, blocks, p = case.inputs["X"], case.parameters["blocks"], case.parameters["padding"]
    kernels = [(case.inputs[f"W{i}"], case.inputs[f"b{i}"]) for i in range(1, blocks + 1)]

    def composed(x: Array) -> Array:
        for W, b in kernels:
            x = as_documented.max_pool2d(formula(x, W, b, 1, p))
        return x

    truth = ball(X)
    for W, b in kernels:
        convolved_ = bilinear(lambda x, w: _correlate(x, w, 1, p), truth, ball(W), plus=ball(b))
        truth = Ball(_pooled(convolved_.value, 2, 2), _pooled(convolved_.bound, 2, 2), ROOMY)
    return compare_listing(attempt(composed, X), truth)


@st.composite
def _convolutions(draw: DrawFn, *, square: bool = True, padded: bool = False) -> Structure:
    """Draw kernels that fit in the (padded) image."""
    # A one-pixel window over the border broadcasts: it is wrong without an error.
    f = draw(st.just(1) | sizes(1, 3)) if padded else draw(sizes(1, 3))
    padding = draw(sizes(1, 2)) if padded else 0
    other = f if square else draw(st.integers(1, 3).filter(lambda size: size != f))
    height, width = (draw(st.integers(max(k - 2 * padding, 1), k + 3)) for k in (f, other))
    return _convolution(draw, (height, width), (f, other), (draw(sizes(1, 3)), padding))


@st.composite
def _misfits(draw: DrawFn) -> Structure:
    """Draw square kernels larger than the image along an axis at least; some images are 1×1."""
    f = draw(sizes(2, 3))
    image = (draw(sizes(1, f - 1)), draw(st.just(1) | sizes(1, 5)))
    # With a stride of f or more, a negative size is cut to zero.
    stride = draw(st.just(f) | sizes(1, 4))
    return _convolution(draw, image if draw(st.booleans()) else image[::-1], (f, f), (stride, 0))


def _convolution(
    draw: DrawFn, image: tuple[int, int], kernel: tuple[int, int], slide: tuple[int, int]
) -> Structure:
    c_in, c_out = draw(sizes(1, 3)), draw(sizes(1, 3))
    stride, padding = slide
    shapes = {"X": (*image, c_in), "W": (*kernel, c_in, c_out), "b": (c_out,)}
    return Structure(shapes, {"stride": stride, "padding": padding})


@st.composite
def _poolings(draw: DrawFn, *, fits: bool) -> Structure:
    f = draw(st.integers(1 if fits else 2, 4))
    stride, channels = draw(sizes(1, 4)), draw(sizes(1, 3))
    least, most = (f, f + 4) if fits else (1, f - 1)
    image = (draw(st.integers(least, most)), draw(st.integers(f if fits else 1, f + 4)))
    shape = (*(image if draw(st.booleans()) else image[::-1]), channels)
    return Structure({"X": shape}, {"pool_size": f, "stride": stride})


@st.composite
def _sizes(draw: DrawFn, *, fits: bool) -> Structure:
    p, s = draw(st.integers(0, 3)), draw(st.integers(1, 5))
    # The pixels that the kernel leaves free of the padded image.
    free = draw(st.integers(0, 12) if fits else st.just(-1) | st.integers(-6, -1))
    n = draw(st.integers(max(1, 1 + free - 2 * p), 12 + max(free, 0)))
    return Structure({}, {"n": n, "f": n + 2 * p - free, "p": p, "s": s})


def _example(case: Case) -> tuple[Array, Array, Array]:
    """Draw the listing's own example from a seed."""
    rng = np.random.default_rng(case.parameters["seed"])
    shapes = ((28, 28, 3), (5, 5, 3, 6), (6,))
    X, W, b = (rng.standard_normal(shape) for shape in shapes)
    return X, W, b


def _example_runs(formula: Formula, case: Case) -> Finding:
    X, W, b = _example(case)
    truth = convolved(X, W, b, padding=2)
    # A maximum moves by no more than the largest of the errors in its window.
    pooled = Ball(_pooled(truth.value, 2, 2), _pooled(truth.bound, 2, 2), ROOMY)
    return compare_listing(attempt(formula, X, W, b), (truth, pooled), ("conv_out", "pool_out"))


def _example_sizes(formula: Formula, case: Case) -> Finding:
    X, W, b = _example(case)
    output = _correlate(X, W, 1, 2)
    shapes = (output.shape, _pooled(output, 2, 2).shape)
    outcome = attempt(formula, X, W, b, sizes_only=True)
    promised = outcome.result if isinstance(outcome, Returned) else str(outcome)
    if promised == shapes:
        return agreement()
    return disagreement(f"sizes {promised}, where torch's are {shapes}", shapes, promised)


@st.composite
def _pool_sizes(draw: DrawFn, *, fits: bool) -> Structure:
    n = draw(st.integers(1, 12))
    f = draw(st.integers(1, n) if fits else st.integers(n + 1, n + 6))
    return Structure({}, {"n": n, "f": f, "s": draw(st.integers(1, 5))})


def _pools(f: SearchStrategy[int], s: SearchStrategy[int]) -> SearchStrategy[Structure]:
    """Return a strategy of windows that fit, on maps of two or more."""
    return st.builds(
        lambda f, s, more: Structure({}, {"n": max(f, 2) + more, "f": f, "s": s}),
        f, s, st.integers(0, 9),
    )  # fmt: skip


@st.composite
def _blocks(draw: DrawFn, blocks: int, most: int) -> Structure:
    """Draw an image that is large enough for so many blocks, and their kernels."""
    channels = [draw(sizes(1, 2)) for _ in range(blocks + 1)]
    widths = [draw(st.integers(1, 2)) for _ in range(blocks)]
    side = 1
    for f in reversed(widths):
        side = 2 * side + f - 1
    shapes: dict[str, Any] = {"X": (side, side + draw(st.integers(0, 2)), channels[0])}
    for i, (f, (c_in, c_out)) in enumerate(zip(widths, pairwise(channels), strict=True), 1):
        shapes |= {f"W{i}": (f, f, c_in, c_out), f"b{i}": (c_out,)}
    padding = draw(st.integers(1, 2)) if most else 0
    return Structure(shapes, {"blocks": blocks, "padding": padding})


_SEEDS = st.integers(0, 2**16).map(lambda seed: Structure({}, {"seed": seed}))
_FITS = _convolutions()
_PADDED = _convolutions(padded=True)
_OBLONG = _convolutions(square=False)
_TOO_LARGE = _misfits()
_SQUARE_FITS = "the kernel is square and fits, p = 0"
_SQUARE_PADDED = "the kernel is square and fits, p > 0"
_NOT_SQUARE = "the kernel is not square, p = 0"
_LARGER = "the kernel is larger than the image, p = 0"
_SIZE = "n_x_out = int((n_x - n_f + 2 * padding) / stride) + 1"
_POOL_SIZE = "n_x_out = int((n_x - pool_size) / stride) + 1"
_WINDOWS = {_SQUARE_FITS: _FITS, _SQUARE_PADDED: _PADDED, _NOT_SQUARE: _OBLONG, _LARGER: _TOO_LARGE}
_MORE = st.integers(2, 4)

CLAIMS = (
    Claim(
        "4.2/output-size",
        "The size of a convolution's output is int((n − f + 2p) / s) + 1.",
        _SIZE,
        "torch.nn.functional.conv1d",
        (
            Row(None, "n − f + 2p ≥ 0", _sizes(fits=True), no_inputs, _output_size),
            Row(None, "n − f + 2p < 0", _sizes(fits=False), no_inputs, _output_size),
        ),
        as_documented.output_size,
    ),
    Claim(
        "4.2/conv2d",
        "The listing computes the convolution of an image, with a stride and with padding.",
        "out[x, y, c_out] = np.sum(X[x_start:x_end, y_start:y_end, :] * W[:, :, :, c_out]) "
        "+ b[c_out]",
        "torch.nn.functional.conv2d",
        tuple(Row(None, name, drawn, calm, _conv2d_right) for name, drawn in _WINDOWS.items()),
        as_documented.conv2d,
    ),
    Claim(
        "4.2/conv2d-errors",
        "Inferred: what the listing does not compute rightly it refuses by an error.",
        "(n_f, n_f, n_c_in, n_c_out) = W.shape",
        "torch.nn.functional.conv2d",
        tuple(
            Row(None, name, drawn, calm, _conv2d_loud)
            for name, drawn in _WINDOWS.items()
            if name != _SQUARE_FITS
        ),
        as_documented.conv2d,
    ),
    Claim(
        "4.2/max-pool2d",
        "The listing takes the maximum of each window.",
        "out[x, y, c] = np.max(X[x_start:x_end, y_start:y_end, c])",
        "torch.nn.functional.max_pool2d",
        (
            Row(None, "the window fits", _poolings(fits=True), calm, _max_pool2d),
            Row(None, "the window does not fit", _poolings(fits=False), calm, _max_pool2d),
        ),
        as_documented.max_pool2d,
    ),
    Claim(
        "4.2/pool-size",
        "The size of pooling's output is int((n − f) / s) + 1.",
        _POOL_SIZE,
        "torch.nn.functional.max_pool1d",
        (
            Row(None, "n ≥ f", _pool_sizes(fits=True), no_inputs, _pool_size),
            Row(None, "n < f", _pool_sizes(fits=False), no_inputs, _pool_size),
        ),
        as_documented.output_size,
    ),
    Claim(
        "4.2/down-sampling",
        "Max pooling makes the feature map smaller.",
        _POOL_SIZE,
        "the size before",
        (
            Row(
                None, "window and stride are two, as in the example",
                _pools(st.just(2), st.just(2)), no_inputs, _smaller,
            ),
            Row(None, "the stride is two or more (n ≥ 2)", _pools(st.just(1), _MORE), no_inputs,
                _smaller),
            Row(None, "the window is two or more", _pools(_MORE, st.just(1)), no_inputs, _smaller),
            Row(None, "window and stride are one", _pools(st.just(1), st.just(1)), no_inputs,
                _smaller),
        ),
        as_documented.output_size,
    ),
    Claim(
        "4.2/stacked",
        "Layers of convolution and pooling can be stacked.",
        "pool_out = maxpool2d(conv2d(X, W, b)), repeated",
        "torch.nn.functional.conv2d, max_pool2d",
        tuple(
            Row(None, f"{padding}, {name}", _blocks(blocks, p), calm, _stacked, examples=4)
            for p, padding in enumerate(("p = 0", "p > 0"))
            for blocks, name in enumerate(
                ("there is one block", "there are two blocks", "there are three blocks"), 1
            )
        ),
        as_documented.conv2d,
    ),
    Claim(
        "4.2/usage-example",
        "The example convolves an image of 28×28×3 by five-by-five kernels with p = 2, and pools.",
        "conv_out = conv2d(X, W, b, stride=1, padding=2)",
        "torch.nn.functional.conv2d, max_pool2d",
        (Row(None, None, _SEEDS, no_inputs, _example_runs),),
        as_documented.cnn_example,
    ),
    Claim(
        "4.2/usage-sizes",
        "Inferred: by the listing's formulas, the example's outputs are 28×28×6 and 14×14×6.",
        _SIZE,
        "torch.nn.functional.conv2d, max_pool2d",
        (Row(None, None, _SEEDS, no_inputs, _example_sizes, examples=4),),
        as_documented.cnn_example,
    ),
)  # fmt: skip
