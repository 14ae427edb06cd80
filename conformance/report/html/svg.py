"""What matplotlib draws, as SVG that may stand in a page: no date, no links, no id twice.

A drawing uses the colours of `COLOURS` alone; in the page they are the style sheet's, so that
light, dark and paper each have their own.
"""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLOURS = {
    "#010101": "var(--ink)",
    "#020202": "var(--soft)",
    "#030303": "var(--line)",
    "#040404": "var(--series)",
    "#050505": "var(--other)",
    "#060606": "var(--bad)",
    "#070707": "var(--paper)",
}
INK, SOFT, LINE, SERIES, OTHER, BAD, PAPER = COLOURS

SETTINGS: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "nn-conformance",
    "font.family": "sans-serif",
    "font.size": 9,
    "path.simplify": False,
    "text.color": INK,
    "axes.edgecolor": LINE,
    "axes.labelcolor": SOFT,
    "xtick.color": SOFT,
    "ytick.color": INK,
    "hatch.color": PAPER,
    "hatch.linewidth": 1.0,
    "text.parse_math": False,
}
_SPACE = "{http://www.w3.org/2000/svg}"
_LINK = "{http://www.w3.org/1999/xlink}href"


def svg(figure: Figure, name: str, description: str) -> str:
    """Return the figure as one element, its ids under `name`; `description` is read aloud."""
    stream = StringIO()
    nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
    figure.savefig(stream, format="svg", metadata=nothing, transparent=True)
    root = ET.fromstring(stream.getvalue())  # noqa: S314 - of our own making
    for element in root.iter():
        element.tag = element.tag.removeprefix(_SPACE)
        _own_ids(element, name)
    box = {"viewBox": root.attrib["viewBox"]}
    root.attrib = {**box, "role": "img", "aria-label": description, "class": "plot"}
    text = ET.tostring(root, encoding="unicode")
    for colour, variable in COLOURS.items():
        text = text.replace(colour, variable)
    return text


def _own_ids(element: ET.Element, name: str) -> None:
    """Keep what is referred to, under a name of this drawing; what groups are called is not."""
    if element.tag == "g":
        element.attrib.pop("id", None)
    if "id" in element.attrib:
        element.set("id", f"{name}-{element.attrib['id']}")
    if _LINK in element.attrib:
        element.set("href", f"#{name}-{element.attrib.pop(_LINK).removeprefix('#')}")
    for key, value in element.attrib.items():
        element.set(key, value.replace("url(#", f"url(#{name}-"))
