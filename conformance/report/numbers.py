"""Counts, shares, numbers and nested lists of them as short text."""

import math
import struct
from collections.abc import Iterator
from typing import Any

MANY = 24
"""Numbers of an array that are shown in full; of a larger one the first eight are."""


def counted(count: int) -> str:
    """Return a count with its thousands apart."""
    return f"{count:,}"


def share(ratio: float | None) -> str:
    """Return error / bound as text. An error within its bound is never shown as 1 by rounding."""
    if ratio is None:
        return ""
    if ratio == 0 or ratio >= 1000 or math.isnan(ratio):
        return f"{ratio:.3g}".replace("e+0", "e").replace("e+", "e").replace("inf", "∞")
    text = f"{ratio:.2f}" if ratio < 100 else f"{ratio:.0f}"
    if text == "1.00" and ratio != 1:
        return "<1" if ratio < 1 else ">1"
    return "<0.01" if text == "0.00" else text


def number(value: object, dtype: str = "") -> str:
    """Return the shortest decimal text that reads back as the same number of this dtype."""
    code, digits = {"float32": ("f", 9), "float16": ("e", 5)}.get(dtype, ("", 0))
    if not code or not isinstance(value, float) or not _survives(value, code, value):
        return str(value)
    for precision in range(1, digits):
        text = f"{value:.{precision}g}"
        if _survives(float(text), code, value):
            return str(float(text))
    return str(float(f"{value:.{digits}g}"))


def _survives(value: float, code: str, wanted: float) -> bool:
    """Whether rounding the value to a narrow format gives the wanted number."""
    try:
        (rounded,) = struct.unpack(code, struct.pack(code, value))
    except OverflowError:
        return False
    return bool(rounded == wanted)


def array(value: Any, dtype: str = "") -> str:
    """Return a nested list as text; a large one by its shape and its first numbers."""
    if not isinstance(value, list | dict):
        return number(value, dtype)
    numbers = list(_leaves(value))
    if len(numbers) <= MANY and not isinstance(value, dict):
        return "[" + ", ".join(array(item, dtype) for item in value) + "]"
    first = ", ".join(number(item, dtype) for item in numbers[:8])
    shape = "×".join(map(str, _shape(value)))
    return f"{first}, … ({counted(len(numbers))} numbers{', ' + shape if shape else ''})"


def _leaves(value: Any) -> Iterator[object]:
    if isinstance(value, list | dict):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _leaves(item)
    else:
        yield value


def _shape(value: object) -> tuple[int, ...]:
    """Return the shape of a nested list; only its even part where it is uneven."""
    if not isinstance(value, list):
        return ()
    inner = {_shape(item) for item in value}
    return (len(value), *(inner.pop() if len(inner) == 1 else ()))
