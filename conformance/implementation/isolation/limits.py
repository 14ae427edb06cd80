"""What a process may take, and the watch over how long it takes.

Time is counted on the processors, in all threads of the process. So a call that waits for a busy
machine is not taken for a slow one. What sleeps or blocks uses no processor, and is ended by the
clock, which is more patient.
"""

import os
import select
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass

from conformance.record.vocabulary import MEMORY, PATIENCE, TIMEOUT

# Most calls are answered sooner, and cost no look at what the process used.
_UNWATCHED = 0.1
# Seconds between two looks. Many threads may use several seconds of processor time in one.
_SHORTEST, _LONGEST = 0.02, 0.5


@dataclass(frozen=True)
class Limits:
    """Limits of time and memory.

    Attributes:
        seconds: the processor time that one call may use; then the process is ended.
        memory: MiB that calls may take, beyond what the process has after the import.
        loading: the seconds of processor time that the import may use.
        patience: how many times as long a call, or the import, may take by the clock.
    """

    seconds: float = TIMEOUT
    memory: int = MEMORY
    loading: float = 60.0
    patience: float = PATIENCE


class LimitPassed(TimeoutError):  # noqa: N818 - as its base, it is told by its name
    """A process took longer than it may; the message says which limit it passed."""


class Watch:
    """Watches how long a process takes for its answer, from now on."""

    def __init__(
        self,
        process: "subprocess.Popen[bytes]",
        seconds: float,
        patience: float,
        used: Callable[[], float | None] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._process = process
        self._seconds = seconds
        self._longest = seconds * patience
        self._used = used or (lambda: processor_seconds(process.pid))
        self._clock = clock
        self._began = clock()
        self._used_before: float | None = None
        self._due = self._began + min(_UNWATCHED, seconds, self._longest)

    def wait(self, descriptor: int, *, writing: bool = False) -> None:
        """Wait until there is something to read, or room to write.

        Raises:
            LimitPassed: if the process takes longer than it may.
            EOFError: if it ended, even if a process that it started could still write.
        """
        while not _ready(descriptor, max(0.0, self._due - self._clock()), writing=writing):
            if self._process.poll() is not None and not _ready(descriptor, 0.0, writing=writing):
                raise EOFError
            self.look()

    def look(self) -> None:
        """Compare the time that was taken so far with the limits.

        Where nothing tells the processor time, its limit is one by the clock.

        Raises:
            LimitPassed: if a limit was passed.
        """
        passed, used = self._clock() - self._began, self._used()
        if used is None:
            left = self._left_by_the_clock(passed, self._seconds)
        else:
            if self._used_before is None:
                self._used_before = used
            left = self._seconds - (used - self._used_before)
            if left <= 0:
                raise LimitPassed(f"used over {self._seconds:g} s of processor time")
            left = min(left, self._left_by_the_clock(passed, self._longest))
        self._due = self._clock() + min(max(left, _SHORTEST), _LONGEST)

    def _left_by_the_clock(self, passed: float, limit: float) -> float:
        if passed >= limit:
            raise LimitPassed(f"did not answer within {limit:g} s")
        return limit - passed


def _ready(descriptor: int, seconds: float, *, writing: bool) -> bool:
    reads, writes = ([], [descriptor]) if writing else ([descriptor], [])
    return any(select.select(reads, writes, [], seconds))


def processor_seconds(process: int) -> float | None:
    """Return the processor time of a process and its ended children; None if nothing tells it."""
    try:
        with open(f"/proc/{process}/stat", "rb") as file:  # noqa: PTH123 - a Path would do no more
            # The name comes before, in brackets, and may hold anything.
            fields = file.read().rpartition(b")")[2].split()
        # utime, stime, cutime and cstime: see proc(5).
        return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError):
        return _seconds_of_ps(process)


def _seconds_of_ps(process: int) -> float | None:
    """Return what ps tells, where there is no /proc, as on macOS."""
    command = ["ps", "-o", "time=", "-p", str(process)]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, timeout=5, check=True)  # noqa: S603 - only a number is ours
        return parsed(answer.stdout)
    except (OSError, subprocess.SubprocessError, ValueError):
        return None


def parsed(text: str) -> float:
    """Return the seconds of a time as ps writes it.

    >>> parsed("0:01.50"), parsed("1-00:00:02")
    (1.5, 86402.0)
    """
    days, _, rest = text.strip().rpartition("-")
    seconds = 0.0
    for part in rest.split(":"):
        seconds = 60 * seconds + float(part)
    return 86_400 * int(days or 0) + seconds
