"""The command line: run, replay; and what proves the suite: campaign, mistakes, sensitivity."""

import json
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from importlib import resources
from pathlib import Path
from typing import Annotated, Any

import typer

from conformance.run import PROFILES, REFERENCE, Run, limit_threads

# Exit codes: what a script may rely on.
CONFORMS, DOES_NOT, COULD_NOT_JUDGE = 0, 1, 2

app = typer.Typer(
    add_completion=True,
    no_args_is_help=True,
    rich_markup_mode="rich",
    help="Says, operation by operation and gradient by gradient, whether neural-network code "
    "is right.\n\nExit codes: 0 conforms, 1 does not, 2 could not judge.",
)
Profile = StrEnum("Profile", {name: name for name in PROFILES})  # type: ignore[misc]
ReportOption = Annotated[str, typer.Option("--report", help="Where the record is, or will be.")]


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
        float, typer.Option(help="Seconds that one call may take, under --isolate.")
    ] = 10.0,
    memory: Annotated[int, typer.Option(help="MiB that calls may take, under --isolate.")] = 2048,
    report: ReportOption = "conformance-report",
) -> None:
    """Judge an implementation and show the report.

    Example: nn-conformance run my_ops.py -k "conv2d and gradient"
    """
    import pytest  # noqa: PLC0415 - only this command needs it

    limit_threads()
    arguments = ["--pyargs", "conformance.suite", "-c", str(_pytest_ini())]
    arguments += ["--rootdir", ".", "-n", workers, "--implementation", implementation]
    arguments += ["--conformance-profile", profile.value, "--conformance-seed", str(seed)]
    arguments += ["--report", report]
    arguments += ["-k", select] if select else []
    arguments += ["--strict-conventions"] if strict else []
    arguments += ["--isolate"] if isolate else []
    arguments += ["--call-timeout", str(timeout), "--call-memory", str(memory)]
    code = int(pytest.main(arguments))
    raise typer.Exit(code if code in {CONFORMS, DOES_NOT} else COULD_NOT_JUDGE)


def _pytest_ini() -> Path:
    return Path(str(resources.files("conformance").joinpath("data/pytest.ini")))


@app.command()
def replay(
    name: Annotated[str, typer.Argument(metavar="ID", help="Of a check or claim in the record.")],
    *,
    implementation: Annotated[str, typer.Option(help="Judge another one than the record's.")] = "",
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
        run = Run(implementation=implementation or record.header["implementation"])
        said, wrong = replaying.repeat(run, line)
    except (RecordError, replaying.ReplayError) as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(COULD_NOT_JUDGE) from None
    typer.echo(said)
    raise typer.Exit(DOES_NOT if wrong else CONFORMS)


Workers = Annotated[int, typer.Option("-n", help="Processes; 0 for one a core.")]
Select = Annotated[str, typer.Option("-k", help="Only checks whose id contains this.")]
Output = Annotated[str, typer.Option(help="Also write the figures to this JSON file.")]


@app.command()
def campaign(
    implementations: Annotated[
        list[str] | None,
        typer.Argument(help="Implementations known to be right; by default all that come along."),
    ] = None,
    *,
    cases: Annotated[int, typer.Option(help="Cases in all, at least.")] = 200_000,
    seed: Annotated[int, typer.Option(help="0 takes a fresh one from the clock.")] = 0,
    select: Select = "",
    workers: Workers = 0,
    output: Output = "",
) -> None:
    """Search for false alarms: many cases over implementations known to be right.

    Example: nn-conformance campaign --cases 2000000
    """
    limit_threads()
    from conformance import campaign as module  # noqa: PLC0415 - NumPy is imported only here
    from conformance.implementation import LoadError  # noqa: PLC0415
    from conformance.report.campaign import table  # noqa: PLC0415

    run = Run(seed=seed or int(time.time()))
    chosen = implementations or module.right_implementations(run.cases)
    try:
        sums = module.campaign(chosen, run, _chosen(run, select), cases, workers)
    except LoadError as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(COULD_NOT_JUDGE) from None
    found = {name: one.plain() for name, one in sums.items()}
    header = run.header(datetime.now(UTC))
    about = {"seed": run.seed, "versions": header["versions"], "cpu": header["cpu"]}
    _tell(table(found, seed=run.seed), {**about, "operations": found}, output)
    raise typer.Exit(DOES_NOT if any(one.alarms for one in sums.values()) else CONFORMS)


@app.command()
def mistakes(
    *,
    profile: Annotated[
        Profile, typer.Option(help="How many structures each check draws.")
    ] = Profile.default,  # type: ignore[attr-defined]
    seed: Annotated[int, typer.Option(help="Draw other cases.")] = 0,
    select: Select = "",
    workers: Workers = 0,
    output: Output = "",
) -> None:
    """Score the suite: each named mistake must be rejected by the checks it breaks, and no other.

    Example: nn-conformance mistakes -k conv2d
    """
    limit_threads()
    from conformance import proof  # noqa: PLC0415 - NumPy is imported only here
    from conformance.report.proof import score_data, score_table  # noqa: PLC0415

    run = Run(profile=profile.value, seed=seed)
    names = _chosen(run, select)
    data = score_data(proof.scores(run, names, workers).values())
    known = [one.operation for one in proof.mistakes_of(run.cases)]
    data["mistakes"] = {name: known.count(name) for name in data["operations"]}
    _tell(score_table(data), {"seed": seed, "profile": profile.value, **data}, output)
    raise typer.Exit(DOES_NOT if data["missed"] or data["wronged"] else CONFORMS)


@app.command()
def sensitivity(
    *,
    seed: Annotated[int, typer.Option(help="Draw other cases.")] = 0,
    select: Select = "",
    workers: Workers = 0,
    output: Output = "",
) -> None:
    """Measure how fine the checks are: the largest k with a result off by 2^-k still rejected.

    Example: nn-conformance sensitivity -k softmax
    """
    limit_threads()
    from conformance import proof  # noqa: PLC0415 - NumPy is imported only here
    from conformance.report.proof import sensitivity_table  # noqa: PLC0415

    run = Run(seed=seed)
    names = _chosen(run, select)
    found = proof.sensitivities(run, names, workers)
    _tell(sensitivity_table(found), {"seed": seed, "checks": found}, output)


def _chosen(run: Run, select: str) -> list[str]:
    """The checks whose ids contain a text."""
    names = [name for name in run.checks if select in name]
    if not names:
        typer.echo(
            f"error: no check's id contains {select!r}. An id looks like {next(iter(run.checks))}; "
            f"give a part of one.",
            err=True,
        )
        raise typer.Exit(COULD_NOT_JUDGE)
    return names


def _tell(table: str, data: Mapping[str, Any], output: str) -> None:
    """Show a table in Markdown; its data goes to a file where one is named."""
    from rich.console import Console  # noqa: PLC0415 - these commands alone need it
    from rich.markdown import Markdown  # noqa: PLC0415

    console = Console()
    # Read by a program, the table is Markdown still.
    console.print(Markdown(table)) if console.is_terminal else typer.echo(table)
    if output:
        text = json.dumps(data, indent=1, ensure_ascii=False)
        Path(output).write_text(text + "\n", encoding="utf-8")


def main() -> None:
    """Entry point of the console script."""
    # The implementation may be a module of the directory that the command is run in.
    if "" not in sys.path and str(Path.cwd()) not in sys.path:
        sys.path.insert(0, str(Path.cwd()))
    app()
