"""Nested lists and tuples of arrays."""

from collections.abc import Callable, Iterator
from typing import Any

from conformance.bounds.floats import Array


def nested(function: Callable[[Any], Any], tree: Any) -> Any:
    """Apply a function to the leaves of nested lists and tuples."""
    if isinstance(tree, list | tuple):
        return type(tree)(nested(function, one) for one in tree)
    return function(tree)


def leaves(tree: Any) -> Iterator[Array]:
    """The arrays of nested lists and tuples; none where there is nothing."""
    if isinstance(tree, list | tuple):
        for one in tree:
            yield from leaves(one)
    elif tree is not None:
        yield tree
