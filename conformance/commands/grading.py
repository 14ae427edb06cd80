"""expect, grade: what may fail, and how many submissions fare."""

from pathlib import Path
from typing import Annotated

import typer

from conformance.commands._app import COULD_NOT_JUDGE, ReportOption, Workers, app, stop
from conformance.expecting import written
from conformance.line import BAD_VERDICTS


@app.command()
def expect(
    file: Annotated[str, typer.Argument(help="The TOML file to write.")],
    *,
    reason: Annotated[str, typer.Option(help="Why they fail; edit it, check by check.")] = (
        "known; say why"
    ),
    report: ReportOption = "conformance-report",
) -> None:
    """Write down what fails in a record, for `run --expect`.

    Example: nn-conformance expect expected.toml
    """
    from conformance.record import RecordError, read  # noqa: PLC0415

    if not reason.strip():
        stop("--reason is empty; say why the checks fail")
    try:
        record = read(Path(report) / "record.jsonl")
    except RecordError as error:
        stop(error)
    failing = [line["id"] for line in record.checks if line["verdict"] in BAD_VERDICTS]
    try:
        Path(file).write_text(written(failing, reason), encoding="utf-8")
    except OSError as error:
        stop(f"{file} cannot be written: {error.strerror}. Give a place that can be.")
    typer.echo(f"{file}: {len(failing)} checks. Judge with: nn-conformance run … --expect {file}")


@app.command()
def grade(
    submissions: Annotated[list[str], typer.Argument(help="Files, each judged in isolation.")],
    *,
    select: Annotated[
        str, typer.Option("-k", help="Only checks whose id matches, as in pytest.")
    ] = "",
    profile: Annotated[str, typer.Option(help="How many structures each check draws.")] = "default",
    seed: Annotated[int, typer.Option(help="Draw other cases.")] = 0,
    timeout: Annotated[
        float, typer.Option(min=0.01, help="Seconds that one call may take.")
    ] = 10.0,
    workers: Workers = 0,
    csv: Annotated[str, typer.Option(help="Also write the table to this CSV file.")] = "",
    report: ReportOption = "conformance-report",
) -> None:
    """Judge many submissions, each in a process of its own, and show one table.

    Example: nn-conformance grade submissions/*.py -k "conv2d or relu"
    """
    from conformance import grading  # noqa: PLC0415 - only this command needs it
    from conformance.report.grades import as_csv, show  # noqa: PLC0415

    again = [one for one in submissions if submissions.count(one) > 1]
    if again:
        stop(f"{again[0]!r} is given twice; give each submission once")
    options = ["--profile", profile, "--seed", str(seed), "--timeout", str(timeout)]
    options += ["-k", select] if select else []
    grades = grading.grade(submissions, options, Path(report), workers)
    show(grades)
    if csv:
        try:
            Path(csv).write_text(as_csv(grades), encoding="utf-8")
        except OSError as error:
            stop(f"{csv} cannot be written: {error.strerror}. Give a place that can be.")
    if all(one.record is None for one in grades):
        raise typer.Exit(COULD_NOT_JUDGE)
