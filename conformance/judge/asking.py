"""Call an implementation in its own order of axes, and return results in the contract's."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from conformance.implementation.implementation import Implementation
from conformance.spec.axis_order import given, restored
from conformance.spec.case import Parameters
from conformance.spec.operation import Operation
from conformance.spec.outcome import Outcome, Returned


def ask(
    contender: Implementation,
    operation: Operation,
    inputs: Sequence[Any],
    parameters: Parameters,
    *,
    backward: bool = False,
    listen: bool = False,
    names: tuple[str, ...] | None = None,
) -> Outcome:
    """Call an operation's function, or its backward function; return what became of it.

    Args:
        contender: the implementation.
        operation: the operation.
        inputs: the inputs; for a backward function the upstream gradient comes first.
        parameters: the keyword parameters.
        backward: whether the backward function is called.
        listen: whether warnings are heard.
        names: the orders of axes; None for those that the implementation declares.
    """
    names = contender.layouts.get(operation.name, ()) if names is None else names
    handed = given(operation, names, tuple(inputs), backward=backward)
    function = f"{operation.name}{'_backward' * backward}"
    outcome = contender.call(function, handed, parameters, listen=listen)
    if not names or not isinstance(outcome, Returned):
        return outcome
    return replace(outcome, result=restored(operation, names, outcome.result, backward=backward))
