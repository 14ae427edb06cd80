"""A campaign's figures as a table in Markdown."""

from collections.abc import Mapping
from typing import Any


def table(operations: Mapping[str, Mapping[str, Any]], *, seed: int) -> str:
    """One row for each operation, one for their sum, then the alarms or their absence."""
    rows = [
        "| operation | judged | cases | elements | exact | unjudged | largest ratio | torch's |",
        "|---|--:|--:|--:|--:|--:|--:|--:|",
        *(_row(name, figures) for name, figures in operations.items()),
    ]
    cases = sum(sum(figures["cases"].values()) for figures in operations.values())
    elements = sum(figures["elements"] for figures in operations.values())
    judged = {name for figures in operations.values() for name in figures["cases"]}
    rows.append(f"| all | {len(judged)} | {cases:,} | {elements:,} | | | | |")
    alarms = [alarm for figures in operations.values() for alarm in figures["alarms"]]
    rows += ["", f"seed {seed}: {len(alarms)} alarms", *alarms]
    return "\n".join(rows)


def _row(name: str, figures: Mapping[str, Any]) -> str:
    worst = max(figures["worst_ratio"].values(), default=0.0)
    return (
        f"| {name} | {len(figures['cases'])} | {sum(figures['cases'].values()):,} "
        f"| {figures['elements']:,} "
        f"| {figures['exact_share']:.1%} | {figures['unjudged_share']:.1%} "
        f"| {worst:.6f} | {figures['torch_worst_ratio']:.6f} |"
    )
