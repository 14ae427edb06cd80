"""Explain a network or a claim in words; `spec.signature` explains a function."""

from collections.abc import Iterable, Sequence
from typing import Any

from conformance.judge.search import Plan, Search
from conformance.run.run import Run
from conformance.spec import signature
from conformance.spec.case import Structure
from conformance.spec.check import checks_of
from conformance.spec.claim import Claim
from conformance.spec.operation import Network, Operation

# The layers of a network depend on its parameters: so many are drawn, to find all layers.
_DRAWS = 100


def explained(name: str, run: Run) -> str:
    """Explain an operation, a claim, or all claims of a section."""
    if name in run.operations:
        operation = run.operations[name]
        network = operation.network
        return signature.explained(operation) if network is None else _network(operation, network)
    claims = [claim for claim in run.claims.values() if name in {claim.id, claim.number}]
    return "\n\n\n".join(_claim(claim, run.section(claim)) for claim in claims)


def _network(operation: Operation, network: Network) -> str:
    """Return the layers of a network, which an implementation has to provide, and its checks."""
    drawn = [dict(structure.parameters) for structure in _drawn(operation)]
    layers = [layer for parameters in drawn for layer in network.layers(parameters)]
    trained = dict.fromkeys(name for layer in layers for name, _ in layer.weights)
    inputs = [input_.name for input_ in operation.inputs]
    rows = {
        "layers": _listed(layer.operation.name for layer in layers),
        "loss": _listed(network.loss(parameters).name for parameters in drawn),
        "trained": f"{', '.join(trained)}, by {network.descent.name} in {network.steps} steps",
        "given": ", ".join(name for name in inputs if name not in trained),
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
    drawn: list[Structure] = []

    def passes(structure: Structure, _seed: int) -> bool:
        drawn.append(structure)
        return True

    Search(f"{operation.name}: explained", Plan(_DRAWS)).over(operation.structures, passes)
    return drawn


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(set(names)))


def _claim(claim: Claim, section: str) -> str:
    """Return what a claim says, its formula, its truth, and the rows of its truth table."""
    rows = {"section": section, "formula": claim.text}
    if claim.untestable:
        rows["not testable"] = claim.untestable
    elif claim.formula is None:
        rows["held against"] = f"nothing: the document gives no formula; {claim.truth} has one"
    else:
        rows["held against"] = claim.truth
    known = {label: words for label, words in rows.items() if words}
    return "\n".join([f"{claim.id}: {claim.statement}", "", *_table(known), *_rows(claim)])


def _rows(claim: Claim) -> Iterable[str]:
    """Yield readings and conditions; readings with the same conditions stand together."""
    conditions: dict[str | None, list[str | None]] = {}
    for row in claim.rows:
        conditions.setdefault(row.reading, []).append(row.condition)
    together: dict[tuple[str | None, ...], list[str | None]] = {}
    for reading, under in conditions.items():
        together.setdefault(tuple(under), []).append(reading)
    for shared, readings in together.items():
        yield from _lines("read as:", readings)
        yield from _lines("when:", shared)


def _lines(head: str, names: Iterable[str | None]) -> Sequence[str]:
    lines = [f"  {name}" for name in names if name is not None]
    return ["", head, *lines] if lines else []


def _table(rows: dict[str, Any]) -> Sequence[str]:
    width = max(map(len, rows))
    return [f"  {name:<{width}}  {text}" for name, text in rows.items()]
