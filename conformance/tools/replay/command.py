"""replay: repeat counterexamples, with the code as it is now."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from conformance.record.file import Line, Record
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
    Command,
    Isolate,
    ReportOption,
    app,
    read_record,
    stop,
    stop_at_first,
    tell,
    tell_next,
    write,
)

if TYPE_CHECKING:
    from conformance.tools.replay.replay import Repeated


_What = Annotated[
    str,
    typer.Argument(
        metavar="ID|RECORD|CASE",
        help="A check or claim of the record; or a record.jsonl or its directory, for all "
        "that is in it; or a case.json that --save wrote.",
    ),
]


@app.command(rich_help_panel=JUDGE)
def replay(
    what: _What,
    *,
    implementation: Annotated[str, typer.Option(help="Judge another one than the record's.")] = "",
    command: Command = "",
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
    settings = Settings(implementation, command, isolate=isolate)
    _check_options(what, settings, save)
    from conformance.record import saved_case  # noqa: PLC0415 - NumPy comes with them
    from conformance.tools.replay import replay as replaying  # noqa: PLC0415

    try:
        run, subject = _find(what, report, settings)
        if isinstance(subject, Record):
            results = replaying.repeat_all(run, subject)
            text, code = replaying.summary(results), _exit_code(results)
        else:
            text, wrong = replaying.repeat(run, subject)
            code = DOES_NOT if wrong else CONFORMS
    except (replaying.ReplayError, saved_case.CaseError) as error:
        stop(error)
    tell(text)
    if save and not isinstance(subject, Record):
        write(Path(save), saved_case.text(subject, run.settings.name))
        started = ["--command", run.settings.command] if run.settings.command else []
        tell_next(save, "repeat it with", "nn-conformance", "replay", save, *started)
    raise typer.Exit(code)


def _check_options(what: str, settings: Settings, save: str) -> None:
    both = settings.implementation and settings.command
    stop_at_first(
        isolation_trouble() if settings.isolate or settings.command else "",
        arguments.command(settings.command),
        "give --implementation or --command, not both" if both else "",
        arguments.new(save),
        "--save is for one counterexample of a record; give its ID"
        if save and not _is_id(what)
        else "",
    )


def _is_id(what: str) -> bool:
    return not (what.endswith((".json", ".jsonl")) or Path(what).exists())


def _find(what: str, report: str, settings: Settings) -> tuple[Run, Line | Record]:
    """Return the run that judges, and what it repeats: one line, or all of a record.

    Settings that name no implementation mean that of the record or case.
    """
    from conformance.record import saved_case  # noqa: PLC0415 - NumPy comes with them
    from conformance.tools.replay.replay import find  # noqa: PLC0415

    if what.endswith(".json"):
        case = saved_case.read(what)
        return _run(settings, case.implementation), case.line
    record = read_record(report if _is_id(what) else what)
    if not settings.implementation and record.header.get("vectors"):
        stop(
            "the record is that of results in a file, and nothing can be called. Judge them again "
            "with nn-conformance judge-vectors, or name code with --implementation"
        )
    if not settings.implementation and record.header.get("command"):
        usual = record.header["implementation"]
        settings = replace(settings, command=settings.command or usual)
    run = _run(settings, record.header["implementation"])
    return run, find(record, what) if _is_id(what) else record


def _run(settings: Settings, usual: str) -> Run:
    return Run(replace(settings, implementation=settings.implementation or usual))


def _exit_code(results: "list[Repeated]") -> int:
    checks = [result for result in results if not result.is_claim]
    if any(result.still_fails for result in checks):
        return DOES_NOT
    return COULD_NOT_JUDGE if any(result.trouble for result in checks) else CONFORMS
