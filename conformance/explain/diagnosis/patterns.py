"""Patterns: how wrong results relate to the right ones, where that can be said in words.

Each pattern is tried on all failing cases at once: is the result the truth times a constant, with
two axes exchanged, reversed, shifted, that of another input? It is named only where every failing
case shows it, and they are several.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import combinations, islice
from typing import NamedTuple

import numpy as np

from conformance.bounds.ball import Ball
from conformance.bounds.floats import is_real
from conformance.explain.diagnosis.observations import (
    Observation,
    Pair,
    failing_outputs,
    failures,
    pairs_of,
    pairs_with,
)
from conformance.judge.trial import Trial
from conformance.record.vocabulary import Kind
from conformance.spec.case import Case
from conformance.spec.check import Check
from conformance.spec.finding import Subject
from conformance.spec.strategies import pair as as_pair
from conformance.spec.tree import nested

_LEAST = 3
# So many failing cases are enough for what has to be computed anew in each.
_ENOUGH = 8
_LONG = 3
_LATER, _EARLIER = slice(1, None), slice(None, -1)
# A smaller factor is as good as zero.
_LEAST_FACTOR = 1e-6
# How near a factor must be to a round one.
_NEARLY = 2.0**-10
_ROUND = tuple(
    sign * number
    for sign in (1.0, -1.0)
    for number in (1.0, 2.0, 0.5, 3.0, 1 / 3, 4.0, 0.25, 8.0, 0.125, 10.0, 0.1)
    if sign * number != 1
)


class Remark(NamedTuple):
    """A sentence, and a hint: the same without what the right result could be made from."""

    sentence: str
    hint: str


def plainly(words: str) -> Remark:
    """Return a remark that gives nothing away."""
    return Remark(words, words)


def patterns(check: Check, observed: Sequence[Observation]) -> list[Remark]:
    """Return the pattern that all wrong results of a check share, in words; or none."""
    if check.kind not in {Kind.VALUE, Kind.GRADIENT}:
        return []
    subject = str(Subject(argument=check.argument))
    for output, pairs in failing_outputs(observed).items():
        # What is off by a hair is the truth itself, as far as a pattern can be seen.
        if all(pair.is_near for pair in pairs):
            continue
        for pattern in (_zero, _constant, _by_a_size, _moved, _shifted, _at_a_border):
            if remark := pattern(pairs):
                return [Remark(*(f"{subject}{output} {words}" for words in remark))]
    remarks = _of_other_inputs(check, observed)
    return [Remark(*(f"{subject} {words}" for words in remark)) for remark in remarks]


def _all_fit(pairs: Sequence[Pair], truths: Sequence[Ball]) -> bool:
    return all(pair.fits(truth) for pair, truth in zip(pairs, truths, strict=True))


def _zero(pairs: Sequence[Pair]) -> Remark | None:
    return None if any(pair.result.any() for pair in pairs) else plainly("is zero throughout")


def _scaled(truth: Ball, factor: float) -> Ball:
    wide = truth.arithmetic.arbiter(factor)
    return Ball(truth.value * wide, truth.bound * abs(factor), truth.arithmetic)


def _constant(pairs: Sequence[Pair]) -> Remark | None:
    factor = next((ratio for pair in pairs if (ratio := _ratio(pair)) is not None), np.nan)
    if not np.isfinite(factor) or abs(factor) < _LEAST_FACTOR:
        return None
    factor = next((c for c in _ROUND if abs(factor / c - 1) < _NEARLY), factor)
    if _in_words(factor) == "1" or not _all_fit(
        pairs, [_scaled(pair.truth, factor) for pair in pairs]
    ):
        return None
    if factor == -1:
        return plainly("has the wrong sign")
    words = f"is {_in_words(factor)} times what it should be"
    return Remark(words, "is what it should be, times a constant")


def _ratio(pair: Pair) -> float | None:
    """Return by which factor the result is larger than the truth, at its largest element."""
    value = pair.truth.value.astype(np.float64)
    if pair.result.shape != value.shape or not np.isfinite(value).all() or not value.any():
        return None
    index = np.unravel_index(int(np.abs(value).argmax()), value.shape)
    return float(pair.result[index]) / float(value[index])


def _in_words(factor: float) -> str:
    inverse = round(1 / factor)
    is_inverse = abs(factor) < 1 and abs(1 / factor - inverse) < _NEARLY
    return f"{'−' * (inverse < 0)}1/{abs(inverse)}" if is_inverse else f"{factor:g}"


def _by_a_size(pairs: Sequence[Pair]) -> Remark | None:
    """Try as a factor the size of something: a sum for a mean, or a mean for a sum."""
    sizes = [_sizes(pair) for pair in pairs]
    for name in sizes[0]:
        known = [each.get(name, 0) for each in sizes]
        if 0 in known or len(set(known)) < 2:
            continue
        for power, words, why in (
            (1, "n times", "where a mean is due, it may be a sum"),
            (-1, "1/n of", "where a sum is due, it may be a mean"),
        ):
            factors = [float(size) ** power for size in known]
            scaled = [_scaled(pair.truth, n) for pair, n in zip(pairs, factors, strict=True)]
            if _all_fit(pairs, scaled):
                return Remark(
                    f"is {words} what it should be, n being {name}: {why}",
                    "is what it should be, times or divided by the size of something",
                )
    return None


def _sizes(pair: Pair) -> dict[str, int]:
    """Return numbers that a sum or a mean may go over, by name.

    Those of the batch come first, since as a rule a mean is taken over it.
    """
    batch: dict[str, int] = {}
    others: dict[str, int] = {}
    for name, array in pair.case.inputs.items():
        if isinstance(array, np.ndarray):
            others[f"the number of elements of {name}"] = array.size
            for axis, length in enumerate(array.shape):
                (others if axis else batch)[f"the length of axis {axis} of {name}"] = length
    others["the number of its own elements"] = pair.truth.value.size
    for name, value in pair.case.parameters.items():
        if isinstance(value, int | tuple) and not isinstance(value, bool):
            others[f"the product of {name}"] = int(np.prod(as_pair(value)))
    return batch | others


def _moved(pairs: Sequence[Pair]) -> Remark | None:
    ranks = {pair.truth.value.ndim for pair in pairs}
    if len(ranks) != 1:
        return None
    rank = ranks.pop()
    for i, j in combinations(reversed(range(rank)), 2):
        swap = partial(np.swapaxes, axis1=i, axis2=j)
        if _all_fit(pairs, [pair.truth.map(swap) for pair in pairs]):
            return plainly(f"is transposed: its axes {j} and {i} are exchanged")
    for axis in range(rank):
        if _all_fit(pairs, [pair.truth.map(partial(np.flip, axis=axis)) for pair in pairs]):
            return plainly(f"is reversed along its axis {axis}")
    return None


def _shifted(pairs: Sequence[Pair]) -> Remark | None:
    """Try every element in its neighbour's place; what stands at the edge does not matter."""
    for axis in range(min(pair.truth.value.ndim for pair in pairs)):
        long = [pair for pair in pairs if pair.truth.value.shape[axis] >= _LONG]
        if len(long) < _LEAST:
            continue
        for of_result, of_truth, words in ((_LATER, _EARLIER, "high"), (_EARLIER, _LATER, "low")):
            if all(_is_shifted(pair, axis, of_result, of_truth) for pair in long):
                neighbour = f"every element stands one too {words}"
                return plainly(f"is shifted by one along its axis {axis}: {neighbour}")
    return None


