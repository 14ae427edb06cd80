"""expect, grade: the commands for expected failures, and for many submissions."""

import shlex
from pathlib import Path
from typing import Annotated

import typer

from conformance.record import expected_failures as expecting
from conformance.record.vocabulary import MEMORY, REPORT, TIMEOUT
from conformance.run.machine import isolation_trouble
from conformance.tools import arguments, completion
from conformance.tools.app import (
    COULD_NOT_JUDGE,
    JUDGE,
    USUAL,
    ProfileOption,
    ReportOption,
    Seed,
    Select,
    Workers,
    app,
    stop,
    stop_at_first,
    write,
)


@app.command(rich_help_panel=JUDGE)
def expect(
    file: Annotated[str, typer.Argument(help="The TOML file to write.")],
    *,
    reason: Annotated[str, typer.Option(help="Why they fail; edit it, check by check.")] = (
        "known; say why"
    ),
    report: ReportOption = REPORT,
) -> None:
    """Write down what fails in a record, for `run --expect`.

    In a file that is there, entries that still match a failure keep their reason; those that match
    none any more are dropped.

    Example: nn-conformance expect expected.toml
    """
    from conformance.record.file import RecordError, read  # noqa: PLC0415

    if not reason.strip():
        stop("--reason is empty; say why the checks fail")
    stop_at_first(arguments.file(file))
    try:
        before = expecting.read(file) if Path(file).exists() else None
        record = read(Path(report) / "record.jsonl")
    except (expecting.ExpectationError, RecordError) as error:
        stop(error)
    failing = [line["id"] for line in record.checks if expecting.fails(line)]
    unjudged = [line["id"] for line in record.not_selected]
    changed = expecting.revised(before or {}, failing, unjudged, reason)
    if before is None and not changed.entries:
        typer.echo(f"nothing fails in this record; {file} is not written")
        return
    write(Path(file), expecting.written(changed.entries))
    typer.echo(_change(file, changed))


def _change(file: str, changed: expecting.Revision) -> str:
    counts = f"{file}: {changed.kept} kept, {changed.new} new, {changed.dropped} dropped."
    if not changed.entries:
        return f"{counts} Nothing fails any more: the file is empty now."
    return f"{counts} Judge with: nn-conformance run … --expect {shlex.quote(file)}"


@app.command(rich_help_panel=JUDGE)
def grade(
    submissions: Annotated[list[str], typer.Argument(help="Files, each judged in isolation.")],
    *,
    select: Select = "",
    operation: Annotated[
        list[str] | None,
        typer.Option(
            help="Only this operation; may be given several times.",
            autocompletion=completion.everything,
        ),
    ] = None,
    profile: ProfileOption = USUAL,
    seed: Seed = 0,
    timeout: Annotated[
        float, typer.Option(min=0.01, help="Seconds that one call may take.")
    ] = TIMEOUT,
    memory: Annotated[
        int, typer.Option(min=16, help="MiB that the calls of one submission may take.")
    ] = MEMORY,
    workers: Workers = "auto",
    csv: Annotated[str, typer.Option(help="Also write the table to this CSV file.")] = "",
    report: ReportOption = REPORT,
) -> None:
    """Judge many submissions, each in a process of its own, and show one table.

    Exit codes: 0 if at least one submission was judged, whatever its grade; 2 if none was.

    Example: nn-conformance grade submissions/*.py --operation conv2d --operation relu
    """
    from conformance.report.grades import as_csv, show  # noqa: PLC0415
    from conformance.run.progress_bar import Bar  # noqa: PLC0415
    from conformance.tools.grade import grade as grading  # noqa: PLC0415 - only this command needs it

    repeated = [file for file in submissions if submissions.count(file) > 1]
    if repeated:
        stop(f"{repeated[0]!r} is given twice; give each submission once")
    stop_at_first(
        arguments.files(submissions),
        arguments.operations(operation or ()),
        arguments.pattern(select),
        arguments.workers(workers),
        arguments.folder(report),
        arguments.file(csv),
        isolation_trouble(),
    )
    options = [*(operation or ()), "--profile", profile.value, "--seed", str(seed)]
    options += ["--timeout", str(timeout), "--memory", str(memory)]
    options += ["-k", select] if select else []
    with Bar("grading", "submissions") as bar:
        grades = grading.grade(
            submissions, options, Path(report), arguments.processes(workers), bar
        )
    show(grades)
    if csv:
        write(Path(csv), as_csv(grades))
    if all(result.record is None for result in grades):
        raise typer.Exit(COULD_NOT_JUDGE)
