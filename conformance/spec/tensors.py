"""torch for those who write cases, imported when it is first used.

To name operations, to explain them, or to complete a word at the prompt takes no torch; its
import costs more than all of these together.
"""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, reduce
from typing import TYPE_CHECKING, Any

import numpy as np

from conformance.bounds.floats import Array, is_narrow, stored

__all__ = ["Tensor", "TorchFunction", "applied", "torch"]

if TYPE_CHECKING:
    import torch
    from torch import Tensor
else:

    class _Torch:
        """Import torch when something of it is asked for."""

        def __getattr__(self, name: str) -> Any:
            return getattr(importlib.import_module("torch"), name)

    torch = _Torch()
    Tensor = Any


@dataclass(frozen=True)
class TorchFunction:
    """A function of torch, by its full name; torch is imported at the first call."""

    name: str

    @cached_property
    def _function(self) -> Callable[..., Any]:
        package: Any = torch
        function: Callable[..., Any] = reduce(getattr, self.name.split(".")[1:], package)
        return function

    def __call__(self, *inputs: Any, **parameters: Any) -> Any:
        """Call the function."""
        return self._function(*inputs, **parameters)


def applied(function: Callable[[Tensor], Tensor], array: Array) -> Array:
    """Return the result of torch's function on an array, in the array's dtype.

    An array of 16 bits is converted to float64, and the result is rounded.
    """
    if is_narrow(array.dtype):
        return stored(function(torch.from_numpy(array.astype(np.float64))).numpy(), array.dtype)
    result: Array = function(torch.from_numpy(array)).numpy()
    return result
