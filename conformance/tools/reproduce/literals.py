"""Python code for values: arrays in their layouts, numbers to the bit, lines of 100 letters."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_CEILING, Context, Decimal
from typing import Any, Union

import numpy as np

from conformance.bounds.floats import Array, is_real

WIDTH = 100
_INDENT = 4
# A longer array that holds one number alone is said to be of zeros or ones.
_LONG = 8


@dataclass(frozen=True)
class Group:
    """Items between brackets, on one line or each on its own."""

    opening: str
    items: tuple["Code", ...]
    closing: str


Code = Union[str, Group]  # noqa: UP007 - a name of the module cannot be evaluated with |


def flat(code: Code) -> str:
    """The code on one line."""
    if isinstance(code, str):
        return code
    return f"{code.opening}{', '.join(map(flat, code.items))}{code.closing}"


def laid(code: Code, indent: int = 0, taken: int = 0) -> str:
    """The code on one line where it fits; else its items on another, or each on its own.

    `taken` letters stand on the line beside it.
    """
    line = flat(code)
    if isinstance(code, str) or not code.items or indent + taken + len(line) <= WIDTH:
        return line
    inner = indent + _INDENT
    together = f"{' ' * inner}{', '.join(map(flat, code.items))}\n"
    single = all(isinstance(item, str) for item in code.items) and len(together) - 1 <= WIDTH
    rows = together if single else "".join(_rows(code.items, inner))
    return f"{code.opening}\n{rows}{' ' * indent}{code.closing}"


def _rows(items: tuple[Code, ...], indent: int) -> Iterator[str]:
    yield from (f"{' ' * indent}{laid(item, indent, 1)},\n" for item in items)


def statement(start: str, code: Code, indent: int = 0) -> str:
    """A line, or lines, that begin as said."""
    return f"{' ' * indent}{start}{laid(code, indent, len(start))}"


def quoted(value: object) -> str:
    """A literal of plain data; of a string, in double quotes where they serve."""
    said = repr(value)
    if isinstance(value, str) and said[0] == "'" and '"' not in said:
        body = said[1:-1].replace("\\'", "'")
        return f'"{body}"'
    return said


def call(function: str, arguments: list[Code], parameters: dict[str, Any]) -> Group:
    """A call with keyword parameters."""
    named = (f"{name}={quoted(value)}" for name, value in parameters.items())
    return Group(f"{function}(", (*arguments, *named), ")")


def dtype_name(dtype: np.dtype[Any]) -> str:
    """How a script names a dtype."""
    return "ml_dtypes.bfloat16" if dtype.name == "bfloat16" else f"np.{dtype.name}"


def array(value: Array, *, dtype: bool = True, **options: str) -> Group:
    """An array as it is; without its dtype where it is float64."""
    kind = (dtype_name(value.dtype),) if dtype else ()
    named = tuple(f"{name}={option}" for name, option in options.items())
    for maker, number in (("zeros", 0), ("ones", 1)):
        if _is_plain(value, number):
            return Group(f"np.{maker}(", (quoted(value.shape), *kind, *named), ")")
    return Group("np.array(", (_nested(value), *kind, *named), ")")


def _is_plain(value: Array, number: int) -> bool:
    """Whether it is empty, or long and nothing but this number; −0 is another than 0."""
    alike = np.full(value.shape, number, value.dtype)
    small = 0 < value.size <= _LONG
    return not small and alike.tobytes() == value.tobytes()


def _nested(value: Array) -> Code:
    if value.ndim == 0:
        return _number(value[()])
    return Group("[", tuple(map(_nested, value)), "]")


def _number(value: Any) -> str:
    """The shortest literal that comes to the same number in its dtype."""
    if not is_real(value.dtype):
        return str(int(value))
    if not np.isfinite(value):
        return "np.nan" if np.isnan(value) else "np.inf" if value > 0 else "-np.inf"
    short = float(str(value))
    same = np.array(short).astype(value.dtype) == value
    return repr(short if same else float(value)).replace("e+", "e")


def in_layout(tree: Any, layout: str) -> Code:
    """An array, or nested arrays, in a layout, by the helpers that `layouts_used` names."""
    if isinstance(tree, list | tuple):
        ends = "[]" if isinstance(tree, list) else "()"
        return Group(ends[0], tuple(in_layout(one, layout) for one in tree), ends[1])
    if layout == "transposed":
        return array(tree, order='"F"') if tree.ndim > 1 else array(tree)
    if layout not in HELPERS or (tree.ndim == 0 and layout != "read-only"):
        return array(tree)
    return Group(f"{HELPERS[layout]}(", (array(tree),), ")")


HELPERS = {"sliced": "sliced", "reversed": "backwards", "read-only": "read_only"}


def layouts_used(code: str) -> list[str]:
    """Which helpers a piece of code calls."""
    return [helper for helper in HELPERS.values() if f"{helper}(" in code]


def numbers(tree: Any) -> Code:
    """Arrays of float64, or lists of such."""
    if isinstance(tree, list | tuple):
        return Group("[", tuple(map(numbers, tree)), "]")
    return array(tree, dtype=False)


def upward(bound: Array) -> Array:
    """Bounds in four digits, none of them below what it was."""
    context = Context(prec=4, rounding=ROUND_CEILING)
    higher = [
        float(context.plus(Decimal(one))) if np.isfinite(one) else one
        for one in map(float, bound.ravel())
    ]
    return np.array(higher, np.float64).reshape(bound.shape)
