"""How plain comparisons fare beside the suite, as tables in Markdown."""

from collections.abc import Mapping
from typing import Any

# What a mistake is counted under: the first of these in which it breaks a check.
GROUPS = {
    "value": "a value",
    "gradient": "a gradient",
    "special": "only special numbers",
    "edge": "only empty arrays",
    "dtype": "only the dtype",
    "pure": "only purity",
    "refusal": "only a refusal",
    "convention": "only a convention",
}


def found_table(data: Mapping[str, Any]) -> str:
    """One row for each group of mistakes: how many each judge finds."""
    judges = data["judges"]
    rows = [
        f"| what is wrong | mistakes | {' | '.join(judges)} |",
        "|---|--:|" + "--:|" * len(judges),
    ]
    for group, title in GROUPS.items():
        mistakes = [one for one in data["mistakes"].values() if one["group"] == group]
        if mistakes:
            rows.append(_row(title, mistakes, judges))
    rows.append(_row("all", list(data["mistakes"].values()), judges))
    return "\n".join(rows)


def _row(title: str, mistakes: list[Mapping[str, Any]], judges: list[str]) -> str:
    counts = [str(sum(judge in one["found_by"] for one in mistakes)) for judge in judges]
    return f"| {title} | {len(mistakes)} | {' | '.join(counts)} |"


def alarms_table(data: Mapping[str, Any]) -> str:
    """One row for each right implementation: how many of its checks each judge rejects."""
    judges = data["judges"]
    rows = [
        f"| right implementation | checks | {' | '.join(judges)} |",
        "|---|--:|" + "--:|" * len(judges),
    ]
    totals = dict.fromkeys(judges, 0)
    checks = 0
    for name, one in data["right"].items():
        counts = [len(one["alarms"][judge]) for judge in judges]
        rows.append(f"| `{name}` | {one['checks']} | {' | '.join(map(str, counts))} |")
        checks += one["checks"]
        for judge, count in zip(judges, counts, strict=True):
            totals[judge] += count
    rows.append(f"| all | {checks} | {' | '.join(str(totals[judge]) for judge in judges)} |")
    return "\n".join(rows)
