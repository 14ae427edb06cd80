"""pytest hooks, and nothing else. Loading this costs nothing: no NumPy, no torch."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from conformance.run import options

if TYPE_CHECKING:
    from collections.abc import Generator

    from conformance.api import Verdict
    from conformance.run.gather import Gathering, Session
    from conformance.run.run import Run

_RUN = pytest.StashKey["Run"]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of a conformance run."""
    options.add(parser)


def _run_of(config: pytest.Config) -> Run:
    """Return the run that the command line describes; one for each process."""
    from conformance.run.run import Run  # noqa: PLC0415 - costs nothing until it is used

    if _RUN not in config.stash:
        config.stash[_RUN] = Run(options.settings(config))
    return config.stash[_RUN]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make one test for each check and each claim, or for each check that a marker names."""
    if "conformance_verdict" in metafunc.fixturenames:
        _parametrize_marked(metafunc)
    for argument in ("conformance_check", "conformance_claim"):
        if argument in metafunc.fixturenames:
            run = _run_of(metafunc.config)
            names = list(run.checks if argument == "conformance_check" else run.claims)
            metafunc.parametrize(argument, names, ids=names)


def _parametrize_marked(metafunc: pytest.Metafunc) -> None:
    """Make one test of a project's own for each check that its marker `conformance` names."""
    from conformance.api import marked  # noqa: PLC0415

    marker = metafunc.definition.get_closest_marker("conformance")
    if marker is None:
        raise pytest.UsageError(
            f"{metafunc.definition.nodeid} asks for conformance_verdict and does not say of what. "
            f'Mark it with @pytest.mark.conformance(my_ops, operations=["conv2d"]).'
        )
    settings = options.settings(metafunc.config)
    usual = {
        "profile": settings.profile,
        "seed": settings.seed,
        "dtypes": settings.dtypes or None,
    }
    try:
        pending = marked(*marker.args, **{**usual, **marker.kwargs})
    except (TypeError, ValueError, ImportError) as error:
        raise pytest.UsageError(f"{metafunc.definition.nodeid}: {error}") from None
    metafunc.parametrize(
        "conformance_verdict", list(pending.values()), ids=list(pending), indirect=True
    )


@pytest.fixture
def conformance_verdict(request: pytest.FixtureRequest) -> Verdict:
    """Return the verdict of one check that the test's marker names."""
    verdict: Verdict = request.param()
    if not verdict.failures and not verdict.conforms:
        pytest.skip("not provided")
    return verdict


@pytest.fixture
def conformance_session(request: pytest.FixtureRequest) -> Session:
    """Return what judges checks and claims, and attaches their lines to the test's report."""
    from conformance.run.gather import Session  # noqa: PLC0415

    session = Session(_run_of(request.config))
    # This very list is in the test's report, with all that is attached during the call.
    session.properties = request.node.user_properties
    return session


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker; in the main process check the settings and gather the lines."""
    config.addinivalue_line(
        "markers",
        "conformance(implementation, operations=None, dtypes=None, profile=None, seed=None, "
        "strict=False): the implementation whose checks the fixture conformance_verdict goes "
        "through, one test each",
    )
    if hasattr(config, "workerinput"):
        return
    from conformance.run import selection  # noqa: PLC0415

    if trouble := selection.trouble(_run_of(config)):
        raise pytest.UsageError(trouble)
    config.pluginmanager.register(_Controller(config), "conformance-controller")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Remove the checks and claims that the settings, or another shard, leave out."""
    from conformance.run import selection  # noqa: PLC0415

    ids = [_id_of(item.nodeid) for item in items]
    if not any(ids):
        # Tests of a project that has none of ours: nothing is loaded for them.
        return
    chosen = selection.chosen(_run_of(config), ids)
    _run_of(config).wanted = frozenset(
        name for name, is_chosen in zip(ids, chosen, strict=True) if name and is_chosen
    )
    left = [item for item, is_chosen in zip(items, chosen, strict=True) if not is_chosen]
    if left:
        config.hook.pytest_deselected(items=left)
        items[:] = [item for item, is_chosen in zip(items, chosen, strict=True) if is_chosen]


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Send from a worker what its tests' reports do not have."""
    config = session.config
    if _RUN in config.stash and hasattr(config, "workeroutput"):
        from conformance.run.gather import owed  # noqa: PLC0415

        run = config.stash[_RUN]
        seconds = run.stopwatch.seconds
        known = {"owed": owed(run), "seconds": seconds, "versions": run.versions}
        config.workeroutput["conformance"] = json.dumps(known)


