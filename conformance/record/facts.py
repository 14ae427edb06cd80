"""What a line says, read out of its fields."""

from conformance.record import wording
from conformance.record.fields import Line


def message(line: Line, *, truth: bool = True) -> str:
    """Return what is wrong with a check, in words; not yet safe to show.

    Without `truth`, neither the true value nor the distance from it is shown. Of an older record,
    whose counterexamples have no findings, the two cannot be told apart: nothing is shown.
    """
    counterexample = line.get("counterexample")
    if not truth and counterexample:
        finding = counterexample.get("finding")
        return wording.message(finding, truth=False) if finding else ""
    words = [counterexample["message"] if counterexample else None, line.get("message")]
    return "; ".join(dict.fromkeys(text for text in words if text))


def way(line: Line) -> object:
    """Return what checks share that fail in the same way, whatever their numbers."""
    finding = (line.get("counterexample") or {}).get("finding")
    return wording.key(finding) if finding else message(line)


def has_wrong_numbers(line: Line) -> bool:
    """Return whether a check's case came to numbers that are wrong, of the right shape."""
    finding = (line.get("counterexample") or {}).get("finding") or {}
    return finding.get("flaw") in {"value", "class"}


def real(value: object) -> float | None:
    """Return a number of the record as a float; None where it is no number."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return float(value)
    except ValueError:
        return None
