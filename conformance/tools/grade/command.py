"""grade: judge many submissions, and show one table."""

from pathlib import Path
from typing import Annotated

import typer

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

_Operations = Annotated[
    list[str] | None,
    typer.Option(
        help="Only this operation; may be given several times.",
        autocompletion=completion.everything,
    ),
]
_Timeout = Annotated[
    float, typer.Option(min=0.01, help="Seconds of processor time that one call may use.")
]
_Memory = Annotated[
    int, typer.Option(min=16, help="MiB that the calls of one submission may take.")
]


@app.command(rich_help_panel=JUDGE)
def grade(
    submissions: Annotated[list[str], typer.Argument(help="Files, each judged in isolation.")],
    *,
    select: Select = "",
    operation: _Operations = None,
    profile: ProfileOption = USUAL,
    seed: Seed = 0,
    timeout: _Timeout = TIMEOUT,
    memory: _Memory = MEMORY,
    workers: Workers = "auto",
    csv: Annotated[str, typer.Option(help="Also write the table to this CSV file.")] = "",
    report: ReportOption = REPORT,
) -> None:
    """Judge many submissions, each in a process of its own, and show one table.

    Exit codes: 0 if at least one submission was judged, whatever its grade; 2 if none was.

    Example: nn-conformance grade submissions/*.py --operation conv2d --operation relu
    """
    from conformance.report.grades import as_csv, show  # noqa: PLC0415 - only this command needs it
    from conformance.tools.grade.grade import grades  # noqa: PLC0415

    if repeated := [file for file in submissions if submissions.count(file) > 1]:
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
    results = grades(submissions, options, Path(report), arguments.processes(workers))
    show(results)
    if csv:
        write(Path(csv), as_csv(results))
    if all(result.record is None for result in results):
        raise typer.Exit(COULD_NOT_JUDGE)
