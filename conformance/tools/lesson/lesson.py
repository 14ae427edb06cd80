"""A lesson from its beginning to its end: the course, the student's progress, and the teacher."""

from pathlib import Path

from rich.console import Console

from conformance.run.run import Run
from conformance.tools.app import CONFORMS, stop
from conformance.tools.lesson import progress as states
from conformance.tools.lesson.course import Course, course
from conformance.tools.lesson.judging import isolated
from conformance.tools.lesson.progress import Progress, ProgressError
from conformance.tools.lesson.screen import Screen
from conformance.tools.lesson.source import SourceError
from conformance.tools.lesson.teaching import LessonError, Teacher
from conformance.tools.lesson.watching import Watch, follow


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
    except (ProgressError, LessonError, SourceError) as error:
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
    screen.forgot(states.counts(kept, operation))
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
