"""One element of a result as a function of its inputs, differentiated by torch."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import reduce
from operator import getitem
from typing import Any

import numpy as np
import torch

from conformance.bounds.floats import Array, is_real
from conformance.judge.oracle import native_kernels
from conformance.spec.case import Case
from conformance.spec.operation import Operation
from conformance.spec.tree import named_leaves, nested


class NotDifferentiable(Exception):  # noqa: N818 - says what torch cannot do, as an answer
    """torch has no derivative of this."""


class Element:
    """One element of an output, or of a gradient, as a function of all real numbers given.

    In float64. `argument` names the input whose gradient it belongs to; it is None for an element
    of an output. `path` leads to that output through tuples and lists. The numbers are in arrays by
    name; those of a list have names such as "weights[0]".

    Raises:
        NotDifferentiable: where torch takes no gradient of this element.
    """

    def __init__(
        self,
        operation: Operation,
        case: Case,
        argument: str | None,
        path: tuple[int, ...],
        index: tuple[int, ...],
    ) -> None:
        tensors = {name: nested(_tensor, value) for name, value in case.arguments.items()}
        named = [pair for name, tree in tensors.items() for pair in named_leaves(name, tree)]
        self._leaves = {name: tensor for name, tensor in named if tensor.requires_grad}
        self._slopes: dict[str, torch.Tensor] = {}
        upstream = tensors.pop("grad_output", None)
        with native_kernels(), _answered():
            result = operation.torch(*tensors.values(), **case.parameters)
            if argument is not None:
                result = _gradient(result, tensors[argument], upstream)
        self._scalar = reduce(getitem, path, result)[index]
        if not self._scalar.requires_grad:
            raise NotDifferentiable("it does not come from what is given")

    @property
    def value(self) -> float:
        """Return the element itself."""
        return float(self._scalar.detach())

    @property
    def given(self) -> dict[str, Array]:
        """Return all real numbers that it may depend on."""
        return {name: leaf.detach().numpy() for name, leaf in self._leaves.items()}

    @property
    def slopes(self) -> dict[str, Array]:
        """Return its derivative with respect to each number."""
        return self._differentiated(self._scalar)

    def mixed(self, name: str, index: tuple[int, ...]) -> dict[str, Array]:
        """Return its second derivatives: with respect to one number, and then to each."""
        if name not in self._slopes:
            with native_kernels(), _answered():
                (self._slopes[name],) = torch.autograd.grad(
                    self._scalar, [self._leaves[name]], create_graph=True
                )
        return self._differentiated(self._slopes[name][index])

    def _differentiated(self, scalar: torch.Tensor) -> dict[str, Array]:
        if not scalar.requires_grad:
            return {name: np.zeros(leaf.shape) for name, leaf in self._leaves.items()}
        with native_kernels(), _answered():
            grads = torch.autograd.grad(
                scalar,
                list(self._leaves.values()),
                retain_graph=True,
                allow_unused=True,
                materialize_grads=True,
            )
        return {name: grad.numpy() for name, grad in zip(self._leaves, grads, strict=True)}


def _tensor(array: Array) -> torch.Tensor:
    if not is_real(array.dtype):
        return torch.from_numpy(np.array(array))
    return torch.from_numpy(np.array(array, np.float64)).requires_grad_()


@contextmanager
def _answered() -> Iterator[None]:
    """Turn what torch raises where it has no derivative into NotDifferentiable."""
    try:
        yield
    except (RuntimeError, ValueError) as error:
        raise NotDifferentiable(str(error)) from error


def _gradient(outputs: Any, of: torch.Tensor, upstream: Any) -> torch.Tensor:
    """Return the gradient of one input, so that it can be differentiated again."""
    if not isinstance(outputs, list | tuple):
        outputs, upstream = [outputs], [upstream]
    (grad,) = torch.autograd.grad(
        outputs, [of], upstream, create_graph=True, allow_unused=True, materialize_grads=True
    )
    return grad
