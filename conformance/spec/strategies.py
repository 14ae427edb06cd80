"""Strategies of structures (shapes, parameters), drawn by Hypothesis. Knows no operation.

Sizes are small: a bound grows with the length of a sum, and a mistake that shows on a large
array nearly always shows on a small one. Sizes of zero and one, and sizes that are equal, are
drawn far oftener than chance would bring them.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from conformance.spec.case import Structure

# Lengths at which a loop in blocks of 4, 8, 16 or 32 has a remainder, or has none.
_LONG = (7, 8, 9, 15, 16, 17, 31, 32, 33, 64, 67)


LARGE = 65_539
"""The length of an axis that an index of 16 bits cannot count."""

# How often a choice of zero stands among the choices of an axis: 0 where no axis may be empty.
_EMPTIES: ContextVar[int] = ContextVar("empties", default=1)


@contextmanager
def empty_axes(times: int) -> Iterator[None]:
    """Draw an empty axis so many times as often as usual; never, where that is zero."""
    token = _EMPTIES.set(times)
    try:
        yield
    finally:
        _EMPTIES.reset(token)


def axis_lengths(choices: Sequence[int]) -> SearchStrategy[int]:
    """Draw the length of an axis from some choices; zero only where axes may be empty."""
    times = _EMPTIES.get()
    offered = [choice for choice in choices for _ in range(1 if choice else times)]
    return st.sampled_from(offered)


def has_empty_axis(structure: Structure) -> bool:
    """Return whether an axis of an input is empty."""
    shapes_of = [
        shape
        for each in structure.shapes.values()
        for shape in (each if isinstance(each, list) else [each])
    ]
    return any(0 in shape for shape in shapes_of)


def sizes(least: int = 1, most: int = 6) -> SearchStrategy[int]:
    """Draw the length of an axis: small, shrinking to the least."""
    return st.integers(least, most)


def batch_sizes(least: int = 0, empty: int = 1) -> SearchStrategy[int]:
    """Draw the length of a batch: it shrinks to one, and is zero `empty` times as often as two."""
    return axis_lengths([1, 2, 3, 4, 5] + [0] * empty * (least == 0))


def long_sizes() -> SearchStrategy[int]:
    """Draw the length of an axis: small, zero, or long enough to be worked on in blocks."""
    return axis_lengths([1, 2, 3, 4, 5, 0, *_LONG])


@st.composite
def shapes(draw: DrawFn, least_rank: int = 0, most_rank: int = 4) -> tuple[int, ...]:
    """Draw any shape: rank zero, empty axes and long ones among them."""
    rank = draw(st.integers(least_rank, most_rank))
    if rank == 0:
        return ()
    leading = [draw(batch_sizes()) for _ in range(rank - 1)]
    # Square on purpose: in a square a transposed result has the right shape.
    square = rank > 1 and draw(st.sampled_from([False, False, True]))
    return (*leading, leading[-1] if square else draw(long_sizes()))


def pairs_of(entries: SearchStrategy[int]) -> SearchStrategy[int | tuple[int, int]]:
    """Draw a parameter that is given as one integer or as a pair."""
    return st.one_of(entries, st.tuples(entries, entries))


def pair(value: int | tuple[int, int]) -> tuple[int, int]:
    """Return (v, v) for one integer v; a pair as it is."""
    return (value, value) if isinstance(value, int) else value


def structures(
    build: Callable[[DrawFn], tuple[dict[str, Any], dict[str, Any]]],
) -> SearchStrategy[Structure]:
    """Make a strategy of structures, of a function that draws (shapes by input, parameters)."""

    @st.composite
    def drawn(draw: DrawFn) -> Structure:
        shapes_by_input, parameters = build(draw)
        return Structure(shapes_by_input, parameters)

    return drawn()
