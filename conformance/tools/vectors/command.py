"""vectors, judge-vectors: for code that cannot be called here."""

from pathlib import Path
from typing import Annotated

import typer

from conformance.record.vocabulary import PROFILES, REPORT, USUAL_DTYPES, Verdict
from conformance.run import machine, names
from conformance.tools import app as cli
from conformance.tools import arguments, completion


@cli.app.command(rich_help_panel=cli.JUDGE)
def vectors(
    operations: Annotated[
        list[str],
        typer.Argument(
            help="Functions of the contract, such as conv2d.", autocompletion=completion.functions
        ),
    ],
    *,
    output: Annotated[str, typer.Option(metavar="DIR", help="The directory to write them to.")],
    dtype: Annotated[
        list[str] | None, typer.Option(help="Only this dtype; may be given several times.")
    ] = None,
    profile: cli.ProfileOption = cli.USUAL,
    seed: cli.Seed = 0,
) -> None:
    """Write cases, their true results and error bounds to files, for code of any other place.

    Example: nn-conformance vectors conv2d relu --output vectors --profile quick
    """
    cli.stop_at_first(
        names.unknown(operations, names.functions(), "function"),
        arguments.dtypes(dtype or ()),
        arguments.folder(output),
        f"{output} has files in it; give a new directory" if _is_full(Path(output)) else "",
    )
    # NumPy comes with these.
    from conformance.judge.search import Plan  # noqa: PLC0415
    from conformance.run.run import Run  # noqa: PLC0415
    from conformance.tools.vectors.export import export  # noqa: PLC0415

    known = Run().functions
    plan = Plan(PROFILES[profile.value], seed)
    about = {"versions": machine.versions(), "profile": profile.value, "seed": seed}
    chosen = [known[name] for name in dict.fromkeys(operations)]
    dtypes = dict.fromkeys(dtype or USUAL_DTYPES)
    written = export(chosen, dtypes, plan, Path(output), about)
    for file in written.files:
        cli.tell(str(file))
    words = f"{written.cases} cases; when their results are in RESULTS, judge them with"
    cli.tell_next(output, words, "nn-conformance", "judge-vectors", output, "RESULTS")


def _is_full(folder: Path) -> bool:
    return folder.is_dir() and any(folder.iterdir())


@cli.app.command("judge-vectors", rich_help_panel=cli.JUDGE)
def judge_vectors(
    folder: Annotated[str, typer.Argument(metavar="DIR", help="What `vectors` wrote.")],
    results: Annotated[
        str,
        typer.Argument(
            metavar="RESULTS", help="The results: a file in the format safetensors, or a directory."
        ),
    ],
    *,
    report: cli.ReportOption = REPORT,
) -> None:
    """Judge what an implementation made of vectors, as if it had been called here.

    Example: nn-conformance judge-vectors vectors results.safetensors
    """
    cli.stop_at_first(arguments.folder(report))
    # NumPy comes with these.
    from conformance.run import finish as showing  # noqa: PLC0415
    from conformance.tools.vectors.index import VectorsError  # noqa: PLC0415
    from conformance.tools.vectors.judging import judged  # noqa: PLC0415

    try:
        outcome = judged(folder, results, report)
    except VectorsError as error:
        cli.stop(error)
    shown = showing.finish(outcome.gathering, complete=True)
    showing.show(shown, showing.console_of(None), timing=False)
    if outcome.present < outcome.due:
        missing = outcome.due - outcome.present
        cli.tell(f"{missing} of {outcome.due} results are missing, and were not judged")
    verdicts = [Verdict(line["verdict"]) for line in shown.record.checks]
    if shown.offers_nothing:
        cli.stop(showing.NOTHING)
    raise typer.Exit(cli.DOES_NOT if any(each.failed for each in verdicts) else cli.CONFORMS)
