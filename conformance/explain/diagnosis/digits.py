"""What else can be said of a failure: under which condition, to how many digits, in which dtype."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from conformance.explain.diagnosis.conditions import accepted, conditions
from conformance.explain.diagnosis.observations import Observation, Pair, calm_pairs
from conformance.implementation.implementation import Implementation
from conformance.judge.check import judge_check
from conformance.judge.search import Plan
from conformance.record.vocabulary import USUAL_DTYPES, Kind, Verdict
from conformance.spec.check import Check

# An error that is a smaller share of the largest element than this leaves digits that are right.
_FEW_DIGITS = 2.0**-5
_LEAST = 5


def others(
    check: Check,
    observed: Sequence[Observation],
    contender: Implementation,
    plan: Plan,
    *,
    has_pattern: bool,
) -> list[str]:
    """Return what the failing cases of a check have in common beside a pattern, in words.

    Args:
        check: the check.
        observed: its cases as they were judged.
        contender: the implementation.
        plan: as the check was drawn.
        has_pattern: whether a pattern was seen, which tells more than right digits.
    """
    if not any(each.fails for each in observed):
        return []
    if check.kind == Kind.REFUSAL:
        return accepted(check, observed)
    words = conditions(observed)
    if words or has_pattern or check.kind not in {Kind.VALUE, Kind.GRADIENT}:
        return words
    return _digits(calm_pairs(observed)) + _in_the_other_dtype(check, contender, plan)


def _digits(pairs: Sequence[Pair]) -> list[str]:
    """Say how many digits are right in four cases of five, where some are."""
    shares = sorted(map(_share, pairs))
    usual = shares[len(shares) * 4 // 5] if len(shares) >= _LEAST else np.inf
    if not 0 < usual < _FEW_DIGITS:
        return []
    digits = int(-np.log10(usual))
    number = f"{digits} digit{'s' * (digits > 1)}"
    return [f"it is mostly right to {number} of its largest element, and not beyond"]


def _share(pair: Pair) -> float:
    """Return the error as a share of the largest element."""
    if pair.result.shape != pair.truth.shape:
        return np.inf
    value, result = pair.truth.value.astype(np.float64), pair.result.astype(np.float64)
    if not (np.isfinite(value).all() and np.isfinite(result).all() and value.any()):
        return np.inf
    return float(np.abs(result - value).max() / np.abs(value).max())


def _in_the_other_dtype(check: Check, contender: Implementation, plan: Plan) -> list[str]:
    """Say in which other of the usual dtypes the same check conforms, drawn as a run draws it."""
    for dtype in USUAL_DTYPES:
        if dtype != check.dtype and dtype in contender.dtypes:
            result = judge_check(replace(check, dtype=dtype), contender, plan)
            if result.verdict == Verdict.CONFORMS:
                return [f"it is right in {dtype}, and wrong in {check.dtype}"]
    return []
