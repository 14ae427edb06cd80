"""lesson: the operations one by one, taught through the cases that fail."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from conformance.tools.app import LEARN, Timeout, app, stop_at_first


@app.command(rich_help_panel=LEARN)
def lesson(
    file: Annotated[str, typer.Argument(help="Your file; it is begun where there is none.")],
    *,
    operation: Annotated[str, typer.Option(help="Go to this operation.")] = "",
    listed: Annotated[bool, typer.Option("--list", help="Show how far you are.")] = False,
    once: Annotated[
        bool, typer.Option("--once", help="Judge the present step once, and end.")
    ] = False,
    timeout: Timeout = 3.0,
    reset: Annotated[
        bool,
        typer.Option(
            "--reset",
            help="Forget what was passed, or what was passed of --operation alone; your file "
            "stays as it is.",
        ),
    ] = False,
) -> None:
    """Write the operations one by one, told at each save what is wrong, but not what is right.

    The file is judged whenever it is saved; Enter shows one more hint, Ctrl-C ends. Progress is
    kept beside the file. Without a terminal, the present step is judged once.

    Example: nn-conformance lesson my_ops.py
    """
    stop_at_first(_trouble(Path(file)))
    from conformance.tools.lesson.lesson import give  # noqa: PLC0415 - NumPy is imported only here

    waits = not once and sys.stdin.isatty() and sys.stdout.isatty()
    code = give(file, operation, waits=waits, listed=listed, reset=reset, timeout=timeout)
    raise typer.Exit(code)


def _trouble(path: Path) -> str:
    """Return why there can be no lesson on a file of this name; empty where there can."""
    if path.suffix != ".py":
        return f"{str(path)!r} is no name of a Python file; give one that ends in .py"
    if path.is_dir():
        return f"{str(path)!r} is a directory; give the name of a file in it"
    if not path.parent.is_dir():
        return f"there is no directory {str(path.parent)!r}; make it, or give a file elsewhere"
    return ""
