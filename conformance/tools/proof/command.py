"""campaign, mistakes, sensitivity, counterexamples: what proves the suite."""

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from conformance.run import machine
from conformance.run.machine import limit_threads
from conformance.run.run import Run
from conformance.run.settings import Settings
from conformance.tools import asked as _asked
from conformance.tools.app import (
    CONFORMS,
    DOES_NOT,
    PROVE,
    Output,
    Profile,
    Select,
    Workers,
    app,
    stop,
    stop_at_first,
    write,
)


@app.command(rich_help_panel=PROVE)
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
    stop_at_first(_asked.file(output))
    limit_threads()
    from conformance.implementation.load_error import LoadError  # noqa: PLC0415
    from conformance.tools.proof import campaign as module  # noqa: PLC0415 - NumPy is imported only here
    from conformance.tools.proof.campaign_table import table  # noqa: PLC0415

    run = Run(Settings(seed=seed or int(time.time())))
    chosen = implementations or module.right_implementations(run.settings.cases)
    try:
        sums = module.campaign(chosen, run, _chosen(run, select), cases, workers)
    except LoadError as error:
        stop(error)
    found = {name: one.plain() for name, one in sums.items()}
    about = {"seed": run.settings.seed, "versions": machine.versions(), "cpu": machine.cpu()}
    _tell(table(found, seed=run.settings.seed), {**about, "operations": found}, output)
    raise typer.Exit(DOES_NOT if any(one.alarms for one in sums.values()) else CONFORMS)


@app.command(rich_help_panel=PROVE)
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
    stop_at_first(_asked.file(output))
    limit_threads()
    from conformance.tools.proof import proof  # noqa: PLC0415 - NumPy is imported only here
    from conformance.tools.proof.tables import score_data, score_table  # noqa: PLC0415

    run = Run(Settings(profile=profile.value, seed=seed))
    names = _chosen(run, select)
    data = score_data(proof.scores(run, names, workers).values())
    known = [one.operation for one in run.mistakes]
    data["mistakes"] = {name: known.count(name) for name in data["operations"]}
    _tell(score_table(data), {"seed": seed, "profile": profile.value, **data}, output)
    raise typer.Exit(DOES_NOT if data["missed"] or data["wronged"] else CONFORMS)


@app.command(rich_help_panel=PROVE)
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
    stop_at_first(_asked.file(output))
    limit_threads()
    from conformance.tools.proof import proof  # noqa: PLC0415 - NumPy is imported only here
    from conformance.tools.proof.tables import sensitivity_table  # noqa: PLC0415

    run = Run(Settings(seed=seed))
    names = _chosen(run, select)
    found = proof.sensitivities(run, names, workers)
    _tell(sensitivity_table(found), {"seed": seed, "checks": found}, output)


@app.command(rich_help_panel=PROVE)
def counterexamples(
    *,
    seed: Annotated[int, typer.Option(help="Draw other cases.")] = 0,
    select: Annotated[str, typer.Option("-k", help="Only mistakes whose id contains this.")] = "",
    workers: Workers = 0,
    output: Output = "",
) -> None:
    """Measure how small counterexamples are: that of each named mistake, as a report shows it.

    Example: nn-conformance counterexamples -k conv2d
    """
    limit_threads()
    from dataclasses import asdict  # noqa: PLC0415 - NumPy is imported only here

    from conformance.tools.proof.examples import examples  # noqa: PLC0415
    from conformance.tools.proof.tables import example_table  # noqa: PLC0415

    run = Run(Settings(seed=seed))
    names = [one.id for one in run.mistakes if select in one.id]
    if not names:
        stop(f"no mistake's id contains {select!r}. An id looks like {run.mistakes[0].id}")
    found = {name: asdict(one) for name, one in examples(run, names, workers).items()}
    _tell(example_table(found), {"seed": seed, "mistakes": found}, output)


def _chosen(run: Run, select: str) -> list[str]:
    """The checks whose ids contain a text."""
    names = [name for name in run.checks if select in name]
    if not names:
        stop(
            f"no check's id contains {select!r}. An id looks like {next(iter(run.checks))}; give a "
            f"part of one."
        )
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
        write(Path(output), text + "\n")
