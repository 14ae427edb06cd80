"""render, compare, merge: commands for records that are there already."""

import json
from collections import Counter
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from conformance.record import diff
from conformance.record import file as files
from conformance.record.file import Line, Record, RecordError
from conformance.record.merge import MergeError
from conformance.record.merge import merge as merge_records
from conformance.record.vocabulary import REPORT, Reason
from conformance.report.diff import text
from conformance.report.gradescope import gradescope
from conformance.report.html.several import several
from conformance.report.language import spoken
from conformance.report.terminal import render as show
from conformance.report.views import FORMATS, Format
from conformance.tools import app as cli
from conformance.tools import arguments, completion

RecordArgument = Annotated[
    str, typer.Argument(metavar="RECORD", help="A record.jsonl, or the directory it is in.")
]
RecordArguments = Annotated[
    list[str],
    typer.Argument(
        metavar="RECORD...",
        help="A record.jsonl, or the directory it is in; several make one HTML page.",
    ),
]
FILES = tuple(name for name in FORMATS if name != "terminal")
Hints = Annotated[
    bool, typer.Option("--hints", help="Gradescope: also hints, and the input that goes wrong.")
]


@cli.app.command(rich_help_panel=cli.RECORDS)
def render(
    records: RecordArguments,
    *,
    formats: Annotated[
        str,
        typer.Option(
            "--format",
            help=f"One or more, with commas between: {', '.join(FORMATS)}.",
            autocompletion=completion.formats,
        ),
    ] = "terminal",
    report: cli.ReportOption = "",
    hints: Hints = False,
    language: cli.Language = "",
) -> None:
    """Show a record, or write it in other formats; without --report to the output.

    Several records of one implementation show how its verdicts changed over time; records of
    several implementations stand side by side.

    Example: nn-conformance render conformance-report --format junit,badge --report public

    Example: nn-conformance render mine theirs --format html --report public
    """
    names = format_names(formats, hints=hints)
    if len(names) > 1 and not report:
        cli.stop(
            f"--format {formats!r} asks for more than one; say where to write, with --report DIR"
        )
    with spoken(cli.language(language)):
        if len(records) > 1:
            _render_together(records, names, report)
        else:
            _render(cli.read_record(records[0]), names, report, hints=hints)


def _render(run: Record, names: list[str], report: str, *, hints: bool) -> None:
    if "terminal" in names:
        show(run, Console())
        names.remove("terminal")
    if report:
        write_formats(run, Path(report), names, hints=hints)
        return
    for view in _views(names, hints=hints).values():
        # Bytes: a terminal without these letters must not end a pipe.
        typer.echo(view.render(run).encode("utf-8"), nl=False)


def _render_together(records: list[str], names: list[str], report: str) -> None:
    if names != ["html"]:
        cli.stop("several records make one page; ask for it with --format html")
    page = several([cli.read_record(record) for record in records])
    if report:
        _write(Path(report) / FORMATS["html"].file, page)
    else:
        typer.echo(page.encode("utf-8"), nl=False)


def format_names(formats: str, *, hints: bool) -> list[str]:
    """Return the formats that a list with commas names; end where one of them cannot be made."""
    names = list(dict.fromkeys(map(str.strip, formats.split(","))))
    for name in names:
        if name not in FORMATS:
            cli.stop(f"there is no format {name!r}; give one or more of {', '.join(FORMATS)}")
    if hints and "gradescope" not in names:
        cli.stop("--hints are Gradescope's alone; ask for it with --format gradescope")
    if "html" in names:
        cli.stop_without("jinja2", "latex2mathml", "matplotlib")
    return names


def write_formats(run: Record, folder: Path, names: list[str], *, hints: bool) -> None:
    """Write every format that can be made; end with the others' errors, if there are any."""
    failed = []
    for name, view in _views(names, hints=hints).items():
        try:
            content = view.render(run)
        except Exception as error:  # noqa: BLE001 - the formats after it are made all the same
            failed.append(f"{name} cannot be made of this record: {type(error).__name__}: {error}")
        else:
            _write(folder / view.file, content)
    if failed:
        cli.stop("; ".join(failed))


def _views(names: list[str], *, hints: bool) -> dict[str, Format]:
    views = {name: FORMATS[name] for name in names}
    if hints:
        hinting = partial(gradescope, hints=True)
        views["gradescope"] = views["gradescope"]._replace(render=hinting)
    return views


def _write(path: Path, content: str) -> None:
    cli.write(path, content, folders=True)
    typer.echo(str(path))


@cli.app.command(rich_help_panel=cli.RECORDS)
def compare(
    before: RecordArgument,
    after: RecordArgument,
    *,
    output: cli.Output = "",
) -> None:
    """Tell what changed from one record to another; exit code 1 where something is worse.

    Example: nn-conformance compare main-report conformance-report
    """
    cli.stop_at_first(arguments.file(output))
    comparison = diff.compare(cli.read_record(before), cli.read_record(after))
    typer.echo(text(comparison).encode("utf-8"), nl=False)
    if output:
        _write(Path(output), json.dumps(comparison.plain(), indent=1, allow_nan=False) + "\n")
    raise typer.Exit(cli.DOES_NOT if comparison.towards("worse") else cli.CONFORMS)


@cli.app.command(rich_help_panel=cli.RECORDS)
def merge(
    records: Annotated[
        list[str], typer.Argument(metavar="RECORD...", help="The record of every shard.")
    ],
    *,
    report: cli.ReportOption = REPORT,
) -> None:
    """Make one record of those of a run's shards.

    Exit codes: 0 merged, whatever the verdicts are; 2 the records are not all of one run's shards.

    Example: nn-conformance merge shard-1 shard-2 shard-3 --report conformance-report
    """
    path = Path(report) / files.FILE
    try:
        header, lines, footer = merge_records(list(map(cli.read_record, records)))
        files.write(path, header, lines, footer)
    except (MergeError, RecordError) as error:
        cli.stop(error)
    except OSError as error:
        cli.stop(f"{path} cannot be written: {error.strerror}. Give a place that can be.")
    whence = f"{len(records)} record{'s' * (len(records) != 1)}"
    typer.echo(f"{path}: {len(lines)} checks and claims of {whence}{_left(lines)}")


def _left(lines: list[Line]) -> str:
    """Say how many ids nothing is known of, and why."""
    reasons = Counter(line["reason"] for line in lines if line["type"] == "not selected")
    words = {Reason.DESELECTED: "deselected in all of them", Reason.INTERRUPTED: "interrupted"}
    return "".join(f"; {reasons[why]} {text}" for why, text in words.items() if reasons[why])
