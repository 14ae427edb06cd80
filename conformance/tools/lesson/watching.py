"""Waiting for the student: for the file to be saved, or for Enter."""

import select
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from conformance.tools.lesson.teaching import Teacher

PERIOD = 0.2
_SETTLING = 0.05
# Looks at a file that is not there, after which it is said; editors replace one in less.
_PATIENCE = 10

Key = Literal["", "enter", "end"]


class Watch:
    """A file that may change, be replaced, or be away for a while.

    Its bytes are compared, not its times: two saves may fall into one tick of a coarse clock, and
    a file of functions is read in no time.
    """

    def __init__(self, path: Path, sleep: Callable[[float], object] = time.sleep) -> None:
        self._path = path
        self._sleep = sleep
        self._missed = 0

    @property
    def lost(self) -> bool:
        """Return whether the file has just been away too long."""
        return self._missed == _PATIENCE

    def differs(self, known: bytes) -> bool:
        """Return whether it holds anything else; while it is still being written, wait for it."""
        content = self._read()
        self._missed = self._missed + 1 if content is None else 0
        while content is not None and content != known:
            self._sleep(_SETTLING)
            before, content = content, self._read()
            if content == before:
                return True
        return False

    def _read(self) -> bytes | None:
        try:
            return self._path.read_bytes()
        except OSError:
            return None


def key(seconds: float) -> Key:
    """Wait so long for a line on the terminal; return Enter, or the end of all input."""
    if not select.select([sys.stdin], [], [], seconds)[0]:
        return ""
    return "enter" if sys.stdin.readline() else "end"


def follow(teacher: Teacher, watch: Watch, pressed: Callable[[float], Key] = key) -> None:
    """Judge whenever the file is saved, show a hint at Enter; until all is done or input ends."""
    while not teacher.finished:
        if watch.differs(teacher.seen):
            teacher.saved()
        elif watch.lost:
            teacher.lost()
        pressed_now = pressed(PERIOD)
        if pressed_now == "end":
            return
        if pressed_now == "enter":
            teacher.reveal()
