"""Section 4.2: the convolution of a network does not flip its kernel.

In mathematics a convolution turns the kernel by 180° (`scipy.signal.convolve2d`). The sum that the
document explains, and torch computes, does not (`correlate2d`). For a kernel that the turn leaves
as it is, the two are equal.
"""

from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from conformance.bounds import Array
from conformance.spec import Case, Claim, Finding, Formula, Inputs, Judge, Row, Structure, sizes

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


def _cross_correlation(*, flipped: bool) -> Judge:
    """Return a judge that compares the formula, perhaps of a turned kernel, with torch's conv2d."""

    def judge(formula: Formula, case: Case) -> Finding:
        image, kernel = case.inputs["image"], case.inputs["kernel"]
        truth = convolved(image[..., None], kernel[..., None, None], np.zeros(1))
        turned = kernel[::-1, ::-1] if flipped else kernel
        return compare_listing(attempt(formula, image, turned), truth[..., 0])

    return judge


CLAIMS = (
    Claim(
        "4.2/cross-correlation",
        "4.2 Convolutional network",
        "out[x, y] = Σ X[x + u, y + v] W[u, v]",
        "document 4.2; scipy.signal.correlate2d, torch.nn.functional.conv2d",
        tuple(
            Row(reading, condition, _correlations(), fill, _cross_correlation(flipped=flip), admits)
            for reading, flip in (("the kernel is not flipped", False), ("it is flipped", True))
            for condition, fill, admits in (
                ("any kernel", calm, lambda _case: True),
                ("symmetric kernel", _symmetric, _is_symmetric),
            )
        ),
        not_flipped,
        latex=r"\text{out}[x, y] = \sum X[x + u, y + v]\, W[u, v]",
    ),
)