def _is_shifted(pair: Pair, axis: int, of_result: slice, of_truth: slice) -> bool:
    if pair.result.shape != pair.truth.shape:
        return False
    before = (slice(None),) * axis
    shifted = replace(pair, result=pair.result[(*before, of_result)])
    return shifted.fits(pair.truth[(*before, of_truth)])


def _at_a_border(pairs: Sequence[Pair]) -> Remark | None:
    """Try whether only the first or the last place of an axis is wrong, where it has several."""
    if any(pair.result.shape != pair.truth.shape for pair in pairs):
        return None
    for axis in range(min(pair.truth.value.ndim for pair in pairs)):
        wrong = [np.moveaxis(pair.wrong, axis, 0) for pair in pairs]
        for others, words in ((_LATER, "first"), (_EARLIER, "last")):
            long = sum(len(mask[others]) >= _LONG - 1 for mask in wrong)
            if long >= _LEAST and not any(mask[others].any() for mask in wrong):
                return plainly(f"is wrong only in the {words} place of its axis {axis}")
    return None


def _of_other_inputs(check: Check, observed: Sequence[Observation]) -> list[Remark]:
    """Try whether it is right for other inputs: one of them zero, or a parameter left out."""
    failing = failures(observed, calm=True)
    # Those that are wrong by their numbers or their shape, and by more than a hair.
    far = (each for each in failing if not all(pair.is_near for pair in pairs_of(each) or ()))
    wrong = list(islice(far, _ENOUGH))
    if len(wrong) < _LEAST or len(failing) > len(wrong) < _ENOUGH:
        return []
    if check.operation.complete is not None:
        return []
    for others, remark in _other_cases(check, [each.trial.case for each in wrong]):
        if all(_is_due(check, *pair) for pair in zip(others, wrong, strict=True)):
            return [remark]
    return []


def _other_cases(check: Check, cases: Sequence[Case]) -> Iterator[tuple[list[Case], Remark]]:
    """Yield what the cases would be without something, and what to remark where that fits."""
    if check.argument is not None:
        upstream = [case.but(grad_output=nested(np.ones_like, case.grad_output)) for case in cases]
        words = "is what is due for an upstream gradient of ones"
        yield upstream, Remark(words, "takes no account of the upstream gradient")
    for name, array in cases[0].inputs.items():
        if isinstance(array, np.ndarray) and is_real(array.dtype):
            zero = [case.but(**{name: np.zeros_like(case.inputs[name])}) for case in cases]
            words = f"is what is due for {name} = 0"
            yield zero, Remark(words, "takes no account of one of the inputs")
    for name in sorted({name for case in cases for name in case.parameters}):
        words = f"is what is due without {name}"
        without = [
            replace(case, parameters={k: v for k, v in case.parameters.items() if k != name})
            for case in cases
        ]
        yield without, Remark(words, "takes no account of one of the parameters")


def _is_due(check: Check, case: Case, observation: Observation) -> bool:
    """Return whether the observed result is the right one of another case."""
    try:
        truth = Trial(check.operation, check.dtype, case).expected(check.argument)
    except (TypeError, ValueError, IndexError):
        # The operation has no such case.
        return False
    pairs = pairs_with(truth, observation)
    return pairs is not None and all(pair.is_near for pair in pairs)
