"""Layouts in memory: the same numbers, as an implementation may be handed them."""

from collections.abc import Callable
from typing import Any

import numpy as np

from conformance.bounds.floats import Array
from conformance.spec.tree import nested

# Elements before a view at an offset.
_BEFORE = 3


def _gap(array: Array) -> float:
    # A NaN spoils any sum that reads it; integers have none, and -1 is out of range as a label.
    return -1 if array.dtype.kind in "iub" else np.nan


def _sliced(array: Array) -> Array:
    """Return every second element of a larger buffer's last axis, with NaN in the gaps."""
    if array.ndim == 0:
        return array.copy()
    buffer = np.full((*array.shape[:-1], 2 * array.shape[-1]), _gap(array), array.dtype)
    buffer[..., ::2] = array
    return buffer[..., ::2]


def _reversed(array: Array) -> Array:
    """Return a view with negative strides on every axis."""
    # The ellipsis keeps an array of rank zero an array.
    flip: Any = (..., *(slice(None, None, -1),) * array.ndim)
    result: Array = array[flip].copy()[flip]
    return result


def _offset(array: Array) -> Array:
    """Return a contiguous view that begins within a larger buffer, with NaN before it."""
    buffer = np.full(array.size + _BEFORE, _gap(array), array.dtype)
    buffer[_BEFORE:] = array.ravel()
    return buffer[_BEFORE:].reshape(array.shape)


def _read_only(array: Array) -> Array:
    copy = array.copy()
    copy.flags.writeable = False
    return copy


LAYOUTS: dict[str, Callable[[Array], Array]] = {
    "contiguous": lambda array: array.copy(),
    "transposed": lambda array: array.copy(order="F"),
    "sliced": _sliced,
    "reversed": _reversed,
    "offset": _offset,
    "read-only": _read_only,
}
NAMES = tuple(LAYOUTS)


def arrange(value: Any, layout: str) -> Any:
    """Return a new copy of an array, or of nested arrays, in a layout."""
    return nested(LAYOUTS[layout], value)


def layout_of(array: Array) -> str:
    """Return the layout of an array; the plainest of those that fit."""
    if not array.flags.writeable:
        return "read-only"
    if array.flags.c_contiguous:
        base = array.base
        is_whole = not isinstance(base, np.ndarray) or base.nbytes == array.nbytes
        return "contiguous" if is_whole else "offset"
    if array.flags.f_contiguous:
        return "transposed"
    return "reversed" if min(array.strides) < 0 else "sliced"
