"""Cases of a failing check as they were judged, and whether two implementations behave alike.

Two wrong results are alike where their distance from each other is little against their distance
from the truth: the same formula, evaluated in another order, is wrong by the same amount but for
its rounding.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from conformance.bounds.ball import Ball
from conformance.bounds.compare import Flaw
from conformance.bounds.floats import Array, is_real
from conformance.judge.trial import Trial
from conformance.record.vocabulary import Verdict
from conformance.spec.case import Case
from conformance.spec.finding import Finding
from conformance.spec.tree import leaves

# Beyond these sizes a number is wild: a wrong formula may over- or underflow in one order of
# evaluation and not in another.
_CALM = (1e-4, 1e4)
# Fewer failing cases than these may be alike by chance.
_LEAST = 3
# How many bounds, and units in the last place of the result, two evaluations may lie apart; and
# the share of the common error that may be left unexplained.
_BOUNDS = 4.0
_ROUNDINGS = 8.0
_REST = 2.0**-8
# From which share of the largest result on an error is gross.
_GROSS = 2.0**-10
# Of a mistake whose numbers are noise: how many times larger one error may be than the other.
_TIMES = 64.0


@dataclass(frozen=True)
class Observation:
    """A trial, and the finding of the implementation in it."""

    trial: Trial
    finding: Finding

    @property
    def fails(self) -> bool:
        """Return whether the case fails."""
        return self.finding.verdict == Verdict.FAILS


def is_wild(case: Case) -> bool:
    """Return whether a case has an extreme number, one that is not finite, or an empty array."""
    small, large = _CALM
    for array in case.arrays:
        sizes = np.abs(array.astype(np.float64))
        if not (((sizes >= small) & (sizes <= large)) | (sizes == 0)).all() or not array.size:
            return True
    return False


@dataclass(frozen=True)
class Pair:
    """A result beside its truth."""

    case: Case
    result: Array
    truth: Ball

    @property
    def is_near(self) -> bool:
        """Return whether the result is its truth, but for rounding."""
        return self.fits(self.truth)

    @property
    def is_wrong(self) -> bool:
        """Return whether the result is wrong by its shape or some of its numbers."""
        return self.result.shape != self.truth.shape or bool(self.wrong.any())

    @property
    def wrong(self) -> Array:
        """Return a mask of the elements outside their bounds; the shape must be the truth's."""
        value = self.truth.value.astype(np.float64)
        with np.errstate(all="ignore"):
            apart = np.abs(self.result.astype(np.float64) - value)
            same = (self.result == value) | (np.isnan(self.result) & np.isnan(value))
            outside: Array = ~(same | (apart <= self.truth.bound * (1 + 2.0**-10)))
        return outside

    def fits(self, truth: Ball) -> bool:
        """Return whether the result is another truth, but for rounding."""
        with np.errstate(all="ignore"):
            return near(self.result, truth.value.astype(np.float64), truth)


def pairs_of(observation: Observation) -> list[Pair] | None:
    """Return every output beside its truth; None where no numbers or shapes are wrong."""
    finding = observation.finding
    if finding.ours.flaw not in {Flaw.VALUE, Flaw.CLASS, Flaw.SHAPE}:
        return None
    return pairs_with(finding.expected, observation)


def pairs_with(expected: Any, observation: Observation) -> list[Pair] | None:
    """Return every output beside a truth; None where they are not as many arrays."""
    results, truths = list(leaves(observation.finding.actual)), list(leaves(expected))
    if len(results) != len(truths) or not all(map(is_array, results)):
        return None
    arrays = map(np.asarray, results)
    return [Pair(observation.trial.case, *pair) for pair in zip(arrays, truths, strict=True)]


def failures(observed: Sequence[Observation], *, calm: bool) -> list[Observation]:
    """Return the failing cases, or with `calm` those of them that are not wild."""
    failing = [each for each in observed if each.fails]
    return [each for each in failing if not is_wild(each.trial.case)] if calm else failing


def calm_pairs(observed: Sequence[Observation]) -> list[Pair]:
    """Return the wrong outputs of failing cases that are not wild."""
    pairs = [pair for each in failures(observed, calm=True) for pair in pairs_of(each) or ()]
    return [pair for pair in pairs if pair.is_wrong]


