"""The page written out: data, templates, style sheet and script in one file."""

from pathlib import Path
from typing import Any

from conformance.record.file import Record

_TEMPLATES = Path(__file__).parent / "templates"


def html(record: Record) -> str:
    """Return a record as one HTML page."""
    from conformance.report.html.page import page  # noqa: PLC0415 - costs nothing, unless asked

    return rendered("report", page(record))


def rendered(name: str, page: dict[str, Any]) -> str:
    """Return a template filled with a page; it has the report's style sheet, and its own."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415 - only here
    from markupsafe import Markup  # noqa: PLC0415

    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    sheets = dict.fromkeys(("report.css", f"{name}.css"))
    css = "".join((_TEMPLATES / sheet).read_text("utf-8") for sheet in sheets)
    script = (_TEMPLATES / f"{name}.js").read_text("utf-8")
    own = {"css": Markup(css), "js": Markup(script)}  # noqa: S704 - our own
    return environment.get_template(f"{name}.html.jinja").render(page=page, **own)
