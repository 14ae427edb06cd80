"""The command line: `nn-conformance`, or `python -m conformance`."""

import importlib
import sys
from pathlib import Path

from typer.models import CommandInfo

from conformance.tools.app import PANELS, app
from conformance.tools.output import outlive_readers

# In their order within a panel of --help; each module adds its own commands to the application.
_MODULES = (
    "run",
    "expect",
    "grade",
    "matrix",
    "replay.command",
    "reproduce.command",
    "vectors.command",
    "lesson.command",
    "contract.command",
    "claims",
    "records",
    "proof.command",
)
for _module in _MODULES:
    importlib.import_module(f"conformance.tools.{_module}")


def _place(command: CommandInfo) -> tuple[int, int]:
    """Return a command's place in --help, whichever module was imported first."""
    module = str(getattr(command.callback, "__module__", "")).removeprefix("conformance.tools.")
    return PANELS.index(str(command.rich_help_panel)), _MODULES.index(module)


app.registered_commands.sort(key=_place)


def main() -> None:
    """Run the command that the command line names."""
    # The implementation may be a module of the directory that the command is run in.
    if "" not in sys.path and str(Path.cwd()) not in sys.path:
        sys.path.insert(0, str(Path.cwd()))
    outlive_readers()
    app()


if __name__ == "__main__":
    main()
