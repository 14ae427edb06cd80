"""Nested lists and tuples of arrays."""

from collections.abc import Callable, Iterator
from typing import Any


def nested(function: Callable[[Any], Any], tree: Any) -> Any:
    """Apply a function to the leaves of nested lists and tuples; return them nested alike."""
    if isinstance(tree, list | tuple):
        return type(tree)(nested(function, branch) for branch in tree)
    return function(tree)


def leaves(tree: Any) -> Iterator[Any]:
    """Yield what nested lists and tuples hold, in order: arrays, and whatever else it is."""
    if isinstance(tree, list | tuple):
        for branch in tree:
            yield from leaves(branch)
    else:
        yield tree


def named_leaves(name: str, tree: Any) -> Iterator[tuple[str, Any]]:
    """Yield the leaves of an argument with their names: x, or x[0], x[1] … of a list x."""
    if isinstance(tree, list | tuple):
        for index, branch in enumerate(tree):
            yield from named_leaves(f"{name}[{index}]", branch)
    else:
        yield name, tree
