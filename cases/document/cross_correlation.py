"""Section 4.2: the convolution of a network does not flip its kernel.

In mathematics a convolution turns the kernel by 180° (`scipy.signal.convolve2d`). The sum that the
document explains, and torch computes, does not (`correlate2d`). For a kernel that the turn leaves
as it is, the two are equal. The document imports `convolve2d`, and does not call it.
"""

from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from conformance.bounds import Array
from conformance.spec import Case, Claim, Finding, Formula, Inputs, Row, Structure, sizes

from .judging import attempt, calm, compare_listing
from .listings_cnn import convolved


@st.composite
def _correlations(draw: DrawFn) -> Structure:
    f, g = draw(sizes(1, 3)), draw(sizes(1, 3))
    image = (draw(st.integers(f, f + 3)), draw(st.integers(g, g + 3)))
    return Structure({"image": image, "kernel": (f, g)})


def _symmetric(rng: Any, structure: Structure) -> Inputs:
    """Draw kernels that a turn by 180° leaves as they are."""
    inputs = calm(rng, structure)
    kernel = inputs["kernel"]
    return {**inputs, "kernel": kernel + kernel[::-1, ::-1]}


def _is_symmetric(case: Case) -> bool:
    kernel = case.inputs["kernel"]
    return bool((kernel == kernel[::-1, ::-1]).all())


def not_flipped(image: Array, kernel: Array) -> Array:
    """Return out[i, j] = Σ image[i + u, j + v] kernel[u, v], over all windows in the image."""
    from scipy import signal  # noqa: PLC0415 - its import takes as long as torch's

    result: Array = signal.correlate2d(image, kernel, mode="valid")
    return result


def flipped(image: Array, kernel: Array) -> Array:
    """Return out[i, j] = Σ image[i + u, j + v] kernel[−u, −v], over all windows in the image."""
    from scipy import signal  # noqa: PLC0415 - its import takes as long as torch's

    result: Array = signal.convolve2d(image, kernel, mode="valid")
    return result


def _as_torch(formula: Formula, case: Case) -> Finding:
    """Compare the formula with torch's conv2d."""
    image, kernel = case.inputs["image"], case.inputs["kernel"]
    truth = convolved(image[..., None], kernel[..., None, None], np.zeros(1))
    return compare_listing(attempt(formula, image, kernel), truth[..., 0])


def _rows() -> tuple[Row, ...]:
    return (
        Row(None, "the kernel is arbitrary", _correlations(), calm, _as_torch),
        Row(
            None, "a turn by 180° leaves the kernel as it is", _correlations(), _symmetric,
            _as_torch, _is_symmetric,
        ),
    )  # fmt: skip


CLAIMS = (
    Claim(
        "4.2/cross-correlation",
        "The layer slides the kernel over the image and sums products, without a flip (inferred).",
        "np.sum(X[x_start:x_end, y_start:y_end, :] * W[:, :, :, c_out])",
        "torch.nn.functional.conv2d",
        _rows(),
        not_flipped,
    ),
    Claim(
        "4.2/convolve2d",
        "Inferred: SciPy's convolve2d, imported by the listing and never called, is the layer.",
        "from scipy.signal import convolve2d",
        "torch.nn.functional.conv2d",
        _rows(),
        flipped,
    ),
)
