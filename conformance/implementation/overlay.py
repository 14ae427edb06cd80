"""A right implementation with some of its functions replaced."""

from typing import Any

from conformance.implementation.implementation import Implementation
from conformance.spec.mistake import Functions, Mistake


def made(mistake: Mistake, right: Any, like: Implementation | None = None) -> Implementation:
    """Return the right implementation with a mistake in it.

    With `like`, it offers only functions that this other implementation offers too.
    """
    return Implementation(_Overlaid(right, mistake.wrong(right), like), mistake.id)


class _Overlaid:
    """Some functions in place of another object's."""

    def __init__(self, right: Any, functions: Functions, like: Implementation | None) -> None:
        self._right = right
        self._functions = functions
        self._like = like

    def __getattr__(self, name: str) -> Any:
        # A copy in the making has no attributes yet.
        like = object.__getattribute__(self, "_like")
        if like is not None and not like.provides(name):
            raise AttributeError(name)
        return self._functions[name] if name in self._functions else getattr(self._right, name)
