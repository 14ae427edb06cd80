"""Make the table of docs/contract.md: how every function is called, as the cases state it."""

from collections.abc import Iterator
from itertools import groupby

from conformance.run.run import Run
from conformance.spec.operation import Operation
from conformance.spec.signature import keyword

HEAD = "| function | inputs → result | keyword parameters | gradients of | notes |"


def functions() -> str:
    """Return a row for each function; neighbours that differ only in their names share a row."""
    rows = ((operation.name, tuple(_cells(operation))) for operation in Run().functions.values())
    lines = [HEAD, "|---" * HEAD.count(" | ") + "|---|"]
    for cells, group in groupby(rows, key=lambda row: row[1]):
        names = ", ".join(f"`{name}`" for name, _ in group)
        lines.append("|" + "".join(f" {cell} |" if cell else " |" for cell in (names, *cells)))
    return "\n".join(lines)


def counts() -> str:
    """Return how many functions and gradients the contract has, in words."""
    known = Run().functions.values()
    gradients = sum(len(operation.gradients) for operation in known)
    return f"{len(known)} single operations and their {gradients} gradients"


def _cells(operation: Operation) -> Iterator[str]:
    inputs = "; ".join(f"{argument.name}: {argument.shape}" for argument in operation.inputs)
    yield f"{inputs} → {operation.result}"
    given = operation.parameters.items()
    yield ", ".join(f"`{keyword(name, default)}`" for name, default in given)
    yield ", ".join(operation.gradients)
    yield " ".join(operation.notes)
