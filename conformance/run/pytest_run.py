"""A run as a command of its own: pytest does the work, and is neither seen nor disturbed.

No setting of the place it is run from matters: neither pytest's options in the environment nor
plugins that happen to be installed, which may rely on the terminal that is switched off here.
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
    """Judge as the settings say, with more of pytest's options; return pytest's exit code."""
    ini = str(resources.files("conformance").joinpath("run/pytest.ini"))
    loaded = [word for name in _PLUGINS for word in ("-p", name)]
    suite = ["--pyargs", "conformance.suite", "-c", ini, "--rootdir", "."]
    asked = [*loaded, *suite, *options.words(settings), *more]
    with _alone(), Bar(settings.implementation, "checks") as bar:
        return int(pytest.main(asked, plugins=[Watching(bar)]))


@contextmanager
def _alone() -> Iterator[None]:
    """Without plugins that nobody asked for, here and in the workers."""
    before = {name: os.environ.pop(name, None) for name in _SETTINGS}
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    try:
        yield
    finally:
        del os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"]
        os.environ.update({name: value for name, value in before.items() if value is not None})
