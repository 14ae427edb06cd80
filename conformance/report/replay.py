"""What repeats a counterexample: a command, or the call where the implementation is an object."""

import shlex
from pathlib import Path

from conformance.record.file import Line, Record
from conformance.record.vocabulary import DEFAULT_PROFILE, REPORT
from conformance.report.safe_text import cut, printable

_LONGEST = 4000  # characters: a command is there to be copied


def replay(line: Line, record: Record, encoding: str = "utf-8") -> str:
    """Return what repeats the counterexample of a line, safe to show and to paste into a shell."""
    command = _call(record) if record.header.get("at_hand") else _command(line, record)
    # Not a space less: the name of a directory may have two in a row.
    return cut(printable(command[:_LONGEST], encoding), _LONGEST, encoding)


def _command(line: Line, record: Record) -> str:
    words = ["nn-conformance", "replay", str(line["id"])]
    words += ["--isolate"] if record.header.get("isolated") else []
    words += ["--report", record.location] if Path(record.location) != Path(REPORT) else []
    return shlex.join(words)


def _call(record: Record) -> str:
    profile, seed = record.header["profile"], record.header["seed"]
    named = f'profile="{profile}", ' if profile != DEFAULT_PROFILE else ""
    return f"conformance.check(…, {named}seed={seed})"
