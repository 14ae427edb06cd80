"""The plugin that stands in for pytest's terminal in `nn-conformance run`.

It shows progress, and the errors that no report can tell: tests that could not be collected, and
a worker that could not start. The verdicts are in the report.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conformance.run.progress_bar import Bar


class Watching:
    """A pytest plugin of the main process; the workers have none."""

    def __init__(self, bar: Bar) -> None:
        self._bar = bar
        self._seen: set[str] = set()

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Set the total, where all tests run in this process."""
        self._bar.expect(len(session.items))

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, node: Any, ids: list[str]) -> None:  # noqa: ARG002
        """Set the total that a worker reports."""
        self._bar.expect(len(ids))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count a check as done after its call, or after a failure before the call."""
        is_over = report.when == "call" or not report.passed
        if is_over and report.nodeid not in self._seen:
            self._seen.add(report.nodeid)
            self._bar.advance(failed=report.failed)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Print why tests could not be collected: an error of the suite's own."""
        if report.failed:
            self._say(f"error: the checks could not be collected:\n{report.longrepr}")

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:
        """Print the error of a worker that died before any check was judged."""
        if error and not self._seen:
            self._say(f"error: the process {node.gateway.id} went down: {error}")

    def pytest_internalerror(self) -> None:
        """Close the bar, so that it does not draw over the error that pytest prints."""
        self._bar.close()

    def pytest_keyboard_interrupt(self) -> None:
        """Close the bar; the report says which checks were not reached."""
        self._bar.close()

    def pytest_sessionfinish(self) -> None:
        """Close the bar before the report."""
        self._bar.close()

    def _say(self, words: str) -> None:
        self._bar.close()
        print(words, file=sys.stderr)  # noqa: T201 - pytest, which would, has no terminal here
