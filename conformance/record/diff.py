"""What changed between two runs, or between two implementations."""

import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, Literal

from conformance.record.facts import message, real
from conformance.record.file import Line, Record
from conformance.record.vocabulary import ClaimVerdict, Reason, Verdict, Word

Direction = Literal["worse", "better", "other"]

FACTOR = 2.0
"""A worst error that grew or shrank by less is not shown."""


@dataclass(frozen=True)
class Change:
    """A check or claim that came to something else.

    `before` and `after` are its verdicts, or why it was not judged, or None where the record does
    not know it; `was` and `now` are what was said of it.
    """

    id: str
    direction: Direction
    before: str | None
    after: str | None
    was: str
    now: str


@dataclass(frozen=True)
class Figure:
    """A check whose worst error, as a share of its bound, changed by `FACTOR` or more."""

    id: str
    before: float
    after: float


@dataclass(frozen=True)
class Comparison:
    """Two records side by side: settings that differ, changes, figures, and how many are alike."""

    settings: tuple[tuple[str, str, str], ...]
    changes: tuple[Change, ...]
    figures: tuple[Figure, ...]
    alike: int

    def towards(self, direction: Direction) -> tuple[Change, ...]:
        """Return the changes in one direction: for the worse, for the better, or neither."""
        return tuple(change for change in self.changes if change.direction == direction)

    def plain(self) -> dict[str, Any]:
        """Return the comparison as plain data of strict JSON."""
        data = asdict(self)
        for figure in data["figures"]:
            for name in ("before", "after"):
                value = figure[name]
                figure[name] = value if math.isfinite(value) else str(value)
        return data


def compare(a: Record, b: Record) -> Comparison:
    """Compare two records: what changed from a to b.

    Worse are: a verdict of a higher rank; a failure where a judged nothing; and a pass in a where b
    did not come to a judgement, unless b deselected it.
    """
    before, after = a.by_id, b.by_id
    names = sorted({*before, *after})
    changes = [
        change
        for name in names
        if (change := _change(name, before.get(name), after.get(name))) is not None
    ]
    return Comparison(
        settings=tuple(_settings(a.header, b.header)),
        changes=tuple(changes),
        figures=tuple(_figures(before, after)),
        alike=len(names) - len(changes),
    )


def _settings(a: Line, b: Line) -> Iterator[tuple[str, str, str]]:
    flat_a, flat_b = ({**header, **header["versions"]} for header in (a, b))
    for name in sorted({*flat_a, *flat_b} - {"versions", "started"}):
        before, after = flat_a.get(name), flat_b.get(name)
        if before != after:
            yield name, *("none" if value is None else str(value) for value in (before, after))


def _change(name: str, before: Line | None, after: Line | None) -> Change | None:
    was, now = _state(before), _state(after)
    if was == now and _said(before) == _said(after) and _held(before) == _held(after):
        return None
    direction = _direction(was, now) if was != now else _of_readings(before, after)
    return Change(name, direction, was, now, _said(before), _said(after))


def _state(line: Line | None) -> str | None:
    if line is None:
        return None
    return str(line["reason"] if line["type"] == "not selected" else line["verdict"])


def _said(line: Line | None) -> str:
    """Return what is said of a check: a message, or which convention it follows."""
    return message(line) or line.get("convention") or "" if line else ""


def _held(line: Line | None) -> dict[tuple[str | None, str | None], bool]:
    """Return a claim's truth table."""
    rows = line.get("readings") or () if line else ()
    return {(row["reading"], row["condition"]): row["holds"] for row in rows}


def _direction(was: str | None, now: str | None) -> Direction:
    before, after = _word(was), _word(now)
    if before is None:
        return "worse" if after and after.failed else "other"
    if after is None:
        return "worse" if before.passed and now != Reason.DESELECTED else "other"
    if before.rank == after.rank or (before.passed and after.passed):
        return "other"
    return "worse" if after.rank > before.rank else "better"


def _word(state: str | None) -> Word | None:
    """Return the verdict as a word; None where the state is no verdict."""
    return next((word for word in (*Verdict, *ClaimVerdict) if word == state), None)


def _of_readings(before: Line | None, after: Line | None) -> Direction:
    """Return whether a claim with the same verdict holds in fewer rows, or in more."""
    was, now = _held(before), _held(after)
    if any(holds and not now.get(row) for row, holds in was.items()):
        return "worse"
    more = any(holds and not was.get(row) for row, holds in now.items())
    return "better" if more else "other"


def _figures(before: dict[str, Line], after: dict[str, Line]) -> Iterator[Figure]:
    """Yield the figures that changed. Another verdict tells more than its figure."""
    for name in sorted(before.keys() & after.keys()):
        lines = before[name], after[name]
        was, now = (real(line.get("worst_ratio")) for line in lines)
        is_same = _state(lines[0]) == _state(lines[1])
        if was is not None and now is not None and is_same and _is_worth_telling(was, now):
            yield Figure(name, was, now)


def _is_worth_telling(was: float, now: float) -> bool:
    if math.isnan(was) or math.isnan(now):
        return math.isnan(was) != math.isnan(now)
    low, high = sorted((was, now))
    return low != high and high >= FACTOR * low
