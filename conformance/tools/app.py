"""The application, exit codes and options, which all commands share."""

import importlib.util
import shlex
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from conformance import __version__
from conformance.record.file import Record, RecordError, file_at, read
from conformance.record.vocabulary import DEFAULT_PROFILE, PROFILES
from conformance.report.language import languages
from conformance.report.safe_text import printable, spelled
from conformance.run.machine import limit_threads

# Exit codes, on which a script may rely.
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
# Options that several commands have: each means the same in all of them.
Profile = StrEnum("Profile", {name: name for name in PROFILES})  # type: ignore[misc]
USUAL = Profile(DEFAULT_PROFILE)
ProfileOption = Annotated[Profile, typer.Option(help="How many structures each check draws.")]
Seed = Annotated[int, typer.Option(help="Draw other cases.")]
Select = Annotated[str, typer.Option("-k", help="Only those whose id matches, as in pytest.")]
Workers = Annotated[
    str, typer.Option("-n", help="Processes; 0 for none but this, auto for one a core.")
]
ReportOption = Annotated[
    str, typer.Option("--report", help="The directory of the record, and of what is made of it.")
]
Isolate = Annotated[bool, typer.Option("--isolate", help="Call it in a process of its own.")]
Command = Annotated[
    str,
    typer.Option(
        metavar="LINE",
        help="Judge a program of any language, started by this command line: docs/protocol.md.",
    ),
]
Language = Annotated[
    str,
    typer.Option(
        help="Tell of the document's claims in this language: en, zh, or another with a catalogue.",
    ),
]
Timeout = Annotated[
    float, typer.Option(min=0.01, help="Seconds of processor time that one call may use.")
]
Output = Annotated[str, typer.Option(help="Also write the figures to this JSON file.")]


def _tell_version(value: bool) -> None:  # noqa: FBT001 - typer's own signature
    if value:
        typer.echo(f"nn-conformance {__version__}")
        raise typer.Exit


@app.callback()
def _main(
    *,
    version: Annotated[  # noqa: ARG001 - its callback has done it
        bool,
        typer.Option(
            "--version", callback=_tell_version, is_eager=True, help="Show the version and end."
        ),
    ] = False,
) -> None:
    # Before anything imports NumPy. The process is this program's own.
    limit_threads()


def stop(message: object) -> NoReturn:
    """Print an error in one line, and end with the exit code of "could not judge"."""
    typer.echo(printable(f"error: {message}", sys.stderr.encoding or "utf-8"), err=True)
    raise typer.Exit(COULD_NOT_JUDGE)


def tell(text: str) -> None:
    """Print lines that are safe to show, spelled in the terminal's encoding."""
    typer.echo(spelled(text, sys.stdout.encoding or "utf-8"))


def tell_next(file: str, words: str, *command: str) -> None:
    """Print a file, words about it, and the command to go on with, quoted for a shell."""
    tell(printable(f"{file}: {words}: {shlex.join(command)}"))


def language(code: str) -> str:
    """Return the code of a language that has a catalogue; end where it has none."""
    if code and code not in languages():
        stop(f"there is no language {code!r}; give one of {', '.join(languages())}")
    return code


def stop_at_first(*troubles: str) -> None:
    """End with the first error that is not empty, if there is one."""
    for trouble in filter(None, troubles):
        stop(trouble)


def stop_without(*modules: str) -> None:
    """End, naming what to install, if a module of the extra `html` is missing."""
    if missing := [name for name in modules if importlib.util.find_spec(name) is None]:
        stop(
            f"there is no {', '.join(missing)} here. Install it with: "
            f"python -m pip install 'nn-conformance[html]'"
        )


def read_record(location: str) -> Record:
    """Read the record in a file or a directory; end if there is none."""
    try:
        return read(file_at(location))
    except RecordError as error:
        stop(error)


def write(path: Path, text: str, *, folders: bool = False) -> None:
    """Write a file, with `folders` also its directories; end if it cannot be written."""
    try:
        if folders:
            path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        stop(f"{path} cannot be written: {error.strerror}. Give a place that can be.")
