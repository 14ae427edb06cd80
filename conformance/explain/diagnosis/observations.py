"""Cases of a failing check as they were judged: what a diagnosis is made from."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from conformance.bounds.ball import Ball
from conformance.bounds.compare import Flaw
from conformance.bounds.floats import Array
from conformance.explain.diagnosis.likeness import is_array, leaves, near
from conformance.judge.trial import Trial
from conformance.record.vocabulary import Verdict
from conformance.spec.case import Case
from conformance.spec.finding import Finding
from conformance.spec.tree import leaves as arrays

# Beyond these sizes a number is wild: a wrong formula may over- or underflow in one order of
# evaluation and not in another.
_CALM = (1e-4, 1e4)
# Fewer failing cases than these may be alike by chance.
_LEAST = 3


@dataclass(frozen=True)
class Observation:
    """A trial, and what the implementation came to in it."""

    trial: Trial
    finding: Finding

    @property
    def fails(self) -> bool:
        """Whether the case fails."""
        return self.finding.verdict == Verdict.FAILS


def is_wild(case: Case) -> bool:
    """Whether some number of a case is extreme in size, or is none; or an array has no numbers."""
    small, large = _CALM
    for array in arrays([*case.inputs.values(), case.grad_output]):
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
    def is_wrong(self) -> bool:
        """Whether it is, by its shape or some of its numbers."""
        return self.result.shape != self.truth.shape or bool(self.wrong.any())

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


def pairs_of(observation: Observation) -> list[Pair] | None:
    """Every output beside its truth; None where what is wrong is no matter of numbers."""
    finding = observation.finding
    if finding.ours.flaw not in {Flaw.VALUE, Flaw.CLASS, Flaw.SHAPE}:
        return None
    results, truths = list(leaves(finding.actual)), list(leaves(finding.expected))
    if len(results) != len(truths) or not all(map(is_array, results)):
        return None
    case = observation.trial.case
    return [
        Pair(case, np.asarray(result), truth) for result, truth in zip(results, truths, strict=True)
    ]


def calm_pairs(observed: Sequence[Observation]) -> list[Pair]:
    """The wrong outputs of failing cases that are not wild."""
    calm = [one for one in observed if one.fails and not is_wild(one.trial.case)]
    return [pair for one in calm for pair in pairs_of(one) or () if pair.is_wrong]


def failing_outputs(observed: Sequence[Observation]) -> dict[str, list[Pair]]:
    """What is to be explained, by what to call it: all outputs, and the one that is wrong.

    Calm cases alone where there are some. Nothing where some case fails by something else than
    its numbers, for then no structure of numbers explains all of them.
    """
    failing = [one for one in observed if one.fails]
    calm = [one for one in failing if not is_wild(one.trial.case)]
    told = calm if len(calm) >= _LEAST else failing
    pairs = [pairs_of(one) for one in told]
    whole = [one for one in pairs if one is not None]
    if len(whole) < max(len(pairs), _LEAST):
        return {}
    wrong = {place for outputs in whole for place, one in enumerate(outputs) if one.is_wrong}
    found = {"": [one for outputs in whole for one in outputs]}
    if len(wrong) == 1 and len(whole[0]) > 1:
        place = wrong.pop()
        found[f" number {place + 1}"] = [
            outputs[place] for outputs in whole if outputs[place].is_wrong
        ]
    return found
