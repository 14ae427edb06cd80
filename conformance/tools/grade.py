"""grade: judge many submissions, each by a run of its own, and show one table."""

import itertools
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from conformance.record.file import FILE, RecordError, read
from conformance.record.vocabulary import MEMORY, REPORT, TIMEOUT
from conformance.report.grades import Grade, as_csv, show
from conformance.run.machine import isolation_trouble
from conformance.run.progress_bar import Bar
from conformance.tools import app as cli
from conformance.tools import arguments, completion

_LONGEST = 300
_Operations = Annotated[
    list[str] | None,
    typer.Option(
        help="Only this operation; may be given several times.",
        autocompletion=completion.everything,
    ),
]
_Memory = Annotated[
    int, typer.Option(min=16, help="MiB that the calls of one submission may take.")
]


@cli.app.command(rich_help_panel=cli.JUDGE)
def grade(
    submissions: Annotated[list[str], typer.Argument(help="Files, each judged in isolation.")],
    *,
    select: cli.Select = "",
    operation: _Operations = None,
    profile: cli.ProfileOption = cli.USUAL,
    seed: cli.Seed = 0,
    timeout: cli.Timeout = TIMEOUT,
    memory: _Memory = MEMORY,
    workers: cli.Workers = "auto",
    csv: Annotated[str, typer.Option(help="Also write the table to this CSV file.")] = "",
    report: cli.ReportOption = REPORT,
) -> None:
    """Judge many submissions, each in a process of its own, and show one table.

    Exit codes: 0 if at least one submission was judged, whatever its grade; 2 if none was.

    Example: nn-conformance grade submissions/*.py --operation conv2d --operation relu
    """
    if repeated := [file for file in submissions if submissions.count(file) > 1]:
        cli.stop(f"{repeated[0]!r} is given twice; give each submission once")
    cli.stop_at_first(
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
    every = [options] * len(submissions)
    results = grades(submissions, every, Path(report), arguments.processes(workers))
    show(results)
    if csv:
        cli.write(Path(csv), as_csv(results))
    if all(result.record is None for result in results):
        raise typer.Exit(cli.COULD_NOT_JUDGE)


def grades(
    submissions: Sequence[str],
    options: Sequence[Sequence[str]],
    report: Path,
    workers: int,
    *,
    names: Sequence[str] = (),
    noun: str = "submissions",
) -> list[Grade]:
    """Judge every submission with its options; return the grades, in the order given.

    Each has a process and a folder of its own, named as it is or as `names` say; so many processes
    run at a time.
    """
    folders = [report / name for name in names] or _folders(submissions, report)
    with closing(Bar("grading", noun)) as bar, ThreadPoolExecutor(max(workers, 1)) as pool:
        bar.expect(len(submissions))
        return list(pool.map(partial(_counted, bar), options, submissions, folders))


def _folders(submissions: Sequence[str], report: Path) -> list[Path]:
    """Return a folder for each submission, named after its file; a repeated name gets a number."""
    # Some file systems do not distinguish A from a.
    taken: set[str] = set()
    folders = []
    for submission in submissions:
        stem = Path(submission).stem or "submission"
        names = itertools.chain([stem], (f"{stem}-{number}" for number in itertools.count(2)))
        name = next(name for name in names if name.casefold() not in taken)
        taken.add(name.casefold())
        folders.append(report / name)
    return folders


def _counted(bar: Bar, options: Sequence[str], submission: str, folder: Path) -> Grade:
    result = _graded(options, submission, folder)
    bar.advance(failed=result.passed < result.owed or result.record is None)
    return result


def _graded(options: Sequence[str], submission: str, folder: Path) -> Grade:
    command = [sys.executable, "-m", "conformance", "run", submission, "--isolate", "-n", "0"]
    command += [*options, "--report", str(folder)]
    # Should this run write no record, an older one must not be taken for it.
    (folder / FILE).unlink(missing_ok=True)
    done = subprocess.run(  # noqa: S603 - our own interpreter and module
        command, capture_output=True, text=True, check=False
    )
    try:
        record = read(folder / FILE)
    except RecordError:
        lines = (done.stderr.strip() or done.stdout.strip() or "it said nothing").splitlines()
        return Grade(submission, None, lines[-1][:_LONGEST])
    if record.header["implementation"] != submission:
        other = record.header["implementation"]
        return Grade(submission, None, f"the record in {folder} is that of {other}")
    return Grade(submission, record)
