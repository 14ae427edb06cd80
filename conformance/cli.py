"""The command line, put together out of its commands."""

import sys
from pathlib import Path

from typer.models import CommandInfo

from conformance.commands import (
    grading,
    judging,
    proving,
    reading,
    records,
    replaying,
    reproducing,
    teaching,
)
from conformance.commands._app import PANELS, app
from conformance.commands._output import outlive_readers

__all__ = [
    "app",
    "grading",
    "judging",
    "main",
    "proving",
    "reading",
    "records",
    "replaying",
    "reproducing",
    "teaching",
]


def _place(command: CommandInfo) -> tuple[int, bool]:
    """Where a command stands in --help: by its panel, `run` before all others."""
    return PANELS.index(str(command.rich_help_panel)), command.callback is not judging.run


app.registered_commands.sort(key=_place)


def main() -> None:
    """Entry point of the console script."""
    # The implementation may be a module of the directory that the command is run in.
    if "" not in sys.path and str(Path.cwd()) not in sys.path:
        sys.path.insert(0, str(Path.cwd()))
    outlive_readers()
    app()
