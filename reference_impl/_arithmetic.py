"""The arithmetic of every operation: IEEE 754 without warnings, in 32 bits or more."""

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
    """Return the operation with IEEE 754's infinities and NaN as results, and without warnings.

    Overflow, division by zero and invalid operations have the results ∞ and NaN. NumPy would warn
    of them too: its warnings are switched off during the call.

    Inputs of 16 bits are converted to float32, and each result is rounded to their dtype once, at
    the end.
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
            inner = _half_dtype(value)
            if inner is not None:
                return inner
        elif _is_half(value):
            dtype: np.dtype[Any] = value.dtype
            return dtype
    return None


def _is_half(value: object) -> bool:
    # NumPy has no bfloat16. A package that registers it gives it the kind "V".
    dtype = getattr(value, "dtype", None)
    return dtype is not None and dtype.itemsize == 2 and dtype.kind in {"f", "V"}


def _widened(value: Any) -> Any:
    return value.astype(np.float32) if _is_half(value) else value


def _each(change: Callable[[Any], Any], value: Any) -> Any:
    """Return change(value); for a list or a tuple, the same of every item, at any depth."""
    if isinstance(value, (list, tuple)):
        return type(value)(_each(change, item) for item in value)
    return change(value)
