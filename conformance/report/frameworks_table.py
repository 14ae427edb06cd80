"""Frameworks side by side, as tables of Markdown, made of their digest."""

from collections.abc import Sequence

from conformance.report.frameworks import CRASHES, LOSES, WITHIN, WRONG, in_ulps
from conformance.report.frameworks_digest import Plain, coarser, count
from conformance.report.safe_text import limited

_SHORT = {"within the bound": "✓", "loses digits": "✗ digits", "wrong": "✗ wrong",
          "crashes": "✗ crashes"}  # fmt: skip

_COUNTS = ("cases", "operations", WITHIN, "coarser", LOSES, WRONG, CRASHES)
# A table of more columns does not fit a page.
_COLUMNS = 7


def overview(frameworks: Sequence[Plain]) -> str:
    """Return a row for each framework: its version, and how many operations come to what."""
    lines = [
        f"| framework | version | {' | '.join(_COUNTS)} |",
        f"|---|---|{'--:|' * len(_COUNTS)}",
    ]
    for each in frameworks:
        counts = [len(each["operations"]), count(each, WITHIN), coarser(each)]
        counts += [count(each, word) for word in (LOSES, WRONG, CRASHES)]
        figures = [f"{each['cases']:,}", *(str(number or "") for number in counts)]
        lines.append(f"| {each['name']} | {_cell(each['version'])} | {' | '.join(figures)} |")
    return "\n".join(lines)


def core(frameworks: Sequence[Plain]) -> str:
    """Return operations × frameworks: core numerics, value and gradients of ordinary numbers.

    Many frameworks stand in several tables.
    """
    parts = -(-len(frameworks) // _COLUMNS)
    size = -(-len(frameworks) // max(parts, 1))
    groups = [frameworks[i * size : (i + 1) * size] for i in range(parts)]
    return "\n\n".join(_core(group) for group in groups)


def _core(frameworks: Sequence[Plain]) -> str:
    names = [each["name"] for each in frameworks]
    lines = [f"| operation | {' | '.join(names)} |", f"|---|{'---|' * len(names)}"]
    known = {
        (cell["family"], name) for each in frameworks for name, cell in each["operations"].items()
    }
    for _, operation in sorted(known):
        cells = [each["operations"].get(operation, {}).get("core", "") for each in frameworks]
        signs = [_SHORT.get(word, f"≈ {word}" if word else "") for word in cells]
        lines.append(f"| `{operation}` | {' | '.join(signs)} |")
    return "\n".join(lines)


def accuracies(frameworks: Sequence[Plain]) -> str:
    """Return a row for each framework: the worst errors of sigmoid and tanh, in ulp."""
    heads = [(name, dtype) for dtype in ("float32", "float64") for name in ("sigmoid", "tanh")]
    titles = " | ".join(f"{name}, {dtype}" for name, dtype in heads)
    lines = [f"| framework | {titles} |", f"|---|{'--:|' * len(heads)}"]
    for each in frameworks:
        if each["accuracy"]:
            known = [each["accuracy"].get(dtype, {}).get(name) for name, dtype in heads]
            errors = ["" if error is None else in_ulps(error) for error in known]
            lines.append(f"| {each['name']} | {' | '.join(errors)} |")
    return "\n".join(lines)


def habits(frameworks: Sequence[Plain]) -> str:
    """Return a row for each framework with the conventions that it follows, and where."""
    lines = ["| framework | convention | operations |", "|---|---|---|"]
    for each in frameworks:
        by_words: dict[str, list[str]] = {}
        for name, cell in each["operations"].items():
            for words in cell["conventions"]:
                by_words.setdefault(words, []).append(name)
        for words, operations in sorted(by_words.items()):
            lines.append(f"| {each['name']} | {_cell(words)} | {', '.join(operations)} |")
    return "\n".join(lines)


def partly(frameworks: Sequence[Plain]) -> str:
    """Return a row for each operation of a framework that is offered in part: what is not."""
    lines = ["| framework | operation | not offered |", "|---|---|---|"]
    for each in frameworks:
        by_words: dict[str, list[str]] = {}
        for name, cell in each["operations"].items():
            if cell.get("coverage"):
                by_words.setdefault(cell["coverage"], []).append(f"`{name}`")
        for words, operations in by_words.items():
            lines.append(f"| {each['name']} | {', '.join(operations)} | {_cell(words)} |")
    return "\n".join(lines)


def _cell(words: str) -> str:
    return limited(words, 200).replace("|", "\\|")