def failing_outputs(observed: Sequence[Observation]) -> dict[str, list[Pair]]:
    """Return what is to be explained, by name: all outputs, and the one that alone is wrong.

    Of calm cases where there are some. Empty where some case fails by something other than its
    numbers, for then no pattern of numbers explains all of them.
    """
    calm = failures(observed, calm=True)
    telling = calm if len(calm) >= _LEAST else failures(observed, calm=False)
    cases = [pairs for pairs in map(pairs_of, telling) if pairs is not None]
    if len(cases) < max(len(telling), _LEAST):
        return {}
    outputs = {"": [pair for pairs in cases for pair in pairs]}
    wrong = {index for pairs in cases for index, pair in enumerate(pairs) if pair.is_wrong}
    if len(wrong) == 1 and len(cases[0]) > 1:
        (index,) = wrong
        only = [pairs[index] for pairs in cases if pairs[index].is_wrong]
        outputs[f" number {index + 1}"] = only
    return outputs


def alike(finding: Finding, other: Finding) -> bool:
    """Return whether both behave alike: the same numbers, or the same manner of failing."""
    if finding.verdict == other.verdict == Verdict.CONFORMS:
        return True
    if _has_numbers(finding) and _has_numbers(other):
        return _same_numbers(finding, other) and finding.answers == other.answers
    return finding.verdict == other.verdict and _manner(finding) == _manner(other)


def alike_in_size(finding: Finding, other: Finding) -> bool:
    """Return whether both are wrong by about as much, or one is right and the other nearly."""
    if not (_has_numbers(finding) and _has_numbers(other)):
        return alike(finding, other)
    low, high = sorted([finding.ours.ratio, other.ours.ratio])
    return high == low or high <= _TIMES * max(low, 1.0)


def is_array(value: Any) -> bool:
    """Return whether a result is what the contract wants: NumPy's array or scalar of numbers."""
    if type(value) is not np.ndarray and not isinstance(value, np.generic):
        return False
    # Of other dtypes a conversion may run the implementation's own code.
    return is_real(value.dtype) or value.dtype.kind in "iub"


def _has_numbers(finding: Finding) -> bool:
    """Return whether its numbers are right or wrong, and not an exception, a trace or a rule."""
    wrong = finding.verdict == Verdict.FAILS
    return finding.ours.flaw.is_numeric or not (finding.ours.flaw or wrong)


def _manner(finding: Finding) -> object:
    """Return in which way a case fails that does not fail by its numbers."""
    flaw = finding.ours.flaw
    if flaw and not flaw.is_numeric:
        return flaw, finding.ours.output, _form(finding.actual)
    # What raised, what was accepted, what was changed; not the exception's own words.
    return finding.key


def _form(result: Any) -> object:
    if isinstance(result, tuple | list):
        return [_form(leaf) for leaf in result]
    kind = type(result)
    known = kind is np.ndarray or issubclass(kind, np.generic)
    return (result.shape, str(result.dtype)) if known else kind.__name__


def _same_numbers(finding: Finding, other: Finding) -> bool:
    trees = (finding.actual, other.actual, finding.expected)
    with np.errstate(all="ignore"):
        return all(map(_alike_leaves, *map(leaves, trees)))


def _alike_leaves(result: Any, other: Any, truth: Ball) -> bool:
    if is_array(result) and is_array(other):
        return near(np.asarray(result), np.asarray(other), truth)
    return bool(_form(result) == _form(other))


def _sizes(a: Array, b: Array, off: Array) -> Array:
    """Return, for each element, the magnitude that rounding is relative to: the larger result's.

    Where the results are grossly wrong, it is the largest element's: a wrong sum may cancel.
    """
    own: Array = np.maximum(np.abs(a), np.abs(b))
    largest = own[np.isfinite(own)].max(initial=0.0)
    gross = off[np.isfinite(off)].max(initial=0.0) > _GROSS * largest
    return np.maximum(own, largest) if gross else own


def near(result: Array, other: Array, truth: Ball) -> bool:
    """Return whether two results are the same but for rounding, wherever the truth lies."""
    if result.shape != other.shape:
        return False
    a, b = result.astype(np.float64), other.astype(np.float64)
    apart, off = np.abs(a - b), np.abs(b - truth.value).astype(np.float64)
    rounding = _ROUNDINGS * truth.arithmetic.result.u * _sizes(a, b, off)
    # Whether a subnormal result is flushed to zero is nobody's mistake.
    room = _BOUNDS * truth.bound + rounding + truth.arithmetic.result.smallest_normal
    same = (a == b) | (np.isnan(a) & np.isnan(b)) | (apart <= room) | np.isinf(truth.bound)
    # Infinite minus finite explains nothing.
    return bool((same | (np.isfinite(off) & (apart <= _REST * off))).all())