# The whole id is matched: a project may have its own test_operation or test_claim.
_ID = re.compile(r"::test_(?:operation\[(\w+/[\w/-]+\[\w+\])|claim\[([\d.]+/[\w-]+))\]$")


def _id_of(nodeid: str) -> str | None:
    """Return the id of the check or claim that a test is about; None for other tests."""
    match = _ID.search(nodeid)
    return match and (match[1] or match[2])


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Keep the checks that share trials on one worker, where the suite itself is run."""
    is_ours = "conformance.suite" in config.args or config.pluginmanager.has_plugin(_SHORT_OPTIONS)
    if not is_ours or config.getoption("dist") != "load":
        return None
    from xdist.scheduler import (  # type: ignore[import-untyped]  # noqa: PLC0415
        LoadScopeScheduling,
    )

    from conformance.record.older import named  # noqa: PLC0415

    class Together(LoadScopeScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            about = named(_id_of(nodeid) or "")
            # A claim, or another test, has no dtype.
            return f"{about['operation']}[{about['dtype']}]" if about.get("dtype") else nodeid

    return Together(config, log)


_SHORT_OPTIONS = "conformance.run.options"
_NO_TESTS = int(pytest.ExitCode.NO_TESTS_COLLECTED)


class _Controller:
    """Gathers lines as they come in; writes the record and shows it when the run is over."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._gathering: Gathering | None = None

    @property
    def _gathered(self) -> Gathering:
        from conformance.run.gather import Gathering  # noqa: PLC0415

        if self._gathering is None:
            self._gathering = Gathering(_run_of(self._config))
        return self._gathering

    def _select(self, nodeids: list[str]) -> None:
        names = {name for name in map(_id_of, nodeids) if name}
        if names:
            self._gathered.selected |= names

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self._select([item.nodeid for item in session.items])

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, node: Any, ids: list[str]) -> None:  # noqa: ARG002
        self._select(ids)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:  # noqa: ARG002
        known = getattr(node, "workeroutput", {}).get("conformance")
        if known is not None:
            fields = json.loads(known)
            self._gathered.owed = fields["owed"]
            self._gathered.versions |= fields["versions"]
            self._gathered.add_seconds(fields["seconds"])

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        name = _id_of(report.nodeid)
        if name is None:
            return
        self._gathered.take(report.user_properties)
        if report.failed:
            self._gathered.failed(name, str(report.longrepr).strip()[-500:])

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_sessionfinish(
        self, session: pytest.Session, exitstatus: int
    ) -> Generator[None, None, None]:
        """Write the record and print the report, after pytest's own summary."""
        yield
        if self._gathering is not None and self._gathering.selected:
            # 0 and 1: all tests ran. Other codes: interrupted, or an error of pytest.
            self._finish(session, complete=int(exitstatus) in {0, 1})
        elif options.named(self._config) and int(exitstatus) == _NO_TESTS:
            reporter = self._config.pluginmanager.get_plugin("terminalreporter")
            if reporter is not None:
                reporter.write_line(
                    "error: no check is among the tests of this place. Judge it from anywhere "
                    f"with: nn-conformance run {options.named(self._config)}"
                )

    def _finish(self, session: pytest.Session, *, complete: bool) -> None:
        from conformance.run import finish as showing  # noqa: PLC0415

        self._gathered.add_seconds(self._gathered.run.stopwatch.seconds)
        reporter = self._config.pluginmanager.get_plugin("terminalreporter")
        console = showing.console_of(reporter and reporter._tw)  # noqa: SLF001
        shown = showing.finish(self._gathered, complete=complete)
        if reporter is not None:
            console.print()
        showing.show(shown, console, timing=_run_of(self._config).settings.timing)
        if reporter is None:
            showing.show_beyond(self._gathered.beyond, console)
        if shown.trouble:
            session.exitstatus = pytest.ExitCode.INTERNAL_ERROR
        elif options.named(self._config) and shown.offers_nothing:
            console.print(f"error: {showing.NOTHING}", markup=False)
            session.exitstatus = pytest.ExitCode.USAGE_ERROR
