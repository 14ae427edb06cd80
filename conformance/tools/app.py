"""What all commands share: the application, exit codes, and options."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from conformance.record.vocabulary import PROFILES

# Exit codes: what a script may rely on.
CONFORMS, DOES_NOT, COULD_NOT_JUDGE = 0, 1, 2

# The panels of --help, in their order.
PANELS = (
    "Judge an implementation",
    "Learn by writing one",
    "Read what is owed",
    "Use records that are there",
    "Prove the suite",
)
JUDGE, LEARN, READ, RECORDS, PROVE = PANELS

app = typer.Typer(
    add_completion=True,
    no_args_is_help=True,
    rich_markup_mode="rich",
    help="Says, operation by operation and gradient by gradient, whether neural-network code "
    "is right.\n\nExit codes: 0 conforms, 1 does not, 2 could not judge.",
)
Profile = StrEnum("Profile", {name: name for name in PROFILES})  # type: ignore[misc]
ReportOption = Annotated[str, typer.Option("--report", help="Where the record is, or will be.")]
Workers = Annotated[int, typer.Option("-n", help="Processes; 0 for one a core.")]
Select = Annotated[str, typer.Option("-k", help="Only checks whose id contains this.")]
Output = Annotated[str, typer.Option(help="Also write the figures to this JSON file.")]


def stop(message: object) -> NoReturn:
    """Say what is wrong in one line, and end as could not judge."""
    typer.echo(f"error: {message}", err=True)
    raise typer.Exit(COULD_NOT_JUDGE)


def stop_at_first(*troubles: str) -> None:
    """End with the first of them that says anything."""
    for trouble in filter(None, troubles):
        stop(trouble)


def write(path: Path, text: str, *, folders: bool = False) -> None:
    """Write a file, and the directories it is in if so asked; end where that is impossible."""
    try:
        if folders:
            path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        stop(f"{path} cannot be written: {error.strerror}. Give a place that can be.")
