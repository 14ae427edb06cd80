"""run: judge an implementation and show the report."""

from pathlib import Path
from typing import Annotated

import typer

from conformance.record.vocabulary import MEMORY, REPORT, TIMEOUT
from conformance.run.machine import isolation_trouble, limit_threads
from conformance.run.settings import REFERENCE
from conformance.tools import asked as _asked
from conformance.tools import completing as _completing
from conformance.tools.app import (
    CONFORMS,
    COULD_NOT_JUDGE,
    DOES_NOT,
    JUDGE,
    Profile,
    ReportOption,
    app,
    stop,
    stop_at_first,
)
from conformance.tools.records import format_names, write_formats

_NO_TESTS = 5  # pytest's exit code where nothing was collected


@app.command(rich_help_panel=JUDGE)
def run(
    implementation: Annotated[
        str, typer.Argument(help="path/to/file.py, package.module, or either with :attribute")
    ] = REFERENCE,
    operations: Annotated[
        list[str] | None,
        typer.Argument(
            help="Only these: operations, sections of the document, claims.",
            autocompletion=_completing.everything,
        ),
    ] = None,
    *,
    profile: Annotated[
        Profile, typer.Option(help="How many structures each check draws.")
    ] = Profile.default,  # type: ignore[attr-defined]
    seed: Annotated[int, typer.Option(help="Draw other cases.")] = 0,
    select: Annotated[
        str, typer.Option("-k", help="Only checks whose id matches, as in pytest.")
    ] = "",
    workers: Annotated[str, typer.Option("-n", help="Processes; 0 for none but this.")] = "auto",
    strict: Annotated[
        bool, typer.Option("--strict", help="Another convention than torch's fails.")
    ] = False,
    isolate: Annotated[
        bool, typer.Option("--isolate", help="Call it in a process of its own.")
    ] = False,
    timeout: Annotated[
        float | None,
        typer.Option(
            min=0.01,
            show_default=f"{TIMEOUT:g}",
            help="Seconds that one call may take, under --isolate.",
        ),
    ] = None,
    memory: Annotated[
        int | None,
        typer.Option(
            min=16, show_default=str(MEMORY), help="MiB that calls may take, under --isolate."
        ),
    ] = None,
    dtype: Annotated[
        list[str] | None, typer.Option(help="Only this dtype; may be given several times.")
    ] = None,
    expect: Annotated[
        str, typer.Option(help="A TOML file of checks that are known to fail, with reasons.")
    ] = "",
    shard: Annotated[str, typer.Option(help="Only this part of the checks, such as 1/3.")] = "",
    formats: Annotated[
        str,
        typer.Option(
            "--format",
            help="Also write html, junit, markdown, json, badge, gradescope, story.",
            autocompletion=_completing.formats,
        ),
    ] = "",
    hints: Annotated[
        bool,
        typer.Option("--hints", help="Gradescope: also hints, and the input that goes wrong."),
    ] = False,
    report: ReportOption = REPORT,
) -> None:
    """Judge an implementation and show the report.

    Example: nn-conformance run my_ops.py relu conv2d

    Example: nn-conformance run my_ops.py -k "conv2d and gradient" --isolate --timeout 5
    """
    from conformance.implementation.load import missing  # noqa: PLC0415 - with it comes NumPy

    wanted = _formats(formats, hints=hints)
    named, dtypes = operations or [], dtype or []
    limits = _limits(timeout, memory)
    stop_at_first(
        _asked.operations(named),
        _asked.pattern(select),
        _asked.workers(workers),
        _asked.shard(shard),
        _asked.dtypes(dtypes),
        _asked.expected(expect),
        _asked.folder(report),
        isolation_trouble() if isolate else _asked.limits(limits),
    )
    limit_threads()
    stop_at_first(missing(implementation))
    options = ["-n", workers, "--implementation", implementation, "--report", report]
    options += ["--conformance-profile", profile.value, "--conformance-seed", str(seed)]
    options += ["-k", select] if select else []
    options += ["--strict-conventions"] if strict else []
    options += ["--isolate"] if isolate else []
    options += [f"--operation={one}" for one in named]
    options += [f"--dtype={one}" for one in dtypes]
    options += ["--expect", expect] if expect else []
    options += ["--shard", shard] if shard else []
    options += [word for name, value in limits.items() for word in (f"--call-{name}", value)]
    code = _judged(options, implementation, Path(report), wanted, hints=hints)
    raise typer.Exit(code if code in {CONFORMS, DOES_NOT} else COULD_NOT_JUDGE)


def _limits(timeout: float | None, memory: int | None) -> dict[str, str]:
    """The limits that were given, as they were."""
    asked = {"timeout": timeout, "memory": memory}
    return {name: str(value) for name, value in asked.items() if value is not None}


def _formats(formats: str, *, hints: bool) -> list[str]:
    if hints and not formats:
        stop("--hints are Gradescope's alone; ask for it with --format gradescope")
    return format_names(formats, hints=hints) if formats else []


def _judged(
    options: list[str], implementation: str, report: Path, wanted: list[str], *, hints: bool
) -> int:
    """Run, and write the record in the formats that are wanted; pytest's exit code."""
    from conformance.run import pytest_run as running  # noqa: PLC0415 - only this command needs pytest

    # An older run's record is not this one's, should there be none.
    before = _stamp(report)
    code = running.run(options, implementation)
    if code == _NO_TESTS:
        stop("no check is left to judge: what is asked for, taken together, leaves out all of them")
    if wanted and _stamp(report) not in {None, before}:
        write_formats(report, wanted, hints=hints)
    return code


def _stamp(report: Path) -> tuple[int, int] | None:
    """What tells a record from the one before it; None where there is none."""
    path = report / "record.jsonl"
    if not path.exists():
        return None
    found = path.stat()
    return found.st_ino, found.st_mtime_ns
