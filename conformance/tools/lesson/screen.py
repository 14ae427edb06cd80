"""What a lesson says on the terminal. Colour only repeats what symbols and words say."""

import shlex
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext

from rich.console import Console
from rich.text import Text

from conformance.record.file import Line
from conformance.record.vocabulary import Kind
from conformance.report.columns import Page
from conformance.report.numbers import counted, share
from conformance.report.safe_text import spelled
from conformance.spec.operation import Operation
from conformance.spec.signature import calls, rows
from conformance.tools.lesson.course import Course, Step
from conformance.tools.lesson.hints import Hint
from conformance.tools.lesson.progress import Passed, Print, Progress

_INDENT = 17
_NARROWEST = 40
_ASKS: Mapping[str, str] = {
    Kind.VALUE: "{function} returns the right result.",
    Kind.GRADIENT: "{function} returns the right gradient of {argument}.",
    Kind.DTYPE: "All of it again in every dtype: float32 in, float32 out.",
    Kind.EDGE: "Where an axis is empty, the result has its shape all the same; or it is refused.",
    Kind.SPECIAL: "NaN, infinities, zeros of either sign, huge and tiny numbers: without a "
    "warning where all goes well.",
    Kind.REFUSAL: "Bad input raises an ordinary exception, good input does not:",
    Kind.PURE: "Inputs and global state are left alone, and the same call gives the same result.",
    Kind.CONVENTION: "Mathematics leaves a choice; one answer is given throughout:",
}
_SUBJECTS: Mapping[str, str] = {
    Kind.VALUE: "the result",
    Kind.GRADIENT: "the gradient of {argument}",
    Kind.DTYPE: "the dtypes of results",
    Kind.EDGE: "empty arrays",
    Kind.SPECIAL: "special numbers",
    Kind.REFUSAL: "bad input",
    Kind.PURE: "what is left behind",
    Kind.CONVENTION: "the choice {argument}",
}
_IN_A_TUPLE = "The gradients come as a tuple: {names}. None stands for one not yet written."


