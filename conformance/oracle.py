"""torch behind one door: the value of a function of tensors, and its vector–Jacobian product.

Of 16 bits torch's own kernels are not asked: on some processors they are wildly wrong, or end
the process. Inputs of 16 bits are taken to float64, and what torch makes of them is rounded.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch

from conformance.case import Case, Operation
from conformance.formats import FORMATS, Array, is_narrow, is_real, rounded

# One thread: small cases gain nothing from more, and workers would fight over the cores.
torch.set_num_threads(1)


@contextmanager
def native_kernels() -> Iterator[None]:
    """Without oneDNN, which compiles a kernel for every new shape: fifteen times the cost.

    Switched back at once, since torch itself may be the implementation that is judged.
    """
    before = torch.backends.mkldnn.enabled
    torch.backends.mkldnn.enabled = False  # type: ignore[assignment]
    try:
        yield
    finally:
        torch.backends.mkldnn.enabled = before


class Evaluation:
    """One forward evaluation by torch, kept so that gradients can be pulled back through it."""

    def __init__(self, operation: Operation, case: Case, dtype: str | None = None) -> None:
        self._operation = operation
        self._leaves: dict[str, torch.Tensor] = {}
        given = leaves(list(case.inputs.values()))
        narrow = None if dtype else next((a.dtype for a in given if is_narrow(a.dtype)), None)
        self._narrow = narrow
        dtype = dtype if narrow is None else "float64"
        tensors = [self._tensor(name, case.inputs[name], dtype) for name in case.inputs]
        with native_kernels():
            self._output = operation.torch(*tensors, **case.parameters)

    def _tensor(self, name: str, value: Any, dtype: str | None) -> Any:
        if isinstance(value, list | tuple):
            return [self._tensor(f"{name}[{i}]", one, dtype) for i, one in enumerate(value)]
        array = np.ascontiguousarray(value)
        if dtype is not None and is_real(array.dtype):
            array = array.astype(dtype)
        tensor = torch.from_numpy(array.reshape(np.shape(value)))
        if name in self._operation.gradients:
            self._leaves[name] = tensor.requires_grad_()
        return tensor

    @property
    def output(self) -> Any:
        """The outputs as NumPy arrays."""
        return nested(self._array, self._output)

    def pull_back(self, grad_output: Any) -> dict[str, Array]:
        """Gradients of every differentiable input, by name."""
        outputs = self._output if isinstance(self._output, tuple) else (self._output,)
        upstream = grad_output if isinstance(grad_output, tuple) else (grad_output,)
        with native_kernels():
            grads = torch.autograd.grad(
                outputs,
                list(self._leaves.values()),
                [self._upstream(one) for one in upstream],
                allow_unused=True,
                materialize_grads=True,
            )
        return dict(zip(self._leaves, map(self._array, grads), strict=True))

    def _upstream(self, grad: Array) -> torch.Tensor:
        array = np.ascontiguousarray(grad).reshape(np.shape(grad))
        return torch.from_numpy(array if self._narrow is None else array.astype(np.float64))

    def _array(self, tensor: torch.Tensor) -> Array:
        array: Array = tensor.detach().numpy()
        return array if self._narrow is None else _stored(array, self._narrow)


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


def _stored(array: Array, dtype: np.dtype[Any]) -> Array:
    """Float64 numbers rounded to 16 bits."""
    with np.errstate(all="ignore"):
        return rounded(array, FORMATS[dtype.name]).astype(dtype)


def applied(function: Callable[[torch.Tensor], torch.Tensor], array: Array) -> Array:
    """What torch's function makes of an array, in the array's dtype."""
    if is_narrow(array.dtype):
        return _stored(function(torch.from_numpy(array.astype(np.float64))).numpy(), array.dtype)
    result: Array = function(torch.from_numpy(array)).numpy()
    return result


def nested(function: Callable[[Any], Any], tree: Any) -> Any:
    """Apply a function to the leaves of nested lists and tuples."""
    if isinstance(tree, list | tuple):
        return type(tree)(nested(function, one) for one in tree)
    return function(tree)


def leaves(tree: Any) -> Iterator[Array]:
    """The arrays of nested lists and tuples; none where there is nothing."""
    if isinstance(tree, list | tuple):
        for one in tree:
            yield from leaves(one)
    elif tree is not None:
        yield tree


def is_known_as(function: Callable[..., Any], name: str) -> bool:
    """Whether a function is torch's own of this name, such as "torch.nn.functional.conv2d"."""
    found: Any = torch
    for part in name.split(".")[1:]:
        found = getattr(found, part, None)
    return found is function


def refuses(operation: Operation, case: Case) -> bool:
    """Whether torch raises on these inputs."""
    try:
        Evaluation(operation, case)
    except (RuntimeError, ValueError, IndexError, TypeError, NotImplementedError):
        return True
    return False
