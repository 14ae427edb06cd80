"""What all mistakes share: the checks that a wrong value or a wrong gradient breaks."""

from collections.abc import Callable
from typing import Any

import numpy as np

from conformance.bounds import Array
from conformance.spec import Functions


def value_checks(operation: str, *, dtype: str = "*") -> tuple[str, ...]:
    """Return the checks that see a wrong value."""
    return (f"{operation}/value[{dtype}]",)


def gradient_checks(operation: str, *arguments: str, dtype: str = "*") -> tuple[str, ...]:
    """Return the checks that see wrong gradients of these arguments."""
    return tuple(f"{operation}/gradient/{name}[{dtype}]" for name in arguments)


def dtype_checks(operation: str, dtype: str = "*") -> tuple[str, ...]:
    """Return the checks that see results of another dtype than the inputs'."""
    return (f"{operation}/dtype[{dtype}]",)


def edge_checks(operation: str) -> tuple[str, ...]:
    """Return the checks that see what becomes of empty arrays."""
    return (f"{operation}/edge[*]",)


def in_memory_order(array: Array) -> Array:
    """Read an array in the order of its memory, whatever its strides are."""
    upwards: Any = (..., *(slice(None, None, 1 if step >= 0 else -1) for step in array.strides))
    result: Array = array[upwards].ravel(order="K").reshape(array.shape)
    return result


def reused(function: Callable[..., Array]) -> Callable[..., Array]:
    """Return the function, whose results of equal shape and dtype share their memory."""
    buffers: dict[Any, Array] = {}

    def wrong(*inputs: Any, **parameters: Any) -> Array:
        result = function(*inputs, **parameters)
        buffer = buffers.setdefault((result.shape, result.dtype), np.empty_like(result))
        buffer[...] = result
        return buffer

    return wrong


def silencing(function: str) -> Callable[[Any], Functions]:
    """Return a mistake that changes NumPy's error state, and leaves it so."""

    def replaced(right: Any) -> Functions:
        def wrong(*inputs: Any, **parameters: Any) -> Any:
            np.seterr(under="ignore")
            return getattr(right, function)(*inputs, **parameters)

        return {function: wrong}

    return replaced
