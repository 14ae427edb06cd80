"""Addresses within the page, made of names: they stay the same from run to run."""

import re
from collections.abc import Iterable

OWN = frozenset(
    {
        *("main", "glance", "operations", "failures", "claims", "errors", "filter", "checks"),
        *("runs", "changes"),
        *("conventions", "validation", "coverage", "axes", "not-judged", "defects", "expected"),
        *("not-provided", "not-run"),
    }
)
"""Addresses of the page's own parts, which no name may take."""

_LONGEST = 80  # letters


def anchors(names: Iterable[str], prefix: str = "") -> dict[str, str]:
    """Return an anchor for each name: the name itself, such as conv2d/value, where it can be one.

    Letters that an anchor should not have become hyphens. Where two names come to the same, the
    later one bears a number.
    """
    unique: dict[str, str] = {}
    taken = set(OWN)
    for name in dict.fromkeys(names):
        plain = re.sub(r"[^A-Za-z0-9_./-]+", "-", name[:_LONGEST]).strip("-") or "unnamed"
        anchor, number = prefix + plain, 1
        while anchor in taken:
            number += 1
            anchor = f"{prefix}{plain}-{number}"
        taken.add(anchor)
        unique[name] = anchor
    return unique
