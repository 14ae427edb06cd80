"""torch behind one door: the value of a function of tensors, and its vector–Jacobian product.

torch's own kernels of 16 bits are not used: on some processors they are wildly wrong, or end the
process. Inputs of 16 bits are converted to float64, and torch's results are rounded.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import numpy as np
import torch

from conformance.bounds.floats import Array, is_narrow, is_real, stored
from conformance.implementation.process_state import own_state
from conformance.spec.case import Case
from conformance.spec.operation import Operation
from conformance.spec.tree import leaves, named_leaves, nested


@contextmanager
def native_kernels() -> Iterator[None]:
    """Run torch on one thread, without oneDNN and in its usual state; all is undone afterwards.

    Small cases gain nothing from more threads, and workers would fight over the cores. oneDNN
    compiles a kernel for every new shape: fifteen times the cost. Whoever calls the suite may have
    set that torch records no gradients, has another default dtype or flushes subnormal numbers.
    """
    before, threads = torch.backends.mkldnn.enabled, torch.get_num_threads()
    torch.backends.mkldnn.enabled = False  # type: ignore[assignment]
    torch.set_num_threads(1)
    try:
        with own_state():
            yield
    finally:
        torch.backends.mkldnn.enabled = before
        torch.set_num_threads(threads)


class Evaluation:
    """One forward evaluation by torch, kept so that gradients can be pulled back through it."""

    def __init__(self, operation: Operation, case: Case, dtype: str | None = None) -> None:
        given = leaves(list(case.inputs.values()))
        self._narrow = None if dtype else next((a.dtype for a in given if is_narrow(a.dtype)), None)
        convert = partial(_tensor, dtype=dtype if self._narrow is None else "float64")
        with native_kernels():
            tensors = {name: nested(convert, value) for name, value in case.inputs.items()}
            self._leaves = {
                leaf: tensor.requires_grad_()
                for name, tree in tensors.items()
                if name in operation.gradients
                for leaf, tensor in named_leaves(name, tree)
            }
            self._output = operation.torch(*tensors.values(), **case.parameters)

    @property
    def output(self) -> Any:
        """Return the outputs as NumPy arrays."""
        return nested(self._array, self._output)

    def pull_back(self, grad_output: Any) -> dict[str, Array]:
        """Return the gradients of every differentiable input, by name."""
        outputs = self._output if isinstance(self._output, tuple) else (self._output,)
        upstream = grad_output if isinstance(grad_output, tuple) else (grad_output,)
        convert = partial(_tensor, dtype=None if self._narrow is None else "float64")
        with native_kernels():
            # Factors of a sum are pulled back as they are, to the bit. To check upstream gradients
            # that are given to it, `grad` imports SymPy: half a second.
            products = [y * g for y, g in zip(outputs, map(convert, upstream), strict=True)]
            grads = torch.autograd.grad(
                sum(product.sum() for product in products),
                list(self._leaves.values()),
                allow_unused=True,
                materialize_grads=True,
            )
        return dict(zip(self._leaves, map(self._array, grads), strict=True))

    def _array(self, tensor: torch.Tensor) -> Array:
        array: Array = tensor.detach().numpy()
        return array if self._narrow is None else stored(array, self._narrow)


def _tensor(array: Array, dtype: str | None) -> torch.Tensor:
    """Return an array as a tensor; its real numbers in a dtype, where one is given."""
    contiguous = np.ascontiguousarray(array)
    if dtype is not None and is_real(contiguous.dtype):
        contiguous = contiguous.astype(dtype)
    # NumPy makes an array of rank zero one of rank one.
    return torch.from_numpy(contiguous.reshape(np.shape(array)))


def refuses(operation: Operation, case: Case) -> bool:
    """Return whether torch raises on these inputs."""
    try:
        Evaluation(operation, case)
    except (RuntimeError, ValueError, IndexError, TypeError, NotImplementedError):
        return True
    return False
