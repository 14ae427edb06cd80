"""What a network or a claim is, in words for a reader; of a function `spec.signature` tells it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.judge.search import Plan, Search
from conformance.spec import signature
from conformance.spec.check import checks_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from conformance.run.run import Run
    from conformance.spec.case import Structure
    from conformance.spec.claim import Claim
    from conformance.spec.operation import Network, Operation

# Layers are asked for by parameters: so many are drawn, to find all layers there are.
_DRAWS = 100


def explained(name: str, run: Run) -> str:
    """An operation, a claim, or the claims of a section."""
    if name in run.operations:
        operation = run.operations[name]
        made = operation.network
        return signature.explained(operation) if made is None else network(operation, made)
    meant = [one for one in run.claims.values() if name in {one.id, one.number}]
    return "\n\n\n".join(map(claim, meant))


def network(operation: Operation, made: Network) -> str:
    """What it is composed of, which is what has to be provided; and its checks."""
    drawn = _drawn(operation)
    layers = [layer for one in drawn for layer in made.layers(dict(one.parameters))]
    trained = dict.fromkeys(place for layer in layers for place, _ in layer.weights)
    losses = [made.loss(dict(one.parameters)).name for one in drawn]
    rows = {
        "layers": _listed(layer.operation.name for layer in layers),
        "loss": _listed(losses),
        "trained": f"{', '.join(trained)}, by {made.descent.name} in {made.steps} steps",
        "given": ", ".join(one.name for one in operation.inputs if one.name not in trained),
    }
    checks = [check.stem for check in checks_of(operation, ("float32",))]
    return "\n".join(
        [
            operation.formula,
            f"source: {operation.source}",
            "",
            "no function of its own: it is composed of an implementation's functions and their",
            "gradients, and each call is judged on what it was given",
            "",
            *_table(rows),
            "",
            "checks, in each dtype:",
            *(f"  {name}" for name in checks),
        ]
    )


def _drawn(operation: Operation) -> Sequence[Structure]:
    found: list[Structure] = []

    def passes(structure: Structure, _seed: int) -> bool:
        found.append(structure)
        return True

    Search(f"{operation.name}: explained", Plan(_DRAWS)).over(operation.structures, passes)
    return found


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(set(names)))


def claim(one: Claim) -> str:
    """Its formula, where it is said, what it is held against, and the rows of its truth table."""
    said, _, truth = one.source.partition("; ")
    rows = {"said": f"{one.section}; {said}"}
    if truth:
        rows["held against"] = truth if one.formula is not None else f"nothing; {truth}"
    return "\n".join([f"{one.id}: {one.text}", "", *_table(rows), *_tried(one)])


def _tried(one: Claim) -> Iterable[str]:
    """Readings and conditions; readings that share all their conditions stand together."""
    conditions: dict[str | None, list[str | None]] = {}
    for row in one.rows:
        conditions.setdefault(row.reading, []).append(row.condition)
    together: dict[tuple[str | None, ...], list[str | None]] = {}
    for reading, under in conditions.items():
        together.setdefault(tuple(under), []).append(reading)
    for shared, readings in together.items():
        yield from _lines("read as:", readings)
        yield from _lines("when:", shared)


def _lines(head: str, names: Iterable[str | None]) -> Sequence[str]:
    found = [f"  {name}" for name in names if name is not None]
    return ["", head, *found] if found else []


def _table(rows: dict[str, Any]) -> Sequence[str]:
    width = max(map(len, rows))
    return [f"  {name:<{width}}  {text}" for name, text in rows.items()]
