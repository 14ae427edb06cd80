"""How large the errors are, as shares of the bound, drawn: by operation, and beside torch's.

What matplotlib draws becomes SVG that may stand in a page: no date, no links, no id twice. A
drawing uses the colours of `_COLOURS` alone; in the page they are the style sheet's, so that
light, dark and paper each have their own.
"""

from __future__ import annotations

import math
from io import StringIO
from typing import TYPE_CHECKING, Any
from warnings import catch_warnings, filterwarnings
from xml.etree import ElementTree as ET

from conformance.record.fields import ERROR_EDGES
from conformance.report import totals
from conformance.report.numbers import counted, share
from conformance.report.safe_text import cut, limited

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from conformance.record.file import Record

_CLASSES = ("none", *(f"≤ 1/{round(1 / edge)}" for edge in ERROR_EDGES[1:-1]), "≤ 1", "> 1")
_WIDTH = 4.8  # inches, of 72 units of the drawing each
_ROW = 0.26
_HEAD = 0.4
_NAME = 24  # letters of an operation's name
_BEYOND = 1.2  # where everything beyond the bound stands

_COLOURS = {
    "#010101": "var(--ink)",
    "#020202": "var(--soft)",
    "#030303": "var(--line)",
    "#040404": "var(--series)",
    "#050505": "var(--other)",
    "#060606": "var(--bad)",
    "#070707": "var(--paper)",
}
INK, SOFT, LINE, SERIES, OTHER, BAD, PAPER = _COLOURS

