"""A run as a command of its own: pytest does the work, and shows nothing itself.

The surroundings have no influence: neither pytest's options in the environment, nor installed
plugins. Some of these need pytest's terminal, which is switched off here.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import resources

import pytest

from conformance.run import options
from conformance.run.progress_bar import Bar
from conformance.run.settings import Settings
from conformance.run.watching import Watching

_PLUGINS = ("xdist.plugin", "conformance.plugin", "no:terminal")
_SETTINGS = ("PYTEST_ADDOPTS", "PYTEST_PLUGINS", "PYTEST_DISABLE_PLUGIN_AUTOLOAD")


def run(settings: Settings, more: Sequence[str]) -> int:
    """Run pytest with these settings and further options; return its exit code."""
    ini = str(resources.files("conformance").joinpath("run/pytest.ini"))
    loaded = [word for name in _PLUGINS for word in ("-p", name)]
    suite = ["--pyargs", "conformance.suite", "-c", ini, "--rootdir", ".", "--noconftest"]
    line = [*loaded, *suite, *options.words(settings), *more]
    with _alone(), Bar(settings.implementation, "checks") as bar:
        return int(pytest.main(line, plugins=[Watching(bar)]))


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
