"""The machine and the process of a run: threads, versions, the processor."""

import os
import platform
import sys
from importlib import metadata
from pathlib import Path

_LIBRARIES = ("nn-conformance", "numpy", "scipy", "torch", "hypothesis", "pytest")
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


def limit_threads() -> None:
    """Set one thread for BLAS and OpenMP, in this process and its children.

    It has an effect only before NumPy is imported, and is meant for the suite's own processes.
    Workers of two threads each on two cores make small convolutions three to five times slower.
    """
    for name in _THREADS:
        os.environ.setdefault(name, "1")


def isolation_trouble() -> str:
    """Return why this system cannot isolate an implementation; empty where it can."""
    if sys.platform == "win32":
        return (
            "--isolate needs pipes between processes as Unix has them, which Windows does not. "
            "Judge without it, or in WSL or a container."
        )
    return ""


def versions() -> dict[str, str]:
    """Return the versions of Python and of the libraries that a verdict may depend on."""
    versions = {"python": platform.python_version()}
    for name in _LIBRARIES:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            versions[name] = "not installed"
    return versions


def cpu() -> str:
    """Return the processor's name, or its architecture where the name is not known."""
    if sys.platform == "linux":
        for row in Path("/proc/cpuinfo").read_text("utf-8", errors="replace").splitlines():
            if row.startswith("model name"):
                return row.partition(":")[2].strip()
    return platform.processor() or platform.machine()
