"""What a lesson says on the terminal. Colour only repeats what symbols and words say."""

import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext

from rich.console import Console
from rich.text import Text

from conformance.record.file import Line
from conformance.report.columns import Page
from conformance.report.numbers import counted, share
from conformance.report.safe_text import spelled
from conformance.spec.signature import explained
from conformance.tools.lesson.course import Course, Lesson, Step
from conformance.tools.lesson.hints import Hint
from conformance.tools.lesson.progress import Passed, Print, Progress

_INDENT = 17
_NARROWEST = 40
_ASKS = {
    "value": "{function} returns the right result.",
    "gradient": "{function} returns the right gradient of {argument}.",
    "dtype": "All of it again in every dtype: float32 in, float32 out.",
    "special": "NaN, infinities, zeros of either sign, huge and tiny numbers: without a warning "
    "where all goes well.",
    "refusal": "Bad input raises an ordinary exception, good input does not:",
    "pure": "Inputs and global state are left alone, and the same call gives the same result.",
    "convention": "Mathematics leaves a choice; one answer is given throughout:",
}
_IN_A_TUPLE = "The gradients come as a tuple: {names}. None stands for one not yet written."
_WHAT = {
    "value": "the result",
    "gradient": "the gradient of {argument}",
    "dtype": "the dtypes of results",
    "special": "special numbers",
    "refusal": "bad input",
    "pure": "what is left behind",
    "convention": "the choice {argument}",
}


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

    def say(self, words: str, style: str = "", indent: int = 0) -> None:
        """A remark, over as many lines as it needs."""
        self._print(self._page.wrapped(words, indent, style))

    def gap(self) -> None:
        """An empty line."""
        self._print([Text()])

    def trouble(self, words: str) -> None:
        """Why nothing can be judged at present."""
        self.say(f"! {words}", "magenta")

    def busy(self, words: str) -> AbstractContextManager[object]:
        """Something takes a moment; said only where it can be taken back."""
        if not self._console.is_terminal:
            return nullcontext()
        return self._console.status(Text(self._page.say(words)), spinner="line")

    def entering(self, lesson: Lesson, place: int, many: int) -> None:
        """An operation begins: its formula, its call, its inputs."""
        self._print(self._page.heading(lesson.name, f"operation {place} of {many}"))
        self.say(lesson.about)
        formula, calls, rows, *_ = explained(lesson.operation).split("\n\n")
        self.gap()
        self._print(self._page.wrapped(formula.splitlines()[0], 4, "bold"))
        for row in (*calls.splitlines(), *rows.splitlines()):
            self._print(self._row(row))

    def _row(self, row: str) -> Iterator[Text]:
        """A row of the contract: a call, or a name and its shape two spaces apart."""
        name, _, words = row.strip().partition("  ")
        if words and row.startswith(" "):
            yield from self._page.wrapped(words, _INDENT + 2, "", name)
        else:
            yield from self._page.wrapped(row, 4)

    def step(self, lesson: Lesson, step: Step) -> None:
        """What a step asks for."""
        steps = lesson.steps
        remark = f"step {steps.index(step) + 1} of {len(steps)}"
        self._print(self._page.heading(f"{lesson.name}: {step.name}", remark))
        self.say(self._asked(lesson, step))
        for row in _particulars(lesson, step):
            self.say(f"- {row}", indent=4)

    def _asked(self, lesson: Lesson, step: Step) -> str:
        words = _ASKS[step.kind].format(function=step.functions[0], argument=step.argument)
        names = list(lesson.operation.gradients)
        if len(names) > 1 and step.argument == names[0]:
            words += " " + _IN_A_TUPLE.format(names=", ".join(names))
        return words

    def stub_added(self, lesson: Lesson) -> None:
        """The file has been given something to fill in."""
        words = f"{self._file}: a stub of {lesson.name} is at its end, to be filled in."
        self.say(words + " Load it anew in your editor." * self.waits, "cyan")

    def unwritten(self, words: str) -> None:
        """There is nothing to judge yet."""
        told = "" if words.startswith("NotImplementedError") else f" ({words})"
        self.say(f"○ not written yet{told}", "cyan")
        if self.waits:
            self.say(f"Write it in {self._file}, and save.", "dim", 2)

    def passed(self, step: Step, passed: Passed, answers: Iterable[str]) -> None:
        """A step is passed; another valid answer than torch's is named."""
        cases = f"{counted(passed.cases)} cases"
        self.say(f"✓ {step.operation}: {step.name}: {cases}, {_worst(passed.worst)}", "green")
        for answer in answers:
            self.say(f"≈ another valid answer than torch's: {answer}", "yellow", 2)

    def failed(self, line: Line, levels: Sequence[Hint], shown: int) -> None:
        """A check fails; so many of its hints."""
        what = _WHAT[line["check"]].format(argument=line["argument"])
        if line["check"] == "special" and line["argument"]:
            what += f", in the gradient of {line['argument']}"
        words = f"✗ {line['operation']}: {what}, in {line['dtype']}: {line['verdict']}"
        self.say(words, "bold red")
        for place in range(min(shown, len(levels))):
            self.hint(levels, place)
        self._more(levels, shown)

    def hint(self, levels: Sequence[Hint], place: int) -> None:
        """One of the hints."""
        if place:
            self.say(levels[place].title, "bold", 2)
        for label, words in levels[place].rows:
            indent = _INDENT if label or place else 4
            self._print(self._page.wrapped(words, indent, "", label))

    def more(self, levels: Sequence[Hint], shown: int) -> None:
        """A further hint, by itself."""
        self.hint(levels, shown - 1)
        self._more(levels, shown)

    def _more(self, levels: Sequence[Hint], shown: int) -> None:
        how = "Press Enter" if self.waits else "Judge it again"
        if shown < len(levels):
            words = f"{how} for the next hint: {levels[shown].title}."
        else:
            words = "(All hints are shown.)"
        self.say(words, "dim", 2)

    def passed_before(self, step: Step) -> None:
        """What had been passed is not any more."""
        self.say(f"{step.operation}: {step.name} had passed before its code was changed.", "bold")

    def summary(self, lesson: Lesson, progress: Progress) -> None:
        """An operation is done: what was judged."""
        all_passed = [one for step in lesson.steps if (one := progress.of(step))]
        checks, cases = sum(one.checks for one in all_passed), sum(one.cases for one in all_passed)
        worst = max((one.worst for one in all_passed), default=0.0)
        words = f"{checks} checks, {counted(cases)} cases, {_worst(worst)}"
        self.say(f"✓ {lesson.name} conforms: {words}.", "bold green")

    def next_step(self, left: Sequence[Step]) -> None:
        """What is still to be done in an operation."""
        steps = f"{len(left)} step{'s' * (len(left) != 1)}"
        self.say(f"Next: {left[0].name}; {steps} of {left[0].operation} to go.", "dim", 2)

    def next_operation(self, name: str) -> None:
        """Another operation is to be begun."""
        self.say(f"Next: {name}.", "dim", 2)

    def forgot(self, steps: Mapping[str, int]) -> None:
        """So many steps of each operation do not count as passed any more."""
        told = [f"{many} step{'s' * (many != 1)} of {name}" for name, many in steps.items()]
        self.say(f"Forgotten: {', '.join(told)}." if told else "There was nothing to forget.")

    def finished(self, course: Course) -> None:
        """Nothing is left to teach."""
        self._print(self._page.heading(f"All {len(course.lessons)} operations conform", self._file))
        self.say("Judge all of it at once, and the networks made of it:")
        self.say(f"nn-conformance run {self._argument} --isolate", indent=2)

    def goes_on(self, where: str) -> None:
        """The lesson is interrupted."""
        self.gap()
        self.say(f"It goes on at {where}: nn-conformance lesson {self._argument}")

    def listed(self, course: Course, progress: Progress, code: Print) -> None:
        """All operations, with what is passed, changed since, and to come."""
        for lesson in course.lessons.values():
            passed = [one for one in lesson.steps if progress.of(one)]
            whole = len(passed) == len(lesson.steps)
            sign, style = ("✓", "green") if whole else ("◐", "yellow") if passed else ("○", "")
            count = f"{len(passed)} of {len(lesson.steps)}"
            row = f"{sign} {lesson.name:<34}{count:>9}  {_remark(lesson, progress, code)}"
            # A page's own lines have no columns: they close up what is more than one space.
            row = self._page.cut(spelled(row, self._page.encoding), self._page.edge)
            self._print([Text(row, style)])


def _remark(lesson: Lesson, progress: Progress, code: Print) -> str:
    """Whether an operation is being worked on, and what is to be done in it."""
    states = {one: progress.of(one) for one in lesson.steps}
    old = [one.name for one, passed in states.items() if passed and passed.code != code(one)]
    rest = [one.name for one, passed in states.items() if not passed]
    words = ["here"] if lesson.name == progress.operation else []
    words += [f"changed since: {', '.join(old)}"] if old else []
    words += [f"{rest[0]} is next"] if rest and len(rest) < len(states) and not old else []
    return ": ".join(words)


def _worst(worst: float) -> str:
    return f"worst error {share(worst)} × its bound" if worst else "each exactly right"


def _particulars(lesson: Lesson, step: Step) -> list[str]:
    """What a step asks for, one by one."""
    operation = lesson.operation
    if step.kind == "refusal":
        return list(dict.fromkeys(one.rule for one in operation.refusals))
    if step.kind == "convention":
        return [
            f"{one.question}: {', '.join(answer.name for answer in one.answers)}"
            for one in operation.conventions
        ]
    return []
