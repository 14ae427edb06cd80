"""Anchors: names that a link on the page leads to, each of them once."""

import re
from collections.abc import Iterable

_LONGEST = 60


def anchors(prefix: str, names: Iterable[str]) -> dict[str, str]:
    """For each name an anchor of its letters; a number behind it where they are another's too."""
    found: dict[str, str] = {}
    for name in names:
        words = re.sub(r"[^a-z0-9]+", "-", f"{prefix}-{name[:_LONGEST]}".lower()).strip("-")
        taken, anchor, number = set(found.values()), words, 1
        while anchor in taken:
            number += 1
            anchor = f"{words}-{number}"
        found.setdefault(name, anchor)
    return found
