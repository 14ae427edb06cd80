"""The page written out: data, templates, style sheet and script in one file."""

import re
from pathlib import Path
from typing import Any

from conformance.record.file import Record
from conformance.report.language import say

_TEMPLATES = Path(__file__).parent / "templates"


def html(record: Record) -> str:
    """Return a record as one HTML page."""
    from conformance.report.html.page import page  # noqa: PLC0415 - costs nothing, unless asked

    return rendered("report", page(record))


def _own(name: str) -> str:
    """Return the text of a style sheet or script; empty where a page has none of its own."""
    file = _TEMPLATES / name
    return file.read_text("utf-8") if file.exists() else ""


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
    environment.globals["say"] = say
    sheets = dict.fromkeys(("report.css", f"{name}.css"))
    css = "".join(map(_own, sheets))
    if name == "notebook":
        # Nested in a rule for the part that is ours, it styles nothing else of the notebook.
        css = re.sub(r"^( *)(?::root|body) \{", r"\1& {", css, flags=re.MULTILINE)
    script = _own(f"{name}.js")
    own = {"css": Markup(css), "js": Markup(script)}  # noqa: S704 - our own
    return environment.get_template(f"{name}.html.jinja").render(page=page, **own)
