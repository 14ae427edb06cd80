"""The tables of how fast the suite is, out of what was measured."""

from typing import Any

PARTS = ("draw", "torch", "bound", "implementation", "compare")


def operations(data: dict[str, Any]) -> str:
    """Return a row for each operation, and one for all: cases a second, and shares of the time."""
    rows = [
        f"| operation | cases | cases a second | the plain way | {' | '.join(PARTS)} |",
        "|---|" + "--:|" * (3 + len(PARTS)),
    ]
    by_operation: dict[str, list[dict[str, Any]]] = {}
    for group, figures in data["operations"].items():
        by_operation.setdefault(group.partition("[")[0], []).append(figures)
    rows += [_row(name, figures) for name, figures in by_operation.items()]
    return "\n".join([*rows, _row("**all**", list(data["operations"].values()))])


def _row(name: str, figures: list[dict[str, Any]]) -> str:
    cases, seconds = (sum(each[field] for each in figures) for field in ("cases", "seconds"))
    plain = [each["plain"] for each in figures if "plain" in each]
    comparisons = sum(each["comparisons"] for each in plain)
    a_second = f"{comparisons / sum(each['seconds'] for each in plain):,.0f}" if plain else ""
    spent = {part: sum(each["parts"].get(part, 0.0) for each in figures) for part in PARTS}
    shares = " | ".join(f"{100 * part / sum(spent.values()):.0f} %" for part in spent.values())
    return f"| {name} | {cases:,} | {cases / seconds:,.0f} | {a_second} | {shares} |"


def starts(data: dict[str, Any]) -> str:
    """Return a row for each command: its seconds, and their ratio to those of importing torch."""
    unit = data["starts"]["import torch"]
    rows = [f"| `{name}` | {s:.1f} | {s / unit:.1f} |" for name, s in data["starts"].items()]
    return "\n".join(["| command | seconds | ÷ `import torch` |", "|---|--:|--:|", *rows])
