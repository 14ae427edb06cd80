"""The short names of the plugin's options; only the pytest settings of the clone load them."""

import pytest

from conformance.run import options


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add --implementation beside --conformance-implementation, and so on."""
    options.add_short(parser)
