"""Anchors: names that a link on the page leads to, each of them once."""

import re
from collections.abc import Iterable

_LONGEST = 60


def anchors(prefix: str, names: Iterable[str]) -> dict[str, str]:
    """Return an anchor for each name, of its letters; numbered where another name has the same."""
    unique: dict[str, str] = {}
    for name in names:
        words = re.sub(r"[^a-z0-9]+", "-", f"{prefix}-{name[:_LONGEST]}".lower()).strip("-")
        taken, anchor, number = set(unique.values()), words, 1
        while anchor in taken:
            number += 1
            anchor = f"{words}-{number}"
        unique.setdefault(name, anchor)
    return unique
