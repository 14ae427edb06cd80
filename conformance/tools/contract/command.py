"""list, explain, init: the commands that show the contract, and begin an implementation."""

from pathlib import Path
from typing import Annotated

import typer

from conformance.record.vocabulary import USUAL_DTYPES
from conformance.run import names
from conformance.run.run import Run
from conformance.tools import arguments, completion
from conformance.tools.app import READ, app, stop_at_first, tell_next, write


@app.command("list", rich_help_panel=READ)
def list_() -> None:
    """List the operations with their formulas, and the document's claims.

    Example: nn-conformance list
    """
    from rich.console import Console  # noqa: PLC0415 - only where something is shown
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    from conformance.spec.check import checks_of  # noqa: PLC0415 - NumPy comes with it

    run = Run()
    console = Console(highlight=False)
    table = Table("operation", "formula", "checks", box=None)
    for name, operation in run.operations.items():
        # A formula's brackets are no markup.
        owed = len(checks_of(operation, USUAL_DTYPES))
        table.add_row(name, Text(operation.formula), str(owed))
    console.print(table)
    table = Table("claim", "what the document says", box=None)
    for name, claim in run.claims.items():
        table.add_row(name, Text(claim.statement))
    console.print()
    console.print(table)


@app.command(rich_help_panel=READ)
def explain(
    name: Annotated[
        str,
        typer.Argument(
            help="Of an operation or a claim, as `list` shows it, or a section's number.",
            autocompletion=completion.everything,
        ),
    ],
) -> None:
    """Tell what an operation is: its formula, call, shapes, and what it must refuse; or a claim.

    Example: nn-conformance explain conv2d

    Example: nn-conformance explain 3.2/output-delta
    """
    stop_at_first(arguments.operations([name]))
    from conformance.tools.contract.explain import explained  # noqa: PLC0415 - NumPy is imported only here

    typer.echo(explained(name, Run()))


@app.command(rich_help_panel=READ)
def init(
    file: Annotated[str, typer.Argument(help="The file to write; it must not exist yet.")],
    operations: Annotated[
        list[str] | None,
        typer.Argument(
            help="Only these; by default the whole contract.",
            autocompletion=completion.functions,
        ),
    ] = None,
) -> None:
    """Write a file with the functions to fill in, signatures and docstrings ready.

    Example: nn-conformance init my_ops.py relu linear
    """
    stop_at_first(
        names.unknown(operations or (), names.functions(), "operation"),
        arguments.new(file),
    )
    from conformance.spec.signature import stubs  # noqa: PLC0415 - NumPy is imported only here

    known = Run().functions
    chosen = [known[name] for name in dict.fromkeys(operations or known)]
    write(Path(file), stubs(chosen, file, len(known)))
    many = f"{len(chosen)} operation{'s' * (len(chosen) != 1)}"
    tell_next(file, f"{many} to fill in. Judge it with", "nn-conformance", "run", file)
