"""Frameworks side by side, as tables of Markdown."""

from collections.abc import Sequence

from conformance.report.frameworks import CRASHES, LOSES, WITHIN, WRONG, Framework, in_ulps, rows
from conformance.report.safe_text import limited

_SHORT = {"within the bound": "✓", "loses digits": "✗ digits", "wrong": "✗ wrong",
          "crashes": "✗ crashes", "not offered": ""}  # fmt: skip

_COUNTS = ("operations", WITHIN, "coarser", LOSES, WRONG, CRASHES)


def overview(frameworks: Sequence[Framework]) -> str:
    """Return a row for each framework: its version, and how many operations come to what."""
    lines = [
        f"| framework | version | {' | '.join(_COUNTS)} |",
        "|---|---|--:|--:|--:|--:|--:|--:|",
    ]
    for each in frameworks:
        counts = [each.offered, each.count(WITHIN), each.coarser]
        counts += [each.count(word) for word in (LOSES, WRONG, CRASHES)]
        figures = " | ".join(str(count or "") for count in counts)
        lines.append(f"| {each.name} | {_cell(each.version)} | {figures} |")
    return "\n".join(lines)


def core(frameworks: Sequence[Framework]) -> str:
    """Return operations × frameworks: core numerics, value and gradients of ordinary numbers."""
    names = [each.name for each in frameworks if each.cells]
    judged = [each for each in frameworks if each.cells]
    lines = [f"| operation | {' | '.join(names)} |", f"|---|{'---|' * len(names)}"]
    for _, operation in rows(judged):
        cells = [each.cells.get(operation) for each in judged]
        words = [_SHORT.get(cell.core, f"≈ {cell.core}") if cell else "" for cell in cells]
        lines.append(f"| `{operation}` | {' | '.join(words)} |")
    return "\n".join(lines)


def accuracies(frameworks: Sequence[Framework]) -> str:
    """Return a row for each framework: the worst errors of sigmoid and tanh, in ulp."""
    heads = [(name, dtype) for dtype in ("float32", "float64") for name in ("sigmoid", "tanh")]
    titles = " | ".join(f"{name}, {dtype}" for name, dtype in heads)
    lines = [f"| framework | {titles} |", f"|---|{'--:|' * len(heads)}"]
    for each in frameworks:
        if each.accuracy:
            known = [each.accuracy.get(dtype, {}).get(name) for name, dtype in heads]
            errors = ["" if error is None else in_ulps(error) for error in known]
            lines.append(f"| {each.name} | {' | '.join(errors)} |")
    return "\n".join(lines)


def habits(frameworks: Sequence[Framework]) -> str:
    """Return a row for each framework with the conventions that it follows, and where."""
    lines = ["| framework | convention | operations |", "|---|---|---|"]
    for each in frameworks:
        by_words: dict[str, list[str]] = {}
        for cell in each.cells.values():
            for words in cell.conventions:
                by_words.setdefault(words, []).append(cell.operation)
        for words, operations in sorted(by_words.items()):
            lines.append(f"| {each.name} | {_cell(words)} | {', '.join(operations)} |")
    return "\n".join(lines)


def _cell(words: str) -> str:
    return limited(words, 200).replace("|", "\\|")
