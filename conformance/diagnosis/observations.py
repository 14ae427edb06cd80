"""Cases of a failing check as they were judged: what a diagnosis is made from."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from conformance.bounds import Ball
from conformance.case import Case
from conformance.diagnosis.likeness import is_array, leaves, near
from conformance.formats import Array
from conformance.oracle import leaves as arrays
from conformance.trial import Trial
from conformance.verdict import Finding

# Beyond these sizes a number is wild: a wrong formula may over- or underflow in one order of
# evaluation and not in another.
_CALM = (1e-4, 1e4)


@dataclass(frozen=True)
class Observation:
    """A trial, and what the implementation came to in it."""

    trial: Trial
    finding: Finding

    @property
    def fails(self) -> bool:
        """Whether the case fails."""
        return self.finding.verdict == "fails"


def is_wild(case: Case) -> bool:
    """Whether some number of a case is extreme in size, or none at all."""
    small, large = _CALM
    for array in arrays([*case.inputs.values(), case.grad_output]):
        sizes = np.abs(array.astype(np.float64))
        if not (((sizes >= small) & (sizes <= large)) | (sizes == 0)).all():
            return True
    return False


@dataclass(frozen=True)
class Pair:
    """A result beside its truth."""

    case: Case
    result: Array
    truth: Ball

    @property
    def wrong(self) -> Array:
        """Which elements lie outside their bounds; of the truth's shape, as the result must be."""
        value = self.truth.value.astype(np.float64)
        with np.errstate(all="ignore"):
            apart = np.abs(self.result.astype(np.float64) - value)
            same = (self.result == value) | (np.isnan(self.result) & np.isnan(value))
            outside: Array = ~(same | (apart <= self.truth.bound * (1 + 2.0**-10)))
        return outside

    def fits(self, truth: Ball) -> bool:
        """Whether the result is this, but for rounding."""
        with np.errstate(all="ignore"):
            return near(self.result, truth.value.astype(np.float64), truth)


def failing_pairs(observed: Sequence[Observation]) -> list[Pair]:
    """Results that are wrong by their numbers or their shape; calm ones alone if they suffice."""
    pairs = [pair for one in observed if one.fails for pair in _pairs(one)]
    calm = [pair for pair in pairs if not is_wild(pair.case)]
    return calm if len(calm) > 2 else pairs


def _pairs(observation: Observation) -> Iterator[Pair]:
    """Of several outputs, those that are wrong."""
    finding = observation.finding
    if finding.ours.flaw not in {"value", "class", "shape"}:
        return
    for result, truth in zip(leaves(finding.actual), leaves(finding.expected), strict=False):
        if not is_array(result):
            continue
        pair = Pair(observation.trial.case, np.asarray(result), truth)
        if pair.result.shape != truth.shape or pair.wrong.any():
            yield pair
