"""Spoil right results by machine, to find how small an error a check still rejects.

A `Mistaken` implementation is right but for the result that a check is about. A `Spoiling` makes
that result wrong; it may use the true value.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from conformance.bounds.ball import Ball
from conformance.implementation.implementation import Implementation
from conformance.judge.trial import Trial
from conformance.record.vocabulary import Kind
from conformance.spec.case import Case
from conformance.spec.check import Check
from conformance.spec.operation import Operation
from conformance.spec.tree import leaves

Spoiling = Callable[[Any, Ball], Any]


def scaled(k: int) -> Spoiling:
    """Return the spoiling that multiplies every element by 1 + 2^−k."""

    def spoil(result: Any, _ball: Ball) -> Any:
        factor = result.dtype.type(1 + 2.0**-k)
        return (result * factor).astype(result.dtype)

    return spoil


class Mistaken:
    """A right implementation that spoils the result that a check is about.

    `watch` must have the trial before the implementation is called.

    Args:
        check: the check.
        right: the right implementation.
        spoil: makes a result wrong.
        argument: of a check that is about several results, the input whose gradient is spoiled.
    """

    def __init__(
        self, check: Check, right: Any, spoil: Spoiling, argument: str | None = None
    ) -> None:
        self.changed = 0
        self.ranks: set[int] = set()
        self._check = check
        self._right = right
        self._spoil = spoil
        self._argument = argument or check.gradient_of
        self._trial: Trial | None = None

    def watch(self, trial: Trial) -> None:
        """Keep the case that is judged next."""
        self._trial = trial

    def contender(self, name: str) -> Implementation:
        """Return this object as an implementation."""
        return Implementation(self, name)

    def __getattr__(self, name: str) -> Any:
        right = getattr(self._right, name)
        operation, argument = self._target()
        if name == operation.name and argument is None:
            return partial(self._called, right, operation)
        if name == f"{operation.name}_backward" and argument is not None:
            return partial(self._called, right, operation, argument=argument)
        return right

    def _target(self) -> tuple[Operation, str | None]:
        """Return the operation to spoil, and the input of the gradient to spoil; None for a result.

        In a network it is the first layer, its gradient of the first weight, or the descent.
        """
        check, operation = self._check, self._check.operation
        if operation.network is None:
            return operation, self._argument
        if check.kind == Kind.TRAINING:
            return operation.network.descent, None
        assert self._trial is not None
        first = operation.network.layers(self._trial.case.parameters)[0].operation
        return first, list(first.gradients)[1] if check.kind == Kind.GRADIENT else None

    def _called(
        self,
        right: Callable[..., Any],
        operation: Operation,
        *inputs: Any,
        argument: str | None = None,
        **parameters: Any,
    ) -> Any:
        result = right(*inputs, **parameters)
        if not self._is_watched(operation, inputs, backward=argument is not None):
            # A control: only what a check is about is wrong.
            return result
        trial = self._truth(operation, inputs, parameters, backward=argument is not None)
        if argument is None:
            return self._spoiled(result, trial.value)
        expected = trial.gradient(operation.gradients[argument])
        if len(operation.gradients) == 1:
            return self._spoiled(result, expected)
        position = list(operation.gradients).index(argument)
        wrong = self._spoiled(result[position], expected)
        return (*result[:position], wrong, *result[position + 1 :])

    def _is_watched(self, operation: Operation, inputs: Any, *, backward: bool) -> bool:
        """Return whether a call is the one that is judged; every call of a network's layer is."""
        if operation is not self._check.operation:
            return True
        if self._trial is None:
            # What is offered is found out before there is anything to judge.
            return False
        case = self._trial.case
        given = [case.grad_output, *case.inputs.values()] if backward else case.inputs.values()
        ours, theirs = list(leaves(list(inputs))), list(leaves(list(given)))
        return len(ours) == len(theirs) and all(
            a.shape == b.shape and np.array_equal(a, b, equal_nan=a.dtype.kind not in "iub")
            for a, b in zip(ours, theirs, strict=True)
        )

    def _truth(
        self, operation: Operation, inputs: Any, parameters: Any, *, backward: bool
    ) -> Trial:
        """Return the trial that is judged; a layer in a network gets a trial of its own."""
        assert self._trial is not None
        if operation is self._check.operation:
            return self._trial
        grad_output, inputs = (inputs[0], inputs[1:]) if backward else (None, inputs)
        names = [input_.name for input_ in operation.inputs]
        case = Case(dict(zip(names, inputs, strict=True)), parameters, grad_output)
        return Trial(operation, self._check.dtype, case)

    def _spoiled(self, result: Any, expected: Any) -> Any:
        if not isinstance(expected, Ball):
            pairs = zip(result, expected, strict=True)
            return type(result)(self._spoiled(part, ball) for part, ball in pairs)
        self.ranks.add(result.ndim)
        with np.errstate(all="ignore"):
            wrong = self._spoil(result, expected)
        self.changed += wrong is not result
        return wrong
