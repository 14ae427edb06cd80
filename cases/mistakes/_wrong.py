"""What the files of mistakes share: which checks a wrong value or a wrong gradient breaks."""

from collections.abc import Callable
from typing import Any

import numpy as np

from conformance.bounds import Array
from conformance.spec import Functions


def value_checks(operation: str, *, refusal: bool = False, dtype: str = "*") -> tuple[str, ...]:
    """Checks that look at values; that of refusals does where there is one, as its control."""
    kinds = ("value", "dtype", "pure", "special", *(("refusal",) if refusal else ()))
    return tuple(f"{operation}/{kind}[{dtype}]" for kind in kinds)


def gradient_checks(operation: str, *arguments: str, dtype: str = "*") -> tuple[str, ...]:
    """Checks that look at the gradients of these arguments."""
    own = [f"{kind}/{name}" for name in arguments for kind in ("gradient", "special")]
    return tuple(f"{operation}/{kind}[{dtype}]" for kind in ("dtype", "pure", *own))


def in_memory_order(array: Array) -> Array:
    """Read an array as it lies in memory, from the lowest address on, whatever its strides say."""
    upwards: Any = (..., *(slice(None, None, 1 if step >= 0 else -1) for step in array.strides))
    result: Array = array[upwards].ravel(order="K").reshape(array.shape)
    return result


def reused(function: Callable[..., Array]) -> Callable[..., Array]:
    """Write every result of one shape and dtype into the same place."""
    places: dict[Any, Array] = {}

    def wrong(*inputs: Any, **parameters: Any) -> Array:
        result = function(*inputs, **parameters)
        place = places.setdefault((result.shape, result.dtype), np.empty_like(result))
        place[...] = result
        return place

    return wrong


def silencing(function: str) -> Callable[[Any], Functions]:
    """Change NumPy's error state, and leave it so."""

    def replaced(right: Any) -> Functions:
        def wrong(*inputs: Any, **parameters: Any) -> Any:
            np.seterr(under="ignore")
            return getattr(right, function)(*inputs, **parameters)

        return {function: wrong}

    return replaced
