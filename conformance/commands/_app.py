"""What all commands share: the application, exit codes, and options."""

from enum import StrEnum
from typing import Annotated, NoReturn

import typer

from conformance.run import PROFILES

# Exit codes: what a script may rely on.
CONFORMS, DOES_NOT, COULD_NOT_JUDGE = 0, 1, 2

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
