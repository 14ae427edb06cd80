"""A step of a lesson, judged: in isolation, check by check, up to the first that is not passed."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from conformance.implementation.load_error import LoadError
from conformance.record.facts import real
from conformance.record.file import Line
from conformance.record.vocabulary import PASSED, Verdict
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
        return None if self.lines[-1]["verdict"] in PASSED else self.lines[-1]

    @property
    def answers(self) -> list[str]:
        """Return other valid answers than torch's, by question."""
        others = [line for line in self.lines if line["verdict"] == Verdict.CONVENTION]
        return list(dict.fromkeys(f"{line['argument']}: {line['convention']}" for line in others))

    def passed(self, code: str) -> Passed:
        """Return the figures of a step that is passed by this code."""
        ratios = [real(line["worst_ratio"]) or 0.0 for line in self.lines]
        return Passed(code, len(self.lines), sum(line["cases"] for line in self.lines), max(ratios))


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
        for name in checks_in(step, self._run.checks, self._run.contender.dtypes):
            lines.append(judge_check(self._run, name))
            if lines[-1]["verdict"] not in PASSED:
                break
        return Judged(tuple(lines))


def isolated(file: Path, timeout: float) -> Desk:
    """Return a desk that judges a file in a process of its own, which may hang or crash."""
    # Bytecode is told from its source by size and whole seconds: two quick saves are too near.
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    return Desk(lambda: Run(Settings(str(file), isolate=True, timeout=timeout)))
