"""The run's record: JSON Lines from a header to a footer, the lines between them sorted by id.

The record is the truth about a run and every view replays it. It is plain data: this module needs
neither torch nor NumPy. What a line may hold is in `conformance.record.fields`.
"""

import json
import os
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NoReturn

from conformance.record.fields import Line, checked, tally
from conformance.record.older import completed
from conformance.record.rules import RecordError
from conformance.record.vocabulary import REPORT

__all__ = ["FILE", "Line", "Record", "RecordError", "assembled", "file_at", "read", "write"]

FILE = "record.jsonl"


@dataclass(frozen=True)
class Record:
    """One whole run, every group of lines sorted by id.

    `location` is where the record is: its directory, or its file where that has another name.
    """

    header: Line
    checks: tuple[Line, ...]
    claims: tuple[Line, ...]
    footer: Line
    not_selected: tuple[Line, ...] = ()
    location: str = field(default=REPORT, compare=False)

    @property
    def by_id(self) -> dict[str, Line]:
        """Return every line between header and footer by its id."""
        return {line["id"]: line for line in (*self.checks, *self.claims, *self.not_selected)}


def file_at(location: str | os.PathLike[str]) -> Path:
    """Return the record's file: the location itself, or the file in it where it is a directory."""
    path = Path(location)
    return path / FILE if path.is_dir() else path


def write(path: str | os.PathLike[str], header: Line, lines: Iterable[Line], footer: Line) -> None:
    """Write the record in one step: a reader finds the old file or the whole new one.

    Raises:
        RecordError: a line breaks its rules, an id comes twice, or the footer counts otherwise.
    """
    target = Path(path)
    middle = sorted((checked(line) for line in lines), key=lambda line: str(line.get("id")))
    whole = [checked(header), *middle, checked(footer)]
    assembled(whole)
    text = "".join(json.dumps(line, allow_nan=False) + "\n" for line in whole)
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        draft.write_text(text, encoding="ascii", newline="\n")
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)


def read(path: str | os.PathLike[str]) -> Record:
    """Read a record and hold it to its rules.

    Raises:
        RecordError: the file is missing, has no footer, or a line, named by its number, is wrong.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
    except FileNotFoundError:
        raise RecordError(f"{path}: there is no record here; run the suite first") from None
    except (OSError, UnicodeDecodeError) as error:
        raise RecordError(
            f"{path}: the record cannot be read: {error}; run the suite again"
        ) from error
    try:
        # Only "\n" ends a line: a text may hold any of the other line separators.
        rows = text.removesuffix("\n").split("\n") if text else []
        whole = assembled([_parsed(row, number) for number, row in enumerate(rows, 1)])
    except RecordError as error:
        raise RecordError(f"{path}: {error}") from error
    where = Path(path)
    return replace(whole, location=str(where.parent if where.name == FILE else where))


def _parsed(row: str, number: int) -> Line:
    try:
        line = json.loads(row, parse_constant=_refused)
        return checked(completed(line) if isinstance(line, dict) else line)
    except RecordError as error:
        raise RecordError(f"line {number}: {error}") from error
    except (ValueError, RecursionError) as error:
        raise RecordError(
            f"line {number} is not strict JSON: {error}; run the suite again"
        ) from error


def _refused(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON; write it as a string")


def assembled(lines: list[Line]) -> Record:
    """Join lines to a record: a header, a footer, no id twice, and counts that agree.

    Raises:
        RecordError: naming the line that breaks the rule.
    """
    kinds = [line["type"] for line in lines]
    if kinds[:1] != ["header"]:
        raise RecordError("the first line is no header; this is no record, or its start is missing")
    if kinds[-1] != "footer":
        raise RecordError("the last line is no footer; the run was cut short, run it again")
    middle = lines[1:-1]
    for number, kind in enumerate(kinds[1:-1], 2):
        if kind in {"header", "footer"}:
            raise RecordError(f"line {number}: a second {kind}; a file holds one run")
    if again := [name for name, times in Counter(x["id"] for x in middle).items() if times > 1]:
        raise RecordError(f"{again[0]} comes more than once; an id names one line")
    counts = tally(middle)
    if counts != {name: lines[-1][name] for name in counts}:
        raise RecordError(f"the footer's counts are not those of the lines, {counts}; run it again")
    by_kind = {kind: tuple(x for x in middle if x["type"] == kind) for kind in set(kinds)}
    return Record(
        header=lines[0],
        checks=by_kind.get("check", ()),
        claims=by_kind.get("claim", ()),
        footer=lines[-1],
        not_selected=by_kind.get("not selected", ()),
    )