_SETTINGS: Any = {
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


def drawn(record: Record) -> list[dict[str, Any]]:
    """Draw the pictures for which the record has numbers; each with words and a table."""
    operations = totals.operations(record)
    return [plot for plot in (_spread(operations), _worst(operations)) if plot]


def _spread(operations: tuple[totals.Operation, ...]) -> dict[str, Any] | None:
    """Draw a row of bars for each operation: how many elements have an error of which class."""
    counts = {}
    for operation in operations:
        every = [check["errors"] for check in operation.checks if check.get("errors")]
        numbers = tuple(map(sum, zip(*every, strict=True)))
        if sum(numbers):
            counts[limited(operation.name)] = numbers
    if not counts:
        return None

    def draw(axes: Axes) -> None:
        for row, numbers in enumerate(counts.values()):
            _bars(axes, row, numbers)
        axes.set_xticks(range(len(_CLASSES)), _CLASSES, rotation=45, ha="right")
        axes.set_xlim(-0.6, len(_CLASSES) - 0.4)
        axes.set_xlabel("error as a share of the bound")
        axes.axvline(len(_CLASSES) - 1.5, color=BAD, linewidth=1.2, linestyle=(0, (4, 2)))

    elements = sum(map(sum, counts.values()))
    beyond = sum(numbers[-1] for numbers in counts.values())
    words = (
        f"Of {counted(elements)} judged elements of {len(counts)} operations "
        f"{counted(beyond)} lie beyond the bound. Each row is drawn to its own largest class; "
        "the table below has the numbers."
    )
    return {
        "title": "How the errors are spread",
        "svg": _figure("spread", list(counts), draw, words, foot=0.95),
        "words": words,
        "columns": _CLASSES,
        "rows": [(name, [*map(counted, numbers)]) for name, numbers in counts.items()],
    }


def _bars(axes: Axes, row: int, numbers: Sequence[int]) -> None:
    most = max(numbers)
    # What is there at all is seen: no bar is lower than a line. The rows count downward.
    heights = [-max(0.8 * n / most, 0.06) if n else 0.0 for n in numbers]
    columns, foot = range(len(numbers)), row + 0.9
    axes.bar(columns[:-1], heights[:-1], 0.86, bottom=foot, color=SERIES, linewidth=0)
    axes.bar(columns[-1:], heights[-1:], 0.86, bottom=foot, color=BAD, hatch="////", linewidth=0)
    axes.axhline(foot, color=LINE, linewidth=0.6, zorder=0)


def _worst(operations: tuple[totals.Operation, ...]) -> dict[str, Any] | None:
    """Draw two marks for each operation: its worst error, and torch's on the same inputs."""
    pairs = {limited(o.name): (o.worst, o.torch_worst) for o in operations if _is_telling(o)}
    if not pairs:
        return None
    beyond = [name for name, (ours, _) in pairs.items() if ours is not None and not ours <= 1]

    def draw(axes: Axes) -> None:
        for row, (ours, theirs) in enumerate(pairs.values()):
            axes.axhline(row + 0.5, color=LINE, linewidth=0.6, zorder=0)
            _mark(axes, row, theirs, "D", OTHER)
            _mark(axes, row, ours, "o", SERIES)
        axes.set_xlim(-0.03, _BEYOND + 0.32)
        axes.set_xticks([0, 0.25, 0.5, 0.75, 1, _BEYOND], ["0", "¼", "½", "¾", "1", "beyond"])
        axes.set_xlabel("worst error as a share of the bound")
        axes.axvline(1, color=BAD, linewidth=1.2, linestyle=(0, (4, 2)), zorder=1)
        _legend(axes, beyond=bool(beyond))

    more = f" and {len(beyond) - 6} more" if len(beyond) > 6 else ""
    listed = f"Beyond the bound: {', '.join(beyond[:6])}{more}."
    words = (
        f"The largest error of {len(pairs)} operations as a share of its bound, and torch's on "
        f"the same inputs. {listed if beyond else 'All lie within the bound.'} "
        "The table below has the numbers."
    )
    return {
        "title": "The worst error, beside torch's",
        "svg": _figure("worst", list(pairs), draw, words),
        "words": words,
        "columns": ("this implementation", "torch"),
        "rows": [(name, [*map(share, pair)]) for name, pair in pairs.items()],
    }


def _is_telling(operation: totals.Operation) -> bool:
    """Whether there is a size to draw: where nothing is ever rounded there is none."""
    sizes = (operation.worst, operation.torch_worst)
    return any(size is not None and (size > 0 or math.isnan(size)) for size in sizes)


def _mark(axes: Axes, row: int, size: float | None, shape: str, colour: str) -> None:
    """One mark; of what lies beyond the bound the size in words, for it fits on no line."""
    if size is None:
        return
    ours, beyond = shape == "o", not size <= 1
    colour = BAD if ours and beyond else colour
    axes.plot(
        [_BEYOND if beyond else size],
        [row + 0.5],
        marker="X" if ours and beyond else shape,
        color=colour,
        markerfacecolor=colour if ours else PAPER,
        markersize=6 if ours else 8,
        linestyle="none",
        zorder=3 if ours else 2,
    )
    if ours and beyond:
        axes.text(_BEYOND + 0.05, row + 0.5, share(size), va="center", fontsize=8, color=BAD)


def _legend(axes: Axes, *, beyond: bool) -> None:
    from matplotlib.lines import Line2D  # noqa: PLC0415 - only where a page is made

    signs = [("o", SERIES, SERIES, "this implementation"), ("D", OTHER, PAPER, "torch")]
    signs += [("X", BAD, BAD, "beyond the bound")] if beyond else []
    axes.legend(
        handles=[
            Line2D([], [], marker=m, color=c, markerfacecolor=f, linestyle="none", label=label)
            for m, c, f, label in signs
        ],
        loc="lower center",
        bbox_to_anchor=(0.2, 1.0),
        ncols=3,
        frameon=False,
        handletextpad=0.2,
        columnspacing=1.0,
    )


def _figure(
    name: str, rows: list[str], draw: Callable[[Axes], None], words: str, *, foot: float = 0.55
) -> str:
    """A drawing with a named row for each operation, the first at the top."""
    from matplotlib import rc_context  # noqa: PLC0415 - only where a page is made
    from matplotlib.figure import Figure  # noqa: PLC0415

    with rc_context(_SETTINGS), catch_warnings():
        # The reader's browser sets the letters: what matplotlib's own font lacks is no matter.
        filterwarnings("ignore", message="Glyph .* missing from font")
        height = _ROW * len(rows) + _HEAD + foot
        figure = Figure(figsize=(_WIDTH, height))
        axes = figure.add_axes((0.36, foot / height, 0.63, _ROW * len(rows) / height))
        axes.set_facecolor("none")
        draw(axes)
        axes.set_ylim(len(rows), 0)
        axes.set_yticks([row + 0.5 for row in range(len(rows))], [cut(r, _NAME) for r in rows])
        axes.tick_params(length=0)
        for side in ("top", "right", "left"):
            axes.spines[side].set_visible(False)
        axes.spines["bottom"].set_color(SOFT)
        axes.title.set_color(INK)
        return _svg(figure, name, words)


def _svg(figure: Figure, name: str, description: str) -> str:
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
    for colour, variable in _COLOURS.items():
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
