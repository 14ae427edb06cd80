"""A step of a lesson, judged: in isolation, check by check, up to the first that is not passed."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from conformance.implementation.load_error import LoadError
from conformance.record.facts import real
from conformance.record.file import Line
from conformance.record.vocabulary import PASSED, Kind, Verdict
from conformance.run.lines import judge_check
from conformance.run.run import Run
from conformance.run.settings import Settings
from conformance.tools.lesson.course import Step, checks_in
from conformance.tools.lesson.progress import Passed


@dataclass(frozen=True)
class Judged:
    """What a step came to: a line for each check up to the first that is not passed."""

    lines: tuple[Line, ...]

    @property
    def bad(self) -> Line | None:
        """Return the line that is not passed; None where all are."""
        return None if _is_passed(self.lines[-1]) else self.lines[-1]

    @property
    def remarks(self) -> list[str]:
        """Return what is to be said of a step that is passed, such as another valid answer."""
        return list(dict.fromkeys(words for line in self.lines for words in _remarks(line)))

    def passed(self, code: str) -> Passed:
        """Return the figures of a step that is passed by this code."""
        ratios = [real(line["worst_ratio"]) or 0.0 for line in self.lines]
        return Passed(code, len(self.lines), sum(line["cases"] for line in self.lines), max(ratios))


def _is_passed(line: Line) -> bool:
    """Return whether nothing stands in the way of the next check.

    A step that asks for bad input to be refused is no choice: its rules are the lesson. What is
    not judged is told by another step.
    """
    is_accepting = line["check"] == Kind.REFUSAL and line["verdict"] == Verdict.CONVENTION
    return line["verdict"] in {*PASSED, Verdict.NOT_JUDGED} and not is_accepting


def _remarks(line: Line) -> Iterator[str]:
    if line["verdict"] == Verdict.CONVENTION:
        question = f"{line['argument']}: " if line["check"] == Kind.CONVENTION else ""
        yield f"another valid answer than torch's: {question}{line['convention']}"
    if line.get("coverage"):
        yield f"offered in part; not: {', '.join(line['coverage']['missing'])}"


class Desk:
    """Where a file is judged: the cases and torch stay here, the file is loaded anew."""

    def __init__(self, begin: Callable[[], Run]) -> None:
        self._begin = begin
        self._run = begin()

    def load(self) -> str:
        """Load the file as it is now; return why it cannot be, or nothing."""
        self._run = self._begin()
        try:
            _ = self._run.contender
        except LoadError as error:
            return str(error)
        return ""

    def judge(self, step: Step) -> Judged:
        """Judge a step of the file that was loaded; return what it came to."""
        lines: list[Line] = []
        names = checks_in(step, self._run.checks, self._run.contender.dtypes)
        # What other steps ask of the same calls may not be written yet.
        self._run.wanted = frozenset(names)
        for name in names:
            lines.append(judge_check(self._run, name))
            if not _is_passed(lines[-1]):
                break
        return Judged(tuple(lines))


def isolated(file: Path, timeout: float) -> Desk:
    """Return a desk that judges a file in a process of its own, which may hang or crash."""
    # Bytecode is told from its source by size and whole seconds: two quick saves are too near.
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    return Desk(lambda: Run(Settings(str(file), isolate=True, timeout=timeout)))
