"""lesson: the operations one by one, taught through the cases that fail."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from conformance.run.run import Run
from conformance.tools.app import CONFORMS, LEARN, app, stop

if TYPE_CHECKING:
    from conformance.tools.lesson.course import Course
    from conformance.tools.lesson.progress import Progress
    from conformance.tools.lesson.screen import Screen
    from conformance.tools.lesson.teaching import Teacher


@app.command(rich_help_panel=LEARN)
def lesson(
    file: Annotated[str, typer.Argument(help="Your file; it is begun where there is none.")],
    *,
    operation: Annotated[str, typer.Option(help="Go to this operation.")] = "",
    listed: Annotated[bool, typer.Option("--list", help="Show how far you are.")] = False,
    once: Annotated[
        bool, typer.Option("--once", help="Judge the present step once, and end.")
    ] = False,
    timeout: Annotated[float, typer.Option(min=0.01, help="Seconds that one call may take.")] = 3.0,
    reset: Annotated[
        bool,
        typer.Option(
            "--reset",
            help="Forget what was passed, or what was passed of --operation alone; your file "
            "stays as it is.",
        ),
    ] = False,
) -> None:
    """Write the operations one by one, told at each save what is wrong, but not what is right.

    The file is judged whenever it is saved; Enter shows one more hint, Ctrl-C ends. Progress is
    kept beside the file. Without a terminal, the present step is judged once.

    Example: nn-conformance lesson my_ops.py
    """
    path = Path(file)
    _look_at(path)
    screen = _screen(file, waits=not once and _is_terminal())
    with screen.busy("loading torch and the cases"):
        course = _course()
    if operation and operation not in course.lessons:
        stop(f"there is no operation {operation!r}; give one of {', '.join(course.lessons)}")
    progress = _progress(path, course, screen, operation, reset=reset)
    if listed:
        _list(path, course, progress, screen)
        return
    teacher = _teacher(path, course, progress, screen, timeout)
    raise typer.Exit(_given(teacher, screen, once=not screen.waits))


def _look_at(path: Path) -> None:
    """End where there can be no lesson on a file of this name."""
    if path.suffix != ".py":
        stop(f"{str(path)!r} is no name of a Python file; give one that ends in .py")
    if path.is_dir():
        stop(f"{str(path)!r} is a directory; give the name of a file in it")
    if not path.parent.is_dir():
        stop(f"there is no directory {str(path.parent)!r}; make it, or give a file elsewhere")


def _is_terminal() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()


def _screen(file: str, *, waits: bool) -> "Screen":
    from rich.console import Console  # noqa: PLC0415 - only where something is shown

    from conformance.tools.lesson.screen import Screen  # noqa: PLC0415 - NumPy comes with it

    return Screen(Console(highlight=False), file, waits=waits)


def _course() -> "Course":
    from conformance.tools.lesson.course import course  # noqa: PLC0415 - NumPy is imported only here

    return course(Run().functions)


def _progress(
    path: Path, course: "Course", screen: "Screen", operation: str, *, reset: bool
) -> "Progress":
    from conformance.tools.lesson import progress as states  # noqa: PLC0415

    kept, trouble = states.read(states.place(path), course)
    if trouble:
        screen.trouble(trouble)
    if not reset:
        return states.moved(kept, operation or kept.operation)
    new = states.reset(kept, course, operation)
    try:
        states.write(states.place(path), new)
    except states.ProgressError as error:
        stop(error)
    screen.forgot(states.counts(kept, operation, course))
    return new


def _list(path: Path, course: "Course", progress: "Progress", screen: "Screen") -> None:
    from conformance.tools.lesson.source import SourceError, parsed  # noqa: PLC0415

    try:
        source = parsed(path.read_bytes() if path.exists() else b"", path.name)
    except (OSError, SourceError) as error:
        stop(error)
    screen.listed(course, progress, lambda step: source.print(step.functions))


def _teacher(
    path: Path, course: "Course", progress: "Progress", screen: "Screen", timeout: float
) -> "Teacher":
    from conformance.tools.lesson.judging import isolated  # noqa: PLC0415
    from conformance.tools.lesson.teaching import Teacher  # noqa: PLC0415

    return Teacher(path, course, isolated(path, timeout), screen, progress)


def _given(teacher: "Teacher", screen: "Screen", *, once: bool) -> int:
    """Give the lesson; the exit code."""
    from conformance.tools.lesson.progress import ProgressError  # noqa: PLC0415
    from conformance.tools.lesson.teaching import LessonError  # noqa: PLC0415
    from conformance.tools.lesson.watching import Watch, follow  # noqa: PLC0415

    try:
        teacher.begin()
        code = teacher.judged(once=once)
        if once:
            return code
        follow(teacher, Watch(teacher.file))
    except (ProgressError, LessonError) as error:
        stop(error)
    except KeyboardInterrupt:
        if once:
            raise
    if not teacher.finished:
        screen.goes_on(teacher.where)
    return CONFORMS
