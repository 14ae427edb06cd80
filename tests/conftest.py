"""What the tests share. Threads are limited before anything imports NumPy."""

from conformance.run import limit_threads

limit_threads()

pytest_plugins = ["pytester"]
