"""Right numbers in another form: another order of axes, more than the result, other arguments."""

import inspect
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain, combinations, islice

from conformance.bounds.compare import Flaw
from conformance.explain.diagnosis.observations import Observation, failures
from conformance.implementation.implementation import Implementation
from conformance.judge.trial import Trial
from conformance.judge.weigh import weigh
from conformance.record.vocabulary import AXES, Kind, Problem, Verdict
from conformance.spec.check import Check
from conformance.spec.operation import Operation
from conformance.spec.outcome import Returned

_LEAST = 3
# Libraries by the package of their arrays.
_LIBRARIES = {"torch": "torch", "jax": "jax", "jaxlib": "jax", "cupy": "cupy", "dask": "dask.array"}
_ENOUGH = 8
_RIGHT = {Verdict.CONFORMS, Verdict.CONVENTION}


def other_form(check: Check, observed: Sequence[Observation], contender: Implementation) -> str:
    """Return in which other form the results are right, or the function would be called; or ""."""
    if check.kind not in {Kind.VALUE, Kind.GRADIENT}:
        return ""
    failing = failures(observed, calm=True) or failures(observed, calm=False)
    trials = [each.trial for each in islice(failing, _ENOUGH)]
    if len(trials) < _LEAST:
        return ""
    if other := _other_arrays(failing[0]):
        return other
    forms = (_other_arguments(check, failing[0], contender), *_forms(check, trials, contender))
    return next(filter(None, forms), "")


def _other_arrays(failing: Observation) -> str:
    """Return how code is judged that returns arrays of another library."""
    ours = failing.finding.ours
    if ours.flaw is not Flaw.KIND or not isinstance(ours.actual, str):
        return ""
    package = ours.actual.removeprefix("a ").partition(".")[0]
    if package not in _LIBRARIES:
        return ""
    name = _LIBRARIES[package]
    return f'returns {ours.actual}: judge it with --tensors {name}, or tensors="{name}"'


def _forms(check: Check, trials: Sequence[Trial], contender: Implementation) -> Iterator[str]:
    yield _beside_others(check, trials, contender)
    yield _other_axes(check, trials, contender)


def _other_arguments(check: Check, failing: Observation, contender: Implementation) -> str:
    """Return how the function is called and what it takes, where that does not fit."""
    finding = failing.finding
    if finding.problem is not Problem.RAISED or finding.what != TypeError.__name__:
        return ""
    operation, trial = check.operation, failing.trial
    names = ["grad_output"] * (check.argument is not None)
    names += [argument.name for argument in operation.inputs]
    try:
        signature = inspect.signature(contender.offered(check.function))
    except (TypeError, ValueError):
        return ""
    try:
        signature.bind(*names, **trial.case.parameters)
    except TypeError:
        words = f"takes {signature}, and is called with ({', '.join(names)})"
    else:
        return ""
    takes_cache = any("cache" in name or name == "ctx" for name in signature.parameters)
    if check.argument is not None and takes_cache:
        words += ": the contract's gradients are made of the inputs, not of a cache"
    return f"{check.function} {words}"


def _beside_others(check: Check, trials: Sequence[Trial], contender: Implementation) -> str:
    """Return that the first of several results is the right one, as where a cache is returned."""
    for trial in trials:
        outcome = trial.call(contender)
        if check.argument is not None or not isinstance(outcome, Returned):
            return ""
        if not isinstance(outcome.result, tuple | list) or len(outcome.result) < 2:
            return ""
        alone = replace(outcome, result=outcome.result[0])
        if weigh(trial, alone).verdict not in _RIGHT:
            return ""
    return "the forward returns (out, cache), and out is right: return out alone"


def _other_axes(check: Check, trials: Sequence[Trial], contender: Implementation) -> str:
    """Return which order of axes is expected, where it is right in that order."""
    operation = check.operation
    declared = contender.layouts.get(operation.name, ())
    for names in _orders(operation):
        if names == declared:
            continue
        if all(_is_right(check, trial, contender, names) for trial in trials):
            expected = " and ".join(AXES[name] for name in names) or "the contract's order"
            value = repr(names[0]) if len(names) == 1 else repr(names)
            return (
                f"expects {expected}; declare it beside the functions: "
                f"LAYOUTS = {{{operation.name!r}: {value}}}"
            )
    return ""


def _orders(operation: Operation) -> Iterator[tuple[str, ...]]:
    names = list(operation.orders)
    return chain.from_iterable(combinations(names, n) for n in range(len(names) + 1))


def _is_right(
    check: Check, trial: Trial, contender: Implementation, names: tuple[str, ...]
) -> bool:
    outcome = trial.call(contender, backward=check.argument is not None, names=names)
    return weigh(trial, outcome, check.argument).verdict in _RIGHT
