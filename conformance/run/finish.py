"""The end of a run: write the record, and show it on the terminal."""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rich.console import Console

from conformance.record.file import Record
from conformance.report import safe_text as text
from conformance.report.terminal import render
from conformance.run.gather import Gathering


@dataclass(frozen=True)
class Shown:
    """A finished run.

    Attributes:
        record: the record as it was written.
        path: the file that it was written to.
        trouble: why it is not in the directory that was wanted; empty where it is.
        seconds: the time of each kind of work.
    """

    record: Record
    path: str
    trouble: str
    seconds: dict[str, float]

    @property
    def offers_nothing(self) -> bool:
        """Return whether the implementation provides none of the functions that were judged."""
        verdicts = {line["verdict"] for line in self.record.checks}
        return verdicts == {"not provided"}


NOTHING = (
    "nothing was judged, for nothing that was asked for is provided. Look at the names of the "
    "functions; `nn-conformance explain OPERATION` tells how they are called."
)


def finish(gathering: Gathering, *, complete: bool) -> Shown:
    """Write the record, and return the finished run.

    Where its directory cannot be written, the record goes to a temporary one, and `trouble` says
    so.
    """
    directory, trouble = gathering.report, ""
    try:
        record = gathering.write(complete=complete)
    except OSError as error:
        directory = tempfile.mkdtemp(prefix="conformance-report-")
        trouble = (
            f"the record cannot be written to {gathering.report!r} ({error.strerror}); it is "
            f"in {directory!r}. Choose a directory that can be written with --report DIR."
        )
        gathering.report = directory
        record = gathering.write(complete=complete)
    return Shown(record, f"{directory}/record.jsonl", trouble, dict(gathering.seconds))


def console_of(terminal: Any) -> Console:
    """Return a console on pytest's stream; on this process's output where pytest shows nothing."""
    if terminal is None:
        return Console(highlight=False)
    return Console(
        file=terminal._file,  # noqa: SLF001 - pytest offers no other way to its stream
        force_terminal=terminal.hasmarkup,
        no_color=not terminal.hasmarkup,
        width=terminal.fullwidth,
        highlight=False,
    )


def show(shown: Shown, console: Console, *, timing: bool) -> None:
    """Print the report, and with `timing` the share of each kind of work."""
    render(shown.record, console)
    console.print(f"record: {shown.path}", markup=False, soft_wrap=True)
    if timing:
        _print_timing(console, shown.seconds)
    if shown.trouble:
        console.print(f"error: {shown.trouble}", markup=False)


def show_beyond(beyond: Mapping[str, str], console: Console) -> None:
    """Print the failures of tests that the record does not count: message by id."""
    for name, message in beyond.items():
        words = text.shown(f"{name}: {message}", console.encoding)
        console.print(f"error: {words}", markup=False, soft_wrap=True)


def _print_timing(console: Console, seconds: dict[str, float]) -> None:
    whole = sum(seconds.values()) or 1.0
    console.print("time of the checks and claims, all workers together:")
    for name in ("import", "draw", "implementation", "torch", "bound", "compare", "claims"):
        spent = seconds.get(name, 0.0)
        console.print(f"  {name:<16}{spent:8.1f} s  {spent / whole:6.1%}", markup=False)
