"""torch behind one door: the value of a function of tensors, and its vector–Jacobian product.

Of 16 bits torch's own kernels are not asked: on some processors they are wildly wrong, or end
the process. Inputs of 16 bits are taken to float64, and what torch makes of them is rounded.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch

from conformance.bounds.floats import Array, is_narrow, is_real, stored
from conformance.spec.case import Case
from conformance.spec.operation import Operation
from conformance.spec.tree import leaves, nested


@contextmanager
def native_kernels() -> Iterator[None]:
    """Run torch on one thread and without oneDNN; both are as they were afterwards.

    Small cases gain nothing from more threads, and workers would fight over the cores. oneDNN
    compiles a kernel for every new shape: fifteen times the cost.
    """
    before, threads = torch.backends.mkldnn.enabled, torch.get_num_threads()
    torch.backends.mkldnn.enabled = False  # type: ignore[assignment]
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.backends.mkldnn.enabled = before
        torch.set_num_threads(threads)


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
        return array if self._narrow is None else stored(array, self._narrow)


def refuses(operation: Operation, case: Case) -> bool:
    """Whether torch raises on these inputs."""
    try:
        Evaluation(operation, case)
    except (RuntimeError, ValueError, IndexError, TypeError, NotImplementedError):
        return True
    return False
