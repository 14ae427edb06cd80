"""All that can be said of a failure in words."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from conformance.case import Check
from conformance.diagnosis.conditions import accepted, conditions
from conformance.diagnosis.observations import Observation, Pair, failing_pairs
from conformance.diagnosis.structures import structures
from conformance.implementation import USUAL_DTYPES, Implementation
from conformance.runner import Plan, run_check

# An error that is a smaller share of the largest element than this leaves digits that are right.
_FEW_DIGITS = 2.0**-5
_EXAMPLES = 12


def findings(
    check: Check,
    observed: Sequence[Observation],
    contender: Implementation,
    *,
    explained: bool,
) -> tuple[str, ...]:
    """What the failing cases of a check have in common, in sentences.

    Where a named mistake explains them, only what their numbers themselves show.
    """
    if not any(one.fails for one in observed):
        return ()
    if check.kind == "refusal":
        return tuple(accepted(check, observed))
    said = structures(check, observed) if check.kind in {"value", "gradient"} else []
    if explained:
        return tuple(said)
    said += conditions(observed)
    if check.kind in {"value", "gradient"} and not said:
        said += _digits(failing_pairs(observed)) + _in_the_other_dtype(check, contender)
    return tuple(said)


def _digits(pairs: Sequence[Pair]) -> list[str]:
    """How many digits are right in four cases of five, where some are."""
    shares = sorted(map(_share, pairs))
    usual = shares[len(shares) * 4 // 5] if shares else np.inf
    if not 0 < usual < _FEW_DIGITS:
        return []
    return [f"it is mostly right to {int(-np.log10(usual))} digits, and not beyond"]


def _share(pair: Pair) -> float:
    """The error as a share of the largest element."""
    if pair.result.shape != pair.truth.shape:
        return np.inf
    value, result = pair.truth.value.astype(np.float64), pair.result.astype(np.float64)
    if not (np.isfinite(value).all() and np.isfinite(result).all() and value.any()):
        return np.inf
    return float(np.abs(result - value).max() / np.abs(value).max())


def _in_the_other_dtype(check: Check, contender: Implementation) -> list[str]:
    others = [one for one in USUAL_DTYPES if one != check.dtype and one in contender.dtypes]
    for dtype in others:
        found = run_check(replace(check, dtype=dtype), contender, Plan(_EXAMPLES, small=False))
        if found.verdict == "conforms":
            return [f"it is right in {dtype}, and wrong in {check.dtype}"]
    return []
