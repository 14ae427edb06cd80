"""Calls and results as bytes between two processes: a header in JSON, then the numbers.

No pickle: nothing of what arrives is run. Numbers, arrays, and tuples and lists of them cross.
Anything else crosses as the name of its type: a verdict needs no more of it.
"""

import json
import struct
from typing import Any, BinaryIO

import numpy as np

from conformance.bounds.floats import Array, numpy_dtype
from conformance.implementation.layouts import arrange, layout_of

_LENGTHS = struct.Struct("<QQ")
# Of bytes: a header holds names and shapes only.
_LONGEST_HEADER = 1 << 24
LARGEST_RESULT = 1 << 28
_DEEPEST = 16
_LONGEST_NAME = 200


class WireError(Exception):
    """The bytes that arrived are no message, or a result cannot be sent."""


class Foreign:
    """An object in place of a result that does not cross; its type has the same name."""


def plain_parameter(value: Any) -> Any:
    """Return a keyword parameter as JSON; a tuple can be told from a list."""
    if isinstance(value, tuple):
        return {"tuple": [plain_parameter(item) for item in value]}
    return value


def parameter(plain: Any) -> Any:
    """Return the keyword parameter that `plain_parameter` was given."""
    if isinstance(plain, dict):
        return tuple(parameter(item) for item in plain["tuple"])
    return plain


class Packing:
    """A message to send: plain data, and the bytes of its arrays."""

    def __init__(self) -> None:
        self.buffers: list[bytes] = []
        self.size = 0

    def tree(self, value: Any, depth: int = 0) -> Any:
        """Return a result as plain data; its arrays' bytes are kept beside."""
        if depth <= _DEEPEST:
            if isinstance(value, tuple):
                return ["tuple", [self.tree(item, depth + 1) for item in tuple.__iter__(value)]]
            if isinstance(value, list):
                return ["list", [self.tree(item, depth + 1) for item in list.__iter__(value)]]
            if type(value) is np.ndarray:
                return ["array", *self._array(value), layout_of(value)]
            if isinstance(value, np.generic):
                return ["scalar", *self._array(np.asarray(value))]
            if value is None:
                return ["none"]
        kind = type(value)
        return ["foreign", kind.__module__[:_LONGEST_NAME], kind.__qualname__[:_LONGEST_NAME]]

    def _array(self, array: Array) -> list[Any]:
        dtype = array.dtype
        if dtype.kind not in "biufc" and dtype.name != "bfloat16":
            # Its values cannot be right. The verdict tells its shape and dtype.
            return [dtype.str, list(array.shape), False]
        self.size += array.nbytes
        if self.size > LARGEST_RESULT:
            raise WireError(f"it takes over {LARGEST_RESULT >> 20} MiB")
        self.buffers.append(array.tobytes())
        # Of bfloat16 only the name says what it is; of the rest dtype.str says the byte order too.
        name = dtype.name if dtype.kind == "V" else dtype.str
        return [name, list(array.shape), True]


class Unpacking:
    """A message that arrived."""

    def __init__(self, numbers: bytes) -> None:
        self._numbers = numbers
        self._offset = 0

    def tree(self, plain: Any) -> Any:
        """Return the result that `Packing.tree` was given.

        Raises:
            WireError: if the data are not those of a result.
        """
        try:
            return self._tree(*plain)
        except WireError:
            raise
        except Exception as error:
            # This module did not write the header: it may be wrong in any way.
            raise WireError(f"it cannot be read: {error}") from error

    def _tree(self, kind: str, *rest: Any) -> Any:
        if kind in {"tuple", "list"}:
            items = [self._tree(*item) for item in rest[0]]
            return tuple(items) if kind == "tuple" else items
        if kind == "array":
            return arrange(self._array(*rest[:3]), rest[3])
        if kind == "scalar":
            return self._array(*rest)[()]
        if kind == "none":
            return None
        named = {"__module__": str(rest[0]), "__qualname__": str(rest[1])}
        return type("Foreign", (Foreign,), named)()

    def _array(self, name: str, shape: list[int], has_numbers: bool) -> Array:  # noqa: FBT001 - as it came
        dtype = numpy_dtype(name)
        count = int(np.prod(shape, dtype=object))
        if not has_numbers:
            if count * dtype.itemsize > LARGEST_RESULT:
                raise WireError("it is too large")
            return np.zeros(shape, dtype)
        size = count * dtype.itemsize
        if size > len(self._numbers) - self._offset:
            raise WireError("numbers are missing")
        array: Array = np.frombuffer(self._numbers, dtype, count, self._offset).reshape(shape)
        self._offset += size
        return array


def send(stream: BinaryIO, header: Any, packing: Packing) -> None:
    """Write one message."""
    head = json.dumps(header).encode()
    body = b"".join(packing.buffers)
    stream.write(_LENGTHS.pack(len(head), len(body)) + head + body)
    stream.flush()


def receive(read: Any) -> tuple[Any, Unpacking]:
    """Read one message; return its header and its numbers.

    Args:
        read: returns exactly so many bytes, or raises EOFError.

    Raises:
        WireError: if the bytes are no message.
    """
    length, size = _LENGTHS.unpack(read(_LENGTHS.size))
    if length > _LONGEST_HEADER or size > 2 * LARGEST_RESULT:
        raise WireError("it is longer than any message")
    try:
        header = json.loads(read(length))
    except (ValueError, RecursionError) as error:
        raise WireError(f"its header is no JSON: {error}") from error
    return header, Unpacking(read(size))
