"""Cases of a failing check as they were judged: what a diagnosis is made from."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from conformance.bounds.ball import Ball
from conformance.bounds.compare import Flaw
from conformance.bounds.floats import Array
from conformance.explain.diagnosis.likeness import is_array, near
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
