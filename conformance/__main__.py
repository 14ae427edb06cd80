"""The command line: `nn-conformance`, or `python -m conformance`."""

import importlib
import sys
from pathlib import Path

from conformance.tools.app import PANELS, app
from conformance.tools.output import outlive_readers

# In their order within a panel of --help; each module adds its own commands to the application.
for _module in (
    "run",
    "expect",
    "grade",
    "matrix",
    "replay.command",
    "reproduce.command",
    "vectors.command",
    "lesson.command",
    "contract.command",
    "records",
    "proof.command",
):
    importlib.import_module(f"conformance.tools.{_module}")
app.registered_commands.sort(key=lambda command: PANELS.index(str(command.rich_help_panel)))


def main() -> None:
    """Run the command that the command line names."""
    # The implementation may be a module of the directory that the command is run in.
    if "" not in sys.path and str(Path.cwd()) not in sys.path:
        sys.path.insert(0, str(Path.cwd()))
    outlive_readers()
    app()


if __name__ == "__main__":
    main()
