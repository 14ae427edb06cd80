"""The lesson itself: what is judged when the file is saved, and what is said then."""

from pathlib import Path

from conformance.record.file import Line
from conformance.record.vocabulary import Verdict
from conformance.spec.operation import Operation
from conformance.tools.app import CONFORMS, COULD_NOT_JUDGE, DOES_NOT, stop
from conformance.tools.lesson import progress as states
from conformance.tools.lesson.course import Course, Step
from conformance.tools.lesson.hints import Hint, hints, way
from conformance.tools.lesson.judging import Desk
from conformance.tools.lesson.progress import Progress
from conformance.tools.lesson.screen import Screen
from conformance.tools.lesson.source import Source, SourceError, beginning, missing_stubs, parsed


class Teacher:
    """A lesson on one file: its course, its progress, and what it said last.

    What judging came to is an exit code of the command.
    """

    def __init__(
        self, file: Path, course: Course, desk: Desk, screen: Screen, progress: Progress
    ) -> None:
        self.file = file
        self.progress = progress
        self.finished = False
        self.seen = b""
        self._course = course
        self._desk = desk
        self._screen = screen
        self._levels: tuple[Hint, ...] = ()
        self._step: Step | None = None

    @property
    def where(self) -> str:
        """Return the operation and step that are being worked on."""
        step = self._step
        return f"{step.operation}, {step.name}" if step else self.progress.operation

    def begin(self) -> None:
        """Show the operation that is being worked on, its stub in the file; end where it cannot be.

        Raises:
            states.ProgressError: where the progress cannot be written.
        """
        self._keep(self.progress)
        name, stuck = self.progress.operation, self.progress.stuck
        operation = self._course.operations[name]
        # A script that judges again and again need not be told all of it each time.
        if self._screen.waits or not (self.progress.passed.get(name) or stuck):
            self._screen.entering(self._course, operation)
        if self._give_stub(operation):
            self._screen.stub_added(name)

    def judged(self, *, once: bool = False) -> int:
        """Judge what is being worked on, and go on as far as it is passed; or by one step."""
        try:
            source = self._source()
        except SourceError as error:
            return self._could_not(str(error))
        with self._screen.busy("loading"):
            trouble = self._desk.load()
        if trouble:
            return self._could_not(trouble)
        return self._from_here(self.code(source), once=once)

    def saved(self) -> int:
        """Judge the file, which has changed."""
        self._screen.gap()
        return self.judged()

    def lost(self) -> None:
        """Tell that the file is not there any more."""
        self._could_not(f"{self.file.name} is not there; once it is saved, the lesson goes on")

    def reveal(self) -> None:
        """Show one more hint of the failure that was shown last; once all are, nothing."""
        stuck = self.progress.stuck
        if not self._levels or stuck is None:
            self._screen.tell("Nothing more is to be shown before the file is saved.", "dim")
        elif stuck.level < len(self._levels):
            self._keep(states.with_hint(self.progress))
            self._screen.hints(self._levels, stuck.level, stuck.level + 1)

    def show_progress(self) -> None:
        """Show how far the student is.

        Raises:
            SourceError: where the file is no Python.
        """
        source = self._source() if self.file.exists() else parsed(b"", self.file.name)
        self._screen.listed(self._course, self.progress, self.code(source))

    def code(self, source: Source) -> states.Print:
        """Return the fingerprints of the steps in a file."""
        return lambda step: source.print(step.functions)

    def _could_not(self, why: str) -> int:
        self._levels = ()
        self._screen.trouble(why)
        return COULD_NOT_JUDGE

    def _keep(self, progress: Progress) -> None:
        states.write(states.beside(self.file), progress)
        self.progress = progress

    def _source(self) -> Source:
        try:
            self.seen = self.file.read_bytes()
        except OSError as error:
            raise SourceError(f"{self.file.name} cannot be read: {error.strerror}") from None
        return parsed(self.seen, self.file.name)

    def _give_stub(self, operation: Operation) -> bool:
        """Add to the file what it lacks of an operation; nothing that is there is touched."""
        try:
            if self.file.exists():
                added = missing_stubs(self._source(), operation)
            else:
                added = beginning(operation, self.file.name)
            if added:
                with self.file.open("ab") as stream:
                    stream.write(added)
        except OSError as error:
            stop(f"{self.file} cannot be written: {error.strerror}. Give a place that can be.")
        except SourceError as error:
            self._screen.trouble(f"no stub is added: {error}")
            return False
        return bool(added)

    def _left(self, code: states.Print) -> list[Step]:
        """Return the steps of the present operation that are not passed."""
        return states.left(self._course.steps[self.progress.operation], self.progress, code)

    def _from_here(self, code: states.Print, *, once: bool) -> int:
        while steps := self._left(code):
            is_new = self.progress.of(steps[0]) is None
            if result := self._take(steps[0], code):
                return result
            if once and is_new and (left := self._left(code)):
                rest = f"{len(left)} step{'s' * (len(left) != 1)} of {left[0].operation}"
                self._screen.tell(f"Next: {left[0].name}; {rest} to go.", "dim", 2)
                return CONFORMS
        if result := self._leave(code):
            return result
        if once and not self.finished:
            self._screen.tell(f"Next: {self.progress.operation}.", "dim", 2)
        if self.finished or once:
            return CONFORMS
        self.begin()
        return self.judged()

    def _leave(self, code: states.Print) -> int:
        """Go from a finished operation to the next, once all that had passed is as it was."""
        name = self.progress.operation
        figures = [self.progress.of(step) for step in self._course.steps[name]]
        self._screen.summary(name, [passed for passed in figures if passed])
        for step in states.changed(self._course, self.progress, code):
            if result := self._take(step, code):
                return result
        coming = states.following(self._course, self.progress)
        if coming is None:
            self.finished = True
            self._screen.finished(self._course)
        else:
            self._keep(states.moved(self.progress, coming))
        return CONFORMS

    def _take(self, step: Step, code: states.Print) -> int:
        """Judge one step, and tell what it came to."""
        before = self.progress.of(step)
        if before is None:
            self._announce(step)
        with self._screen.busy(f"judging {step.operation}: {step.name}"):
            judged = self._desk.judge(step)
        self._levels = ()
        if judged.bad is None:
            passed = judged.passed(code(step))
            self._keep(states.with_passed(self.progress, step, passed))
            self._screen.passed(step, passed, judged.remarks)
            return CONFORMS
        if before is not None:
            words = f"{step.operation}: {step.name} had passed before its code was changed."
            self._screen.tell(words, "bold")
            self._announce(step)
        return self._not_passed(step, judged.bad)

    def _announce(self, step: Step) -> None:
        if step != self._step:
            operation = self._course.operations[step.operation]
            self._screen.step(operation, step, self._course.steps[step.operation])
            self._step = step

    def _not_passed(self, step: Step, line: Line) -> int:
        if line["verdict"] == Verdict.ERRORED:
            return self._could_not(line["message"] or "it could not be judged")
        if line["verdict"] == Verdict.NOT_PROVIDED:
            self._keep(states.without(self.progress, step))
            self._screen.unwritten(line["message"] or "")
            return DOES_NOT
        self._levels = hints(line, self._course.operations[step.operation])
        self._keep(states.with_failed(self.progress, step, way(line)))
        assert self.progress.stuck is not None
        self._screen.failed(line, self._levels, self.progress.stuck.level)
        return DOES_NOT
