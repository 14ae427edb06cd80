"""A run as a command of its own: pytest does the work, and shows nothing itself.

The surroundings have no influence: neither pytest's options in the environment, nor installed
plugins. Some of these need pytest's terminal, which is switched off here.
"""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from importlib import resources
from typing import Any

import pytest

from conformance.run import options
from conformance.run.progress_bar import Bar
from conformance.run.settings import Settings

_PLUGINS = ("xdist.plugin", "conformance.plugin", "no:terminal")
_SETTINGS = ("PYTEST_ADDOPTS", "PYTEST_PLUGINS", "PYTEST_DISABLE_PLUGIN_AUTOLOAD")


def run(settings: Settings, more: Sequence[str]) -> int:
    """Run pytest with these settings and further options; return its exit code."""
    ini = str(resources.files("conformance").joinpath("run/pytest.ini"))
    loaded = [word for name in _PLUGINS for word in ("-p", name)]
    suite = ["--pyargs", "conformance.suite", "-c", ini, "--rootdir", ".", "--noconftest"]
    line = [*loaded, *suite, *options.words(settings), *more]
    with _alone(), closing(Bar(settings.name, "checks")) as bar:
        return int(pytest.main(line, plugins=[_Watching(bar)]))


@contextmanager
def _alone() -> Iterator[None]:
    """Keep pytest's environment variables out, here and in the workers, while this lasts."""
    before = {name: os.environ.pop(name, None) for name in _SETTINGS}
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    try:
        yield
    finally:
        del os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"]
        os.environ.update({name: value for name, value in before.items() if value is not None})


class _Watching:
    """Stands in for pytest's terminal, in the main process; the workers have none.

    It shows progress, and the errors that no report can tell: tests that could not be collected,
    and a worker that could not start. The verdicts are in the report.
    """

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

    def pytest_sessionfinish(self) -> None:
        """Close the bar, so that neither the report nor pytest's own error is drawn over."""
        self._bar.close()

    pytest_internalerror = pytest_keyboard_interrupt = pytest_sessionfinish

    def _say(self, words: str) -> None:
        self._bar.close()
        print(words, file=sys.stderr)  # noqa: T201 - pytest, which would, has no terminal here
