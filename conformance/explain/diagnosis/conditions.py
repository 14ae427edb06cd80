"""Under which condition a check fails: what all failing cases have, and few of the others.

A condition is said where it holds in every failing case, and where that would hardly be so by
chance: as often as it holds among the cases that pass.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from conformance.bounds.floats import Array
from conformance.explain.diagnosis.observations import Observation
from conformance.spec.case import Case
from conformance.spec.check import Check
from conformance.spec.strategies import pair
from conformance.spec.tree import leaves

_LEAST = 4
# The chance that an idle condition holds in all failing cases; and how often a telling one may
# hold among the others.
_CHANCE, _COMMON = 1e-4, 0.6
_MOST = 2


def conditions(observed: Sequence[Observation]) -> list[str]:
    """Conditions without which no case fails, those that hold in no passing case first."""
    failing = [_features(one.trial.case) for one in observed if one.fails]
    passing = [_features(one.trial.case) for one in observed if not one.fails]
    if len(failing) < _LEAST or len(passing) < _LEAST:
        return []
    common = [name for name in failing[0] if all(name in one for one in failing)]
    shares = {name: sum(name in one for one in passing) / len(passing) for name in common}
    telling = {name: q for name, q in shares.items() if q < _COMMON and q ** len(failing) < _CHANCE}
    # A square, a batch, a layout or a parameter says more than the length of an axis.
    names = sorted(telling, key=lambda name: (_is_mere_size(name), telling[name]))
    return [_words(name, telling[name]) for name in names[:_MOST]]


def _is_mere_size(name: str) -> bool:
    return name.startswith("some number") or (name.startswith("axis") and "batch" not in name)


def _words(name: str, share: float) -> str:
    return f"it fails {'exactly' if share == 0 else 'only'} where {name}"


def _features(case: Case) -> tuple[str, ...]:
    """What can be said of a case: its parameters, shapes, layouts and kinds of numbers."""
    return tuple(dict.fromkeys(_said(case)))


def _said(case: Case) -> Iterator[str]:
    for name, value in case.parameters.items():
        yield from _of_parameter(name, value)
    arrays = {name: value for name, value in case.inputs.items() if isinstance(value, np.ndarray)}
    if case.grad_output is not None and isinstance(case.grad_output, np.ndarray):
        arrays["grad_output"] = case.grad_output
    for name, array in arrays.items():
        yield from _of_shape(name, array)
        if case.layouts.get(name, "contiguous") not in {"contiguous", "read-only"}:
            yield f"{name} is not contiguous in memory"
        if case.layouts.get(name) == "read-only":
            yield f"{name} is read-only"
    yield from _of_numbers(list(leaves([*case.inputs.values(), case.grad_output])))


def _of_parameter(name: str, value: Any) -> Iterator[str]:
    if isinstance(value, str | bool):
        yield f"{name} is {value!r}"
    if isinstance(value, tuple):
        yield f"{name} is a pair"
        if len(set(value)) > 1:
            yield f"{name} has two unequal entries"
    if isinstance(value, int | tuple) and not isinstance(value, bool):
        for most in (0, 1):
            if max(pair(value)) > most:
                yield f"{name} is over {most}"


def _of_shape(name: str, array: Array) -> Iterator[str]:
    shape = array.shape
    if array.size == 0:
        yield f"{name} is empty"
    for axis, n in enumerate(shape):
        if n > 1:
            batch = " (the batch)" if axis == 0 and len(shape) > 1 else ""
            yield f"axis {axis}{batch} of {name} is longer than one"
        elif n == 1:
            yield f"axis {axis} of {name} is one long"
    if len(shape) >= 2:
        square = shape[-1] == shape[-2]
        yield f"{name} is {'' if square else 'not '}square in its last two axes"
    yield f"{name} is of rank {len(shape)}"


def _of_numbers(arrays: Sequence[Array]) -> Iterator[str]:
    real = [array.astype(np.float64) for array in arrays if array.size]
    if any(np.isnan(array).any() for array in real):
        yield "there is a NaN"
    if any(np.isinf(array).any() for array in real):
        yield "there is an infinity"
    sizes = [np.abs(array[np.isfinite(array) & (array != 0)]) for array in real]
    for name, found in (
        ("some number is over 10 in size", any((one > 10).any() for one in sizes)),
        ("some number is over 1e4 in size", any((one > 1e4).any() for one in sizes)),
        ("some number is under 1e-4 in size", any((one < 1e-4).any() for one in sizes)),
        ("some number is negative", any((array < 0).any() for array in real)),
        ("some numbers are equal", any(_has_ties(array) for array in real)),
    ):
        if found:
            yield name


def _has_ties(array: Array) -> bool:
    return bool(np.unique(array).size < array.size)


def accepted(check: Check, observed: Sequence[Observation]) -> list[str]:
    """Which rules of refusal are broken without an exception."""
    rules = {one.name: one.rule for one in check.operation.refusals}
    broken = {
        rules[name]: None
        for one in observed
        if one.fails and (name := one.trial.case.refusal) is not None
    }
    return [f"not refused though it should be: {rule}" for rule in broken][:_LEAST]
