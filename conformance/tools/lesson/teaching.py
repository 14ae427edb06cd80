"""The lesson itself: what is judged when the file is saved, and what is said then."""

from pathlib import Path
from typing import Protocol

from conformance.record.file import Line
from conformance.tools.lesson import progress as states
from conformance.tools.lesson.course import Course, Lesson, Step
from conformance.tools.lesson.hints import Hint, hints, way
from conformance.tools.lesson.judging import Judged
from conformance.tools.lesson.progress import Progress
from conformance.tools.lesson.screen import Screen
from conformance.tools.lesson.source import Source, SourceError, beginning, missing_stubs, parsed

# What judging came to; the command ends with the same numbers.
CONFORMS, DOES_NOT, COULD_NOT = 0, 1, 2


class LessonError(Exception):
    """The lesson cannot be given here, and why."""


class Judge(Protocol):
    """What a lesson asks to judge a file by."""

    def load(self) -> str:
        """Load the file as it is now; why it cannot be, or nothing."""

    def judge(self, step: Step) -> Judged:
        """Judge a step of the file that was loaded."""


class Teacher:
    """A lesson on one file: its course, its progress, and what it said last."""

    def __init__(
        self, file: Path, course: Course, judge: Judge, screen: Screen, progress: Progress
    ) -> None:
        self.file = file
        self.progress = progress
        self.finished = False
        self.seen = b""
        self._course = course
        self._judge = judge
        self._screen = screen
        self._levels: tuple[Hint, ...] = ()
        self._step: Step | None = None

    @property
    def where(self) -> str:
        """The operation and step that are being worked on."""
        step = self._step
        return f"{step.operation}, {step.name}" if step else self.progress.operation

    def begin(self) -> None:
        """Show the operation that is being worked on, its stub in the file.

        Raises:
            LessonError: where the file cannot be written.
            states.ProgressError: where the progress cannot.
        """
        self._keep(self.progress)
        lesson = self._lesson
        # A script that judges again and again need not be told all of it each time.
        if self._screen.waits or not self._is_begun:
            names = list(self._course.lessons)
            self._screen.entering(lesson, names.index(lesson.name) + 1, len(names))
        if self._give_stub(lesson):
            self._screen.stub_added(lesson)

    def judged(self, *, once: bool = False) -> int:
        """Judge what is being worked on, and go on as far as it is passed; or by one step."""
        try:
            source = self._source()
        except SourceError as error:
            return self._could_not(str(error))
        with self._screen.busy("loading"):
            trouble = self._judge.load()
        if trouble:
            return self._could_not(trouble)
        return self._from_here(source, once=once)

    def saved(self) -> int:
        """The file has changed: judge it."""
        self._screen.gap()
        return self.judged()

    def lost(self) -> None:
        """The file is not there any more."""
        self._could_not(f"{self.file.name} is not there; once it is saved, the lesson goes on")

    def reveal(self) -> None:
        """Show one more hint of the failure that was shown last; once all are, nothing."""
        stuck = self.progress.stuck
        if not self._levels or stuck is None:
            self._screen.say("Nothing more is to be shown before the file is saved.", "dim")
            return
        if stuck.level >= len(self._levels):
            return
        self._keep(states.with_hint(self.progress))
        self._screen.more(self._levels, stuck.level + 1)

    def code(self, source: Source) -> states.Print:
        """The fingerprints of the steps in a file."""
        return lambda step: source.print(step.functions)

    @property
    def _lesson(self) -> Lesson:
        return self._course.lessons[self.progress.operation]

    @property
    def _is_begun(self) -> bool:
        """Whether anything of the present operation was judged before."""
        return bool(self.progress.passed.get(self.progress.operation) or self.progress.stuck)

    def _could_not(self, why: str) -> int:
        self._levels = ()
        self._screen.trouble(why)
        return COULD_NOT

    def _keep(self, progress: Progress) -> None:
        states.write(states.place(self.file), progress)
        self.progress = progress

    def _source(self) -> Source:
        try:
            self.seen = self.file.read_bytes()
        except OSError as error:
            raise SourceError(f"{self.file.name} cannot be read: {error.strerror}") from None
        return parsed(self.seen, self.file.name)

    def _give_stub(self, lesson: Lesson) -> bool:
        """Add to the file what it lacks of an operation; nothing that is there is touched."""
        try:
            if not self.file.exists():
                self.file.write_bytes(beginning(lesson.operation, self.file.name))
                return True
            added = missing_stubs(self._source(), lesson.operation)
            if added:
                with self.file.open("ab") as stream:
                    stream.write(added)
        except OSError as error:
            raise LessonError(
                f"{self.file} cannot be written: {error.strerror}. Give a place that can be."
            ) from error
        except SourceError as error:
            self._screen.trouble(f"no stub is added: {error}")
            return False
        return bool(added)

    def _from_here(self, source: Source, *, once: bool) -> int:
        code = self.code(source)
        while (step := states.current(self._lesson, self.progress, code)) is not None:
            new = self.progress.of(step) is None
            if result := self._take(step, code):
                return result
            left = states.left(self._lesson, self.progress, code)
            if once and new and left:
                self._screen.next_step(left)
                return CONFORMS
        if result := self._leave(code):
            return result
        if once and not self.finished:
            self._screen.next_operation(self.progress.operation)
        if self.finished or once:
            return CONFORMS
        self.begin()
        return self.judged()

    def _leave(self, code: states.Print) -> int:
        """From a finished operation to the next, once all that had passed is as it was."""
        self._screen.summary(self._lesson, self.progress)
        for step in states.changed(self._course, self.progress, code):
            if result := self._take(step, code):
                return result
        name = states.following(self._course, self.progress)
        if name is None:
            self.finished = True
            self._screen.finished(self._course)
        else:
            self._keep(states.moved(self.progress, name))
        return CONFORMS

    def _take(self, step: Step, code: states.Print) -> int:
        """Judge one step, and say what it came to."""
        before = self.progress.of(step)
        if before is None:
            self._announce(step)
        with self._screen.busy(f"judging {step.operation}: {step.name}"):
            judged = self._judge.judge(step)
        if judged.bad is None:
            passed = judged.passed(code(step))
            self._levels = ()
            self._keep(states.with_passed(self.progress, step, passed))
            self._screen.passed(step, passed, judged.answers)
            return CONFORMS
        if before is not None:
            self._screen.passed_before(step)
            self._announce(step)
        return self._not_passed(step, judged.bad)

    def _announce(self, step: Step) -> None:
        if step != self._step:
            self._screen.step(self._course.lessons[step.operation], step)
            self._step = step

    def _not_passed(self, step: Step, line: Line) -> int:
        self._levels = ()
        if line["verdict"] == "errored":
            return self._could_not(line["message"] or "it could not be judged")
        if line["verdict"] == "not provided":
            self._keep(states.without(self.progress, step))
            self._screen.unwritten(line["message"] or "")
            return DOES_NOT
        levels = hints(line, self._course.lessons[step.operation].operation)
        self._keep(states.with_failed(self.progress, step, way(line)))
        assert self.progress.stuck is not None
        self._levels = levels
        self._screen.failed(line, levels, self.progress.stuck.level)
        return DOES_NOT
