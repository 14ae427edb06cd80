"""The short names of the plugin's options, which only the clone's own pytest settings load."""

import pytest

from conformance.run import options


def pytest_addoption(parser: pytest.Parser) -> None:
    """Take --implementation beside --conformance-implementation, and so on."""
    options.add_short(parser)
