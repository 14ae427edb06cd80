"""What wrong results are in relation to the right ones, where that can be said in words.

Each structure is a question to all failing cases at once: is the result the truth times a
constant, with two axes exchanged, reversed, shifted, that of another input? It is said only where
every failing case says yes, and they are several.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from itertools import combinations
from typing import Any

import numpy as np

from conformance.bounds.ball import Ball
from conformance.bounds.floats import is_real
from conformance.explain.diagnosis.likeness import is_array, leaves
from conformance.explain.diagnosis.observations import (
    Observation,
    Pair,
    failing_outputs,
    is_wild,
    pairs_of,
)
from conformance.explain.diagnosis.remark import Remark, plainly
from conformance.judge.trial import Trial
from conformance.spec.case import Case
from conformance.spec.check import Check
from conformance.spec.strategies import pair as as_pair
from conformance.spec.tree import nested

_LEAST = 3
# So many failing cases are enough for what has to be computed anew in each.
_ENOUGH = 8
_LONG = 3


def structures(check: Check, observed: Sequence[Observation]) -> list[Remark]:
    """The structure that all wrong results of a check share, in words; or none."""
    if check.kind not in {"value", "gradient"}:
        return []
    subject = f"the gradient of {check.argument}" if check.argument else "the result"
    for output, pairs in failing_outputs(observed).items():
        # What is off by a hair is the truth itself, as far as a structure can be seen.
        if _all_fit(pairs, [pair.truth for pair in pairs]):
            continue
        for question in (_zero, _constant, _by_a_size, _moved, _shifted, _at_a_border):
            if found := question(pairs):
                return [Remark(*(f"{subject}{output} {words}" for words in found))]
    found = _of_other_inputs(check, observed)
    return [Remark(*(f"{subject} {words}" for words in found))] if found else []


def _all_fit(pairs: Sequence[Pair], truths: Sequence[Ball]) -> bool:
    return all(pair.fits(truth) for pair, truth in zip(pairs, truths, strict=True))


def _zero(pairs: Sequence[Pair]) -> Remark | None:
    is_zero = not any(pair.result.any() for pair in pairs)
    return plainly("is zero throughout") if is_zero else None


def _scaled(truth: Ball, factor: float) -> Ball:
    wide = truth.arithmetic.arbiter(factor)
    return Ball(truth.value * wide, truth.bound * abs(factor), truth.arithmetic)


def _ratio(pair: Pair) -> float | None:
    """By how much the result is larger than the truth, judged by its largest element."""
    value = pair.truth.value.astype(np.float64)
    if pair.result.shape != value.shape or not np.isfinite(value).all() or not value.any():
        return None
    index = np.unravel_index(int(np.abs(value).argmax()), value.shape)
    return float(pair.result[index]) / float(value[index])


def _constant(pairs: Sequence[Pair]) -> Remark | None:
    ratios = [ratio for pair in pairs if (ratio := _ratio(pair)) is not None]
    factor = ratios[0] if ratios else np.nan
    if not np.isfinite(factor) or abs(factor) < _LEAST_FACTOR:
        return None
    round_one = next((c for c in _ROUND if abs(factor / c - 1) < 2.0**-10), factor)
    if not _all_fit(pairs, [_scaled(pair.truth, round_one) for pair in pairs]):
        return None
    if round_one == -1:
        return plainly("has the wrong sign")
    words = f"is {_told(round_one)} times what it should be"
    return Remark(words, "is what it should be, times a constant")


_LEAST_FACTOR = 1e-6
_ROUND = tuple(
    sign * number
    for sign in (1.0, -1.0)
    for number in (1.0, 2.0, 0.5, 3.0, 1 / 3, 4.0, 0.25, 8.0, 0.125, 10.0, 0.1)
    if sign * number != 1
)


def _told(number: float) -> str:
    inverse = round(1 / number)
    is_inverse = abs(number) < 1 and abs(1 / number - inverse) < 2.0**-10
    return f"{'−' * (inverse < 0)}1/{abs(inverse)}" if is_inverse else f"{number:g}"


def _sizes(pair: Pair) -> dict[str, int]:
    """Numbers that a sum or a mean may go over, by name."""
    found = {}
    for name, array in pair.case.inputs.items():
        if isinstance(array, np.ndarray):
            found[f"the number of elements of {name}"] = array.size
            found |= {f"the length of axis {k} of {name}": n for k, n in enumerate(array.shape)}
    found["the number of its own elements"] = pair.truth.value.size
    for name, value in pair.case.parameters.items():
        if isinstance(value, int | tuple) and not isinstance(value, bool):
            found[f"the product of {name}"] = int(np.prod(as_pair(value)))
    return found


def _by_a_size(pairs: Sequence[Pair]) -> Remark | None:
    """A factor that is the size of something: a sum for a mean, or a mean for a sum."""
    sizes = [_sizes(pair) for pair in pairs]
    # The batch first: it is what is averaged over as a rule.
    for name in sorted(sizes[0], key=lambda name: "axis 0" not in name):
        known = [one.get(name, 0) for one in sizes]
        if 0 in known or len(set(known)) < 2:
            continue
        for power, words, due, done in (
            (1, "n times", "mean", "sum"),
            (-1, "1/n of", "sum", "mean"),
        ):
            scaled = [
                _scaled(one.truth, float(n) ** power) for one, n in zip(pairs, known, strict=True)
            ]
            if _all_fit(pairs, scaled):
                why = f"where a {due} is due, it may be a {done}"
                said = f"is {words} what it should be, n being {name}: {why}"
                return Remark(
                    said, "is what it should be, times or divided by the size of something"
                )
    return None


def _moved(pairs: Sequence[Pair]) -> Remark | None:
    ranks = {pair.truth.value.ndim for pair in pairs}
    if len(ranks) != 1:
        return None
    rank = ranks.pop()
    for i, j in combinations(reversed(range(rank)), 2):
        if _all_fit(
            pairs, [one.truth.map(partial(np.swapaxes, axis1=i, axis2=j)) for one in pairs]
        ):
            return plainly(f"is transposed: its axes {j} and {i} are exchanged")
    for k in range(rank):
        if _all_fit(pairs, [one.truth.map(partial(np.flip, axis=k)) for one in pairs]):
            return plainly(f"is reversed along its axis {k}")
    return None


def _shifted(pairs: Sequence[Pair]) -> Remark | None:
    """Every element in its neighbour's place; what stands at the edge does not matter."""
    for axis in range(min(pair.truth.value.ndim for pair in pairs)):
        long = [pair for pair in pairs if pair.truth.value.shape[axis] >= _LONG]
        if len(long) < _LEAST:
            continue
        for there, back in ((1, -1), (-1, 1)):
            if all(_is_shifted(pair, axis, there) for pair in long):
                words = "too high" if back < 0 else "too low"
                place = f"every element stands one {words}"
                return plainly(f"is shifted by one along its axis {axis}: {place}")
    return None


