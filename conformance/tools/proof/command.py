"""campaign, mistakes, sensitivity, counterexamples: what proves the suite."""

import json
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from conformance.run import machine
from conformance.run.run import Run
from conformance.run.selection import matching
from conformance.run.settings import Settings
from conformance.tools import asked as _asked
from conformance.tools.app import (
    CONFORMS,
    DOES_NOT,
    PROVE,
    USUAL,
    Output,
    ProfileOption,
    Seed,
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
    seed: Annotated[
        int | None,
        typer.Option(help="Draw other cases.", show_default="a fresh one, from the clock"),
    ] = None,
    select: Select = "",
    workers: Workers = "auto",
    output: Output = "",
) -> None:
    """Search for false alarms: many cases over implementations known to be right.

    Example: nn-conformance campaign --cases 2000000
    """
    _look_at(select, workers, output)
    from conformance.implementation.load_error import LoadError  # noqa: PLC0415
    from conformance.tools.proof import campaign as module  # noqa: PLC0415 - NumPy is imported only here
    from conformance.tools.proof.campaign_table import table  # noqa: PLC0415

    run = Run(Settings(seed=int(time.time()) if seed is None else seed))
    chosen = implementations or module.right_implementations(run.settings.cases)
    names = _chosen(run.checks, select)
    try:
        sums = module.campaign(chosen, run, names, cases, _asked.processes(workers))
    except LoadError as error:
        stop(error)
    found = {name: one.plain() for name, one in sums.items()}
    about = {"seed": run.settings.seed, "versions": machine.versions(), "cpu": machine.cpu()}
    _tell(table(found, seed=run.settings.seed), {**about, "operations": found}, output)
    raise typer.Exit(DOES_NOT if any(one.alarms for one in sums.values()) else CONFORMS)


@app.command(rich_help_panel=PROVE)
def mistakes(
    *,
    profile: ProfileOption = USUAL,
    seed: Seed = 0,
    select: Select = "",
    workers: Workers = "auto",
    output: Output = "",
) -> None:
    """Score the suite: each named mistake must be rejected by the checks it breaks, and no other.

    Example: nn-conformance mistakes -k conv2d
    """
    _look_at(select, workers, output)
    from conformance.tools.proof import proof  # noqa: PLC0415 - NumPy is imported only here
    from conformance.tools.proof.tables import score_data, score_table  # noqa: PLC0415

    run = Run(Settings(profile=profile.value, seed=seed))
    names = _chosen(run.checks, select)
    data = score_data(proof.scores(run, names, _asked.processes(workers)).values())
    known = [one.operation for one in run.mistakes]
    data["mistakes"] = {name: known.count(name) for name in data["operations"]}
    _tell(score_table(data), {"seed": seed, "profile": profile.value, **data}, output)
    raise typer.Exit(DOES_NOT if data["missed"] or data["wronged"] else CONFORMS)


@app.command(rich_help_panel=PROVE)
def sensitivity(
    *,
    seed: Seed = 0,
    select: Select = "",
    workers: Workers = "auto",
    output: Output = "",
) -> None:
    """Measure how fine the checks are: the largest k with a result off by 2^-k still rejected.

    Example: nn-conformance sensitivity -k softmax
    """
    _look_at(select, workers, output)
    from conformance.tools.proof import proof  # noqa: PLC0415 - NumPy is imported only here
    from conformance.tools.proof.tables import sensitivity_table  # noqa: PLC0415

    run = Run(Settings(seed=seed))
    names = _chosen(run.checks, select)
    found = proof.sensitivities(run, names, _asked.processes(workers))
    _tell(sensitivity_table(found), {"seed": seed, "checks": found}, output)


@app.command(rich_help_panel=PROVE)
def counterexamples(
    *,
    seed: Seed = 0,
    select: Select = "",
    workers: Workers = "auto",
    output: Output = "",
) -> None:
    """Measure how small counterexamples are: that of each named mistake, as a report shows it.

    Example: nn-conformance counterexamples -k conv2d
    """
    _look_at(select, workers, output)
    from dataclasses import asdict  # noqa: PLC0415 - NumPy is imported only here

    from conformance.tools.proof.examples import examples  # noqa: PLC0415
    from conformance.tools.proof.tables import example_table  # noqa: PLC0415

    run = Run(Settings(seed=seed))
    names = _chosen([mistake.id for mistake in run.mistakes], select)
    measured = examples(run, names, _asked.processes(workers))
    found = {name: asdict(one) for name, one in measured.items()}
    _tell(example_table(found), {"seed": seed, "mistakes": found}, output)


def _look_at(select: str, workers: str, output: str) -> None:
    """End with what is wrong with what was typed, before anything heavy is imported."""
    stop_at_first(_asked.pattern(select), _asked.workers(workers), _asked.file(output))


def _chosen(ids: Iterable[str], select: str) -> list[str]:
    """Return the ids that an expression for -k matches; end where it matches none."""
    known = list(ids)
    names = matching(known, select)
    if not names:
        stop(f"-k {select!r} matches no id. One looks like {known[0]}; give a part of it.")
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
