"""What functions of the contract are called with, for code that knows no operation by name.

Whoever loads an implementation declares the signatures of the operations. Where nobody has, as in
an adapter that is used by itself, they are those of the package of cases that comes along.
"""

import importlib
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from conformance.implementation.bundled import importable

BACKWARD = "_backward"


class Signature(NamedTuple):
    """What an operation takes: its inputs, those with gradients first, and parameters' defaults."""

    inputs: tuple[str, ...]
    differentiable: tuple[str, ...]
    parameters: Mapping[str, Any]


_KNOWN: dict[str, Signature] = {}


def signatures_of(operations: Iterable[Any]) -> dict[str, Signature]:
    """Return the signatures of operations. A parameter that must be given has the default None."""
    return {
        each.name: Signature(
            tuple(argument.name for argument in each.inputs),
            tuple(each.gradients),
            {name: None if value is ... else value for name, value in each.parameters.items()},
        )
        for each in operations
        if each.network is None
    }


def declare(signatures: Mapping[str, Any]) -> None:
    """Make signatures known to all that is loaded in this process; plain lists will do."""
    _KNOWN.clear()
    _KNOWN.update(
        {
            name: Signature(tuple(inputs), tuple(differentiable), dict(parameters))
            for name, (inputs, differentiable, parameters) in signatures.items()
        }
    )


def known() -> Mapping[str, Signature]:
    """Return the signatures of all operations, by name."""
    if not _KNOWN:
        cases = importlib.import_module(importable("cases"))
        declare(signatures_of(cases.OPERATIONS))
    return _KNOWN


def differentiable(operation: str) -> tuple[str, ...]:
    """Return the inputs of an operation that have gradients; none of an operation not known."""
    signature = known().get(operation)
    return () if signature is None else signature.differentiable


def operation_of(function: str) -> str:
    """Return the operation that a function belongs to.

    >>> operation_of("conv2d_backward"), operation_of("conv2d")
    ('conv2d', 'conv2d')
    """
    return function.removesuffix(BACKWARD)
