"""What adapters share: functions of a framework, made an implementation of the contract.

An adapter gives three functions that know the framework, and one function for each operation. It
is then an implementation like any other: NumPy arrays go in and come out.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from conformance.spec.operation import Operation
from conformance.spec.tree import nested

Function = Callable[..., Any]


@dataclass(frozen=True)
class Framework:
    """What an adapter has to know of its framework.

    Attributes:
        array: makes an array of the framework of a NumPy array, which it must not share.
        numpy: makes a NumPy array of an array of the framework.
        pull: returns the gradients of some inputs: (function, inputs, upstream gradient) -> one
            gradient for each input, where the function takes these inputs alone.
    """

    array: Function
    numpy: Function
    pull: Callable[[Function, list[Any], Any], Sequence[Any]]


def implementation(
    framework: Framework,
    operations: Iterable[Operation],
    function: Callable[[Operation], Function | None],
) -> SimpleNamespace:
    """Return an implementation of the operations that the framework has a function for."""
    offered: dict[str, Function] = {}
    for operation in operations:
        computed = function(operation)
        if computed is not None:
            offered[operation.name] = _forward(framework, computed)
            if operation.gradients:
                backward = _backward(framework, operation, computed)
                offered[f"{operation.name}_backward"] = backward
    return SimpleNamespace(**offered)


def _forward(framework: Framework, computed: Function) -> Function:
    def forward(*inputs: Any, **parameters: Any) -> Any:
        arrays = nested(framework.array, inputs)
        return nested(framework.numpy, computed(*arrays, **parameters))

    return forward


def _backward(framework: Framework, operation: Operation, computed: Function) -> Function:
    names = [argument.name for argument in operation.inputs]
    differentiable = [names.index(name) for name in operation.gradients]

    def backward(grad_output: Any, *inputs: Any, **parameters: Any) -> Any:
        arrays = list(nested(framework.array, inputs))

        def of_these(*chosen: Any) -> Any:
            given = dict(zip(differentiable, chosen, strict=True))
            every = (given.get(i, array) for i, array in enumerate(arrays))
            return computed(*every, **parameters)

        upstream = nested(framework.array, grad_output)
        chosen = [arrays[i] for i in differentiable]
        gradients = nested(framework.numpy, tuple(framework.pull(of_these, chosen, upstream)))
        return gradients[0] if len(gradients) == 1 else gradients

    return backward
