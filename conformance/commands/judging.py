"""run, replay: judge an implementation, and repeat a counterexample."""

from importlib import resources
from pathlib import Path
from typing import Annotated

import typer

from conformance.commands._app import (
    CONFORMS,
    COULD_NOT_JUDGE,
    DOES_NOT,
    Profile,
    ReportOption,
    app,
    stop,
)
from conformance.commands.records import format_names, write_formats
from conformance.run import REFERENCE, Run, limit_threads


@app.command()
def run(
    implementation: Annotated[
        str, typer.Argument(help="path/to/file.py, package.module, or either with :attribute")
    ] = REFERENCE,
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
        float, typer.Option(min=0.01, help="Seconds that one call may take, under --isolate.")
    ] = 10.0,
    memory: Annotated[
        int, typer.Option(min=16, help="MiB that calls may take, under --isolate.")
    ] = 2048,
    dtype: Annotated[
        list[str] | None, typer.Option(help="Only this dtype; may be given several times.")
    ] = None,
    expect: Annotated[
        str, typer.Option(help="A TOML file of checks that are known to fail, with reasons.")
    ] = "",
    shard: Annotated[str, typer.Option(help="Only this part of the checks, such as 1/3.")] = "",
    formats: Annotated[
        str, typer.Option("--format", help="Also write junit, markdown, json, badge, gradescope.")
    ] = "",
    report: ReportOption = "conformance-report",
) -> None:
    """Judge an implementation and show the report.

    Example: nn-conformance run my_ops.py -k "conv2d and gradient" --isolate
    """
    import pytest  # noqa: PLC0415 - only this command needs it

    from conformance.implementation import missing  # noqa: PLC0415 - with it comes NumPy

    wanted = format_names(formats) if formats else []
    limit_threads()
    if trouble := missing(implementation):
        stop(trouble)
    arguments = ["--pyargs", "conformance.suite", "-c", str(_pytest_ini())]
    arguments += ["--rootdir", ".", "-n", workers, "--implementation", implementation]
    arguments += ["--conformance-profile", profile.value, "--conformance-seed", str(seed)]
    arguments += ["--report", report]
    arguments += ["-k", select] if select else []
    arguments += ["--strict-conventions"] if strict else []
    arguments += ["--isolate"] if isolate else []
    arguments += [f"--dtype={one}" for one in dtype or ()]
    arguments += ["--expect", expect] if expect else []
    arguments += ["--shard", shard] if shard else []
    arguments += ["--call-timeout", str(timeout), "--call-memory", str(memory)]
    code = int(pytest.main(arguments))
    if code == pytest.ExitCode.NO_TESTS_COLLECTED:
        stop("no check is left to judge: -k, --dtype and --shard together leave out all of them")
    if wanted and (Path(report) / "record.jsonl").exists():
        write_formats(report, wanted, Path(report))
    raise typer.Exit(code if code in {CONFORMS, DOES_NOT} else COULD_NOT_JUDGE)


def _pytest_ini() -> Path:
    return Path(str(resources.files("conformance").joinpath("data/pytest.ini")))


@app.command()
def replay(
    name: Annotated[str, typer.Argument(metavar="ID", help="Of a check or claim in the record.")],
    *,
    implementation: Annotated[str, typer.Option(help="Judge another one than the record's.")] = "",
    isolate: Annotated[
        bool, typer.Option("--isolate", help="Call it in a process of its own.")
    ] = False,
    report: ReportOption = "conformance-report",
) -> None:
    """Repeat a counterexample of a record, with the code as it is now.

    Example: nn-conformance replay 'conv2d/gradient/weight[float32]'
    """
    limit_threads()
    from conformance import replaying  # noqa: PLC0415 - NumPy is imported only here
    from conformance.record import RecordError, read  # noqa: PLC0415

    try:
        record = read(Path(report) / "record.jsonl")
        line = replaying.find(record, name)
        spec = implementation or record.header["implementation"]
        run = Run(implementation=spec, isolate=isolate)
        said, wrong = replaying.repeat(run, line)
    except (RecordError, replaying.ReplayError) as error:
        stop(error)
    typer.echo(said)
    raise typer.Exit(DOES_NOT if wrong else CONFORMS)
