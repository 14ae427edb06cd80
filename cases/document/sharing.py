"""Section 4.2: local connections, shared weights, and the dimensions of an image.

Small integers are summed without rounding, so that outputs are compared for equality.
"""

from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from conformance.bounds import Array, bilinear
from conformance.spec import (
    Case,
    Claim,
    Finding,
    Formula,
    Inputs,
    Judge,
    Returned,
    Row,
    Structure,
    sizes,
    torch,
)

from . import as_documented
from .judging import agreement, attempt, ball, calm, compare_listing, disagreement, tensor


def correlated(x: Array, w: Array) -> Array:
    """Return out[p] = Σ_u x[p + u] w[u], in as many dimensions as x has."""
    from scipy import signal  # noqa: PLC0415 - its import takes as long as torch's

    result: Array = signal.correlate(x, w, mode="valid", method="direct")
    return result


def _local(formula: Formula, case: Case) -> Finding:
    """Judge whether a pixel changes those outputs alone whose window it lies in."""
    X, W, b = (case.inputs[name] for name in ("X", "W", "b"))
    f, s = W.shape[0], case.parameters["stride"]
    before = attempt(formula, X, W, b, s)
    for pixel in np.ndindex(X.shape[:2]):
        moved = X.copy()
        moved[pixel] += 1
        after = attempt(formula, moved, W, b, s)
        if not isinstance(before, Returned) or not isinstance(after, Returned):
            return disagreement(f"the listing raised {after}", "an output", str(after))
        changed = (after.result != before.result).any(-1)
        for output in np.argwhere(changed):
            first = output * s
            if not all(first[axis] <= pixel[axis] < first[axis] + f for axis in (0, 1)):
                where = tuple(map(int, output))
                words = f"the output at {where} changes with the pixel {pixel}"
                return disagreement(words, "no change", "a change")
    return agreement()


def _shared(formula: Formula, case: Case) -> Finding:
    """Judge whether an image moved by a stride gives an output moved by one."""
    X, W, b = (case.inputs[name] for name in ("X", "W", "b"))
    s = case.parameters["stride"]
    here, moved = (attempt(formula, image, W, b, s) for image in (X[:-s], X[s:]))
    if not isinstance(here, Returned) or not isinstance(moved, Returned):
        return disagreement("the listing raised an error", "an output", "an error")
    first, second = np.asarray(here.result)[1:], np.asarray(moved.result)[:-1]
    if np.array_equal(first, second[: len(first)]):
        return agreement()
    return disagreement("the same window gives another output elsewhere", first, second)


def _dimensions(dimensions: int) -> Judge:
    """Return a judge of the sum in so many dimensions."""

    def judge(formula: Formula, case: Case) -> Finding:
        x, w = case.inputs["x"], case.inputs["w"]
        convolve = getattr(torch.nn.functional, f"conv{dimensions}d")

        def apply(image: Array, kernel: Array) -> Array:
            out = convolve(tensor(image)[None, None], tensor(kernel)[None, None])
            result: Array = out.numpy()[0, 0]
            return result

        return compare_listing(attempt(formula, x, w), bilinear(apply, ball(x), ball(w)))

    return judge


def _integers(rng: Any, structure: Structure) -> Inputs:
    return {
        name: rng.integers(-3, 4, shape).astype(np.float64)
        for name, shape in structure.shapes.items()
    }


def _are_integers(case: Case) -> bool:
    """Return whether no sum of the case rounds."""
    return all((array == np.rint(array)).all() for array in case.arrays)


@st.composite
def _images(draw: DrawFn) -> Structure:
    f, s = draw(st.integers(1, 3)), draw(st.integers(1, 2))
    height, width = (f + s + draw(st.integers(0, 3)) for _ in range(2))
    c_in, c_out = draw(sizes(1, 2)), draw(sizes(1, 2))
    shapes: dict[str, Any] = {"X": (height, width, c_in), "W": (f, f, c_in, c_out), "b": (c_out,)}
    return Structure(shapes, {"stride": s})


@st.composite
def _volumes(draw: DrawFn, dimensions: int) -> Structure:
    kernel = tuple(draw(sizes(1, 3)) for _ in range(dimensions))
    image = tuple(width + draw(st.integers(0, 3)) for width in kernel)
    return Structure({"x": image, "w": kernel})


_SUM = "np.sum(X[x_start:x_end, y_start:y_end, :] * W[:, :, :, c_out])"
_READINGS = {"two dimensions": 2, "one dimension": 1, "three dimensions": 3}

CLAIMS = (
    Claim(
        "4.2/local-connections",
        "An output of a convolutional layer is connected to the pixels of its window alone.",
        _SUM,
        "the outputs after a pixel is changed",
        (Row(None, None, _images(), _integers, _local, _are_integers, examples=10),),
        as_documented.conv2d,
    ),
    Claim(
        "4.2/weight-sharing",
        "All outputs share weights: an image moved by the stride gives an output moved by one.",
        _SUM,
        "the output of the moved image",
        (Row(None, None, _images(), _integers, _shared, _are_integers),),
        as_documented.conv2d,
    ),
    Claim(
        "4.2/dimensions",
        "A CNN is a model made for two-dimensional images.",
        "out[p] = Σ_u X[p + u] W[u]",
        "torch.nn.functional.conv1d, conv2d, conv3d",
        tuple(
            Row(reading, None, _volumes(dimensions), calm, _dimensions(dimensions))
            for reading, dimensions in _READINGS.items()
        ),
        correlated,
        latex=r"\text{out}[p] = \sum_u X[p + u]\, W[u]",
    ),
)
