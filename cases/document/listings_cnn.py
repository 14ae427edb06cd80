"""Section 4.2: the listing of a convolutional network, its functions unchanged.

An image is H×W×C, a kernel f×f×C_in×C_out. The truth is torch's `conv2d` and `max_pool2d`. Where
torch refuses an input, a listing is right if it has no output either.
"""

from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from conformance.bounds import Array, Ball, bilinear
from conformance.spec import (
    Case,
    Claim,
    Finding,
    Formula,
    Inputs,
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
    generic,
    tensor,
)

_SECTION = "4.2 Convolutional network"


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


def _conv2d_never(formula: Formula, case: Case) -> Finding:
    """Judge whether the listing's output is never torch's."""
    finding = _conv2d_right(formula, case)
    if finding.verdict == "fails":
        return agreement()
    return disagreement("the output is torch's", "another output, or an error", finding.actual)


def _max_pool2d(formula: Formula, case: Case) -> Finding:
    X, parameters = case.inputs["X"], case.parameters
    outcome = attempt(formula, X, parameters["pool_size"], parameters["stride"])
    try:
        truth = _pooled(X, parameters["pool_size"], parameters["stride"])
    except RuntimeError:
        return _right(outcome, None)
    return _right(outcome, ball(truth))


def _output_size(formula: Formula, case: Case) -> Finding:
    """Compare the formula with the size of torch's output; a size below one means no output."""
    n, f, p, s = (case.parameters[name] for name in ("n", "f", "p", "s"))
    outcome = attempt(formula, n, f, p, s)
    promised = outcome.result if isinstance(outcome, Returned) else str(outcome)
    image, kernel = torch.zeros(1, 1, n), torch.zeros(1, 1, f)
    try:
        size = torch.nn.functional.conv1d(image, kernel, stride=s, padding=p).shape[-1]
    except RuntimeError:
        if not isinstance(promised, int) or promised < 1:
            return agreement()
        return disagreement(f"size {promised}, where torch refuses", "a refusal", promised)
    if promised == size:
        return agreement()
    return disagreement(f"size {promised}, where torch's is {size}", size, promised)


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
    return compare_listing(attempt(formula, X, W, b), (truth, pooled))


def _example_sizes(formula: Formula, case: Case) -> Finding:
    X, W, b = _example(case)
    output = _correlate(X, W, 1, 2)
    shapes = (output.shape, _pooled(output, 2, 2).shape)
    outcome = attempt(formula, X, W, b, sizes_only=True)
    promised = outcome.result if isinstance(outcome, Returned) else str(outcome)
    if promised == shapes:
        return agreement()
    return disagreement(f"sizes {promised}, where torch's are {shapes}", shapes, promised)


def _no_inputs(_rng: Any, _structure: Structure) -> Inputs:
    return {}


_SEEDS = st.integers(0, 2**16).map(lambda seed: Structure({}, {"seed": seed}))
_FITS = _convolutions()
_PADDED = _convolutions(padded=True)
_OBLONG = _convolutions(square=False)
_TOO_LARGE = _misfits()
_SQUARE_FITS = "square kernel that fits, p = 0"
_SQUARE_PADDED = "square kernel that fits, p > 0"
_NOT_SQUARE = "kernel not square, p = 0"
_LARGER = "square kernel larger than the image, p = 0"
_VALUE, _LOUD, _NEVER = (
    "the output is torch's",
    "what is not torch's is refused by an error",
    "the output is never torch's",
)

CLAIMS = (
    Claim(
        "4.2/output-size",
        _SECTION,
        "int((n − f + 2p) / s) + 1",
        "document 4.2; torch.nn.functional.conv1d",
        (
            Row(None, "n − f + 2p ≥ 0", _sizes(fits=True), _no_inputs, _output_size),
            Row(None, "n − f + 2p < 0", _sizes(fits=False), _no_inputs, _output_size),
        ),
        as_documented.output_size,
        latex=r"\text{int}((n - f + 2p) / s) + 1",
    ),
    Claim(
        "4.2/conv2d",
        _SECTION,
        "out[x, y, k] = Σ X[window] W[…, k] + b[k], as listed",
        "document 4.2; torch.nn.functional.conv2d",
        (
            Row(_VALUE, _SQUARE_FITS, _FITS, calm, _conv2d_right),
            Row(_VALUE, _SQUARE_PADDED, _PADDED, calm, _conv2d_right),
            Row(_VALUE, _NOT_SQUARE, _OBLONG, calm, _conv2d_right),
            Row(_VALUE, _LARGER, _TOO_LARGE, calm, _conv2d_right),
            Row(_LOUD, _SQUARE_PADDED, _PADDED, calm, _conv2d_loud),
            Row(_LOUD, _NOT_SQUARE, _OBLONG, calm, _conv2d_loud),
            Row(_LOUD, _LARGER, _TOO_LARGE, calm, _conv2d_loud),
            # On zeros a wrong sum may be right by chance; generic numbers have none.
            Row(_NEVER, _SQUARE_PADDED, _PADDED, generic, _conv2d_never),
        ),
        as_documented.conv2d,
        latex=(
            r"\text{out}[x, y, k] = \sum X[\text{window}]\, W[\ldots, k] + b[k], "
            r"\quad \text{as listed}"
        ),
    ),
    Claim(
        "4.2/max-pool2d",
        _SECTION,
        "out[x, y, c] = max X[window, c], as listed",
        "document 4.2; torch.nn.functional.max_pool2d",
        (
            Row(None, "the window fits", _poolings(fits=True), calm, _max_pool2d),
            Row(None, "the window does not fit", _poolings(fits=False), calm, _max_pool2d),
        ),
        as_documented.max_pool2d,
        latex=r"\text{out}[x, y, c] = \max X[\text{window}, c], \quad \text{as listed}",
    ),
    Claim(
        "4.2/usage-example",
        _SECTION,
        "28×28×3, five-by-five kernel, p = 2 → 28×28×6; pooled by two → 14×14×6",
        "document 4.2; torch.nn.functional.conv2d, max_pool2d",
        (
            Row("it runs and gives torch's output", None, _SEEDS, _no_inputs, _example_runs),
            Row("the sizes are torch's", None, _SEEDS, _no_inputs, _example_sizes),
        ),
        as_documented.cnn_example,
    ),
)
