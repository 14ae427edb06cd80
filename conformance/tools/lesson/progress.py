"""How far a student is: what was passed, with which code, and how much of a hint was shown.

It is kept in a small JSON file beside the student's own: `.my_ops.lesson.json` for `my_ops.py`.
The functions that go on from one state to the next are pure.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from conformance.tools.lesson.course import Course, Step

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
        """Return what a step came to when it was passed; None where it was not."""
        return self.passed.get(step.operation, {}).get(step.name)


def begun(course: Course) -> Progress:
    """Return the progress of who is at the first operation, with nothing passed."""
    return Progress(next(iter(course.operations)))


def reset(progress: Progress, course: Course, operation: str) -> Progress:
    """Return progress with nothing passed of an operation; of none where there is no name."""
    rest = {name: steps for name, steps in progress.passed.items() if name != operation}
    return Progress(operation, rest) if operation else begun(course)


def moved(progress: Progress, operation: str) -> Progress:
    """Return progress at another operation; at the present one, nothing changes."""
    is_there = operation == progress.operation
    return progress if is_there else replace(progress, operation=operation, stuck=None)


def with_passed(progress: Progress, step: Step, passed: Passed) -> Progress:
    """Return progress with a step passed."""
    steps = {**progress.passed.get(step.operation, {}), step.name: passed}
    return replace(progress, passed={**progress.passed, step.operation: steps}, stuck=None)


def with_failed(progress: Progress, step: Step, way: str) -> Progress:
    """Return progress with a step that fails; in the same way again, one more hint is due."""
    before = progress.stuck
    level = before.level + 1 if before is not None and before.way == way else 1
    return replace(without(progress, step), stuck=Stuck(way, level))


def without(progress: Progress, step: Step) -> Progress:
    """Return progress with a step that is to be worked on, and not passed."""
    steps = dict(progress.passed.get(step.operation, {}))
    steps.pop(step.name, None)
    return Progress(step.operation, {**progress.passed, step.operation: steps})


def with_hint(progress: Progress) -> Progress:
    """Return progress with one more hint shown."""
    stuck = progress.stuck
    return replace(progress, stuck=stuck and replace(stuck, level=stuck.level + 1))


def left(steps: Iterable[Step], progress: Progress, code: Print) -> list[Step]:
    """Return those of the steps that are not passed by the code as it is now."""
    return [
        step for step in steps if (passed := progress.of(step)) is None or passed.code != code(step)
    ]


def changed(course: Course, progress: Progress, code: Print) -> list[Step]:
    """Return steps of all operations that were passed by other code than there is now."""
    steps = [step for steps in course.steps.values() for step in steps]
    return [step for step in left(steps, progress, code) if progress.of(step) is not None]


def following(course: Course, progress: Progress) -> str | None:
    """Return the next operation that has a step not yet passed; None if all steps are passed.

    The search begins after the current operation and goes on at the start of the course.
    """
    names = list(course.operations)
    here = names.index(progress.operation) + 1
    for name in (*names[here:], *names[:here]):
        if any(progress.of(step) is None for step in course.steps[name]):
            return name
    return None


def beside(file: Path) -> Path:
    """Return the path of the progress file, which stands beside the student's file."""
    return file.with_name(f".{file.stem}.lesson.json")


def read(path: Path, course: Course) -> tuple[Progress, str]:
    """Return the progress so far, or from the beginning; and what is wrong with the file.

    What cannot be understood is begun anew: it can be judged again, so that nothing is lost.
    """
    try:
        return _understood(json.loads(path.read_text("utf-8")), course), ""
    except FileNotFoundError:
        return begun(course), ""
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        why = str(error) or type(error).__name__
        trouble = f"{path.name} cannot be understood ({why}), so the lesson begins anew"
        return begun(course), trouble


def _understood(data: Any, course: Course) -> Progress:
    if data["format"] != _FORMAT or data["operation"] not in course.operations:
        raise ValueError("it is not of this version")
    stuck = data["stuck"]
    passed = {
        name: {step: _passed(**figures) for step, figures in steps.items()}
        for name, steps in data["passed"].items()
    }
    stuck = stuck and Stuck(str(stuck["way"]), int(stuck["level"]))
    return Progress(data["operation"], passed, stuck)


def _passed(code: Any, checks: Any, cases: Any, worst: Any) -> Passed:
    return Passed(str(code), int(checks), int(cases), float(worst))


def write(path: Path, progress: Progress) -> None:
    """Keep the progress; a reader finds the old one or the new one, whole.

    Raises:
        ProgressError: where the file cannot be written.
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
