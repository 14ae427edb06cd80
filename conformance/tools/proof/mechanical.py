"""Right results made wrong by machine: what every check of every operation must reject.

A `Mistaken` implementation is a right one, one of whose results is spoiled: the result that a
check is about. How it is spoiled is a `Spoiling`, which may look at the truth of the case.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np

from conformance.bounds.ball import Ball
from conformance.implementation.implementation import Implementation
from conformance.judge.trial import Trial
from conformance.spec.case import Case
from conformance.spec.check import Check
from conformance.spec.operation import Operation

Spoiling = Callable[[Any, Ball], Any]


def zeros(result: Any, _ball: Ball) -> Any:
    """Zeros of the right shape and dtype."""
    return np.zeros_like(result)


def scaled(k: int) -> Spoiling:
    """Every element times 1 + 2^−k."""

    def spoil(result: Any, _ball: Ball) -> Any:
        factor = result.dtype.type(1 + 2.0**-k)
        return (result * factor).astype(result.dtype)

    return spoil


def moved(result: Any, ball: Ball) -> Any:
    """One element ten bounds from the truth; ten units in its last place where it is exact."""
    value = ball.value.astype(result.dtype)
    bound = np.maximum(ball.bound, np.spacing(np.abs(value)).astype(np.float64))
    where = np.isfinite(bound) & np.isfinite(ball.value.astype(np.float64))
    where &= np.isfinite(ball.bound)
    if not where.any():
        return result
    copy = np.array(result)
    index = tuple(np.argwhere(where)[-1])
    copy[index] = ball.value[index] + 10 * bound[index]
    return copy


def transposed(result: Any, _ball: Ball) -> Any:
    """The last two axes exchanged, where that leaves the shape as it is."""
    square = result.ndim >= 2 and result.shape[-1] == result.shape[-2]
    return np.swapaxes(result, -1, -2) if square else result


def wrong_dtype(result: Any, _ball: Ball) -> Any:
    """The same numbers in another dtype."""
    return result.astype("float64" if result.dtype == np.float32 else "float32")


def wrong_shape(result: Any, _ball: Ball) -> Any:
    """The same numbers with one axis more, which would broadcast."""
    return np.asarray(result)[np.newaxis]


SPOILINGS: Mapping[str, Spoiling] = {
    "zeros": zeros,
    "scaled by 1 + 2^-12": scaled(12),
    "one element moved by ten bounds": moved,
    "transposed where square": transposed,
    "in the wrong dtype": wrong_dtype,
    "broadcastable but of the wrong shape": wrong_shape,
}


class Mistaken:
    """A right implementation, the result of which that a check is about is spoiled.

    It must be told of a trial (`watch`) before it is called.
    """

    def __init__(self, check: Check, right: Any, spoil: Spoiling) -> None:
        self.changed = 0
        self.ranks: set[int] = set()
        self._check = check
        self._right = right
        self._spoil = spoil
        self._trial: Trial | None = None

    def watch(self, trial: Trial) -> None:
        """Take note of the case that is judged next."""
        self._trial = trial

    def contender(self, name: str) -> Implementation:
        """Itself as an implementation."""
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
        """The operation to spoil, and the input whose gradient is spoiled, if it is a gradient.

        In a network: the first layer, its gradient of the first weight, or the descent.
        """
        check, operation = self._check, self._check.operation
        if operation.network is None:
            if check.kind != "convention":
                return operation, check.argument
            return operation, next(
                c.argument for c in operation.conventions if c.question == check.argument
            )
        if check.kind == "training":
            return operation.network.descent, None
        assert self._trial is not None
        first = operation.network.layers(self._trial.case.parameters)[0].operation
        return first, list(first.gradients)[1] if check.kind == "gradient" else None

    def _called(
        self,
        right: Callable[..., Any],
        operation: Operation,
        *inputs: Any,
        argument: str | None = None,
        **parameters: Any,
    ) -> Any:
        trial = self._truth(operation, inputs, parameters, backward=argument is not None)
        result = right(*inputs, **parameters)
        if argument is None:
            return self._spoiled(result, trial.value)
        expected = trial.gradient(operation.gradients[argument])
        if len(operation.gradients) == 1:
            return self._spoiled(result, expected)
        position = list(operation.gradients).index(argument)
        wrong = self._spoiled(result[position], expected)
        return (*result[:position], wrong, *result[position + 1 :])

    def _truth(
        self, operation: Operation, inputs: Any, parameters: Any, *, backward: bool
    ) -> Trial:
        """The trial that is judged; of a layer in a network, one of its own."""
        assert self._trial is not None
        if operation is self._check.operation:
            return self._trial
        grad_output, inputs = (inputs[0], inputs[1:]) if backward else (None, inputs)
        names = [one.name for one in operation.inputs]
        case = Case(dict(zip(names, inputs, strict=True)), parameters, grad_output)
        return Trial(operation, self._check.dtype, case)

    def _spoiled(self, result: Any, expected: Any) -> Any:
        if not isinstance(expected, Ball):
            pairs = zip(result, expected, strict=True)
            return type(result)(self._spoiled(one, ball) for one, ball in pairs)
        self.ranks.add(result.ndim)
        with np.errstate(all="ignore"):
            wrong = self._spoil(result, expected)
        self.changed += wrong is not result
        return wrong
