"""One element of a result as a function of its inputs, differentiated by torch."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch

from conformance.bounds.floats import Array, is_real
from conformance.judge.oracle import native_kernels
from conformance.spec.case import Case
from conformance.spec.operation import Operation


class NotDifferentiable(Exception):  # noqa: N818 - says what torch cannot do, as an answer
    """torch has no derivative of this."""


class Element:
    """One element of an output, or of a gradient, as a function of all real numbers given.

    In float64. `argument` names the input whose gradient it belongs to, None that it belongs to
    an output; `path` leads to that output through tuples and lists. The numbers are in arrays by
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
        self._leaves: dict[str, torch.Tensor] = {}
        self._kept: dict[str, torch.Tensor] = {}
        tensors = {name: self._grown(name, value) for name, value in case.inputs.items()}
        with native_kernels(), _answered():
            found = operation.torch(*tensors.values(), **case.parameters)
            if argument is not None:
                upstream = self._grown("grad_output", case.grad_output)
                found = _gradient(found, tensors[argument], upstream)
        for step in path:
            found = found[step]
        self._scalar = found[index]
        if not self._scalar.requires_grad:
            raise NotDifferentiable("it does not come from what is given")

    def _grown(self, name: str, value: Any) -> Any:
        if isinstance(value, list | tuple):
            return type(value)(self._grown(f"{name}[{i}]", one) for i, one in enumerate(value))
        if not is_real(value.dtype):
            return torch.from_numpy(np.array(value))
        self._leaves[name] = torch.from_numpy(np.array(value, np.float64)).requires_grad_()
        return self._leaves[name]

    @property
    def value(self) -> float:
        """The element itself."""
        return float(self._scalar.detach())

    @property
    def given(self) -> dict[str, Array]:
        """All real numbers that it may depend on."""
        return {name: leaf.detach().numpy() for name, leaf in self._leaves.items()}

    @property
    def slopes(self) -> dict[str, Array]:
        """Its derivative with respect to each number."""
        return self._differentiated(self._scalar)

    def mixed(self, name: str, index: tuple[int, ...]) -> dict[str, Array]:
        """Its second derivatives: with respect to one number, and then to each."""
        return self._differentiated(self._slope(name)[index])

    def _slope(self, name: str) -> torch.Tensor:
        if name not in self._kept:
            with native_kernels(), _answered():
                (self._kept[name],) = torch.autograd.grad(
                    self._scalar, [self._leaves[name]], create_graph=True
                )
        return self._kept[name]

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


@contextmanager
def _answered() -> Iterator[None]:
    """What torch raises where it has no derivative, or may not have the tensors be parts of one."""
    try:
        yield
    except (RuntimeError, ValueError) as error:
        raise NotDifferentiable(str(error)) from error


def _gradient(outputs: Any, of: torch.Tensor, upstream: Any) -> torch.Tensor:
    """The gradient of one input, itself to be differentiated."""
    outputs, upstream = (
        list(one) if isinstance(one, list | tuple) else [one] for one in (outputs, upstream)
    )
    (grad,) = torch.autograd.grad(
        outputs, [of], upstream, create_graph=True, allow_unused=True, materialize_grads=True
    )
    return grad
