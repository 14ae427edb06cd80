"""Section 4.1: the listing's sigmoid, its value and its warnings, and its derivative.

e^−z overflows where −z > ln(largest number): at 709.8 in float64, at 88.7 in float32. The value is
right all the same, 1 / ∞ = 0, but NumPy warns.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from conformance.bounds import FORMATS, Ball, arithmetic, sigmoid
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
from .judging import (
    agreement,
    attempt,
    ball,
    calm,
    certain,
    compare_formula,
    compare_listing,
    disagreement,
    leaf,
)


def _sigmoid(dtype: str, *, quiet: bool) -> Judge:
    """Return a judge of the listing's value in its own precision, or of its warnings."""

    def judge(formula: Formula, case: Case) -> Finding:
        z = case.inputs["z"].astype(dtype)
        outcome = attempt(formula, z)
        if not quiet:
            truth = sigmoid(Ball.exact(z, arithmetic(dtype)))
            return compare_listing(
                outcome, certain(truth, torch.sigmoid(torch.from_numpy(z)).numpy())
            )
        warnings = outcome.warnings if isinstance(outcome, Returned) else (str(outcome),)
        if not warnings:
            return agreement()
        return disagreement(f"the listing warns: {warnings[0]}", "no warning", warnings[0])

    return judge


def _sigmoid_rows(*, quiet: bool) -> list[Row]:
    """Return a row for each dtype, on both sides of where e^−z overflows."""
    rows = []
    for dtype in ("float64", "float32"):
        edge = int(np.log(FORMATS[dtype].largest))
        for condition, low, high in (
            (f"{dtype}, z ≥ −{edge}", -edge, 2 * edge),
            (f"{dtype}, z ≤ −{edge + 1}", -2 * edge, -edge - 1),
        ):
            fill, admits = _span(low, high)
            judge = _sigmoid(dtype, quiet=quiet)
            rows.append(Row(None, condition, _VECTORS, fill, judge, admits))
    return rows


def _span(low: int, high: int) -> tuple[Callable[..., Inputs], Callable[[Case], bool]]:
    """Return a function that draws numbers from low to high, and the predicate that admits them."""

    def fill(rng: Any, structure: Structure) -> Inputs:
        z = rng.uniform(low, high, structure.shapes["z"])
        small = np.clip(rng.standard_normal(z.shape) * 4, low, high)
        z = z if rng.random() < 0.5 else small
        return {"z": np.rint(z) if rng.random() < 0.5 else z}

    def admits(case: Case) -> bool:
        z = case.inputs["z"]
        return bool(((z >= low) & (z <= high)).all())

    return fill, admits


def _sigmoid_derivative(*, of_a: bool) -> Judge:
    def judge(formula: Formula, case: Case) -> Finding:
        z = leaf(case.inputs["z"])
        (truth,) = torch.autograd.grad(torch.sigmoid(z).sum(), [z])
        argument = ball(case.inputs["z"])
        return compare_formula(formula, (sigmoid(argument) if of_a else argument,), truth.numpy())

    return judge


_VECTORS = sizes(1, 4).map(lambda n: Structure({"z": (n,)}))

CLAIMS = (
    Claim(
        "4.1/sigmoid",
        "The listing computes the sigmoid of z.",
        "return 1 / (1 + np.exp(-z))",
        "torch.sigmoid",
        tuple(_sigmoid_rows(quiet=False)),
        as_documented.sigmoid,
    ),
    Claim(
        "4.1/sigmoid-warnings",
        "Inferred: the listing computes the sigmoid of z without a warning.",
        "return 1 / (1 + np.exp(-z))",
        "NumPy's warnings",
        tuple(_sigmoid_rows(quiet=True)),
        as_documented.sigmoid,
    ),
    Claim(
        "4.1/sigmoid-derivative",
        "The listing computes the sigmoid's derivative out of its value a.",
        "return a * (1 - a)",
        "torch.autograd",
        (
            Row("the argument is a = σ(z)", None, _VECTORS, calm, _sigmoid_derivative(of_a=True)),
            Row("the argument is z", None, _VECTORS, calm, _sigmoid_derivative(of_a=False)),
        ),
        as_documented.sigmoid_derivative,
    ),
)
