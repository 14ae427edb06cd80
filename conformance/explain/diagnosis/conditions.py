"""What failing cases have in common: under which condition, to how many digits, in which dtype.

A condition is named where it holds in every failing case, and where that would hardly be so by
chance, given how often it holds among the cases that pass.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from conformance.bounds.floats import Array, is_real
from conformance.explain.diagnosis.observations import Observation, Pair, calm_pairs
from conformance.implementation.implementation import Implementation
from conformance.judge.trial import Trial
from conformance.judge.weigh import weigh
from conformance.record.vocabulary import USUAL_DTYPES, Kind, Verdict
from conformance.spec.case import Case
from conformance.spec.check import Check
from conformance.spec.strategies import pair
from conformance.spec.tree import nested

_LEAST, _LEAST_PAIRS = 4, 5
# The chance that an idle condition holds in all failing cases; and how often a telling one may
# hold among the others.
_CHANCE, _COMMON = 1e-4, 0.6
_MOST = 2
_ENOUGH = 8
_RIGHT = {Verdict.CONFORMS, Verdict.CONVENTION}
# An error that is a smaller share of the largest element than this leaves digits that are right.
_FEW_DIGITS = 2.0**-5


def in_common(
    check: Check,
    observed: Sequence[Observation],
    contender: Implementation,
    *,
    has_pattern: bool,
) -> list[str]:
    """Return what the failing cases of a check have in common, in words.

    How many digits are right is told only where nothing else is: no condition, and no pattern.
    """
    if check.kind == Kind.REFUSAL:
        return _accepted(check, observed)
    words = _necessary(observed)
    if words or has_pattern or check.kind not in {Kind.VALUE, Kind.GRADIENT}:
        return words
    if not any(each.fails for each in observed):
        return []
    return _digits(calm_pairs(observed)) + _in_the_other_dtype(check, observed, contender)


class _Condition(NamedTuple):
    """Something that may hold in a case, and whether it is a mere size of an axis or a number."""

    words: str
    is_size: bool = False


def _necessary(observed: Sequence[Observation]) -> list[str]:
    """Return conditions without which no case fails, those that hold in no passing case first."""
    failing = [set(_conditions(each.trial.case)) for each in observed if each.fails]
    passing = [set(_conditions(each.trial.case)) for each in observed if not each.fails]
    if len(failing) < _LEAST or len(passing) < _LEAST:
        return []
    first = next(each.trial.case for each in observed if each.fails)
    shares = {
        condition: sum(condition in held for held in passing) / len(passing)
        for condition in _conditions(first)
        if all(condition in held for held in failing)
    }
    telling = [
        (condition.is_size, share, condition.words)
        for condition, share in shares.items()
        if share < _COMMON and share ** len(failing) < _CHANCE
    ]
    # A square, a batch, a layout or a parameter says more than the length of an axis.
    telling.sort(key=lambda entry: entry[:2])
    return [
        f"it fails {'only' if share else 'exactly'} where {words}"
        for _, share, words in telling[:_MOST]
    ]


def _conditions(case: Case) -> Iterator[_Condition]:
    """Yield what holds in a case: of its parameters, shapes, layouts and numbers."""
    for name, value in case.parameters.items():
        yield from map(_Condition, _of_parameter(name, value))
    for name, array in case.arguments.items():
        if isinstance(array, np.ndarray):
            yield from _of_shape(name, array)
            layout = case.layouts.get(name, "contiguous")
            if layout not in {"contiguous", "read-only"}:
                yield _Condition(f"{name} is not contiguous in memory")
            if layout == "read-only":
                yield _Condition(f"{name} is read-only")
    yield from _of_numbers([array.astype(np.float64) for array in case.arrays if array.size])


def _of_parameter(name: str, value: Any) -> Iterator[str]:
    if isinstance(value, str | bool):
        yield f"{name} is {value!r}"
    if isinstance(value, tuple):
        yield f"{name} is a pair"
        if len(set(value)) > 1:
            yield f"{name} has two unequal entries"
    if isinstance(value, int | tuple) and not isinstance(value, bool):
        for most in (0, 1):
            if max(pair(value)) > most:
                yield f"{name} is over {most}"


def _of_shape(name: str, array: Array) -> Iterator[_Condition]:
    shape = array.shape
    if array.size == 0:
        yield _Condition(f"{name} is empty")
    for axis, length in enumerate(shape):
        if length > 1:
            is_batch = axis == 0 and len(shape) > 1
            batch = " (the batch)" if is_batch else ""
            yield _Condition(f"axis {axis}{batch} of {name} is longer than one", not is_batch)
        elif length == 1:
            yield _Condition(f"axis {axis} of {name} is one long", is_size=True)
    if len(shape) >= 2:
        square = shape[-1] == shape[-2]
        yield _Condition(f"{name} is {'' if square else 'not '}square in its last two axes")
    yield _Condition(f"{name} is of rank {len(shape)}")


def _of_numbers(arrays: Sequence[Array]) -> Iterator[_Condition]:
    if any(np.isnan(array).any() for array in arrays):
        yield _Condition("there is a NaN")
    if any(np.isinf(array).any() for array in arrays):
        yield _Condition("there is an infinity")
    sizes = [np.abs(array[np.isfinite(array) & (array != 0)]) for array in arrays]
    for words, holds in (
        ("some number is over 10 in size", any((size > 10).any() for size in sizes)),
        ("some number is over 1e4 in size", any((size > 1e4).any() for size in sizes)),
        ("some number is under 1e-4 in size", any((size < 1e-4).any() for size in sizes)),
        ("some number is negative", any((array < 0).any() for array in arrays)),
        ("some numbers are equal", any(np.unique(array).size < array.size for array in arrays)),
    ):
        if holds:
            yield _Condition(words, is_size=True)


def _accepted(check: Check, observed: Sequence[Observation]) -> list[str]:
    """Return which rules of refusal are broken without an exception, in words."""
    rules = {refusal.name: refusal.rule for refusal in check.operation.refusals}
    names = [each.trial.case.refusal for each in observed if each.fails]
    broken = dict.fromkeys(rules[name] for name in names if name is not None)
    return [f"not refused though it should be: {rule}" for rule in broken][:_LEAST]


def _digits(pairs: Sequence[Pair]) -> list[str]:
    """Say how many digits are right in four cases of five, where some are."""
    shares = sorted(map(_share, pairs))
    usual = shares[len(shares) * 4 // 5] if len(shares) >= _LEAST_PAIRS else np.inf
    if not 0 < usual < _FEW_DIGITS:
        return []
    count = int(-np.log10(usual))
    digits = f"{count} digit{'s' * (count > 1)}"
    return [f"it is mostly right to {digits} of its largest element, and not beyond"]


def _share(pair: Pair) -> float:
    """Return the error as a share of the largest element."""
    if pair.result.shape != pair.truth.shape:
        return np.inf
    value, result = pair.truth.value.astype(np.float64), pair.result.astype(np.float64)
    if not (np.isfinite(value).all() and np.isfinite(result).all() and value.any()):
        return np.inf
    return float(np.abs(result - value).max() / np.abs(value).max())


def _in_the_other_dtype(
    check: Check, observed: Sequence[Observation], contender: Implementation
) -> list[str]:
    """Say in which other of the usual dtypes all failing cases are right."""
    trials = [each.trial for each in observed if each.fails][:_ENOUGH]
    for dtype in USUAL_DTYPES:
        if dtype == check.dtype or dtype not in contender.dtypes:
            continue
        others = [Trial(each.operation, dtype, _cast(each.case, dtype)) for each in trials]
        findings = [
            weigh(trial, trial.call(contender, backward=check.argument is not None), check.argument)
            for trial in others
        ]
        if all(finding.verdict in _RIGHT for finding in findings):
            return [f"it is right in {dtype}, and wrong in {check.dtype}"]
    return []


def _cast(case: Case, dtype: str) -> Case:
    """Return a case with its real numbers in another dtype."""

    def cast(array: Array) -> Array:
        with np.errstate(all="ignore"):
            return array.astype(dtype) if is_real(array.dtype) else array

    return case.but(**{name: nested(cast, value) for name, value in case.arguments.items()})
