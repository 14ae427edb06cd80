"""claims: judge the document's claims, and tell which of them to believe."""

from pathlib import Path
from typing import Annotated

import typer

from conformance.record.vocabulary import REPORT
from conformance.report.language import spoken
from conformance.run.names import claims as known_claims
from conformance.run.names import sections, unknown
from conformance.run.settings import REFERENCE, Settings
from conformance.tools import app as cli
from conformance.tools import completion
from conformance.tools.records import FILES, format_names, write_formats
from conformance.tools.run import judged


@cli.app.command(rich_help_panel=cli.READ)
def claims(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            help="Only these: sections of the document, or claims.",
            autocompletion=completion.everything,
        ),
    ] = None,
    *,
    language: cli.Language = "",
    profile: cli.ProfileOption = cli.USUAL,
    seed: cli.Seed = 0,
    workers: cli.Workers = "auto",
    formats: Annotated[
        str, typer.Option("--format", help=f"Also write files: {', '.join(FILES)}.")
    ] = "",
    report: cli.ReportOption = REPORT,
) -> None:
    """Judge the statements of the document: which hold, when, and which do not.

    Example: nn-conformance claims

    Example: nn-conformance claims 3.2 --language zh

    Example: nn-conformance claims --format story
    """
    cli.stop_at_first(unknown(names or (), (*sections(), *known_claims()), "section or claim"))
    wanted = format_names(formats, hints=False) if formats else []
    settings = Settings(
        REFERENCE,
        operations=tuple(names or sections()),
        profile=profile.value,
        seed=seed,
        report=report,
    )
    with spoken(cli.language(language)):
        code = judged(settings, ["-n", workers])
        if wanted:
            write_formats(cli.read_record(report), Path(report), wanted, hints=False)
    raise typer.Exit(code)
