"""Verdicts as a sign, a word and a tone: colour only repeats what sign and word say."""

from __future__ import annotations

from dataclasses import dataclass

_SIGNS = {
    "conforms": ("✓", "good"),
    "holds": ("✓", "good"),
    "convention": ("≈", "mixed"),
    "partly": ("◐", "mixed"),
    "holds when": ("◐", "mixed"),
    "expected failure": ("≉", "mixed"),
    "not provided": ("○", "absent"),
    "not run": ("·", "absent"),
    "named, not specified": ("○", "absent"),
    "fails": ("✗", "bad"),
    "does not hold": ("✗", "bad"),
}
_BROKEN = ("!", "bad")


@dataclass(frozen=True)
class Sign:
    """A verdict as it is shown."""

    mark: str
    words: str
    tone: str


def sign(verdict: str, words: str | None = None) -> Sign:
    """A verdict's sign, with other words than its own where there are some."""
    mark, tone = _SIGNS.get(verdict, _BROKEN)
    return Sign(mark, verdict if words is None else words, tone)
