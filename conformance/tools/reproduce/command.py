"""reproduce: a failure as a script, or a test, that does without this package."""

import re
import sys
from pathlib import Path
from typing import Annotated

import typer

from conformance.implementation.bundled import importable
from conformance.record.vocabulary import REPORT
from conformance.tools import app as cli
from conformance.tools import arguments


@cli.app.command(rich_help_panel=cli.JUDGE)
def reproduce(
    name: Annotated[str, typer.Argument(metavar="ID", help="A check of the record.")],
    *,
    pytest: Annotated[
        bool, typer.Option("--pytest", help="A test to keep, instead of a script.")
    ] = False,
    output: Annotated[
        str, typer.Option(metavar="FILE", help="Write it there instead of showing it.")
    ] = "",
    implementation: Annotated[str, typer.Option(help="Call another one than the record's.")] = "",
    report: cli.ReportOption = REPORT,
) -> None:
    r"""Write a counterexample down as a script that does without this package.

    It needs NumPy, torch and the implementation.

    Example: nn-conformance reproduce 'conv2d/gradient/weight\[float32]' --output failure.py
    """
    cli.stop_at_first(arguments.new(output))
    from conformance.tools.replay import replay as replaying  # noqa: PLC0415 - NumPy comes with them
    from conformance.tools.reproduce.reproduce import reproduction  # noqa: PLC0415 - NumPy comes with it

    record = cli.read_record(report)
    if record.header.get("command") and not implementation:
        cli.stop(
            "the record is that of a program, and a script calls Python code. Repeat it with "
            "nn-conformance replay, or name Python code with --implementation"
        )
    try:
        line = replaying.find(record, name)
        spec = importable(implementation or record.header["implementation"])
        file = Path(output).name or re.sub(r"\W+", "_", name).strip("_") + ".py"
        code = reproduction(line, spec, file, pytest=pytest)
    except replaying.ReplayError as error:
        cli.stop(error)
    if output:
        cli.write(Path(output), code)
        cli.tell_next(output, "run it with", "pytest" if pytest else "python", output)
    else:
        encoding = sys.stdout.encoding or "utf-8"
        # In strings and comments, where such letters are, an escape is as good.
        typer.echo(code.encode(encoding, "backslashreplace").decode(encoding), nl=False)
