"""A lesson from its beginning to its end: what is given, and then waiting for the student.

The file may be saved, or Enter pressed.
"""

import select
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from rich.console import Console

from conformance.run.run import Run
from conformance.tools.app import CONFORMS, stop
from conformance.tools.lesson import progress as states
from conformance.tools.lesson.course import Course, course
from conformance.tools.lesson.judging import isolated
from conformance.tools.lesson.progress import Progress, ProgressError
from conformance.tools.lesson.screen import Screen
from conformance.tools.lesson.source import SourceError
from conformance.tools.lesson.teaching import Teacher

PERIOD = 0.2
_SETTLING = 0.05
# Looks at a file that is not there, after which it is said; editors replace one in less.
_PATIENCE = 10

Key = Literal["", "enter", "end"]


def give(
    file: str, operation: str, *, waits: bool, listed: bool, reset: bool, timeout: float
) -> int:
    """Give a lesson on a file; return the exit code.

    Args:
        file: the student's file.
        operation: where to go; empty for where the student is.
        waits: judge at each save, and not only once.
        listed: only show how far the student is.
        reset: forget what was passed first.
        timeout: seconds of processor time that one call may use.
    """
    path, screen = Path(file), Screen(Console(highlight=False), file, waits=waits)
    with screen.busy("loading torch and the cases"):
        taught = course(Run().functions)
    if operation and operation not in taught.operations:
        stop(f"there is no operation {operation!r}; give one of {', '.join(taught.operations)}")
    try:
        progress = _progress(path, taught, screen, operation, reset=reset)
        teacher = Teacher(path, taught, isolated(path, timeout), screen, progress)
        if listed:
            teacher.show_progress()
            return CONFORMS
        return _given(teacher, screen)
    except (ProgressError, SourceError) as error:
        stop(error)


def _progress(
    path: Path, taught: Course, screen: Screen, operation: str, *, reset: bool
) -> Progress:
    kept, trouble = states.read(states.beside(path), taught)
    if trouble:
        screen.trouble(trouble)
    if not reset:
        return states.moved(kept, operation or kept.operation)
    new = states.reset(kept, taught, operation)
    states.write(states.beside(path), new)
    lost = {name: len(kept.passed[name]) for name in kept.passed if operation in {"", name}}
    words = [f"{n} step{'s' * (n != 1)} of {name}" for name, n in lost.items() if n]
    screen.tell(f"Forgotten: {', '.join(words)}." if words else "There was nothing to forget.")
    return new


def _given(teacher: Teacher, screen: Screen) -> int:
    try:
        teacher.begin()
        code = teacher.judged(once=not screen.waits)
        if not screen.waits:
            return code
        follow(teacher, Watch(teacher.file))
    except KeyboardInterrupt:
        if not screen.waits:
            raise
    if not teacher.finished:
        screen.goes_on(teacher.where)
    return CONFORMS


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
