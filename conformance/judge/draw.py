"""Draw the trials of a sweep: structures by Hypothesis, each filled several times over.

A sweep is what some checks of an operation share in a dtype: every one of them judges its part of
the same trials. What is drawn depends on the seed of the run, the operation, the dtype and the
sweep, and on what the implementation offers; neither on which checks were selected, nor on how
they turn out. A structure (shapes and parameters) is filled with numbers, which makes a case; a
trial is a case with what torch, the truth and the implementation make of it.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
from hypothesis.strategies import SearchStrategy

from conformance.implementation.layouts import NAMES
from conformance.judge.search import Plan, Search
from conformance.judge.trial import Trial
from conformance.record.vocabulary import Kind
from conformance.spec.case import Case, Structure
from conformance.spec.check import Check
from conformance.spec.coverage import WHOLE, Coverage, covering, may_call, zeros
from conformance.spec.operation import Operation
from conformance.spec.strategies import empty_axes, has_empty_axis
from conformance.spec.tree import leaves, nested
from conformance.spec.values import REGIMES, SPECIAL_REGIMES, fill_all, real

# A structure costs about as much to draw as a case to judge, so that each serves several cases.
_FILLS = 3
# One structure serves one case where each case has many calls.
_DEAR = frozenset({Kind.REFUSAL, Kind.EDGE})
_FEW_INPUTS = 4
# Of structures with an empty axis, a quarter as many are drawn as of others.
_EDGE_SHARE = 4
_OFTEN = 3
# So many calls are tried as a control for empty axes, until one is offered.
_PLAIN = 8
# Numbers of a control are no larger, so that nothing overflows.
_CALM = 4.0


def visit(
    check: Check, plan: Plan, meet: Callable[[Trial], bool], coverage: Coverage = WHOLE
) -> None:
    """Call `meet` with the trials of a check's sweep one by one, until it returns False."""

    def example(structure: Structure, seed: int) -> bool:
        return all(map(meet, trials(check, structure, seed)))

    search(check, plan, example, coverage)
    large = check.operation.large
    if check.kind == Kind.EDGE and check.dtype == "float32" and large is not None:
        # An index counts the same in every dtype.
        meet(_large(check, large))


def _large(check: Check, structure: Structure) -> Trial:
    """Return a trial of more elements than an index of 16 bits can count, small integers all."""
    rng = np.random.Generator(np.random.PCG64(0))
    case = replace(fill(check.operation, structure, check.dtype, rng, "integers"), layouts={})
    return with_upstream(Trial(check.operation, check.dtype, case), rng, "integers")


def search(
    check: Check,
    plan: Plan,
    test: Callable[[Structure, int], bool],
    coverage: Coverage = WHOLE,
    *,
    purpose: str = "",
    drawing: Search | None = None,
) -> None:
    """Call a test with the structures and seeds of a check's sweep, until it returns False.

    Args:
        check: the check.
        plan: how many structures are drawn, and the seed.
        test: (structure, seed) -> whether to go on.
        coverage: what may be drawn.
        purpose: a label; another label gives other structures.
        drawing: a search to use, as `searching` makes it.
    """
    drawing = drawing or searching(check, plan, purpose=purpose)
    is_edge = check.kind == Kind.EDGE
    # Networks draw their sizes themselves.
    times = 1 if check.operation.network is not None else _OFTEN * is_edge
    with empty_axes(times), covering(coverage):
        drawing.over(_structures(check, coverage), test)


