"""The machine and the process that a run is on."""

import os
import platform
import sys
from importlib import metadata
from pathlib import Path

_LIBRARIES = ("nn-conformance", "numpy", "scipy", "torch", "hypothesis", "pytest")
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


def limit_threads() -> None:
    """Give BLAS and OpenMP one thread; holds where NumPy is not imported yet, and in children.

    Only for processes that are the suite's own. Workers of two threads each on two cores make
    small convolutions three to five times slower.
    """
    for name in _THREADS:
        os.environ.setdefault(name, "1")


def isolation_trouble() -> str:
    """Return why code cannot be called in a process of its own here; empty where it can."""
    if sys.platform == "win32":
        return (
            "--isolate needs pipes between processes as Unix has them, which Windows does not. "
            "Judge without it, or in WSL or a container."
        )
    return ""


def versions() -> dict[str, str]:
    """Return the versions of Python and of the libraries that a verdict may depend on."""
    found = {"python": platform.python_version()}
    for name in _LIBRARIES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "not installed"
    return found


def cpu() -> str:
    """Return the processor's name; its architecture where the system does not tell."""
    if sys.platform == "linux":
        for row in Path("/proc/cpuinfo").read_text("utf-8", errors="replace").splitlines():
            if row.startswith("model name"):
                return row.partition(":")[2].strip()
    return platform.processor() or platform.machine()
