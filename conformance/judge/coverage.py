"""Find out what an implementation offers of an operation, before any case is drawn for it.

Its signature tells, its own declaration PARAMETERS, and a few small calls: what raises
NotImplementedError is not offered, nor is a pair to which TypeError answers.
"""

from dataclasses import replace
from functools import cache
from itertools import combinations
from typing import Any

import numpy as np

from conformance.implementation.implementation import Implementation
from conformance.judge.draw import fill, with_upstream
from conformance.judge.search import Plan, Search
from conformance.judge.trial import Trial
from conformance.judge.weigh import absent
from conformance.spec.case import Structure
from conformance.spec.check import Check
from conformance.spec.coverage import WHOLE, Coverage, features
from conformance.spec.operation import Operation
from conformance.spec.outcome import Ended, Outcome, Raised, Returned
from conformance.spec.strategies import empty_axes

# Structures that are tried first, and those that are tried where one of them is declined.
_FEW = 60
_MANY = 600


def coverage_of(check: Check, contender: Implementation) -> Coverage:
    """Return what is offered of the function that a check is about."""
    operation = check.operation
    if operation.network is not None or not operation.parameters:
        return WHOLE
    backward = check.function != operation.name
    key = (check.function, check.dtype)
    if key not in contender.coverage:
        declared = contender.parameters.get(operation.name, {})
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
    answered: dict[int, bool] = {}
    for count in (_FEW, _MANY):
        for number, structure in enumerate(_structures(operation, count)):
            if number in answered:
                continue
            outcome = _tried(operation, structure, dtype, contender, backward=backward)
            if isinstance(outcome, Ended):
                return known
            answered[number] = is_answered(outcome, structure.parameters)
        if all(answered.values()):
            return known
    return _told(operation, answered, known)


def is_answered(outcome: Outcome, parameters: Any) -> bool:
    """Return whether a call is supported, rightly or not: it may raise another exception."""
    if isinstance(outcome, Returned):
        return True
    has_pair = any(isinstance(value, tuple) for value in parameters.values())
    is_form = isinstance(outcome, Raised) and outcome.kind == TypeError.__name__ and has_pair
    return absent(outcome) is None and not is_form


def _told(operation: Operation, answered: dict[int, bool], known: Coverage) -> Coverage:
    """Return the features, and pairs of features, that no answered call has."""
    pool = _structures(operation, _MANY)
    of = {number: features(operation, pool[number]) for number in answered}
    whole = frozenset().union(*of.values())
    offered = frozenset().union(*(of[number] for number, is_yes in answered.items() if is_yes))
    missing = whole - offered
    if not offered:
        return known
    seen = {
        frozenset(pair)
        for number, is_yes in answered.items()
        if is_yes
        for pair in combinations(sorted(of[number]), 2)
    }
    apart = {
        frozenset(pair)
        for number, is_yes in answered.items()
        if not is_yes and not of[number] & missing
        for pair in combinations(sorted(of[number]), 2)
        if frozenset(pair) not in seen
    }
    # What every call has, or has by default, is not worth telling.
    usual = frozenset.intersection(*of.values()) | features(operation, Structure(pool[0].shapes))
    shown = frozenset(
        name
        for name in offered - usual
        # A pair of defaults is no offer of what is missing.
        if not name.endswith("as a number") and name.partition(" as a pair")[0] not in missing
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
