"""run: judge an implementation and show the report."""

from pathlib import Path
from typing import Annotated, Any

import typer

from conformance.implementation.load_error import LoadError
from conformance.record.file import Record
from conformance.record.vocabulary import MEMORY, REPORT, TIMEOUT, Verdict
from conformance.report.language import spoken
from conformance.run.machine import isolation_trouble
from conformance.run.settings import Settings
from conformance.tools import app as cli
from conformance.tools import arguments, completion
from conformance.tools.records import FILES, Hints, format_names, write_formats

_NO_TESTS = 5  # pytest's exit code where nothing was collected

_Implementation = Annotated[
    str,
    typer.Argument(
        help="path/to/file.py, package.module, or either with :attribute; none with --command"
    ),
]
_Operations = Annotated[
    list[str] | None,
    typer.Argument(
        help="Only these: operations, sections of the document, claims.",
        autocompletion=completion.everything,
    ),
]
_Strict = Annotated[bool, typer.Option("--strict", help="Another convention than torch's fails.")]
_Timeout = Annotated[
    float | None,
    typer.Option(
        min=0.01,
        show_default=f"{TIMEOUT:g}",
        help="Seconds of processor time that one call may use, under --isolate or --command.",
    ),
]
_Memory = Annotated[
    int | None,
    typer.Option(
        min=16,
        show_default=str(MEMORY),
        help="MiB that calls may take, under --isolate or --command.",
    ),
]
_Examples = Annotated[
    int | None,
    typer.Option(
        min=1,
        help="Structures that each check draws, instead of the profile's: few for code that "
        "compiles for each shape.",
    ),
]
_Dtypes = Annotated[
    list[str] | None, typer.Option(help="Only this dtype; may be given several times.")
]
_Tensors = Annotated[
    str,
    typer.Option(
        help="The library whose arrays it takes: torch, jax, or one of the array API standard."
    ),
]
_Device = Annotated[str, typer.Option(help="Where torch's tensors are, such as cuda.")]
_Expect = Annotated[
    str, typer.Option(help="A TOML file of checks that are known to fail, with reasons.")
]
_Shard = Annotated[str, typer.Option(help="Only this part of the checks, such as 1/3.")]
_Formats = Annotated[
    str,
    typer.Option(
        "--format",
        help=f"Also write files, with commas between: {', '.join(FILES)}.",
        autocompletion=completion.formats,
    ),
]


@cli.app.command(rich_help_panel=cli.JUDGE)
def run(
    implementation: _Implementation = "",
    operations: _Operations = None,
    *,
    profile: cli.ProfileOption = cli.USUAL,
    examples: _Examples = None,
    seed: cli.Seed = 0,
    select: cli.Select = "",
    workers: cli.Workers = "auto",
    strict: _Strict = False,
    tensors: _Tensors = "",
    device: _Device = "",
    command: cli.Command = "",
    isolate: cli.Isolate = False,
    timeout: _Timeout = None,
    memory: _Memory = None,
    dtype: _Dtypes = None,
    expect: _Expect = "",
    shard: _Shard = "",
    formats: _Formats = "",
    hints: Hints = False,
    language: cli.Language = "",
    report: cli.ReportOption = REPORT,
) -> None:
    """Judge an implementation and show the report.

    Example: nn-conformance run my_ops.py relu conv2d

    Example: nn-conformance run my_kernels.py --tensors torch

    Example: nn-conformance run my_ops.py -k "conv2d and gradient" --isolate --timeout 5

    Example: nn-conformance run --command './my_ops --threads 1' relu conv2d
    """
    named = [implementation] * bool(implementation) + list(operations or ())
    # What stands first names an operation where a program is judged.
    name = "" if command or not named else named.pop(0)
    same: dict[str, Any] = {"seed": seed, "report": report, "isolate": isolate, "expect": expect}
    same |= {"strict": strict, "tensors": tensors, "device": device, "profile": profile.value}
    same |= {"examples": examples}
    same |= {"shard": shard or None, "operations": tuple(named), "dtypes": tuple(dtype or ())}
    settings = Settings(name, command, timeout=timeout or TIMEOUT, memory=memory or MEMORY, **same)
    wanted, limits = _formats(formats, hints=hints), {"--timeout": timeout, "--memory": memory}
    _check_options(settings, select, workers, [name for name, limit in limits.items() if limit])
    with spoken(cli.language(language)):
        code = judged(settings, ["-n", workers, *(["-k", select] if select else [])])
        if wanted:
            write_formats(cli.read_record(report), Path(report), wanted, hints=hints)
    raise typer.Exit(code)


def _formats(formats: str, *, hints: bool) -> list[str]:
    if hints and not formats:
        cli.stop("--hints are Gradescope's alone; ask for it with --format gradescope")
    return format_names(formats, hints=hints) if formats else []


def _check_options(settings: Settings, select: str, workers: str, limits: list[str]) -> None:
    """End with the first error of the options, before anything heavy is imported."""
    is_apart = settings.isolate or bool(settings.command)
    cli.stop_at_first(
        "" if settings.name else _NOTHING,
        arguments.operations(settings.operations),
        arguments.pattern(select),
        arguments.workers(workers),
        arguments.shard(settings.shard),
        arguments.dtypes(settings.dtypes),
        arguments.expected(settings.expect),
        arguments.folder(settings.report),
        arguments.tensors(settings.tensors, settings.device),
        isolation_trouble() if is_apart else arguments.limits(limits),
        arguments.command(settings.command, settings.tensors),
    )
    if settings.command:
        _check_program(settings)
        return
    from conformance.implementation.load import missing  # noqa: PLC0415 - with it comes NumPy

    cli.stop_at_first(missing(settings.implementation))


_NOTHING = (
    "give what is to be judged: the path of a file such as my_ops.py, the name of a module, "
    "reference_impl, or a program with --command"
)


def _check_program(settings: Settings) -> None:
    """End where a program does not answer the first message as it must."""
    from conformance.run.run import Run  # noqa: PLC0415 - costs nothing until it is used

    try:
        _ = Run(settings).contender
    except LoadError as error:
        cli.stop(error)


def judged(settings: Settings, more: list[str]) -> int:
    """Run; return 0 or 1 by the verdicts, 2 where they are not all known; end without a record."""
    from conformance.run import pytest_run  # noqa: PLC0415 - only this command needs pytest

    # Should this run write no record, an older one must not be taken for it.
    report = Path(settings.report)
    before = _stamp(report)
    code = pytest_run.run(settings, more)
    if code == _NO_TESTS:
        cli.stop(
            "no check is left to judge: what is asked for, taken together, leaves out all of them"
        )
    if _stamp(report) in {None, before}:
        raise typer.Exit(cli.COULD_NOT_JUDGE)
    if code == cli.DOES_NOT and _nothing_was_loaded(cli.read_record(settings.report)):
        return cli.COULD_NOT_JUDGE
    return code if code in {cli.CONFORMS, cli.DOES_NOT} else cli.COULD_NOT_JUDGE


def _nothing_was_loaded(record: Record) -> bool:
    """Return whether every check tells the same: that the implementation cannot be loaded."""
    verdicts = {line["verdict"] for line in record.checks}
    messages = {line["message"] for line in record.checks}
    has_cases = any(line["cases"] for line in record.checks)
    return verdicts == {Verdict.ERRORED} and len(messages) == 1 and not has_cases


def _stamp(report: Path) -> tuple[int, int] | None:
    """Return the inode and the time of a record's file; None where there is none."""
    path = report / "record.jsonl"
    if not path.exists():
        return None
    status = path.stat()
    return status.st_ino, status.st_mtime_ns
