"""What else can be said of a failure: under which condition, to how many digits, in which dtype."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from conformance.explain.diagnosis.conditions import accepted, conditions
from conformance.explain.diagnosis.observations import Observation, Pair, calm_pairs
from conformance.explain.diagnosis.remark import Remark, plainly
from conformance.implementation.implementation import Implementation
from conformance.judge.check import judge_check
from conformance.judge.search import Plan
from conformance.record.vocabulary import USUAL_DTYPES, Verdict
from conformance.spec.check import Check

# An error that is a smaller share of the largest element than this leaves digits that are right.
_FEW_DIGITS = 2.0**-5
_LEAST = 5


def others(
    check: Check,
    observed: Sequence[Observation],
    contender: Implementation,
    plan: Plan,
    seen: Sequence[Remark],
) -> list[Remark]:
    """What the failing cases of a check have in common, beside the structure that was seen."""
    if not any(one.fails for one in observed):
        return []
    if check.kind == "refusal":
        return [plainly(words) for words in accepted(check, observed)]
    said = [plainly(words) for words in conditions(observed)]
    if check.kind in {"value", "gradient"} and not said and not seen:
        words = _digits(calm_pairs(observed)) + _in_the_other_dtype(check, contender, plan)
        said += map(plainly, words)
    return said


def _digits(pairs: Sequence[Pair]) -> list[str]:
    """How many digits are right in four cases of five, where some are."""
    shares = sorted(map(_share, pairs))
    usual = shares[len(shares) * 4 // 5] if len(shares) >= _LEAST else np.inf
    if not 0 < usual < _FEW_DIGITS:
        return []
    digits = int(-np.log10(usual))
    number = f"{digits} digit{'s' * (digits > 1)}"
    return [f"it is mostly right to {number} of its largest element, and not beyond"]


def _share(pair: Pair) -> float:
    """The error as a share of the largest element."""
    if pair.result.shape != pair.truth.shape:
        return np.inf
    value, result = pair.truth.value.astype(np.float64), pair.result.astype(np.float64)
    if not (np.isfinite(value).all() and np.isfinite(result).all() and value.any()):
        return np.inf
    return float(np.abs(result - value).max() / np.abs(value).max())


def _in_the_other_dtype(check: Check, contender: Implementation, plan: Plan) -> list[str]:
    """Whether the same check conforms in the other of the usual dtypes, drawn as a run draws it."""
    others = [one for one in USUAL_DTYPES if one != check.dtype and one in contender.dtypes]
    for dtype in others:
        found = judge_check(replace(check, dtype=dtype), contender, plan)
        if found.verdict == Verdict.CONFORMS:
            return [f"it is right in {dtype}, and wrong in {check.dtype}"]
    return []
