"""Arrays as small tables: the slices of a higher rank one by one, large ones cut to a window."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from conformance.record.facts import real
from conformance.report.numbers import array, counted
from conformance.report.safe_text import limited

Index = tuple[int, ...]
Marks = Mapping[Index, str]
Say = Callable[[object], str]

MOST_ROWS = 12
MOST_COLUMNS = 12
MOST_SLICES = 6


@dataclass(frozen=True)
class Cell:
    """A number and what is special about it: "used", "differs" or "worst"; empty for nothing."""

    text: str
    mark: str = ""


@dataclass(frozen=True)
class Grid:
    """A slice of two axes; without heads for rows where the array has one axis."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Cell, ...]], ...]


@dataclass(frozen=True)
class Shown:
    """An array as tables, or as a text where it is none; what it is; what is left out."""

    name: str
    about: str
    grids: tuple[Grid, ...] = ()
    text: str = ""
    note: str = ""
    mark: str = ""


def shown(name: str, value: Any, say: Say, marks: Marks, *, about: str = "") -> Shown:
    """Show an array of the record under its name."""
    shape = shape_of(value)
    words = limited(name)
    if shape is None:
        return Shown(words, about, text=limited(array(value)))
    about = f"{about} {shape or ''}".strip()
    if not shape:
        return Shown(words, about, text=say(value), mark=marks.get((), ""))
    if 0 in shape:
        return Shown(words, about, text="empty")
    rows = _window(_axis(shape, -2), _positions(marks, -2), MOST_ROWS)
    columns = _window(shape[-1], _positions(marks, -1), MOST_COLUMNS)
    leads = _leads(shape, marks)
    grids = tuple(_grid(words, value, lead, (rows, columns), say, marks) for lead in leads)
    return Shown(words, about, grids, note=_note(shape, leads, rows, columns))


def shape_of(value: Any) -> Index | None:
    """Return the shape of a nested list of numbers; None where it is anything else."""
    if not isinstance(value, list):
        return None if real(value) is None and not isinstance(value, bool) else ()
    inner = {shape_of(item) for item in value}
    if len(inner) > 1 or None in inner:
        return None
    return (len(value), *(inner.pop() or () if inner else ()))


def leaves(value: Any) -> Iterator[tuple[Index, object]]:
    """Yield the elements of a nested list with their indices."""
    if not isinstance(value, list):
        yield (), value
        return
    for position, item in enumerate(value):
        yield from (((position, *index), leaf) for index, leaf in leaves(item))


def element(value: Any, index: Sequence[int]) -> Any:
    """Return an element of a nested list; None where it has none there."""
    for step in index:
        if not isinstance(value, list) or step >= len(value):
            return None
        value = value[step]
    return value


def _axis(shape: Index, axis: int) -> int:
    return shape[axis] if len(shape) >= -axis else 1


def _positions(marks: Marks, axis: int) -> list[int]:
    """Return where along an axis something is marked; only the worst, if it is marked."""
    worst = [index for index, mark in marks.items() if mark == "worst"]
    return [index[axis] for index in worst or marks if len(index) >= -axis]


def _window(length: int, wanted: list[int], most: int) -> range:
    """Return at most so many positions, the wanted ones among them."""
    first = max(min(wanted, default=0) - 1, 0) if length > most else 0
    first = max(min(first, length - most), 0)
    return range(first, min(first + most, length))


def _leads(shape: Index, marks: Marks) -> list[Index]:
    """Return the slices to show, in order; those with a mark go before any other."""
    # The sort is stable: false, for the worst, comes first.
    first = [index[:-2] for index in sorted(marks, key=lambda index: marks[index] != "worst")]
    every = product(*map(range, shape[:-2]))
    rest = every if math.prod(shape[:-2]) <= MOST_SLICES else ()
    return sorted(list(dict.fromkeys([*first, *rest]))[:MOST_SLICES] or [next(every)])


def _grid(
    name: str, value: Any, lead: Index, window: tuple[range, range], say: Say, marks: Marks
) -> Grid:
    flat, inner = not isinstance(element(value, (*lead, 0)), list), element(value, lead)
    rows = []
    for row in window[0]:
        numbers = inner if flat else inner[row]
        index = lead if flat else (*lead, row)
        cells = tuple(Cell(say(numbers[c]), marks.get((*index, c), "")) for c in window[1])
        rows.append(("" if flat else str(row), cells))
    title = f"{name}[{', '.join(map(str, lead))}]" if lead else name
    return Grid(title, tuple(map(str, window[1])), tuple(rows))


def _note(shape: Index, leads: list[Index], rows: range, columns: range) -> str:
    """Say what of the array is not shown."""
    parts = []
    slices = math.prod(shape[:-2])
    if len(leads) < slices:
        parts.append(f"{len(leads)} of {counted(slices)} slices")
    for word, window, length in (("rows", rows, _axis(shape, -2)), ("columns", columns, shape[-1])):
        if len(window) < length:
            parts.append(f"{word} {window[0]} to {window[-1]} of {counted(length)}")
    return f"Cut: {', '.join(parts)}. The record has all of it." if parts else ""
