"""How far a student is: what was passed, with which code, and how much of a hint was shown.

It is kept in a small JSON file beside the student's own: `.my_ops.lesson.json` for `my_ops.py`.
The functions that go on from one state to the next are pure.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from conformance.tools.lesson.course import Course, Lesson, Step

_FORMAT = 1

# A step's fingerprint: the code that it depends on, as it is now.
Print = Callable[[Step], str]


class ProgressError(Exception):
    """The file of progress cannot be written, and why."""


@dataclass(frozen=True)
class Passed:
    """A step that was passed: by which code, over how many cases, how close to the bound."""

    code: str
    checks: int
    cases: int
    worst: float


@dataclass(frozen=True)
class Stuck:
    """The way in which the present step fails, and how many of its hints were shown."""

    way: str
    level: int


@dataclass(frozen=True)
class Progress:
    """Where a student is.

    Attributes:
        operation: the one that is being worked on.
        passed: by operation and step.
        stuck: how the present step fails; None where it is not known to.
    """

    operation: str
    passed: Mapping[str, Mapping[str, Passed]] = field(default_factory=dict)
    stuck: Stuck | None = None

    def of(self, step: Step) -> Passed | None:
        """What a step came to when it was passed; None where it was not."""
        return self.passed.get(step.operation, {}).get(step.name)


def begun(course: Course) -> Progress:
    """At the first operation, with nothing passed."""
    return Progress(next(iter(course.lessons)))


def reset(progress: Progress, course: Course, operation: str) -> Progress:
    """With nothing passed of an operation; without a name, of none, and at the first."""
    if not operation:
        return begun(course)
    rest = {name: steps for name, steps in progress.passed.items() if name != operation}
    return Progress(operation, rest)


def counts(progress: Progress, operation: str, course: Course) -> dict[str, int]:
    """How many steps were passed of an operation, or of each; of those that have any."""
    names = [operation] if operation else course.lessons
    found = {name: len(progress.passed.get(name, ())) for name in names}
    return {name: many for name, many in found.items() if many}


def moved(progress: Progress, operation: str) -> Progress:
    """To another operation; to the present one, nothing changes."""
    if operation == progress.operation:
        return progress
    return replace(progress, operation=operation, stuck=None)


def with_passed(progress: Progress, step: Step, passed: Passed) -> Progress:
    """A step is passed."""
    steps = {**progress.passed.get(step.operation, {}), step.name: passed}
    return replace(progress, passed={**progress.passed, step.operation: steps}, stuck=None)


def with_failed(progress: Progress, step: Step, way: str) -> Progress:
    """A step fails: passed no more. Where it failed in this way before, one more hint is due."""
    before = progress.stuck
    level = before.level + 1 if before is not None and before.way == way else 1
    return replace(without(progress, step), stuck=Stuck(way, level))


def without(progress: Progress, step: Step) -> Progress:
    """A step is to be worked on, and not passed."""
    steps = dict(progress.passed.get(step.operation, {}))
    steps.pop(step.name, None)
    return Progress(step.operation, {**progress.passed, step.operation: steps})


def with_hint(progress: Progress) -> Progress:
    """One more hint is shown."""
    if progress.stuck is None:
        return progress
    return replace(progress, stuck=replace(progress.stuck, level=progress.stuck.level + 1))


def left(lesson: Lesson, progress: Progress, code: Print) -> list[Step]:
    """The steps of an operation that are not passed by the code as it is now."""
    return [
        step
        for step in lesson.steps
        if (passed := progress.of(step)) is None or passed.code != code(step)
    ]


def current(lesson: Lesson, progress: Progress, code: Print) -> Step | None:
    """The first of them; None where all are passed."""
    return next(iter(left(lesson, progress, code)), None)


def changed(course: Course, progress: Progress, code: Print) -> list[Step]:
    """Steps of all operations that were passed by other code than there is now."""
    return [
        step
        for step in course.steps
        if (passed := progress.of(step)) is not None and passed.code != code(step)
    ]


def following(course: Course, progress: Progress) -> str | None:
    """The next operation with a step that is not passed, after the present one and from the top."""
    names = list(course.lessons)
    here = names.index(progress.operation) + 1
    for name in (*names[here:], *names[:here]):
        if any(progress.of(step) is None for step in course.lessons[name].steps):
            return name
    return None


def place(file: Path) -> Path:
    """Where the progress of a student's file is kept."""
    return file.with_name(f".{file.stem}.lesson.json")


def read(path: Path, course: Course) -> tuple[Progress, str]:
    """The progress so far, at the first operation where there is none; and what is wrong with it.

    What cannot be understood is begun anew: it can be judged again, so that nothing is lost.
    """
    new = begun(course)
    try:
        return _understood(json.loads(path.read_text("utf-8")), course), ""
    except FileNotFoundError:
        return new, ""
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        said = str(error) or type(error).__name__
        return new, f"{path.name} cannot be understood ({said}), so the lesson begins anew"


def _understood(data: Any, course: Course) -> Progress:
    if data["format"] != _FORMAT or data["operation"] not in course.lessons:
        raise ValueError("it is not of this version")
    stuck = data["stuck"]
    return Progress(
        data["operation"],
        {
            name: {step: _passed(**one) for step, one in steps.items()}
            for name, steps in data["passed"].items()
        },
        None if stuck is None else Stuck(str(stuck["way"]), int(stuck["level"])),
    )


def _passed(code: Any, checks: Any, cases: Any, worst: Any) -> Passed:
    return Passed(str(code), int(checks), int(cases), float(worst))


def write(path: Path, progress: Progress) -> None:
    """Keep the progress; a reader finds the old one or the new one, whole.

    Raises:
        ProgressError: where the place cannot be written.
    """
    data = {"format": _FORMAT, **asdict(progress)}
    part = path.with_name(f"{path.name}.part")
    try:
        part.write_text(json.dumps(data, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        part.replace(path)
    except OSError as error:
        raise ProgressError(
            f"progress cannot be kept in {str(path)!r} ({error.strerror}). Give a file in a "
            f"directory that can be written."
        ) from error
