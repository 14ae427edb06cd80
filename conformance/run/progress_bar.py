"""Progress on the terminal: the checks done, those that fail, and the speed."""

import os
import shutil
import sys
from typing import TextIO

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn

from conformance.report.safe_text import shown

_TITLE = 24


def is_wanted(stream: TextIO) -> bool:
    """Return whether the stream is a terminal that a person watches, and no log of a CI."""
    dumb = os.environ.get("TERM", "").lower() in {"dumb", "unknown"}
    return stream.isatty() and not dumb and not os.environ.get("CI")


class Bar:
    """A line of the terminal that is redrawn, and cleared in the end; none in a log."""

    def __init__(self, title: str, noun: str) -> None:
        self._noun = noun
        self._done = self._failed = 0
        self._progress: Progress | None = None
        if is_wanted(sys.stdout):
            self._progress = _drawn()
            words = shown(title, sys.stdout.encoding, _TITLE)
            self._task = self._progress.add_task(words, total=None, state="starting")
            self._progress.start()

    def close(self) -> None:
        """Clear the line; a second call does nothing."""
        if self._progress:
            self._progress.stop()
            self._progress.console.file.close()
            self._progress = None

    def expect(self, total: int) -> None:
        """Set the total."""
        if self._progress:
            self._progress.update(self._task, total=total, state=self._state(total))

    def advance(self, *, failed: bool) -> None:
        """Count one more as done, and as failed where it is."""
        self._done += 1
        self._failed += failed
        if self._progress:
            total = self._progress.tasks[0].total
            self._progress.update(self._task, completed=self._done, state=self._state(total))

    def _state(self, total: float | None) -> str:
        of = f"/{total:.0f}" if total is not None else ""
        fail = f", {self._failed} fail" if self._failed else ""
        speed = self._progress.tasks[0].speed if self._progress else None
        rate = f", {speed:.1f}/s" if speed else ""
        return f"{self._done}{of} {self._noun}{fail}{rate}"


def _drawn() -> Progress:
    # A copy of the descriptor: while a test runs in this process, pytest captures the original.
    copy = os.dup(sys.stdout.fileno())
    stream = os.fdopen(copy, "w", encoding=sys.stdout.encoding, errors="replace")
    console = Console(file=stream, width=shutil.get_terminal_size().columns, force_terminal=True)
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=None),
        TextColumn("{task.fields[state]}", markup=False),
        TimeRemainingColumn(compact=True),
    )
    return Progress(
        *columns,
        console=console,
        transient=True,
        expand=True,
        redirect_stdout=False,
        redirect_stderr=False,
    )
