"""Named mistakes: wrong variants of an operation, each with a sentence, a hint, and what it breaks.

A mistake serves three times: the checks that it breaks must reject it, a failing implementation
that behaves like it is told so, and a learner is given its hint.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

Functions = Mapping[str, Callable[..., Any]]


@dataclass(frozen=True)
class Mistake:
    """One wrong variant of one operation.

    Attributes:
        id: stable and readable, operation first: conv2d/kernel-flipped.
        sentence: what is wrong, in one sentence.
        hint: what to look at, without the answer.
        breaks: patterns of the ids of the checks that must reject it, and no others may.
        variant: the functions that are wrong, made from the functions of a right implementation.
        noisy: whether its numbers depend on the order of evaluation, as where a few digits are
            kept or large numbers cancel: then only the size of its errors tells it.
    """

    id: str
    sentence: str
    hint: str
    breaks: tuple[str, ...]
    variant: Callable[[Any], Functions]
    noisy: bool = False

    @property
    def operation(self) -> str:
        """The operation that it is a variant of."""
        return self.id.partition("/")[0]

    def breaks_check(self, check: str) -> bool:
        """Whether a check, by its id, must reject it. In a pattern, [ and ] mean themselves."""
        return any(fnmatchcase(check, pattern.replace("[", "[[]")) for pattern in self.breaks)
