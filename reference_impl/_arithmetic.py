"""The arithmetic that every operation is computed in: IEEE 754, quietly, never under 32 bits."""

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt

Array: TypeAlias = npt.NDArray[Any]
"""An array of floating-point numbers; results have the dtype of the inputs."""

Scalar: TypeAlias = "Array | np.floating[Any]"
"""A 0-d array or a NumPy scalar."""

P = ParamSpec("P")
R = TypeVar("R")


def ieee(operation: Callable[P, R]) -> Callable[P, R]:
    """Make the operation answer with IEEE 754's infinities and NaN, in its inputs' dtype.

    Overflow, division by zero and invalid operations have results, ∞ and NaN, which say what
    happened; the warnings that NumPy adds are held back for the time of the call.
    Inputs of 16 bits are computed in float32 and each result is rounded once, at the end.
    """

    @wraps(operation)
    def quiet(*args: P.args, **kwargs: P.kwargs) -> R:
        with np.errstate(all="ignore"):
            half = _half_dtype((*args, *kwargs.values()))
            if half is None:
                return operation(*args, **kwargs)
            wide_kwargs: Any = {name: _each(_widened, value) for name, value in kwargs.items()}
            wide = operation(*_each(_widened, args), **wide_kwargs)
            result: R = _each(lambda array: array.astype(half), wide)
            return result

    return quiet


def _half_dtype(values: Any) -> np.dtype[Any] | None:
    """Return the first 16-bit floating-point dtype among values and the lists in them."""
    for value in values:
        if isinstance(value, (list, tuple)):
            found = _half_dtype(value)
            if found is not None:
                return found
        elif _is_half(value):
            dtype: np.dtype[Any] = value.dtype
            return dtype
    return None


def _is_half(value: object) -> bool:
    # bfloat16, which NumPy does not have, is of kind "V" where a package registers it.
    dtype = getattr(value, "dtype", None)
    return dtype is not None and dtype.itemsize == 2 and dtype.kind in {"f", "V"}


def _widened(value: Any) -> Any:
    return value.astype(np.float32) if _is_half(value) else value


def _each(change: Callable[[Any], Any], value: Any) -> Any:
    """Return value changed, or each item of a list or a tuple, and of those in it."""
    if isinstance(value, (list, tuple)):
        return type(value)(_each(change, item) for item in value)
    return change(value)
