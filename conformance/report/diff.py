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
            rows += _together(changes)
        else:
            rows += [f"  {limited(change.id)}: {_became(change)}" for change in changes]
    figures = comparison.figures
    rows += ["", "Worst error as a share of its bound"] if figures else []
    rows += [f"  {limited(f.id)}: {share(f.before)} → {share(f.after)}" for f in figures]
    counts = [f"{len(comparison.towards(direction))} {direction}" for direction in titles]
    rows += ["", f"{', '.join(counts)}, {comparison.alike} the same"]
    return "\n".join(rows).lstrip("\n") + "\n"


def _became(change: Change) -> str:
    before, after = change.before or "not known", change.after or "not known"
    verdicts = before if before == after else f"{before} → {after}"
    if change.now:
        return f"{verdicts}: {limited(change.now)}"
    return f"{verdicts} (was: {limited(change.was)})" if change.was else verdicts


def _together(changes: Iterable[Change]) -> Iterator[str]:
    """Put changes of one kind in one line: another selection changes hundreds."""
    kinds: dict[str, list[str]] = {}
    for change in changes:
        kinds.setdefault(_became(change), []).append(change.id)
    for became, names in kinds.items():
        count = f"{len(names)} checks and claims: " if len(names) > 1 else ""
        yield f"  {became}"
        yield f"    {count}{limited(', '.join(names))}"
