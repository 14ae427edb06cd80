"""What a line says, read out of its fields."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conformance.record.fields import Line


def message(line: Line) -> str:
    """Return what is wrong with a check, in words; not yet safe to show."""
    found = line.get("counterexample")
    words = [found["message"] if found else None, line.get("message")]
    return "; ".join(dict.fromkeys(text for text in words if text))


def real(value: object) -> float | None:
    """Return a number of the record as a float; None where it is no number."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return float(value)
    except ValueError:
        return None
