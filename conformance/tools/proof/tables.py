"""The proof of the suite as tables in Markdown."""

from collections.abc import Iterable, Mapping, Sequence
from statistics import median
from typing import Any

from conformance.record.older import named

# The columns of a table, in their order.
KINDS = (
    "value",
    "gradient",
    "special",
    "edge",
    "dtype",
    "pure",
    "refusal",
    "convention",
    "training",
)


def score_data(scores: Iterable[Any]) -> dict[str, Any]:
    """Return by operation and kind the pairs of a check and a mistake: those rejected, and all.

    Pairs in which the mistake is missed, or rejected without cause, are listed too.
    """
    operations: dict[str, dict[str, list[int]]] = {}
    missed, wronged = [], []
    for score in scores:
        check = named(score.check)
        pairs = operations.setdefault(check["operation"], {}).setdefault(check["check"], [0, 0])
        pairs[0] += len(score.broken) - len(score.missed)
        pairs[1] += len(score.broken)
        missed += [[score.check, mistake] for mistake in score.missed]
        wronged += [[score.check, mistake] for mistake in score.wronged]
    return {"operations": dict(sorted(operations.items())), "missed": missed, "wronged": wronged}


def score_table(data: Mapping[str, Any]) -> str:
    """Return a table of the pairs rejected, with a row for each operation, a column for a kind."""
    operations = data["operations"]
    kinds = [kind for kind in KINDS if any(by.get(kind, [0, 0])[1] for by in operations.values())]
    rows = [
        f"| operation | mistakes | {' | '.join(kinds)} | score |",
        f"|---|--:|{'--:|' * len(kinds)}--:|",
    ]
    total = [0, 0]
    for operation, pairs in operations.items():
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
    """Return a percentage, rounded down so that 100 % means all."""
    return f"{100 * done // max(due, 1)} %"


def _fraction(pairs: list[int]) -> str:
    done, due = pairs
    return f"{done} / {due}" if due else ""


def sensitivity_table(data: Mapping[str, int]) -> str:
    """Return a table of the least k of each operation's checks, by kind, for each dtype."""
    least: dict[str, dict[str, dict[str, int]]] = {}
    for name, k in data.items():
        check = named(name)
        cell = least.setdefault(check["operation"], {}).setdefault(check["check"], {})
        cell[check["dtype"]] = min(k, cell.get(check["dtype"], k))
    kinds = [kind for kind in KINDS if any(kind in cells for cells in least.values())]
    rows = [f"| operation | {' | '.join(kinds)} |", f"|---|{'--:|' * len(kinds)}"]
    for operation, cells in sorted(least.items()):
        # Sorted by name, float32 comes before float64.
        columns = (sorted(cells.get(kind, {}).items()) for kind in kinds)
        shown = (" / ".join(str(k) for _, k in column) for column in columns)
        rows.append(f"| {operation} | {' | '.join(shown)} |")
    return "\n".join(rows)


def example_table(data: Mapping[str, Mapping[str, Any]]) -> str:
    """Return a table of the sizes of counterexamples, with a row for each operation."""
    heads = ("operation", "mistakes", "numbers not zero: median", "most", "of small integers")
    rows = [f"| {' | '.join(heads)} | where they show |", "|---|--:|--:|--:|--:|--:|"]
    by_operation: dict[str, list[Mapping[str, Any]]] = {}
    for example in data.values():
        by_operation.setdefault(named(example["check"])["operation"], []).append(example)
    for operation, examples in sorted(by_operation.items()):
        rows.append(_example_row(operation, examples))
    rows.append(_example_row("all", list(data.values())))
    odd = [name for name, example in data.items() if example["integers"] and not example["plain"]]
    rows += ["", *(f"shows on integers, and is shown on others: {name}" for name in odd)]
    return "\n".join(rows).rstrip()


def _example_row(title: str, examples: Sequence[Mapping[str, Any]]) -> str:
    nonzero = [example["nonzero"] for example in examples]
    plain, possible = (sum(example[name] for example in examples) for name in ("plain", "integers"))
    cells = (title, len(examples), f"{median(nonzero):g}", max(nonzero), plain, possible)
    return f"| {' | '.join(map(str, cells))} |"


def campaign_table(operations: Mapping[str, Mapping[str, Any]], *, seed: int) -> str:
    """Return a table of a campaign: a row for each operation, their sum, and the alarms."""
    rows = [
        "| operation | judged | cases | elements | exact | unjudged | largest ratio | torch's |",
        "|---|--:|--:|--:|--:|--:|--:|--:|",
        *(_campaign_row(name, figures) for name, figures in operations.items()),
    ]
    cases = sum(sum(figures["cases"].values()) for figures in operations.values())
    elements = sum(figures["elements"] for figures in operations.values())
    judged = {name for figures in operations.values() for name in figures["cases"]}
    rows.append(f"| all | {len(judged)} | {cases:,} | {elements:,} | | | | |")
    alarms = [alarm for figures in operations.values() for alarm in figures["alarms"]]
    rows += ["", f"seed {seed}: {len(alarms)} alarms", *alarms]
    return "\n".join(rows)


def _campaign_row(name: str, figures: Mapping[str, Any]) -> str:
    worst = max(figures["worst_ratio"].values(), default=0.0)
    return (
        f"| {name} | {len(figures['cases'])} | {sum(figures['cases'].values()):,} "
        f"| {figures['elements']:,} "
        f"| {figures['exact_share']:.1%} | {figures['unjudged_share']:.1%} "
        f"| {worst:.6f} | {figures['torch_worst_ratio']:.6f} |"
    )
