"""Cases of a check: a drawn structure, filled several times over."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from conformance.implementation.layouts import NAMES
from conformance.judge.trial import Trial
from conformance.record.vocabulary import Kind
from conformance.spec.case import Case, Structure
from conformance.spec.check import Check
from conformance.spec.operation import Operation, Part
from conformance.spec.tree import nested
from conformance.spec.values import REGIMES, SPECIAL_REGIMES, fill_all, real

# A structure costs about as much to draw as a case to judge, so that each serves several cases.
# It serves one where a check judges the value and every gradient, or calls many times, in each
# case; and where an operation's gradients come from one pass, which costs as much as all of them.
_DEAR = frozenset({Kind.DTYPE, Kind.PURE, Kind.REFUSAL})
_MOST_FILLS = 3
_FEW_INPUTS = 4


def fills(check: Check) -> int:
    """Return how many cases one structure serves in a check."""
    operation = check.operation
    in_one_pass = any(isinstance(formula, Part) for formula in operation.gradients.values())
    is_dear = operation.network is not None or in_one_pass or check.kind in _DEAR
    return 1 if is_dear else _MOST_FILLS


def trials(check: Check, structure: Structure, seed: int) -> Iterator[Trial]:
    """Yield the trials of a check on one structure; the same seed gives the same trials."""
    for number in range(fills(check)):
        rng = np.random.Generator(np.random.PCG64([seed, number]))
        if check.kind == Kind.REFUSAL:
            yield from _refusals(check, structure, rng)
        else:
            yield _DRAWS.get(check.kind, _ordinary)(check, structure, rng)


def _ordinary(check: Check, structure: Structure, rng: Any) -> Trial:
    operation = check.operation
    case = fill(operation, structure, check.dtype, rng)
    if operation.network is not None:
        # All that its layers are given is the implementation's own.
        return Trial(operation, check.dtype, replace(case, layouts={}))
    trial = Trial(operation, check.dtype, case)
    if not operation.gradients or check.kind == Kind.VALUE:
        return trial
    return _with_upstream(trial, check.dtype, rng, _regime(rng, REGIMES))


def _special(check: Check, structure: Structure, rng: Any) -> Trial:
    operation = check.operation
    regime = _regime(rng, SPECIAL_REGIMES)
    case = fill(operation, structure, check.dtype, rng, regime)
    trial = Trial(operation, check.dtype, case)
    if check.argument is None:
        return trial
    often = 0.5 if len(operation.inputs) <= _FEW_INPUTS else 0.25
    upstream = regime if rng.random() < often else "integers"
    return _with_upstream(trial, check.dtype, rng, upstream)


def _convention(check: Check, structure: Structure, rng: Any) -> Trial:
    case = fill(check.operation, structure, check.dtype, rng)
    inputs = check.question.plant(rng, case.inputs, case.parameters)
    trial = Trial(check.operation, check.dtype, replace(case, inputs=inputs))
    return _with_upstream(trial, check.dtype, rng, "integers")


_DRAWS = {Kind.SPECIAL: _special, Kind.CONVENTION: _convention}


def _refusals(check: Check, structure: Structure, rng: Any) -> Iterator[Trial]:
    """Yield the good call, then every way of spoiling it."""
    good = fill(check.operation, structure, check.dtype, rng)
    yield Trial(check.operation, check.dtype, good)
    for refusal in check.operation.refusals:
        spoiled = refusal.spoil(dict(good.inputs), dict(good.parameters))
        if spoiled is not None:
            inputs, parameters = spoiled
            case = Case(inputs, parameters, refusal=refusal.name)
            yield Trial(check.operation, check.dtype, case)


def _regime(rng: Any, regimes: tuple[str, ...]) -> str:
    return regimes[int(rng.integers(0, len(regimes)))]


def fill(
    operation: Operation,
    structure: Structure,
    dtype: str,
    rng: Any,
    regime: str | None = None,
) -> Case:
    """Fill a structure with numbers: all inputs in one regime, or half the time each in its own.

    With a special regime, one of many inputs is special: of more, little but NaN would come.
    """
    common = regime or _regime(rng, REGIMES)
    mixed = regime is None and rng.random() < 0.5
    many = regime is not None and len(operation.inputs) > _FEW_INPUTS
    special = int(rng.integers(0, len(operation.inputs))) if many else None
    inputs, layouts = {}, {}
    for number, argument in enumerate(operation.inputs):
        own = _regime(rng, REGIMES) if mixed else common
        if special not in {None, number}:
            own = "normal"
        name = argument.name
        inputs[name] = fill_all(argument.fill, rng, structure, name, dtype, own)
        layouts[name] = NAMES[int(rng.integers(0, len(NAMES)))]
    layouts["grad_output"] = NAMES[int(rng.integers(0, len(NAMES)))]
    return operation.completed(Case(inputs, dict(structure.parameters), None, layouts))


def _with_upstream(trial: Trial, dtype: str, rng: Any, regime: str) -> Trial:
    """Give the trial an upstream gradient of the outputs' shapes.

    It is random, never ones: under ones the true gradient of softmax is zero, so that `return 0`
    would pass.
    """
    structure = Structure({})
    grad_output = nested(
        lambda output: real(rng, output.shape, dtype, regime, structure), trial.torch_value
    )
    trial.case = trial.case.but(grad_output=grad_output)
    return trial
