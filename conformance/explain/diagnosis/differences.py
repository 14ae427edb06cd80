"""Tell whether a wrong gradient is the right gradient of the implementation's own wrong value.

A backward pass often runs its forward pass again. Where that is wrong, the gradients are wrong too,
and are right for the value that the implementation returns. That is one fault. It is found by
finite differences of that value, which the gradient matches and the true gradient does not.
"""

from typing import Any

import numpy as np

from conformance.bounds.floats import Array
from conformance.implementation.implementation import Implementation
from conformance.judge.coverage import coverage_of
from conformance.judge.draw import plain_trials
from conformance.judge.trial import Trial
from conformance.spec.check import Check
from conformance.spec.outcome import Returned
from conformance.spec.tree import leaves

# Of the step, relative to numbers of about one; its cube root balances the two errors.
_STEP = 2.0**-17
_CLOSE, _FAR = 1e-6, 1e-3
_DTYPE = "float64"


def is_of_value(check: Check, contender: Implementation) -> bool:
    """Return whether a gradient matches finite differences of the value, and the true one not."""
    argument = check.argument
    if argument is None or _DTYPE not in contender.dtypes:
        return False
    wide = Check(check.operation, check.kind, argument, _DTYPE)
    coverage = coverage_of(wide, contender)
    apart = [
        errors
        for trial in plain_trials(wide)
        if coverage.is_whole and (errors := _errors(trial, contender, argument)) is not None
    ]
    ours, true = (max((pair[i] for pair in apart), default=np.inf) for i in (0, 1))
    return bool(ours <= _CLOSE and true >= _FAR)


def _errors(trial: Trial, contender: Implementation, argument: str) -> tuple[float, float] | None:
    """Return how far the gradient returned, and the true one, are from a difference of values."""
    if not isinstance(trial.case.inputs.get(argument), np.ndarray):
        return None
    pulled = trial.pick(trial.call(contender, backward=True), argument)
    x = trial.case.inputs[argument]
    direction = np.random.default_rng(0).standard_normal(x.shape)
    above = _value(trial, contender, argument, x + _STEP * direction)
    below = _value(trial, contender, argument, x - _STEP * direction)
    if above is None or below is None or np.shape(pulled) != x.shape:
        return None
    upstream = np.concatenate([np.ravel(part) for part in leaves(trial.case.grad_output)])
    with np.errstate(all="ignore"):
        slope = float(upstream @ (above - below)) / (2 * _STEP)
        true = trial.expected(argument).value.astype(np.float64)
        scale = float(np.abs(upstream).sum() * np.abs(direction).max()) or 1.0
        return (
            abs(float((pulled * direction).sum()) - slope) / scale,
            abs(float((true * direction).sum()) - slope) / scale,
        )


def _value(trial: Trial, contender: Implementation, argument: str, x: Any) -> Array | None:
    """Return the result with another array for one input, as a row; None where there is none."""
    # Of rank zero, NumPy makes a sum a scalar.
    case = trial.case.but(**{argument: np.asarray(x)})
    moved = Trial(trial.operation, trial.dtype, case)
    outcome = moved.call(contender)
    if not isinstance(outcome, Returned):
        return None
    try:
        rows = [np.ravel(np.asarray(part, np.float64)) for part in leaves(outcome.result)]
    except (TypeError, ValueError):
        return None
    return np.concatenate(rows) if rows else None
