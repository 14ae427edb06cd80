"""Arrays, nested arrays and keyword parameters as lines of a header, and back.

Numbers, arrays, and tuples and lists of them cross. Anything else crosses as the name of its type:
a verdict needs no more of it.
"""

import json
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from conformance.bounds.floats import Array, numpy_dtype
from conformance.implementation.isolation.wire import (
    LARGEST_RESULT,
    Lines,
    WireError,
    escaped,
    shown,
    unescaped,
    whole,
)
from conformance.implementation.layouts import LAYOUTS, arrange, layout_of

_DEEPEST = 16
_LONGEST_NAME = 200
_MOST_AXES = 32
_LEAVES = {"array", "hollow", "scalar", "none", "foreign"}
NODES = {"tuple", "list", *_LEAVES}
"""The names of the lines that begin a value."""


class Foreign:
    """An object in place of a result that does not cross; its type has the same name."""


def parameter_line(name: str, value: Any) -> str:
    """Return the line of a keyword parameter.

    >>> parameter_line("stride", (1, 2)), parameter_line("eps", 1e-5)
    ('parameter stride pair 1 2', 'parameter eps float 1e-05')
    """
    return f"parameter {name} {value_text(value)}"


def value_text(value: Any) -> str:
    """Return a parameter's kind and value as the line of it has them."""
    for kind, write in _WRITERS.items():
        if type(value) is kind:
            return write(value)
    if isinstance(value, tuple) and len(value) == 2 and all(type(item) is int for item in value):
        return f"pair {value[0]} {value[1]}"
    return f"other {json.dumps(_plain(value))}"


_WRITERS: dict[type, Callable[[Any], str]] = {
    type(None): lambda _: "null",
    bool: lambda value: f"bool {str(value).lower()}",
    int: lambda value: f"int {value}",
    float: lambda value: f"float {value!r}",
    str: lambda value: f"text {escaped(value)}",
}


def value_of(text: str) -> Any:
    """Return the parameter that `value_text` was given.

    >>> value_of("pair 1 2"), value_of("bool true"), value_of("null")
    ((1, 2), True, None)
    """
    kind, _, rest = text.partition(" ")
    try:
        if kind == "pair":
            first, second = rest.split(" ")
            return int(first), int(second)
        if kind == "bool":
            return {"true": True, "false": False}[rest]
        return _READERS[kind](rest)
    except (KeyError, ValueError, RecursionError) as error:
        kinds = ", ".join([*_READERS, "bool", "pair"])
        raise WireError(f"{shown(text)} is no value of one of the kinds {kinds}") from error


_READERS: dict[str, Any] = {
    "null": lambda _: None,
    "int": int,
    "float": float,
    "text": unescaped,
    "other": lambda text: _restored(json.loads(text)),
}


def _plain(value: Any) -> Any:
    # A tuple can be told from a list.
    return {"tuple": list(map(_plain, value))} if isinstance(value, tuple) else value


def _restored(plain: Any) -> Any:
    return tuple(map(_restored, plain["tuple"])) if isinstance(plain, dict) else plain


class Packing:
    """Values as lines of a header, and the bytes of their arrays beside.

    Args:
        layouts: whether lines tell the layouts of arrays in memory; the bytes are in C order.
    """

    def __init__(self, *, layouts: bool = False) -> None:
        self._layouts = layouts
        self._buffers: list[bytes] = []
        self._size = 0

    @property
    def numbers(self) -> bytes:
        """Return the bytes of all arrays so far."""
        return b"".join(self._buffers)

    def lines(self, value: Any, depth: int = 0) -> Lines:
        """Return the lines of a value; its arrays' bytes are kept.

        Raises:
            WireError: if it is too large to cross.
        """
        if depth <= _DEEPEST and isinstance(value, tuple | list):
            base = tuple if isinstance(value, tuple) else list
            # A subclass may count, and iterate, as it likes.
            items = list(base.__iter__(value))  # type: ignore[arg-type]
            inner = [line for item in items for line in self.lines(item, depth + 1)]
            return [f"{base.__name__} {len(items)}", *inner]
        if depth <= _DEEPEST and type(value) is np.ndarray:
            return self._array("array", value)
        if depth <= _DEEPEST and isinstance(value, np.generic):
            return self._array("scalar", np.asarray(value))
        if value is None:
            return ["none"]
        kind = type(value)
        names = (kind.__module__[:_LONGEST_NAME], kind.__qualname__[:_LONGEST_NAME])
        return [" ".join(["foreign", *(escaped(name).replace(" ", "_") for name in names)])]

    def _array(self, node: str, array: Array) -> Lines:
        dtype = array.dtype
        shape = " ".join(map(str, (array.ndim, *array.shape)))
        if dtype.kind not in "biufc" and dtype.name != "bfloat16":
            # Its values cannot be right. The verdict tells its shape and dtype.
            return [f"hollow {dtype.str} {shape}"]
        self._size += array.nbytes
        if self._size > LARGEST_RESULT:
            raise WireError(f"it takes over {LARGEST_RESULT >> 20} MiB")
        self._buffers.append(array.tobytes())
        # Where the bytes are reversed, only dtype.str says so.
        line = f"{node} {dtype.name if dtype.isnative else dtype.str} {shape}"
        layout = layout_of(array)
        return [line, f"layout {layout}"] if self._layouts and layout != "contiguous" else [line]


