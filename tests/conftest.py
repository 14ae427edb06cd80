"""What the tests share. Threads are limited before anything imports NumPy."""

from conformance.run.machine import limit_threads

limit_threads()

pytest_plugins = ["pytester"]


def pytest_ignore_collect(collection_path, config):
    """With --implementation, that is judged and nothing else: the engine's own tests stay out."""
    is_test = collection_path.name.startswith("test_")
    if config.getoption("--conformance-implementation") and is_test:
        return collection_path.name != "test_conformance.py" or None
    return None