class Screen:
    """A console with what a lesson says on it."""

    def __init__(self, console: Console, file: str, *, waits: bool) -> None:
        self._console = console
        self._page = Page(max(console.width, _NARROWEST), console.encoding)
        self._file = file
        # In a command, which is there to be copied.
        self._argument = shlex.quote(file)
        self.waits = waits

    def _print(self, lines: Iterable[Text]) -> None:
        for line in lines:
            line.rstrip()
            self._console.print(line, soft_wrap=True, highlight=False)

    def tell(self, words: str, style: str = "", indent: int = 0, label: str = "") -> None:
        """Show a remark, over as many lines as it needs."""
        self._print(self._page.wrapped(words, indent, style, label))

    def gap(self) -> None:
        """Show an empty line."""
        self._print([Text()])

    def trouble(self, words: str) -> None:
        """Tell why nothing can be judged at present."""
        self.tell(f"! {words}", "magenta")

    def busy(self, words: str) -> AbstractContextManager[object]:
        """Tell that something takes a moment, where the words can be taken back."""
        if not self._console.is_terminal:
            return nullcontext()
        return self._console.status(Text(self._page.say(words)), spinner="line")

    def entering(self, course: Course, operation: Operation) -> None:
        """Show an operation that begins: its formula, its calls, its inputs."""
        names = list(course.operations)
        remark = f"operation {names.index(operation.name) + 1} of {len(names)}"
        self._print(self._page.heading(operation.name, remark))
        self.tell(operation.lesson.sentence if operation.lesson else "")
        self.gap()
        self.tell(operation.formula, "bold", 4)
        for call in calls(operation):
            self.tell(call, indent=4)
        for name, words in rows(operation).items():
            self.tell(words, indent=_INDENT + 2, label=name)
        for note in operation.notes:
            self.tell(note, indent=4)

    def step(self, operation: Operation, step: Step, steps: Sequence[Step]) -> None:
        """Tell what a step asks for."""
        remark = f"step {steps.index(step) + 1} of {len(steps)}"
        self._print(self._page.heading(f"{operation.name}: {step.name}", remark))
        words = _ASKS[step.kind].format(function=step.functions[0], argument=step.argument)
        names = list(operation.gradients)
        is_first = len(names) > 1 and step.argument == names[0]
        self.tell(f"{words} {_IN_A_TUPLE.format(names=', '.join(names))}" if is_first else words)
        for row in _particulars(operation, step):
            self.tell(f"- {row}", indent=4)

    def stub_added(self, name: str) -> None:
        """Tell that the file has been given something to fill in."""
        words = f"{self._file}: a stub of {name} is at its end, to be filled in."
        self.tell(words + " Load it anew in your editor." * self.waits, "cyan")

    def unwritten(self, words: str) -> None:
        """Tell that there is nothing to judge yet."""
        self.tell(f"○ not written yet ({words})", "cyan")
        if self.waits:
            self.tell(f"Write it in {self._file}, and save.", "dim", 2)

    def passed(self, step: Step, passed: Passed, remarks: Iterable[str]) -> None:
        """Tell that a step is passed, with remarks such as another valid answer than torch's."""
        figures = f"{counted(passed.cases)} cases, {_worst(passed.worst)}"
        self.tell(f"✓ {step.operation}: {step.name}: {figures}", "green")
        for remark in remarks:
            self.tell(f"≈ {remark}", "yellow", 2)

    def failed(self, line: Line, levels: Sequence[Hint], count: int) -> None:
        """Tell that a check fails, and show so many of its hints."""
        words = _SUBJECTS[line["check"]].format(argument=line["argument"])
        if line["check"] == Kind.SPECIAL and line["argument"]:
            words += f", in the gradient of {line['argument']}"
        # Only of rules that are not kept is there a convention that fails.
        verdict = line.get("convention") or line["verdict"]
        words = f"✗ {line['operation']}: {words}, in {line['dtype']}: {verdict}"
        self.tell(words, "bold red")
        self.hints(levels, 0, count)

    def hints(self, levels: Sequence[Hint], first: int, end: int) -> None:
        """Show some of the hints, and tell how to see the next."""
        for number, level in enumerate(levels[first:end], first):
            if number:
                self.tell(level.title, "bold", 2)
            for label, words in level.rows:
                self.tell(words, indent=_INDENT if number or label else 4, label=label)
        words = "(All hints are shown.)"
        if end < len(levels):
            how = "Press Enter" if self.waits else "Judge it again"
            words = f"{how} for the next hint: {levels[end].title}."
        self.tell(words, "dim", 2)

    def summary(self, name: str, passed: Sequence[Passed]) -> None:
        """Tell that an operation is done, and what was judged."""
        checks, cases = sum(step.checks for step in passed), sum(step.cases for step in passed)
        worst = _worst(max((step.worst for step in passed), default=0.0))
        words = f"{checks} checks, {counted(cases)} cases, {worst}"
        self.tell(f"✓ {name} conforms: {words}.", "bold green")

    def finished(self, course: Course) -> None:
        """Tell that nothing is left to teach."""
        title = f"All {len(course.operations)} operations conform"
        self._print(self._page.heading(title, self._file))
        self.tell("Judge all of it at once, and the networks made of it:")
        self.tell(f"nn-conformance run {self._argument} --isolate", indent=2)

    def goes_on(self, where: str) -> None:
        """Tell where the lesson is interrupted."""
        self.gap()
        self.tell(f"It goes on at {where}: nn-conformance lesson {self._argument}")

    def listed(self, course: Course, progress: Progress, code: Print) -> None:
        """Show all operations, with what is passed, changed since, and to come."""
        for name, steps in course.steps.items():
            count = sum(progress.of(step) is not None for step in steps)
            sign, style = ("◐", "yellow") if count else ("○", "")
            if count == len(steps):
                sign, style = "✓", "green"
            figures = f"{count} of {len(steps)}"
            row = f"{sign} {name:<34}{figures:>9}  {_remark(steps, progress, code)}"
            # A page's own lines have no columns: they close up what is more than one space.
            row = self._page.cut(spelled(row, self._page.encoding), self._page.edge)
            self._print([Text(row, style)])


def _remark(steps: Sequence[Step], progress: Progress, code: Print) -> str:
    """Return whether an operation is being worked on, and what is to be done in it."""
    states = {step: progress.of(step) for step in steps}
    old = [step.name for step, passed in states.items() if passed and passed.code != code(step)]
    rest = [step.name for step, passed in states.items() if not passed]
    words = ["here"] if steps[0].operation == progress.operation else []
    words += [f"changed since: {', '.join(old)}"] if old else []
    words += [f"{rest[0]} is next"] if rest and len(rest) < len(states) and not old else []
    return ": ".join(words)


def _worst(worst: float) -> str:
    return f"worst error {share(worst)} × its bound" if worst else "each exactly right"


def _particulars(operation: Operation, step: Step) -> list[str]:
    """Return what a step asks for, item by item."""
    if step.kind == Kind.REFUSAL:
        return list(dict.fromkeys(refusal.rule for refusal in operation.refusals))
    return [
        f"{convention.question}: {', '.join(answer.name for answer in convention.answers)}"
        for convention in operation.conventions
        if step.kind == Kind.CONVENTION
    ]
