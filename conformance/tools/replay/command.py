"""replay: repeat counterexamples, with the code as it is now."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from conformance.record.vocabulary import REPORT
from conformance.run.machine import isolation_trouble
from conformance.run.run import Run
from conformance.run.settings import Settings
from conformance.tools import arguments
from conformance.tools.app import (
    CONFORMS,
    COULD_NOT_JUDGE,
    DOES_NOT,
    JUDGE,
    Isolate,
    ReportOption,
    app,
    stop,
    stop_at_first,
    tell,
    tell_next,
    write,
)

if TYPE_CHECKING:
    from conformance.record.file import Line, Record


@app.command(rich_help_panel=JUDGE)
def replay(
    what: Annotated[
        str,
        typer.Argument(
            metavar="ID|RECORD|CASE",
            help="A check or claim of the record; or a record.jsonl or its directory, for all "
            "that is in it; or a case.json that --save wrote.",
        ),
    ],
    *,
    implementation: Annotated[str, typer.Option(help="Judge another one than the record's.")] = "",
    isolate: Isolate = False,
    save: Annotated[
        str, typer.Option(metavar="CASE", help="With an ID: also write its case to this JSON file.")
    ] = "",
    report: ReportOption = REPORT,
) -> None:
    r"""Repeat a counterexample of a record, or all of them, with the code as it is now.

    Exit codes: 0 right now, 1 still fails. The claims of a whole record do not count.

    Example: nn-conformance replay 'conv2d/gradient/weight\[float32]' --save case.json

    Example: nn-conformance replay case.json --implementation my_ops.py

    Example: nn-conformance replay conformance-report
    """
    from conformance.record.file import RecordError  # noqa: PLC0415 - only where it is used

    stop_at_first(isolation_trouble() if isolate else "", arguments.new(save))
    from conformance.record import saved_case as casefile  # noqa: PLC0415 - NumPy is imported only here
    from conformance.tools.replay import replay as replaying  # noqa: PLC0415 - NumPy is imported only here

    is_id = not (what.endswith((".json", ".jsonl")) or Path(what).exists())
    if save and not is_id:
        stop("--save is for one counterexample of a record; give its ID")

    def run_of(spec: str) -> Run:
        return Run(Settings(implementation or spec, isolate=isolate))

    try:
        if is_id:
            code = _replay_line(what, report, save, run_of)
        elif what.endswith(".json"):
            case = casefile.read(what)
            code = _replay(run_of(case.implementation), case.line)
        else:
            code = _replay_record(what, run_of)
    except (RecordError, replaying.ReplayError, casefile.CaseError) as error:
        stop(error)
    raise typer.Exit(code)


def _replay(run: Run, line: "Line") -> int:
    """Repeat the counterexample of a line, and print what it shows; return the exit code."""
    from conformance.tools.replay import replay as replaying  # noqa: PLC0415 - NumPy comes with it

    text, wrong = replaying.repeat(run, line)
    tell(text)
    return DOES_NOT if wrong else CONFORMS


def _replay_line(name: str, report: str, save: str, run_of: Callable[[str], Run]) -> int:
    from conformance.record import saved_case as casefile  # noqa: PLC0415 - NumPy comes with them
    from conformance.tools.replay import replay as replaying  # noqa: PLC0415 - NumPy comes with them

    record = _record(report)
    line = replaying.find(record, name)
    run = run_of(record.header["implementation"])
    code = _replay(run, line)
    if save:
        write(Path(save), casefile.text(line, run.settings.implementation))
        tell_next(save, "repeat it with", "nn-conformance", "replay", save)
    return code


def _replay_record(path: str, run_of: Callable[[str], Run]) -> int:
    from conformance.tools.replay import replay as replaying  # noqa: PLC0415 - NumPy comes with it

    record = _record(path)
    results = replaying.repeat_all(run_of(record.header["implementation"]), record)
    tell(replaying.summary(results))
    checks = [result for result in results if not result.is_claim]
    if any(result.still_fails for result in checks):
        return DOES_NOT
    return COULD_NOT_JUDGE if any(result.trouble for result in checks) else CONFORMS


def _record(path: str) -> "Record":
    from conformance.record.file import FILE, read  # noqa: PLC0415 - only where it is used

    is_file = path.endswith(".jsonl") or Path(path).is_file()
    return read(path if is_file else Path(path) / FILE)