class Unpacking:
    """The lines and the numbers of a message that arrived, which are read from first to last."""

    def __init__(self, lines: Lines, numbers: bytes) -> None:
        self._lines = lines
        self._at = 0
        self._numbers = numbers
        self._offset = 0

    @property
    def name(self) -> str:
        """Return the name of the next line; empty after the last."""
        return self._lines[self._at].partition(" ")[0] if self._at < len(self._lines) else ""

    def take(self) -> str:
        """Return the value of the next line, and go on to the one after it."""
        if not self.name:
            raise WireError("a line is missing at the end of its header")
        self._at += 1
        return self._lines[self._at - 1].partition(" ")[2]

    def values(self) -> list[Any]:
        """Return the values that come next, until a line that begins none."""
        values = []
        while self.name in NODES:
            values.append(self.value())
        return values

    def close(self) -> None:
        """Raise a WireError where lines or numbers are left that nothing has asked for."""
        if self.name:
            raise WireError(f"its line {shown(self._lines[self._at])} does not belong there")
        if left := len(self._numbers) - self._offset:
            raise WireError(f"{left} bytes of numbers are left that belong to no array")

    def value(self, depth: int = 0) -> Any:
        """Return the value that the next lines are about.

        Raises:
            WireError: if they are not those of a value.
        """
        name, rest = self.name, self.take()
        if depth > _DEEPEST + 1:
            raise WireError("its lists are nested too deep")
        if name in {"tuple", "list"}:
            count = whole(rest, f"the items of a {name}")
            if count > len(self._lines):
                raise WireError(f"its {name} has fewer than {count} items")
            items = [self.value(depth + 1) for _ in range(count)]
            return tuple(items) if name == "tuple" else items
        if name not in _LEAVES:
            raise WireError(f"an array is due, but its line is {shown(f'{name} {rest}')}")
        if name == "none":
            return None
        if name == "foreign":
            module, _, kind = rest.partition(" ")
            return type("Foreign", (Foreign,), {"__module__": module, "__qualname__": kind})()
        dtype, shape = _dtype_and_shape(f"{name} {rest}")
        if name == "hollow":
            return _hollow(dtype, shape)
        array = self._array(dtype, shape)
        return array[()] if name == "scalar" else self._laid(array)

    def _laid(self, array: Array) -> Array:
        layout = self.take() if self.name == "layout" else "contiguous"
        if layout not in LAYOUTS:
            raise WireError(f"there is no layout {shown(layout)}")
        arranged: Array = arrange(array, layout)
        return arranged

    def _array(self, dtype: np.dtype[Any], shape: tuple[int, ...]) -> Array:
        size = math.prod(shape) * dtype.itemsize
        if size > (left := len(self._numbers) - self._offset):
            raise WireError(
                f"numbers are missing: an array takes {size} bytes, and {left} are left"
            )
        count = math.prod(shape)
        array: Array = np.frombuffer(self._numbers, dtype, count, self._offset).reshape(shape)
        self._offset += size
        return array


def _hollow(dtype: np.dtype[Any], shape: tuple[int, ...]) -> Array:
    if math.prod(shape) * dtype.itemsize > LARGEST_RESULT:
        raise WireError("it is too large")
    return np.zeros(shape, dtype)


def _dtype_and_shape(line: str) -> tuple[np.dtype[Any], tuple[int, ...]]:
    node, name, rank, *sizes = (*line.split(" "), "", "")[: max(3, line.count(" ") + 1)]
    shape = tuple(whole(size, "a size of an array") for size in sizes)
    if whole(rank, "the rank of an array") != len(shape) or len(shape) > _MOST_AXES:
        raise WireError(f"{shown(line)} has not as many sizes as its rank says")
    try:
        dtype = numpy_dtype(name)
    except (TypeError, ValueError, ImportError, SyntaxError) as error:
        raise WireError(f"{shown(name)} is no dtype, such as float32") from error
    if node != "hollow" and dtype.kind not in "biufc" and dtype.name != "bfloat16":
        raise WireError(f"{shown(name)} is no dtype of numbers, such as float32")
    return dtype, shape
