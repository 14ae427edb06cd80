"""A step of a lesson, judged: in isolation, check by check, up to the first that is not passed."""

import os
from collections.abc import Callable, Iterator, Sequence
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
        """The line that is not passed; None where all are."""
        last = self.lines[-1]
        return None if last["verdict"] in PASSED else last

    @property
    def answers(self) -> list[str]:
        """Other valid answers than torch's, by question."""
        return list(
            dict.fromkeys(
                f"{line['argument']}: {line['convention']}"
                for line in self.lines
                if line["verdict"] == Verdict.CONVENTION
            )
        )

    def passed(self, code: str) -> Passed:
        """The figures of a step that is passed by this code."""
        ratios = [real(line["worst_ratio"]) or 0.0 for line in self.lines]
        return Passed(code, len(self.lines), sum(line["cases"] for line in self.lines), max(ratios))


class Desk:
    """Where a file is judged: the cases and torch stay here, the file is loaded anew."""

    def __init__(self, begin: Callable[[], Run]) -> None:
        self._begin = begin
        self._run: Run | None = None

    def load(self) -> str:
        """Load the file as it is now; why it cannot be, or nothing."""
        self._run = self._begin()
        try:
            _ = self._run.contender
        except LoadError as error:
            return str(error)
        return ""

    def judge(self, step: Step) -> Judged:
        """Judge a step of the file that was loaded."""
        assert self._run is not None
        names = checks_in(step, self._run.checks, self._run.contender.dtypes)
        return Judged(tuple(_up_to_the_first_bad(self._run, names)))


def _up_to_the_first_bad(run: Run, names: Sequence[str]) -> Iterator[Line]:
    for name in names:
        line = judge_check(run, name)
        yield line
        if line["verdict"] not in PASSED:
            return


def isolated(file: Path, timeout: float) -> Desk:
    """A desk for a file that may hang or crash."""
    # Bytecode is told from its source by size and whole seconds: two quick saves are too near.
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    return Desk(lambda: Run(Settings(str(file), isolate=True, timeout=timeout)))
