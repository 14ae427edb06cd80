"""Find out what an implementation offers of an operation, before any case is drawn for it.

Its signature tells, its own declaration PARAMETERS, and a few small calls: what raises
NotImplementedError is not offered, nor is a pair to which TypeError answers.
"""

from collections import Counter
from dataclasses import replace
from enum import Enum
from functools import cache
from itertools import combinations_with_replacement
from typing import Any

import numpy as np

from conformance.implementation.implementation import Implementation
from conformance.judge.draw import fill, with_upstream
from conformance.judge.search import Plan, Search
from conformance.judge.trial import Trial
from conformance.judge.weigh import absent
from conformance.spec.case import Structure
from conformance.spec.check import Check
from conformance.spec.coverage import PAIR, WHOLE, Coverage, features
from conformance.spec.operation import Operation
from conformance.spec.outcome import Ended, Outcome, Raised, Returned
from conformance.spec.strategies import empty_axes

# Structures that are tried first, and those that are tried where one of them is declined.
_FEW = 60
_MANY = 600
# So many calls that are declined, where nothing but one feature or one pair of them is new.
_ENOUGH = 12


def coverage_of(check: Check, contender: Implementation) -> Coverage:
    """Return what is offered of the function that a check is about."""
    operation = check.operation
    declared = contender.parameters.get(operation.name, {})
    if operation.network is not None or not (operation.parameters or declared):
        return WHOLE
    backward = check.function != operation.name
    key = (check.function, check.dtype)
    if key not in contender.coverage:
        contender.coverage[key] = _found(
            operation, check.dtype, contender, declared, backward=backward
        )
    coverage: Coverage = contender.coverage[key]
    return coverage


def _found(
    operation: Operation,
    dtype: str,
    contender: Implementation,
    declared: Any,
    *,
    backward: bool,
) -> Coverage:
    known = Coverage(values={name: tuple(values) for name, values in declared.items()})
    answered: dict[int, Answer] = {}
    tried = _Tried()
    for count in (_FEW, _MANY):
        for number, structure in enumerate(_structures(operation, count)):
            names = features(operation, structure)
            if number in answered or tried.tell(names):
                continue
            outcome = _tried(operation, structure, dtype, contender, backward=backward)
            if isinstance(outcome, Ended):
                return known
            answered[number] = answer_of(outcome, structure.parameters)
            tried.add(names, answered[number])
        if set(answered.values()) == {Answer.GIVEN}:
            return known
    return _told(operation, answered, known)


class _Tried:
    """What calls have told of features and of pairs of them: a call that compiles is slow."""

    def __init__(self) -> None:
        self._given: set[frozenset[str]] = set()
        self._blamed: Counter[frozenset[str]] = Counter()

    def tell(self, names: frozenset[str]) -> bool:
        """Return whether a call with these features would add nothing, whatever it came to."""
        sets = _sets(names)
        return sets <= self._given or any(self._blamed[each] >= _ENOUGH for each in sets)

    def add(self, names: frozenset[str], answer: "Answer") -> None:
        """Count what a call with these features came to."""
        if answer is Answer.GIVEN:
            self._given |= _sets(names)
            for each in self._given & self._blamed.keys():
                del self._blamed[each]
        elif answer is Answer.DECLINED:
            new = _sets(names) - self._given
            smallest = [each for each in new if len(each) == 1] or [*new]
            if len(smallest) == 1:
                # Every other part of the call was answered before.
                self._blamed.update(smallest)


def _sets(names: frozenset[str]) -> set[frozenset[str]]:
    """Return each feature alone, and each pair of two."""
    return {frozenset(pair) for pair in combinations_with_replacement(names, 2)}


class Answer(Enum):
    """What a call of a structure came to.

    An exception may be a fault, or how code says that it takes no pair: it is the latter where
    every call with such a pair raises.
    """

    GIVEN = 1
    RAISED = 2
    DECLINED = 3


def answer_of(outcome: Outcome, parameters: Any) -> Answer:
    """Return whether a call is supported, rightly or not."""
    if isinstance(outcome, Returned):
        return Answer.GIVEN
    if absent(outcome) is not None:
        return Answer.DECLINED
    has_pair = any(isinstance(value, tuple) for value in parameters.values())
    if not (has_pair and isinstance(outcome, Raised) and outcome.ordinary):
        return Answer.GIVEN
    return Answer.DECLINED if outcome.kind == TypeError.__name__ else Answer.RAISED


def _told(operation: Operation, answered: dict[int, Answer], known: Coverage) -> Coverage:
    """Return the features, and pairs of features, that no answered call has."""
    pool = _structures(operation, _MANY)
    every = [features(operation, structure) for structure in pool]
    given = [every[number] for number, answer in answered.items() if answer is Answer.GIVEN]
    declined = [every[number] for number, answer in answered.items() if answer is Answer.DECLINED]
    if not given:
        return known
    offered = frozenset().union(*given)
    whole = frozenset().union(*every)
    missing = frozenset(name for name in whole - offered if declined or name.endswith(PAIR))
    seen = set().union(*map(_sets, given))
    apart = {
        pair for each in declined if not each & missing for pair in _sets(each) if pair not in seen
    }
    # What every call has, or has by default, is not worth telling.
    usual = frozenset.intersection(*every) | features(operation, Structure(pool[0].shapes))
    shown = frozenset(
        name
        for name in offered - usual
        # A pair of defaults is no offer of what is missing.
        if not name.endswith("as a number") and name.partition(PAIR)[0] not in missing
    )
    return Coverage(missing, frozenset(apart), known.values, shown)


@cache
def _structures(operation: Operation, count: int) -> tuple[Structure, ...]:
    """Return structures of an operation, the same for every implementation."""
    drawn: list[Structure] = []

    def keep(structure: Structure, _seed: int) -> bool:
        drawn.append(structure)
        return True

    with empty_axes(0):
        Search(f"{operation.name}: coverage", Plan(count)).over(operation.structures, keep)
    return tuple(drawn)


def _tried(
    operation: Operation,
    structure: Structure,
    dtype: str,
    contender: Implementation,
    *,
    backward: bool,
) -> Outcome:
    rng = np.random.Generator(np.random.PCG64(0))
    case = replace(fill(operation, structure, dtype, rng, "normal"), layouts={})
    trial = Trial(operation, dtype, case)
    if backward:
        with_upstream(trial, rng, "normal")
    return trial.call(contender, backward=backward)
