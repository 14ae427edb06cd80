"""expect: write down the checks that are known to fail."""

import shlex
from pathlib import Path
from typing import Annotated

import typer

from conformance.record import expected_failures as expecting
from conformance.record.vocabulary import REPORT
from conformance.tools import app as cli
from conformance.tools import arguments


@cli.app.command(rich_help_panel=cli.JUDGE)
def expect(
    file: Annotated[str, typer.Argument(help="The TOML file to write.")],
    *,
    reason: Annotated[str, typer.Option(help="Why they fail; edit it, check by check.")] = (
        "known; say why"
    ),
    report: cli.ReportOption = REPORT,
) -> None:
    """Write down what fails in a record, for `run --expect`.

    In a file that is there, entries that still match a failure keep their reason; those that match
    none any more are dropped.

    Example: nn-conformance expect expected.toml
    """
    if not reason.strip():
        cli.stop("--reason is empty; say why the checks fail")
    cli.stop_at_first(arguments.file(file))
    try:
        before = expecting.read(file) if Path(file).exists() else None
    except expecting.ExpectationError as error:
        cli.stop(error)
    record = cli.read_record(report)
    failing = [line["id"] for line in record.checks if expecting.fails(line)]
    unjudged = [line["id"] for line in record.not_selected]
    changed = expecting.revised(before or {}, failing, unjudged, reason)
    if before is None and not changed.entries:
        typer.echo(f"nothing fails in this record; {file} is not written")
        return
    cli.write(Path(file), expecting.written(changed.entries))
    then = "Nothing fails any more: the file is empty now."
    if changed.entries:
        then = f"Judge with: nn-conformance run … --expect {shlex.quote(file)}"
    counts = f"{changed.kept} kept, {changed.new} new, {changed.dropped} dropped"
    typer.echo(f"{file}: {counts}. {then}")