def searching(check: Check, plan: Plan, *, purpose: str = "", shrink: bool = False) -> Search:
    """Return the search of a check's sweep; with `shrink`, for small failures too."""
    name = f"{check.operation.name}/{check.sweep}[{check.dtype}]{purpose}"
    if check.kind == Kind.EDGE:
        plan = replace(plan, examples=max(1, plan.examples // _EDGE_SHARE))
    return Search(name, plan, shrink=shrink)


def _structures(check: Check, coverage: Coverage) -> SearchStrategy[Structure]:
    operation, is_edge = check.operation, check.kind == Kind.EDGE
    if operation.network is not None:
        return operation.structures

    def is_meant(structure: Structure) -> bool:
        is_due = has_empty_axis(structure) == is_edge
        return is_due and coverage.allows(operation, structure)

    return operation.structures.filter(is_meant)


def fills(check: Check) -> int:
    """Return how many cases one structure serves."""
    return 1 if check.operation.network is not None or check.kind in _DEAR else _FILLS


def trials(check: Check, structure: Structure, seed: int) -> Iterator[Trial]:
    """Yield the trials of a check's sweep on one structure; the same seed gives the same trials."""
    operation, dtype = check.operation, check.dtype
    for number in range(fills(check)):
        rng = np.random.Generator(np.random.PCG64([seed, number]))
        if check.kind == Kind.REFUSAL:
            yield from _refusals(operation, structure, dtype, rng)
        elif check.kind == Kind.SPECIAL:
            yield _special(operation, structure, dtype, rng)
        elif check.kind == Kind.CONVENTION:
            yield _convention(check, structure, rng)
        else:
            yield _ordinary(operation, structure, dtype, rng, first=number == 0)


def _ordinary(
    operation: Operation, structure: Structure, dtype: str, rng: Any, *, first: bool
) -> Trial:
    case = fill(operation, structure, dtype, rng)
    if operation.network is not None:
        # All that its layers are given is the implementation's own.
        return Trial(operation, dtype, replace(case, layouts={}))
    trial = Trial(operation, dtype, case, twice=first)
    return with_upstream(trial, rng, _regime(rng, REGIMES))


def _special(operation: Operation, structure: Structure, dtype: str, rng: Any) -> Trial:
    regime = _regime(rng, SPECIAL_REGIMES)
    case = fill(operation, structure, dtype, rng, regime)
    often = 0.5 if len(operation.inputs) <= _FEW_INPUTS else 0.25
    upstream = regime if rng.random() < often else "integers"
    return with_upstream(Trial(operation, dtype, case), rng, upstream)


def _convention(check: Check, structure: Structure, rng: Any) -> Trial:
    case = fill(check.operation, structure, check.dtype, rng)
    inputs = check.question.plant(rng, case.inputs, case.parameters)
    trial = Trial(check.operation, check.dtype, replace(case, inputs=inputs))
    return with_upstream(trial, rng, "integers")


def _refusals(operation: Operation, structure: Structure, dtype: str, rng: Any) -> Iterator[Trial]:
    """Yield every way of spoiling a good call, with the good call as its control."""
    good = fill(operation, structure, dtype, rng)
    control = Trial(operation, dtype, good)
    for refusal in operation.refusals:
        spoiled = refusal.spoil(dict(good.inputs), dict(good.parameters))
        # What is not offered cannot be refused for the rule that it breaks.
        if spoiled is not None and may_call(operation, Structure(structure.shapes, spoiled[1])):
            inputs, parameters = spoiled
            if any(inputs[name] is not good.inputs[name] for name in zeros(operation)):
                # Nobody looks at an input that is not offered.
                continue
            case = Case(inputs, parameters, refusal=refusal.name)
            yield Trial(operation, dtype, case, control=control)


def control(trial: Trial) -> Trial:
    """Return a call of the same shapes, parameters and layouts on ordinary numbers.

    What goes wrong there too is no fault of special numbers, or of how a tie is split.
    """
    operation, case = trial.operation, trial.case
    shapes = {name: _shape(value) for name, value in case.inputs.items()}
    structure = Structure(shapes, case.parameters)
    rng = np.random.Generator(np.random.PCG64(0))
    inputs = {
        argument.name: nested(
            _calmed,
            fill_all(argument.fill, rng, structure, argument.name, trial.dtype, "normal"),
        )
        for argument in operation.inputs
    }
    plain = completed(operation, Case(inputs, dict(case.parameters), None, case.layouts))
    return with_upstream(Trial(operation, trial.dtype, plain), rng, "normal")


def plain_trials(check: Check) -> tuple[Trial, ...]:
    """Return new trials of an operation on ordinary numbers, without an empty axis."""
    operation, dtype = check.operation, check.dtype
    # A trial keeps what implementations returned: only its case is shared.
    return tuple(
        Trial(operation, dtype, case) for case in _plain_cases(operation, dtype, zeros(operation))
    )


@cache
def _plain_cases(operation: Operation, dtype: str, absent: frozenset[str]) -> tuple[Case, ...]:
    plain: list[Case] = []

    def keep(structure: Structure, seed: int) -> bool:
        rng = np.random.Generator(np.random.PCG64(seed))
        case = fill(operation, structure, dtype, rng, "normal")
        plain.append(control(Trial(operation, dtype, case)).case)
        return True

    with empty_axes(0), covering(Coverage(values=dict.fromkeys(absent, (0,)))):
        Search(f"{operation.name}: plain", Plan(_PLAIN)).over(
            operation.structures.filter(lambda structure: not has_empty_axis(structure)), keep
        )
    return tuple(plain)


def _shape(value: Any) -> Any:
    return [each.shape for each in leaves(value)] if isinstance(value, list) else value.shape


def _calmed(array: Any) -> Any:
    if array.dtype.kind in "iub" or not array.size:
        return array
    most = float(np.abs(array).max())
    # Of rank zero, NumPy makes a product a scalar.
    return array if most <= _CALM else np.asarray(array * (_CALM / most), array.dtype)


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
    return completed(operation, Case(inputs, dict(structure.parameters), None, layouts))


def completed(operation: Operation, case: Case) -> Case:
    """Return a case with inputs that depend on others, and zero for those that are not offered."""
    absent = {name: nested(np.zeros_like, case.inputs[name]) for name in zeros(operation)}
    return operation.completed(case.but(**absent) if absent else case)


def with_upstream(trial: Trial, rng: Any, regime: str) -> Trial:
    """Give the trial an upstream gradient of the outputs' shapes, where there are gradients.

    It is random, never ones: under ones the true gradient of softmax is zero, so that `return 0`
    would pass.
    """
    if not trial.operation.gradients:
        return trial
    structure = Structure({})
    grad_output = nested(
        lambda output: real(rng, output.shape, trial.dtype, regime, structure), trial.torch_value
    )
    trial.case = trial.case.but(grad_output=grad_output)
    return trial
