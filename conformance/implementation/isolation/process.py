"""A process that answers on a pipe: the suite's own with Python code in it, or any program.

How it is started is all that differs; how it is asked, watched and ended is the same.
"""

import contextlib
import os
import shlex
import signal
import subprocess
import sys
import threading
import weakref
from collections import deque
from collections.abc import Callable
from typing import Any, NamedTuple

from conformance.implementation.isolation import wire
from conformance.implementation.isolation.limits import Limits, Watch
from conformance.implementation.isolation.trees import Unpacking
from conformance.implementation.isolation.wire import Lines, WireError, shown
from conformance.implementation.load import Arrays
from conformance.implementation.load_error import LoadError

_MEBIBYTE = 1 << 20
_LONGEST_WORDS = 300


class Started(NamedTuple):
    """A process, what its answers are read from, what requests are written to, and its words."""

    process: "subprocess.Popen[bytes]"
    incoming: int
    outgoing: int
    words: "Words | None" = None


def own(spec: str, limits: Limits, arrays: Arrays) -> Started:
    """Start the suite's own process, which loads Python code and answers on pipes of its own."""
    here, theirs = os.pipe(), os.pipe()
    command = [sys.executable, "-m", "conformance.implementation.isolation.child"]
    command += [str(theirs[0]), str(here[1]), str(limits.memory), *arrays, spec]
    # Its output is nobody's: a hundred megabytes of it cost nothing.
    process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        pass_fds=(theirs[0], here[1]),
        start_new_session=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    os.close(theirs[0])
    os.close(here[1])
    return Started(process, here[0], theirs[1])


def program(command: str) -> Started:
    """Start a command line, which answers on its standard output.

    Raises:
        LoadError: if it cannot be started.
    """
    try:
        process = subprocess.Popen(  # noqa: S603 - to run it is what the user asks for
            shlex.split(command),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except (OSError, ValueError, IndexError) as error:
        why = getattr(error, "strerror", None) or str(error) or "it is empty"
        raise LoadError(
            f"{command!r} cannot be started: {why}. Give a command line that a shell would start "
            f"in this directory, such as './my_ops' or 'node my_ops.js'."
        ) from error
    assert process.stdin is not None
    assert process.stdout is not None
    ends = os.dup(process.stdout.fileno()), os.dup(process.stdin.fileno())
    process.stdout.close()
    process.stdin.close()
    return Started(process, *ends, Words(process.stderr))


class Words:
    """Reads what a program writes to its standard error, and keeps the last line of it."""

    def __init__(self, stream: Any) -> None:
        self._lines: deque[bytes] = deque(maxlen=1)
        self._thread = threading.Thread(target=self._listen, args=(stream,), daemon=True)
        self._thread.start()

    def _listen(self, stream: Any) -> None:
        with contextlib.suppress(OSError, ValueError), stream:
            while line := stream.readline(_MEBIBYTE):
                if line.strip():
                    self._lines.append(line.strip()[:_LONGEST_WORDS])

    def last(self) -> str:
        """Return the last line, once the program has ended; empty where it wrote none."""
        self._thread.join(timeout=1)
        return self._lines[-1].decode("utf-8", "replace") if self._lines else ""


class Process:
    """One process with the implementation in it."""

    def __init__(self, started: Started, patience: float) -> None:
        self._process, self._incoming, self._outgoing, self._words = started
        self._patience = patience
        self._number = 0
        self._unread = bytearray()
        self._watch: Watch | None = None
        os.set_blocking(self._outgoing, False)
        self.close = weakref.finalize(self, _end, self._process, self._incoming, self._outgoing)

    @property
    def id(self) -> int:
        """Return the id that the system knows the process by."""
        return self._process.pid

    def greet(self, seconds: float, check: Callable[[str], None], lines: Lines) -> Unpacking:
        """Send the first message, with more lines; return the answer. It raises as `ask` does."""
        return self._exchange([f"hello {wire.VERSION}", *lines], b"", seconds, check)

    def ask(self, request: str, lines: Lines, numbers: bytes, seconds: float) -> Unpacking:
        """Send a request, wait, and return the answer.

        Raises:
            LimitPassed, EOFError, BrokenPipeError, WireError: if none comes.
        """
        self._number += 1
        number = str(self._number)

        def check(line: str) -> None:
            name, _, value = line.partition(" ")
            if name not in _ANSWERS:
                raise WireError(f"it begins with {shown(line)}, not with {_FIRST_LINES}")
            if value != number:
                raise WireError(f"it answers another call: {shown(value)} instead of {number}")

        return self._exchange([f"{request} {number}", *lines], numbers, seconds, check)

    def _exchange(
        self, lines: Lines, numbers: bytes, seconds: float, check: Callable[[str], None]
    ) -> Unpacking:
        self._watch = Watch(self._process, seconds, self._patience)
        # What ended, or closed its input, may have answered before.
        with contextlib.suppress(BrokenPipeError, EOFError):
            self._write(wire.message(lines, numbers))
        return Unpacking(*wire.receive(self, check))

    def _write(self, data: bytes) -> None:
        assert self._watch is not None
        rest = memoryview(data)
        while rest:
            try:
                rest = rest[os.write(self._outgoing, rest[:_MEBIBYTE]) :]
            except BlockingIOError:
                # A process that does not read must not keep this one waiting.
                self._watch.wait(self._outgoing, writing=True)

    def _read(self) -> None:
        assert self._watch is not None
        self._watch.wait(self._incoming)
        part = os.read(self._incoming, _MEBIBYTE)
        if not part:
            raise EOFError
        self._unread += part

    def line(self, longest: int) -> bytes:
        """Return the bytes up to the next end of a line, without it."""
        while (end := self._unread.find(b"\n")) < 0:
            if len(self._unread) > longest:
                raise WireError(f"no line of a header is longer than {longest} bytes")
            self._read()
        line = bytes(self._unread[:end])
        del self._unread[: end + 1]
        return line

    def exactly(self, size: int) -> bytes:
        """Return exactly so many bytes."""
        while len(self._unread) < size:
            self._read()
        data = bytes(self._unread[:size])
        del self._unread[:size]
        return data

    def how_it_ended(self) -> str:
        """Return how the process ended, in words made of its exit status, and its last words."""
        try:
            status = self._process.wait(timeout=2)
        except subprocess.TimeoutExpired:
            return "its process closed the connection"
        name = signal.Signals(-status).name if -status in set(signal.Signals) else "a signal"
        ended = f"ended itself with exit status {status}" if status >= 0 else f"crashed with {name}"
        last = self._words.last() if self._words else ""
        return f"its process {ended}" + (f"; the last it said was {last!r}" if last else "")


_ANSWERS = ("returned", "raised", "not-offered", "answer")
_FIRST_LINES = "'returned', 'raised' or 'not-offered'"


def _end(process: "subprocess.Popen[bytes]", incoming: int, outgoing: int) -> None:
    """End a process and whatever it started."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.wait()
    os.close(incoming)
    os.close(outgoing)
