"""Named mistakes: what is wrong, in a sentence and in code; a hint; and the checks that it breaks.

A mistake serves three times: the checks that it breaks must reject it, a failing implementation
that behaves like it is told so, and a learner is given its hint.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

Functions = Mapping[str, Callable[..., Any]]

# A right implementation -> wrong functions, in place of some of its own.
Wrong = Callable[[Any], Functions]


@dataclass(frozen=True)
class Mistake:
    """One way in which an operation is implemented wrongly.

    Attributes:
        id: stable and readable, operation first: conv2d/kernel-flipped.
        sentence: what is wrong, in one sentence.
        hint: what to look at, without the answer.
        breaks: patterns of the ids of the checks that must reject it, and no others may.
        wrong: makes the wrong functions, out of those of a right implementation.
        noisy: whether its numbers depend on the order of evaluation, as where a few digits are
            kept or large numbers cancel: then only the size of its errors tells it.
    """

    id: str
    sentence: str
    hint: str
    breaks: tuple[str, ...]
    wrong: Wrong
    noisy: bool = False

    @property
    def operation(self) -> str:
        """Return the name of the operation that is implemented wrongly."""
        return self.id.partition("/")[0]

    def breaks_check(self, check: str) -> bool:
        """Return whether a check, by its id, must reject it. Brackets mean themselves."""
        return any(fnmatchcase(check, pattern.replace("[", "[[]")) for pattern in self.breaks)
