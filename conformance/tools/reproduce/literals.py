"""Python code for values: arrays in their layouts, numbers to the bit, lines of 100 letters."""

import ast
import re
from collections.abc import Callable, Iterable, Mapping
from decimal import ROUND_CEILING, Context, Decimal
from typing import Any

import numpy as np

from conformance.bounds.floats import Array, is_real

WIDTH = 100
# A longer array of nothing but one number is written as zeros or ones.
_LONG = 8
# The function that puts an array into a layout, and the least rank that it makes a difference to.
LAYOUTS = {
    "transposed": ("np.asfortranarray", 2),
    "sliced": ("sliced", 1),
    "reversed": ("backwards", 1),
    "offset": ("offset", 0),
    "read-only": ("read_only", 0),
}


def laid(line: str, indent: int = 0, end: str = "") -> str:
    """Return a statement as one line where it fits, else broken at its outermost brackets."""
    margin, text = " " * indent, line.encode()
    node = getattr(ast.parse(line).body[0], "value", None)
    items = [*getattr(node, "args", ()), *getattr(node, "keywords", ()), *getattr(node, "elts", ())]
    if len(margin + line + end) <= WIDTH or not items:
        return margin + line + end
    parts = [text[item.col_offset : item.end_col_offset].decode() for item in items]
    opening, closing = text[: items[0].col_offset], text[items[-1].end_col_offset :].lstrip(b",")
    rows = f"{margin}    {', '.join(parts)}"
    if len(rows) > WIDTH or not isinstance(node, ast.Call):
        rows = "\n".join(laid(part, indent + 4, ",") for part in parts)
    return f"{margin}{opening.decode()}\n{rows}\n{margin}{closing.decode()}{end}"


def quoted(value: object) -> str:
    """Return a literal of plain data; of a string, in double quotes where they serve."""
    text = repr(value)
    return f'"{text[1:-1]}"' if isinstance(value, str) and '"' not in text else text


def call_code(function: str, arguments: Iterable[str], parameters: Mapping[str, Any]) -> str:
    """Return a call with keyword parameters."""
    named = [f"{name}={quoted(value)}" for name, value in parameters.items()]
    return f"{function}({', '.join([*arguments, *named])})"


def tree_code(tree: Any, leaf: Callable[[Any], str]) -> str:
    """Return nested lists and tuples as code; `leaf` returns that of an array."""
    if not isinstance(tree, list | tuple):
        return leaf(tree)
    parts = ", ".join(tree_code(part, leaf) for part in tree)
    return f"[{parts}]" if isinstance(tree, list) else f"({parts}{',' * (len(tree) == 1)})"


def array_code(value: Array, *, dtype: bool = True) -> str:
    """Return the code of an array; without its dtype where it is float64."""
    name = value.dtype.name
    kind = f", {'ml_dtypes' if name == 'bfloat16' else 'np'}.{name}" * dtype
    for maker, number in (("zeros", 0), ("ones", 1)):
        # By their bytes, because −0 is another number than 0.
        is_plain = np.full(value.shape, number, value.dtype).tobytes() == value.tobytes()
        if is_plain and not 0 < value.size <= _LONG:
            return f"np.{maker}({value.shape}{kind})"
    numbers = re.sub("nan|inf", r"np.\g<0>", repr(_shortest(value))).replace("e+", "e")
    return f"np.array({numbers}{kind})"


def _shortest(value: Array) -> Any:
    """Return nested lists of the shortest numbers that come to the same in the array's dtype."""
    if not is_real(value.dtype):
        return value.tolist()
    exact = value.astype(np.float64)
    short = np.array([float(str(number)) for number in value.ravel()]).reshape(value.shape)
    return np.where(short.astype(value.dtype) == value, short, exact).tolist()


def in_layout(tree: Any, layout: str) -> str:
    """Return the code of an array, or of nested arrays, in a layout."""
    function, rank = LAYOUTS.get(layout, ("", np.inf))
    return tree_code(
        tree, lambda a: array_code(a) if a.ndim < rank else f"{function}({array_code(a)})"
    )


def upward(bound: Array) -> Array:
    """Return bounds in four digits, each no smaller than it was."""
    context = Context(prec=4, rounding=ROUND_CEILING)
    higher = [float(context.plus(Decimal(number))) for number in bound.ravel().tolist()]
    return np.array(higher, np.float64).reshape(bound.shape)
