"""What `nn-conformance run` puts in the place of pytest's terminal: progress, and real errors.

What a check comes to stands in the report. Here is said what no report can tell: that tests could
not be collected, or that a process of the run's own could not start.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conformance.run.progress_bar import Bar


class Watching:
    """A plugin of the run's own process; its workers have none."""

    def __init__(self, bar: Bar) -> None:
        self._bar = bar
        self._seen: set[str] = set()

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """How many checks there are, where all run in this process."""
        self._bar.expect(len(session.items))

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, node: Any, ids: list[str]) -> None:  # noqa: ARG002
        """How many there are, as a worker tells."""
        self._bar.expect(len(ids))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A check is done with its call, or with what kept it from being called."""
        is_over = report.when == "call" or not report.passed
        if is_over and report.nodeid not in self._seen:
            self._seen.add(report.nodeid)
            self._bar.advance(failed=report.failed)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """What cannot be collected is an error of the suite's own."""
        if report.failed:
            self._say(f"error: the checks could not be collected:\n{report.longrepr}")

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:
        """A worker that goes down without having judged anything is in no report."""
        if error and not self._seen:
            self._say(f"error: the process {node.gateway.id} went down: {error}")

    def pytest_internalerror(self) -> None:
        """Pytest prints it, where nothing may be drawn over it."""
        self._bar.close()

    def pytest_keyboard_interrupt(self) -> None:
        """The report that follows says what was not reached."""
        self._bar.close()

    def pytest_sessionfinish(self) -> None:
        """The report is next."""
        self._bar.close()

    def _say(self, words: str) -> None:
        self._bar.close()
        print(words, file=sys.stderr)  # noqa: T201 - pytest, which would, has no terminal here
