"""How large the errors are, as shares of the bound: by operation, and beside torch's."""

import math
from dataclasses import dataclass

from conformance.record.fields import ERROR_EDGES
from conformance.record.file import Record
from conformance.report import totals
from conformance.report.html import plots
from conformance.report.numbers import counted, share
from conformance.report.safe_text import limited

CLASSES = (
    "none",
    *(f"≤ 1/{round(1 / edge)}" for edge in ERROR_EDGES[1:-1]),
    "≤ 1",
    "> 1",
)


@dataclass(frozen=True)
class Plot:
    """A picture, what it says in words, and its numbers as a table."""

    title: str
    svg: str
    words: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]


def drawn(record: Record) -> tuple[Plot, ...]:
    """Draw the pictures for which the record has numbers."""
    operations = totals.operations(record)
    return tuple(plot for plot in (_spread(operations), _worst(operations)) if plot)


def _spread(operations: tuple[totals.Operation, ...]) -> Plot | None:
    """Draw how many elements have an error of which size."""
    counts = {each.name: _added(each) for each in operations}
    counts = {name: numbers for name, numbers in counts.items() if sum(numbers)}
    if not counts:
        return None
    elements = sum(map(sum, counts.values()))
    beyond = sum(numbers[-1] for numbers in counts.values())
    words = (
        f"Of {counted(elements)} judged elements of {len(counts)} operations "
        f"{counted(beyond)} lie beyond the bound. Each row is drawn to its own largest class; "
        "the table below has the numbers."
    )
    return Plot(
        title="How the errors are spread",
        svg=plots.spread({limited(name): ns for name, ns in counts.items()}, CLASSES, words),
        words=words,
        columns=CLASSES,
        rows=tuple((limited(n), tuple(map(counted, numbers))) for n, numbers in counts.items()),
    )


def _added(operation: totals.Operation) -> tuple[int, ...]:
    every = [check["errors"] for check in operation.checks if check.get("errors")]
    return tuple(map(sum, zip(*every, strict=True)))


def _worst(operations: tuple[totals.Operation, ...]) -> Plot | None:
    """Draw the largest error of the implementation beside torch's, on the same inputs."""
    pairs = {limited(o.name): (o.worst, o.torch_worst) for o in operations if _is_telling(o)}
    if not pairs:
        return None
    beyond = [name for name, (ours, _) in pairs.items() if ours is not None and not ours <= 1]
    words = (
        f"The largest error of {len(pairs)} operations as a share of its bound, and torch's on "
        f"the same inputs. {_beyond(beyond)} The table below has the numbers."
    )
    return Plot(
        title="The worst error, beside torch's",
        svg=plots.worst(pairs, words),
        words=words,
        columns=("this implementation", "torch"),
        rows=tuple((name, (share(ours), share(theirs))) for name, (ours, theirs) in pairs.items()),
    )


def _is_telling(operation: totals.Operation) -> bool:
    """Whether there is a size to draw: where nothing is ever rounded there is none."""
    sizes = (operation.worst, operation.torch_worst)
    return any(size is not None and (size > 0 or math.isnan(size)) for size in sizes)


def _beyond(names: list[str]) -> str:
    if not names:
        return "All lie within the bound."
    listed = ", ".join(names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "")
    return f"Beyond the bound: {listed}."