def _is_shifted(pair: Pair, axis: int, by: int) -> bool:
    if pair.result.shape != pair.truth.shape:
        return False
    ahead, behind = slice(1, None), slice(None, -1)
    mine, true = (ahead, behind) if by > 0 else (behind, ahead)
    place = (slice(None),) * axis
    return replace(pair, result=pair.result[(*place, mine)]).fits(pair.truth[(*place, true)])


def _at_a_border(pairs: Sequence[Pair]) -> Remark | None:
    """Wrong in the first or last place of an axis alone, of several places there are."""
    if any(pair.result.shape != pair.truth.shape for pair in pairs):
        return None
    for axis in range(min(pair.truth.value.ndim for pair in pairs)):
        for side, words in ((0, "first"), (-1, "last")):
            if _is_border(pairs, axis, side):
                return plainly(f"is wrong only in the {words} place of its axis {axis}")
    return None


def _is_border(pairs: Sequence[Pair], axis: int, side: int) -> bool:
    long = 0
    for pair in pairs:
        wrong = np.moveaxis(pair.wrong, axis, 0)
        inside = np.delete(wrong, side, axis=0)
        if inside.any():
            return False
        long += len(inside) >= _LONG - 1
    return long >= _LEAST


def _of_other_inputs(check: Check, observed: Sequence[Observation]) -> Remark | None:
    """Whether it is right for other inputs: one of them zero, or a parameter left out."""
    failing = [one for one in observed if one.fails and not is_wild(one.trial.case)]
    wrong = [one for one in failing if _is_far(one)][:_ENOUGH]
    if len(wrong) < _LEAST or len(failing) > len(wrong) < _ENOUGH:
        return None
    if check.operation.complete is not None:
        return None
    inputs = wrong[0].trial.case.inputs
    if check.argument is not None:
        ones = [_with_upstream_of_ones(one.trial.case) for one in wrong]
        if _right_for(check, wrong, ones):
            said = "is what is due for an upstream gradient of ones"
            return Remark(said, "takes no account of the upstream gradient")
    names = [n for n, a in inputs.items() if isinstance(a, np.ndarray) and is_real(a.dtype)]
    for name in names:
        if _right_for(check, wrong, [_without_input(one.trial.case, name) for one in wrong]):
            return Remark(f"is what is due for {name} = 0", "takes no account of one of the inputs")
    for name in sorted({name for one in wrong for name in one.trial.case.parameters}):
        if _right_for(check, wrong, [_without_parameter(one.trial.case, name) for one in wrong]):
            said = f"is what is due without {name}"
            return Remark(said, "takes no account of one of the parameters")
    return None


def _is_far(one: Observation) -> bool:
    """Whether it is wrong by its numbers or its shape, and by more than a hair."""
    pairs = pairs_of(one)
    return pairs is not None and not _all_fit(pairs, [pair.truth for pair in pairs])


def _with_upstream_of_ones(case: Case) -> Case:
    return replace(case, grad_output=nested(np.ones_like, case.grad_output))


def _without_input(case: Case, name: str) -> Case:
    return replace(case, inputs={**case.inputs, name: np.zeros_like(case.inputs[name])})


def _without_parameter(case: Case, name: str) -> Case:
    others = {key: value for key, value in case.parameters.items() if key != name}
    return replace(case, parameters=others)


def _right_for(check: Check, wrong: Sequence[Observation], cases: Sequence[Case]) -> bool:
    """Whether every wrong result is the right one of another case."""
    return all(
        _fits(one.finding.actual, _truth(check, case), case)
        for one, case in zip(wrong, cases, strict=True)
    )


def _truth(check: Check, case: Case) -> Any:
    """What is due in a case; None where it is none of the operation's."""
    trial = Trial(check.operation, check.dtype, case)
    try:
        if check.argument is None:
            return trial.value
        return trial.gradient(check.operation.gradients[check.argument])
    except (TypeError, ValueError, IndexError):
        return None


def _fits(actual: Any, truth: Any, case: Case) -> bool:
    results, balls = list(leaves(actual)), list(leaves(truth))
    if truth is None or len(results) != len(balls) or not all(map(is_array, results)):
        return False
    pairs = zip(results, balls, strict=True)
    return all(Pair(case, np.asarray(result), ball).fits(ball) for result, ball in pairs)
