"""matrix: judge every framework that is installed, and show them side by side."""

import importlib.util
import json
import pkgutil
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from conformance.record.file import FILE, RecordError, read
from conformance.record.vocabulary import PROFILES
from conformance.report.frameworks import (
    CRASHES,
    LOSES,
    WITHIN,
    WRONG,
    Framework,
)
from conformance.report.frameworks_digest import digest
from conformance.run.machine import isolation_trouble
from conformance.tools import app as cli
from conformance.tools import arguments, completion
from conformance.tools.grade import grades

PAGE, HISTORY = "frameworks.html", "history.json"
_ADAPTERS = "conformance.adapters"
_OUTPUT = "conformance-frameworks"
# They compile a function anew for each shape, and are judged on fewer shapes.
_COMPILED = frozenset({"flax", "jax", "keras_jax", "tinygrad", "torch_compile"})
_LEAST_EXAMPLES = 4
_Frameworks = Annotated[
    list[str] | None, typer.Argument(help="Only these, by the names of their adapters.")
]
_Operations = Annotated[
    list[str] | None,
    typer.Option(
        "--operation", help="Only this; may be given several times.",
        autocompletion=completion.everything,
    ),
]  # fmt: skip
_Again = Annotated[
    bool, typer.Option("--render", help="Judge nothing: show the records that are there.")
]
_Digest = Annotated[str, typer.Option(help="Also write what all cells come to, to this JSON file.")]


@cli.app.command(rich_help_panel=cli.JUDGE)
def matrix(
    frameworks: _Frameworks = None,
    *,
    operation: _Operations = None,
    profile: cli.ProfileOption = cli.USUAL,
    seed: cli.Seed = 0,
    timeout: cli.Timeout = 60.0,
    workers: cli.Workers = "auto",
    render: _Again = False,
    output: _Digest = "",
    report: cli.ReportOption = _OUTPUT,
) -> None:
    """Judge every framework that is installed, and show them side by side.

    Each is judged in a process of its own: a crash costs its own cells.

    Example: nn-conformance matrix jax onnxruntime --profile quick
    """
    known = adapters()
    strange = [name for name in frameworks or () if name not in known]
    cli.stop_at_first(
        f"there is no adapter {strange[0]!r}; give some of {', '.join(known)}" if strange else "",
        arguments.operations(operation or ()),
        arguments.workers(workers),
        arguments.folder(report),
        arguments.file(output),
        "" if render else isolation_trouble(),
    )
    cli.stop_without("jinja2")
    chosen = list(frameworks or known)
    folder = Path(report)
    if render:
        columns = [_of_record(name, folder / name) for name in chosen]
    else:
        options = [*(operation or ()), "--profile", profile.value, "--seed", str(seed)]
        options += ["--timeout", str(timeout), "--memory", "16384"]
        options = [[*options, *_examples(name, profile.value)] for name in chosen]
        columns = _judged(chosen, options, folder, arguments.processes(workers))
        _remember(folder / HISTORY, columns)
    _show(columns, folder)
    if output:
        text = json.dumps(digest(columns), indent=1, ensure_ascii=False)
        cli.write(Path(output), f"{text}\n")
    if not any(column.cells for column in columns):
        raise typer.Exit(cli.COULD_NOT_JUDGE)


def adapters() -> tuple[str, ...]:
    """Return the names of all adapters, in order."""
    package = importlib.util.find_spec(_ADAPTERS)
    assert package is not None
    places = package.submodule_search_locations
    names = (each.name for each in pkgutil.iter_modules(places))
    return tuple(sorted(name for name in names if not name.startswith("_")))


def _examples(name: str, profile: str) -> list[str]:
    """Return the option for what compiles for each shape: a third of the structures."""
    few = max(_LEAST_EXAMPLES, PROFILES[profile] // 3)
    return ["--examples", str(few)] if name in _COMPILED else []


def _judged(
    names: Sequence[str], options: Sequence[Sequence[str]], folder: Path, workers: int
) -> list[Framework]:
    from conformance.tools import accuracy  # noqa: PLC0415 - with it comes NumPy

    specs = [f"{_ADAPTERS}.{name}" for name in names]
    # A folder is named after what its spec ends in.
    results = grades(specs, options, folder, workers, names=names, noun="frameworks")
    return [
        Framework(
            name,
            None if result.message else result.record,
            result.message,
            {} if result.message else accuracy.write(spec, folder / name),
        )
        for name, spec, result in zip(names, specs, results, strict=True)
    ]


def _of_record(name: str, folder: Path) -> Framework:
    from conformance.tools import accuracy  # noqa: PLC0415 - with it comes NumPy

    try:
        return Framework(name, read(folder / FILE), accuracy=accuracy.read(folder))
    except RecordError as error:
        return Framework(name, None, str(error))


def _remember(file: Path, columns: Sequence[Framework]) -> None:
    """Add what this run came to, to the history of all."""
    history = _history(file)
    for each in columns:
        if each.record is None:
            continue
        words = {word: each.count(word) for word in (WITHIN, LOSES, WRONG, CRASHES)}
        counts = ", ".join(f"{count} {word}" for word, count in words.items() if count)
        entry = {
            "date": each.record.header["started"],
            "version": each.version,
            "counts": counts,
            "cells": {name: cell.core for name, cell in each.cells.items()},
        }
        history.setdefault(each.name, []).append(entry)
    cli.write(file, json.dumps(history, indent=1, ensure_ascii=False) + "\n")


def _history(file: Path) -> dict[str, list[dict[str, object]]]:
    try:
        known: dict[str, list[dict[str, object]]] = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return known


def _show(columns: Sequence[Framework], folder: Path) -> None:
    from conformance.report.frameworks_table import core, habits, overview  # noqa: PLC0415
    from conformance.report.html.frameworks import frameworks_page  # noqa: PLC0415
    from conformance.tools.reproduce.frameworks import scripts  # noqa: PLC0415 - NumPy, torch

    written = scripts(columns, folder)
    page = frameworks_page(columns, written, _history(folder / HISTORY))
    cli.write(folder / PAGE, page)
    plain = digest(columns)
    typer.echo("\n\n".join([overview(plain), core(plain), habits(plain)]))
    for each in columns:
        if each.trouble:
            typer.echo(f"{each.name}: not judged: {each.trouble}")
    typer.echo(f"page: {folder / PAGE}")
