"""Cases of a check: a drawn structure, filled several times over."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from conformance.implementation.layouts import NAMES
from conformance.judge.trial import Trial
from conformance.spec.case import Case, Structure
from conformance.spec.check import Check
from conformance.spec.operation import Operation, Part
from conformance.spec.tree import nested
from conformance.spec.values import REGIMES, SPECIAL_REGIMES, fill_all, real

# A structure costs about as much to draw as a case to judge: each serves several cases, but for
# the checks that judge the value and every gradient at once, or call many times, in each case;
# and but for operations whose gradients come from one pass, which costs as much as all of them.
_DEAR = frozenset({"dtype", "pure", "refusal"})
_MOST_FILLS = 3
_FEW_INPUTS = 4


def fills(check: Check) -> int:
    """How many cases one structure serves in a check."""
    if check.operation.network is not None:
        return 1
    in_one_pass = any(isinstance(one, Part) for one in check.operation.gradients.values())
    return 1 if in_one_pass or check.kind in _DEAR else _MOST_FILLS


def trials(check: Check, structure: Structure, seed: int) -> Iterator[Trial]:
    """Yield the trials of a check on one structure; the same seed gives the same trials."""
    for number in range(fills(check)):
        rng = np.random.Generator(np.random.PCG64([seed, number]))
        draw = _KINDS[check.kind] if check.operation.network is None else _network
        yield from draw(check, structure, rng)


def _ordinary(check: Check, structure: Structure, rng: Any) -> Iterator[Trial]:
    operation = check.operation
    trial = Trial(operation, check.dtype, fill(operation, structure, check.dtype, rng))
    if not operation.gradients or check.kind in {"value", "refusal"}:
        yield trial
        return
    yield _with_upstream(trial, check.dtype, rng, _regime(rng, REGIMES))


def _special(check: Check, structure: Structure, rng: Any) -> Iterator[Trial]:
    operation = check.operation
    regime = _regime(rng, SPECIAL_REGIMES)
    case = fill(operation, structure, check.dtype, rng, regime)
    trial = Trial(operation, check.dtype, case)
    if check.argument is None:
        yield trial
        return
    often = 0.5 if len(operation.inputs) <= _FEW_INPUTS else 0.25
    upstream = regime if rng.random() < often else "integers"
    yield _with_upstream(trial, check.dtype, rng, upstream)


def _convention(check: Check, structure: Structure, rng: Any) -> Iterator[Trial]:
    operation = check.operation
    convention = next(c for c in operation.conventions if c.question == check.argument)
    case = fill(operation, structure, check.dtype, rng)
    inputs = convention.plant(rng, case.inputs, case.parameters)
    trial = Trial(operation, check.dtype, replace(case, inputs=inputs))
    yield _with_upstream(trial, check.dtype, rng, "integers")


def _refusal(check: Check, structure: Structure, rng: Any) -> Iterator[Trial]:
    """The good call, then every way of spoiling it."""
    operation = check.operation
    good = fill(operation, structure, check.dtype, rng)
    yield Trial(operation, check.dtype, good)
    for refusal in operation.refusals:
        spoiled = refusal.spoil(dict(good.inputs), dict(good.parameters))
        if spoiled is not None:
            case = replace(
                good, inputs=spoiled[0], parameters=spoiled[1], refusal=refusal.name, layouts={}
            )
            yield Trial(operation, check.dtype, case)


def _network(check: Check, structure: Structure, rng: Any) -> Iterator[Trial]:
    """What the network is given; all that its layers get is the implementation's own."""
    case = fill(check.operation, structure, check.dtype, rng)
    yield Trial(check.operation, check.dtype, replace(case, layouts={}))


_KINDS = {
    "value": _ordinary,
    "gradient": _ordinary,
    "dtype": _ordinary,
    "pure": _ordinary,
    "special": _special,
    "convention": _convention,
    "refusal": _refusal,
}


def _regime(rng: Any, regimes: tuple[str, ...]) -> str:
    return regimes[int(rng.integers(0, len(regimes)))]


def fill(
    operation: Operation,
    structure: Structure,
    dtype: str,
    rng: Any,
    regime: str | None = None,
) -> Case:
    """Fill a structure: all inputs in one regime, or half the time each in its own.

    Of many inputs one is special: of more, little but NaN would come.
    """
    common = regime or _regime(rng, REGIMES)
    mixed = regime is None and rng.random() < 0.5
    many = regime is not None and len(operation.inputs) > _FEW_INPUTS
    special = int(rng.integers(0, len(operation.inputs))) if many else None
    inputs, layouts = {}, {}
    for number, one in enumerate(operation.inputs):
        own = _regime(rng, REGIMES) if mixed else common
        if special not in {None, number}:
            own = "normal"
        inputs[one.name] = fill_all(one.fill, rng, structure, one.name, dtype, own)
        layouts[one.name] = NAMES[int(rng.integers(0, len(NAMES)))]
    parameters = dict(structure.parameters)
    if operation.complete is not None:
        inputs = operation.complete(inputs, parameters)
    layouts["grad_output"] = NAMES[int(rng.integers(0, len(NAMES)))]
    return Case(inputs, parameters, None, layouts)


def _with_upstream(trial: Trial, dtype: str, rng: Any, regime: str) -> Trial:
    """The same trial with an upstream gradient of the outputs' shapes.

    Random, never ones: under ones the true gradient of softmax is zero, so `return 0` passes.
    """
    structure = Structure({})
    grad_output = nested(
        lambda output: real(rng, output.shape, dtype, regime, structure), trial.torch_value
    )
    trial.case = replace(trial.case, grad_output=grad_output)
    return trial
