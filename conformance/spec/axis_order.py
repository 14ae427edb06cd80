"""Orders of axes other than the contract's: channels last, and weights laid out the other way.

An implementation that has one declares it beside its functions, LAYOUTS = {"conv2d": "nhwc"}; it
is then given and asked for arrays in that order, and judged as all others are.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np

from conformance.spec.operation import Operation
from conformance.spec.tree import nested

RESULT = "result"
# For each order the axes of the contract's array, in its own sequence. An array of another rank, as
# bad input has it, stays as it is.
ORDERS = {"nhwc": (0, 2, 3, 1), "hwio": (2, 3, 1, 0), "in, out": (1, 0)}


def arguments_of(operation: Operation, names: tuple[str, ...]) -> Mapping[str, str]:
    """Return, by argument, the order that it has under these names."""
    return {argument: name for name in names for argument in operation.orders.get(name, ())}


def axes(
    operation: Operation, names: tuple[str, ...], argument: str, rank: int | None = None
) -> tuple[int, ...] | None:
    """Return the axes in the sequence in which an argument has them; None where none is moved."""
    order = arguments_of(operation, names).get(argument)
    sequence = None if order is None else ORDERS[order]
    return sequence if sequence is None or rank in {None, len(sequence)} else None


def _moved(operation: Operation, names: tuple[str, ...], argument: str, tree: Any) -> Any:
    def view(array: Any) -> Any:
        sequence = axes(operation, names, argument, array.ndim)
        return array if sequence is None else array.transpose(sequence)

    return nested(view, tree)


def given(
    operation: Operation, names: tuple[str, ...], inputs: tuple[Any, ...], *, backward: bool
) -> tuple[Any, ...]:
    """Return views of a call's inputs in an implementation's order."""
    if not names:
        return inputs
    arguments = [argument.name for argument in operation.inputs]
    of_inputs = [RESULT, *arguments] if backward else arguments
    pairs = zip(of_inputs, inputs, strict=True)
    return tuple(_moved(operation, names, argument, value) for argument, value in pairs)


def back(
    operation: Operation, names: tuple[str, ...], inputs: tuple[Any, ...], *, backward: bool
) -> tuple[Any, ...]:
    """Return views of inputs that are in an implementation's order in the contract's order."""
    if not names:
        return inputs
    arguments = [argument.name for argument in operation.inputs]
    of_inputs = [RESULT, *arguments] if backward else arguments
    pairs = zip(of_inputs, inputs, strict=True)
    return tuple(
        nested(partial(_restored, operation, names, argument), value) for argument, value in pairs
    )


def restored(operation: Operation, names: tuple[str, ...], result: Any, *, backward: bool) -> Any:
    """Return what a call returned with the contract's order of axes."""
    if not names:
        return result
    if not backward:
        return _restored(operation, names, RESULT, result)
    arguments = list(operation.gradients)
    if len(arguments) == 1:
        return _restored(operation, names, arguments[0], result)
    if not isinstance(result, tuple | list) or len(result) != len(arguments):
        return result
    pairs = zip(arguments, result, strict=True)
    return type(result)(_restored(operation, names, *pair) for pair in pairs)


def _restored(operation: Operation, names: tuple[str, ...], argument: str, result: Any) -> Any:
    if type(result) is not np.ndarray:
        return result
    sequence = axes(operation, names, argument, result.ndim)
    return result if sequence is None else result.transpose(np.argsort(sequence))
