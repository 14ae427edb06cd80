"""A right implementation with some of its functions replaced."""

from typing import Any

from conformance.implementation.implementation import Implementation
from conformance.spec.mistake import Functions, Mistake


def made(mistake: Mistake, right: Any) -> Implementation:
    """Return the right implementation with a mistake in it."""
    return Implementation(_Overlaid(right, mistake.wrong(right)), mistake.id)


class _Overlaid:
    """Some functions in place of another object's."""

    def __init__(self, right: Any, functions: Functions) -> None:
        self._right = right
        self._functions = functions

    def __getattr__(self, name: str) -> Any:
        functions = object.__getattribute__(self, "_functions")
        return functions[name] if name in functions else getattr(self._right, name)
