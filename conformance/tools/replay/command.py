"""replay: repeat counterexamples, with the code as it is now."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from conformance.record.vocabulary import REPORT
from conformance.run.machine import isolation_trouble
from conformance.run.run import Run
from conformance.run.settings import Settings
from conformance.tools import asked as _asked
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
    from conformance.record.file import Record


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

    stop_at_first(isolation_trouble() if isolate else "", _asked.new(save))
    from conformance.record import saved_case as casefile  # noqa: PLC0415 - NumPy is imported only here
    from conformance.tools.replay import replay as replaying  # noqa: PLC0415 - NumPy is imported only here

    chosen = _one if _is_id(what) else _case if what.endswith(".json") else _all
    if save and chosen is not _one:
        stop("--save is for one counterexample of a record; give its ID")

    def made(spec: str) -> Run:
        return Run(Settings(implementation or spec, isolate=isolate))

    try:
        code = chosen(what, report, save, made)
    except (RecordError, replaying.ReplayError, casefile.CaseError) as error:
        stop(error)
    raise typer.Exit(code)


Making = Callable[[str], Run]


def _is_id(what: str) -> bool:
    return not (what.endswith((".json", ".jsonl")) or Path(what).exists())


def _one(name: str, report: str, save: str, made: Making) -> int:
    from conformance.record import saved_case as casefile  # noqa: PLC0415 - NumPy comes with them
    from conformance.tools.replay import replay as replaying  # noqa: PLC0415 - NumPy comes with them

    record = _record(report)
    line = replaying.find(record, name)
    run = made(record.header["implementation"])
    said, wrong = replaying.repeat(run, line)
    tell(said)
    if save:
        write(Path(save), casefile.text(line, run.settings.implementation))
        tell_next(save, "repeat it with", "nn-conformance", "replay", save)
    return DOES_NOT if wrong else CONFORMS


def _case(file: str, _report: str, _save: str, made: Making) -> int:
    from conformance.record import saved_case as casefile  # noqa: PLC0415 - NumPy comes with them
    from conformance.tools.replay import replay as replaying  # noqa: PLC0415 - NumPy comes with them

    case = casefile.read(file)
    said, wrong = replaying.repeat(made(case.implementation), case.line)
    tell(said)
    return DOES_NOT if wrong else CONFORMS


def _all(place: str, _report: str, _save: str, made: Making) -> int:
    from conformance.tools.replay import replay as replaying  # noqa: PLC0415 - NumPy comes with it

    record = _record(place)
    found = replaying.repeat_all(made(record.header["implementation"]), record)
    tell(replaying.told(found))
    checks = [one for one in found if not one.is_claim]
    if any(one.still_fails for one in checks):
        return DOES_NOT
    return COULD_NOT_JUDGE if any(one.trouble for one in checks) else CONFORMS


def _record(place: str) -> "Record":
    from conformance.record.file import read  # noqa: PLC0415 - only where it is used

    path = Path(place)
    return read(path if path.suffix == ".jsonl" or path.is_file() else path / "record.jsonl")
