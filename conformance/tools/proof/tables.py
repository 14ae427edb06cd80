"""The suite's proof of itself as tables in Markdown: mutation score, and sensitivity."""

from collections.abc import Iterable, Mapping, Sequence
from statistics import median
from typing import Any

from conformance.record.older import named

# The columns of a table, in their order.
KINDS = ("value", "gradient", "special", "dtype", "pure", "refusal", "convention", "training")


def score_data(scores: Iterable[Any]) -> dict[str, Any]:
    """By operation and kind of check: pairs of a check and a mistake that breaks it, rejected."""
    operations: dict[str, dict[str, list[int]]] = {}
    missed, wronged = [], []
    for one in scores:
        check = named(one.check)
        pairs = operations.setdefault(check["operation"], {}).setdefault(check["check"], [0, 0])
        pairs[0] += len(one.broken) - len(one.missed)
        pairs[1] += len(one.broken)
        missed += [[one.check, mistake] for mistake in one.missed]
        wronged += [[one.check, mistake] for mistake in one.wronged]
    return {"operations": dict(sorted(operations.items())), "missed": missed, "wronged": wronged}


def score_table(data: Mapping[str, Any]) -> str:
    """One row an operation, one column a kind of check: pairs rejected of pairs broken."""
    found = data["operations"]
    kinds = [kind for kind in KINDS if any(pairs.get(kind, [0, 0])[1] for pairs in found.values())]
    rows = [
        f"| operation | mistakes | {' | '.join(kinds)} | score |",
        f"|---|--:|{'--:|' * len(kinds)}--:|",
    ]
    total = [0, 0]
    for operation, pairs in found.items():
        cells = [_fraction(pairs.get(kind, [0, 0])) for kind in kinds]
        done, due = (sum(column) for column in zip(*pairs.values(), strict=True))
        total = [total[0] + done, total[1] + due]
        if due:
            cells = [str(data["mistakes"][operation]), *cells, _percent(done, due)]
            rows.append(f"| {operation} | {' | '.join(cells)} |")
    mistakes = sum(data["mistakes"].values())
    blank = " | " * len(kinds)
    rows.append(f"| all | {mistakes} | {blank}{_percent(*total)} |")
    rows += [
        "",
        f"{total[1]:,} pairs of a check and a mistake that breaks it: {total[0]:,} rejected",
    ]
    rows += [f"missed: {check} by {mistake}" for check, mistake in data["missed"]]
    rows += [f"rejected without cause: {mistake} by {check}" for check, mistake in data["wronged"]]
    return "\n".join(rows)


def _percent(done: int, due: int) -> str:
    """Rounded down, so that 100 % is all of them."""
    return f"{100 * done // max(due, 1)} %"


def _fraction(pairs: list[int]) -> str:
    done, due = pairs
    return f"{done} / {due}" if due else ""


def sensitivity_table(data: Mapping[str, int]) -> str:
    """One row an operation: the least k over the checks of a kind, in each dtype."""
    least: dict[str, dict[str, dict[str, int]]] = {}
    for name, k in data.items():
        check = named(name)
        cell = least.setdefault(check["operation"], {}).setdefault(check["check"], {})
        cell[check["dtype"]] = min(k, cell.get(check["dtype"], k))
    kinds = [kind for kind in KINDS if any(kind in cells for cells in least.values())]
    rows = [f"| operation | {' | '.join(kinds)} |", f"|---|{'--:|' * len(kinds)}"]
    for operation, cells in sorted(least.items()):
        # float32 comes before float64, as the words do.
        shown = (" / ".join(str(k) for _, k in sorted(cells.get(one, {}).items())) for one in kinds)
        rows.append(f"| {operation} | {' | '.join(shown)} |")
    return "\n".join(rows)


def example_table(data: Mapping[str, Mapping[str, Any]]) -> str:
    """One row an operation: how small the counterexamples of its named mistakes are."""
    heads = ("operation", "mistakes", "numbers not zero: median", "most", "of small integers")
    rows = [f"| {' | '.join(heads)} | where they show |", "|---|--:|--:|--:|--:|--:|"]
    by_operation: dict[str, list[Mapping[str, Any]]] = {}
    for one in data.values():
        by_operation.setdefault(named(one["check"])["operation"], []).append(one)
    for operation, found in sorted(by_operation.items()):
        rows.append(_example_row(operation, found))
    rows.append(_example_row("all", list(data.values())))
    odd = [name for name, one in data.items() if one["integers"] and not one["plain"]]
    rows += ["", *(f"shows on integers, and is shown on others: {name}" for name in odd)]
    return "\n".join(rows).rstrip()


def _example_row(title: str, found: Sequence[Mapping[str, Any]]) -> str:
    nonzero = [one["nonzero"] for one in found]
    plain, possible = (sum(one[name] for one in found) for name in ("plain", "integers"))
    return (
        f"| {title} | {len(found)} | {median(nonzero):g} | {max(nonzero)} | {plain} | {possible} |"
    )
