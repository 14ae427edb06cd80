"""The command line, put together out of its commands."""

import sys
from pathlib import Path

from conformance.commands import grading, judging, proving, reading, records, teaching
from conformance.commands._app import app

__all__ = ["app", "grading", "judging", "main", "proving", "reading", "records", "teaching"]


def main() -> None:
    """Entry point of the console script."""
    # The implementation may be a module of the directory that the command is run in.
    if "" not in sys.path and str(Path.cwd()) not in sys.path:
        sys.path.insert(0, str(Path.cwd()))
    app()
