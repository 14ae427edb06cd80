"""The formats a record is rendered in, by name."""

from collections.abc import Callable
from io import StringIO
from typing import NamedTuple

from rich.console import Console

from conformance.record.file import Record
from conformance.report.claims import story
from conformance.report.gradescope import gradescope
from conformance.report.html.document import html
from conformance.report.json_summary import badge, summary_json
from conformance.report.junit import junit
from conformance.report.markdown import markdown
from conformance.report.terminal import render


class Format(NamedTuple):
    """What renders a record, and the file that it goes to unless another is named."""

    render: Callable[[Record], str]
    file: str


def terminal(record: Record) -> str:
    """Return what the terminal shows, as plain text of 100 columns."""
    stream = StringIO()
    # In a notebook rich would show it instead of writing it here.
    console = Console(
        file=stream, width=100, color_system=None, force_terminal=False, force_jupyter=False
    )
    render(record, console)
    return stream.getvalue()


FORMATS = {
    "terminal": Format(terminal, "report.txt"),
    "html": Format(html, "report.html"),
    "json": Format(summary_json, "summary.json"),
    "junit": Format(junit, "junit.xml"),
    "markdown": Format(markdown, "summary.md"),
    "story": Format(story, "document.md"),
    "badge": Format(badge, "badge.json"),
    "gradescope": Format(gradescope, "results.json"),
}
