"""What repeats a counterexample: a command, or the call where the implementation is an object."""

import shlex
from pathlib import Path

from conformance.record.file import Line, Record
from conformance.record.vocabulary import DEFAULT_PROFILE, REPORT
from conformance.report.safe_text import cut, printable

_LONGEST = 4000  # characters: a command is there to be copied


def replay(line: Line, record: Record, encoding: str = "utf-8") -> str:
    """Return what repeats the counterexample of a line, safe to show and to paste into a shell."""
    header = record.header
    if header.get("at_hand"):
        profile = header["profile"]
        named = f'profile="{profile}", ' if profile != DEFAULT_PROFILE else ""
        command = f"conformance.check(…, {named}seed={header['seed']})"
    else:
        words = ["nn-conformance", "replay", str(line["id"])]
        words += ["--isolate"] if header.get("isolated") else []
        words += ["--report", record.location] if Path(record.location) != Path(REPORT) else []
        command = shlex.join(words)
    # Not a space less: the name of a directory may have two in a row.
    return cut(printable(command[:_LONGEST], encoding), _LONGEST, encoding)
