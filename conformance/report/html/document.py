"""The page written out: data, templates, style sheet and script in one file."""

from pathlib import Path

from conformance.record.file import Record

_TEMPLATES = Path(__file__).parent / "templates"


def html(record: Record) -> str:
    """Return a record as one HTML page."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415 - only here
    from markupsafe import Markup  # noqa: PLC0415

    from conformance.report.html.page import page  # noqa: PLC0415 - costs nothing, unless asked

    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    files = {kind: _TEMPLATES / f"report.{kind}" for kind in ("css", "js")}
    own = {kind: Markup(file.read_text("utf-8")) for kind, file in files.items()}  # noqa: S704 - our own
    return environment.get_template("report.html.jinja").render(page=page(record), **own)
