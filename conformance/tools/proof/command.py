"""campaign, mistakes, sensitivity, counterexamples: the commands that prove the suite."""

import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from conformance.run import machine
from conformance.run.run import Run
from conformance.run.selection import matching
from conformance.run.settings import Settings
from conformance.tools import arguments
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
    _check_options(select, workers, output)
    from conformance.implementation.load_error import LoadError  # noqa: PLC0415
    from conformance.tools.proof import campaign as module  # noqa: PLC0415 - NumPy is imported only here
    from conformance.tools.proof.tables import campaign_table  # noqa: PLC0415

    run = Run(Settings(seed=int(time.time()) if seed is None else seed))
    chosen = implementations or module.right_implementations(run.settings.cases)
    names = _chosen(run.checks, select)
    try:
        sums = module.campaign(chosen, run, names, cases, arguments.processes(workers))
    except LoadError as error:
        stop(error)
    figures = {name: total.plain() for name, total in sums.items()}
    about = {"seed": run.settings.seed, "versions": machine.versions(), "cpu": machine.cpu()}
    table = campaign_table(figures, seed=run.settings.seed)
    _show(table, {**about, "operations": figures}, output)
    raise typer.Exit(DOES_NOT if any(total.alarms for total in sums.values()) else CONFORMS)


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
    _check_options(select, workers, output)
    from conformance.tools.proof import proof  # noqa: PLC0415 - NumPy is imported only here
    from conformance.tools.proof.tables import score_data, score_table  # noqa: PLC0415

    run = Run(Settings(profile=profile.value, seed=seed))
    names = _chosen(run.checks, select)
    data = score_data(proof.scores(run, names, arguments.processes(workers)))
    known = [mistake.operation for mistake in run.mistakes]
    data["mistakes"] = {name: known.count(name) for name in data["operations"]}
    _show(score_table(data), {"seed": seed, "profile": profile.value, **data}, output)
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
    _check_options(select, workers, output)
    from conformance.tools.proof import proof  # noqa: PLC0415 - NumPy is imported only here
    from conformance.tools.proof.tables import sensitivity_table  # noqa: PLC0415

    run = Run(Settings(seed=seed))
    measured = [name for name, check in run.checks.items() if check.kind in proof.NUMERIC]
    names = _chosen(measured, select)
    finest = proof.sensitivities(run, names, arguments.processes(workers))
    _show(sensitivity_table(finest), {"seed": seed, "checks": finest}, output)


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
    _check_options(select, workers, output)
    from conformance.tools.proof.examples import examples  # noqa: PLC0415 - NumPy is imported only here
    from conformance.tools.proof.tables import example_table  # noqa: PLC0415

    run = Run(Settings(seed=seed))
    names = _chosen([mistake.id for mistake in run.mistakes], select)
    measured = examples(run, names, arguments.processes(workers))
    figures = {name: asdict(example) for name, example in measured.items()}
    _show(example_table(figures), {"seed": seed, "mistakes": figures}, output)


def _check_options(select: str, workers: str, output: str) -> None:
    """End with the first error of the options, before anything heavy is imported."""
    stop_at_first(arguments.pattern(select), arguments.workers(workers), arguments.file(output))


def _chosen(ids: Iterable[str], select: str) -> list[str]:
    """Return the ids that match an expression for -k; end where none does."""
    known = list(ids)
    names = matching(known, select)
    if not names:
        stop(f"-k {select!r} matches no id. One looks like {known[0]}; give a part of it.")
    return names


def _show(table: str, data: Mapping[str, Any], output: str) -> None:
    """Show a table in Markdown; write its data to a file, if one is named."""
    from rich.console import Console  # noqa: PLC0415 - these commands alone need it
    from rich.markdown import Markdown  # noqa: PLC0415

    console = Console()
    # A program that reads the output gets Markdown.
    console.print(Markdown(table)) if console.is_terminal else typer.echo(table)
    if output:
        text = json.dumps(data, indent=1, ensure_ascii=False)
        write(Path(output), text + "\n")
