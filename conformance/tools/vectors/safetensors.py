"""The format safetensors: eight bytes with the length of a header, the header in JSON, numbers."""

import json
import math
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from conformance.bounds.floats import Array, numpy_dtype

NAMES = {
    "BOOL": "bool",
    "U8": "uint8",
    "I8": "int8",
    "I16": "int16",
    "I32": "int32",
    "I64": "int64",
    "F16": "float16",
    "BF16": "bfloat16",
    "F32": "float32",
    "F64": "float64",
}
_CODES = {name: code for code, name in NAMES.items()}
_LENGTH = struct.Struct("<Q")
_ALIGNED = 8


class TensorError(ValueError):
    """A file that cannot be read, and why."""


def write(path: Path, tensors: Mapping[str, Array]) -> None:
    """Write arrays by name. The widest stand first, so that each begins at a multiple of 8."""
    ordered = sorted(tensors, key=lambda name: -tensors[name].dtype.itemsize)
    header, offset = {}, 0
    for name in ordered:
        array = tensors[name]
        end = offset + array.nbytes
        code = _CODES[array.dtype.name]
        header[name] = {"dtype": code, "shape": list(array.shape), "data_offsets": [offset, end]}
        offset = end
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % _ALIGNED)
    with path.open("wb") as file:
        file.write(_LENGTH.pack(len(text)) + text)
        for name in ordered:
            # What the suite runs on is little-endian, as the format is.
            file.write(tensors[name].tobytes())


def read(path: Path) -> dict[str, Array]:
    """Read all arrays of a file, by name.

    Raises:
        TensorError: the file cannot be read, or is none of this format.
    """
    try:
        data = path.read_bytes()
        (length,) = _LENGTH.unpack_from(data)
        start = _LENGTH.size + length
        header = dict(json.loads(data[_LENGTH.size : start]))
        header.pop("__metadata__", None)
        numbers = memoryview(data)[start:]
        return {name: _array(name, about, numbers) for name, about in header.items()}
    except OSError as error:
        raise TensorError(f"{path} cannot be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, struct.error, RecursionError) as error:
        words = str(error) or type(error).__name__
        raise TensorError(f"{path} is no file of the format safetensors: {words}") from error


def _array(name: str, about: Any, numbers: memoryview) -> Array:
    code, shape, (begin, end) = about["dtype"], about["shape"], about["data_offsets"]
    if code not in NAMES:
        raise ValueError(f"the dtype {code!r} of {name!r} is none of {', '.join(NAMES)}")
    dtype = numpy_dtype(NAMES[code])
    count = math.prod(shape)
    if not 0 <= begin <= end <= len(numbers) or end - begin != count * dtype.itemsize:
        raise ValueError(f"{name!r} has not the bytes of its shape {shape}")
    array: Array = np.frombuffer(numbers[begin:end], dtype).reshape(shape)
    return array
