"""Right results made wrong by machine: what every check of every operation must reject."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

import reference_impl
from conformance.bounds import Ball
from conformance.case import Check, Operation
from conformance.formats import arithmetic
from conformance.oracle import nested


def zeros(result: Any, _ball: Ball) -> Any:
    return np.zeros_like(result)


def scaled(result: Any, _ball: Ball) -> Any:
    return (result * result.dtype.type(1 + 2.0**-12)).astype(result.dtype)


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
    square = result.ndim >= 2 and result.shape[-1] == result.shape[-2]
    return np.swapaxes(result, -1, -2) if square else result


def wrong_dtype(result: Any, _ball: Ball) -> Any:
    return result.astype("float64" if result.dtype == np.float32 else "float32")


def wrong_shape(result: Any, _ball: Ball) -> Any:
    return np.asarray(result)[np.newaxis]


MISTAKES = {
    "zeros": zeros,
    "scaled by 1 + 2^-12": scaled,
    "one element moved by ten bounds": moved,
    "transposed where square": transposed,
    "in the wrong dtype": wrong_dtype,
    "broadcastable but of the wrong shape": wrong_shape,
}


@dataclass
class Mistaken:
    """The reference, one of whose results a mistake is made in: the one that a check is about."""

    check: Check
    mistake: Any
    changed: int = 0
    ranks: set[int] = field(default_factory=set)

    def __getattr__(self, name: str) -> Any:
        right = getattr(reference_impl, name)
        operation = self.check.operation
        argument = self._argument()
        if name == operation.name and argument is None:
            return lambda *inputs, **parameters: self._forward(right, inputs, parameters)
        if name == f"{operation.name}_backward" and argument is not None:
            return lambda *inputs, **parameters: self._backward(right, argument, inputs, parameters)
        return right

    def _argument(self) -> str | None:
        if self.check.kind != "convention":
            return self.check.argument
        questions = self.check.operation.conventions
        return next(c.argument for c in questions if c.question == self.check.argument)

    def _forward(self, right: Any, inputs: Any, parameters: Any) -> Any:
        result = right(*inputs, **parameters)
        expected = balls(self.check.operation, inputs, parameters)
        return self._spoil(result, expected)

    def _backward(self, right: Any, argument: str, inputs: Any, parameters: Any) -> Any:
        result = right(*inputs, **parameters)
        operation = self.check.operation
        names = list(operation.gradients)
        lifted = [lift(one) for one in inputs]
        with np.errstate(all="ignore"):
            expected = operation.gradients[argument](*lifted, **parameters)
        if len(names) == 1:
            return self._spoil(result, expected)
        position = names.index(argument)
        wrong = self._spoil(result[position], expected)
        return (*result[:position], wrong, *result[position + 1 :])

    def _spoil(self, result: Any, expected: Any) -> Any:
        if not isinstance(expected, Ball):
            return type(result)(
                self._spoil(one, ball) for one, ball in zip(result, expected, strict=True)
            )
        self.ranks.add(result.ndim)
        with np.errstate(all="ignore"):
            wrong = self.mistake(result, expected)
        self.changed += wrong is not result
        return wrong


def lift(tree: Any) -> Any:
    return nested(
        lambda a: Ball.exact(a, arithmetic(a.dtype.name)) if a.dtype.kind == "f" else a, tree
    )


def balls(operation: Operation, inputs: Any, parameters: Any) -> Any:
    with np.errstate(all="ignore"):
        return operation.value(*[lift(one) for one in inputs], **parameters)
