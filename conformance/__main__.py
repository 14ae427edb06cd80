"""The command line: `nn-conformance`, or `python -m conformance`."""

import sys
from pathlib import Path

from typer.models import CommandInfo

from conformance.tools import records
from conformance.tools import run as judging
from conformance.tools.app import PANELS, app
from conformance.tools.contract import command as reading
from conformance.tools.grade import command as grading
from conformance.tools.lesson import command as teaching
from conformance.tools.output import outlive_readers
from conformance.tools.proof import command as proving
from conformance.tools.replay import command as replaying
from conformance.tools.reproduce import command as reproducing

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


if __name__ == "__main__":
    main()
