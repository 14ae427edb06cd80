"""What changed between two records, in words."""

from collections.abc import Iterable, Iterator

from conformance.record.diff import Change, Comparison, Direction
from conformance.report.numbers import share
from conformance.report.safe_text import limited


def text(comparison: Comparison) -> str:
    """Return a comparison for people: settings, what is worse, better or otherwise, counts."""
    rows = [f"{limited(name)}: {limited(a)} → {limited(b)}" for name, a, b in comparison.settings]
    titles: dict[Direction, str] = {"worse": "Worse", "better": "Better", "other": "Otherwise"}
    for direction, title in titles.items():
        changes = comparison.towards(direction)
        rows += ["", title] if changes else []
        if direction == "other":
            rows += _rows(changes)
        else:
            rows += [f"  {limited(change.id)}: {became(change)}" for change in changes]
    figures = comparison.figures
    rows += ["", "Worst error as a share of its bound"] if figures else []
    rows += [f"  {limited(f.id)}: {share(f.before)} → {share(f.after)}" for f in figures]
    counts = [f"{len(comparison.towards(direction))} {direction}" for direction in titles]
    rows += ["", f"{', '.join(counts)}, {comparison.alike} the same"]
    return "\n".join(rows).lstrip("\n") + "\n"


def became(change: Change) -> str:
    """Return what a change was, what it is now, and what is said of it."""
    before, after = change.before or "not known", change.after or "not known"
    verdicts = before if before == after else f"{before} → {after}"
    if change.now:
        return f"{verdicts}: {limited(change.now)}"
    return f"{verdicts} (was: {limited(change.was)})" if change.was else verdicts


def together(changes: Iterable[Change]) -> dict[str, list[str]]:
    """Return the ids of the changes of each kind: another selection changes hundreds."""
    kinds: dict[str, list[str]] = {}
    for change in changes:
        kinds.setdefault(became(change), []).append(change.id)
    return kinds


def _rows(changes: Iterable[Change]) -> Iterator[str]:
    for words, names in together(changes).items():
        count = f"{len(names)} checks and claims: " if len(names) > 1 else ""
        yield f"  {words}"
        yield f"    {count}{limited(', '.join(names))}"
