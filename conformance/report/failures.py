"""What fails, as stories: one for each thing that goes wrong, whichever checks it shows in."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import groupby

from conformance.record.facts import has_wrong_numbers, message, way
from conformance.record.file import Line, Record
from conformance.record.vocabulary import FAILED, Kind, Problem, Verdict
from conformance.report import diagnosis as diagnoses
from conformance.report.counterexample import facts, replay
from conformance.report.safe_text import limited
from conformance.report.totals import operations


@dataclass(frozen=True)
class Story:
    """One thing that goes wrong: the checks that show it, and what it looks like."""

    checks: tuple[Line, ...]
    diagnosis: Line

    @property
    def first(self) -> Line:
        """Return the plainest check: its message and its case are shown."""
        return self.checks[0]

    @property
    def operation(self) -> str:
        """Return the operation of the first check."""
        return str(self.first["operation"])


def stories(record: Record) -> tuple[Story, ...]:
    """Return every failure, those of one cause together.

    The dtypes of a check make one story, though their figures differ; so do checks of an
    operation with the same message, those that behave like the same mistake, and those of one
    output that have a finding in common. Without a counterexample the operation does not matter.
    """
    alone = [
        Story((check,), diagnoses.diagnosis_of(check))
        for operation in operations(record)
        for check in sorted(operation.checks, key=_plainest_first)
        if check["verdict"] in FAILED
    ]
    return tuple(_by_mistake(_merged(_merged(alone, _stem), _cause)))


def _plainest_first(check: Line) -> tuple[int, bool, str]:
    """Return a key: a wrong value explains what a wrong gradient or special value only shows."""
    of_value = bool((check.get("diagnosis") or {}).get("of_value"))
    return list(Kind).index(check["check"]), not of_value, check["id"]


def _stem(story: Story) -> object:
    fields = ("operation", "check", "argument", "verdict")
    return (*(story.first[field] for field in fields), way(story.first))


def _cause(story: Story) -> object:
    subject = story.operation if story.first["counterexample"] else ""
    return (subject, story.first["verdict"], message(story.first))


def _merged(parts: Iterable[Story], key: Callable[[Story], object]) -> list[Story]:
    merged: dict[object, Story] = {}
    for story in parts:
        first = merged.get(key(story))
        merged[key(story)] = _joined(first, story) if first else story
    return list(merged.values())


def _joined(first: Story, story: Story) -> Story:
    """Return the first story, the other's checks added to its own."""
    both = diagnoses.common(first.diagnosis, story.diagnosis)
    return Story(first.checks + story.checks, both)


def _by_mistake(parts: Iterable[Story]) -> list[Story]:
    """Return the stories, those of an operation that one mistake explains together."""
    merged: list[Story] = []
    for story in parts:
        same = next((i for i, known in enumerate(merged) if _is_same(known, story)), None)
        if same is None:
            merged.append(story)
        else:
            merged[same] = _joined(merged[same], story)
    return merged


def _is_same(story: Story, other: Story) -> bool:
    """Return whether two stories share a mistake; or, where neither has one, what is wrong."""
    first, second = story.first, other.first
    if _is_link(first, second):
        return True
    if any(first[field] != second[field] for field in ("operation", "verdict")):
        return False
    known, later = story.diagnosis, other.diagnosis
    is_of_value = later.get("of_value") and first["check"] == Kind.VALUE
    if is_of_value or _fail_alike(first, second):
        return True
    if known["mistakes"] or later["mistakes"]:
        ids = {mistake["id"] for mistake in known["mistakes"]}
        return any(mistake["id"] in ids for mistake in later["mistakes"])
    if known["findings"] and later["findings"]:
        # Findings about a value and about a gradient may have two causes.
        is_alike = first["argument"] == second["argument"]
        return is_alike and any(words in later["findings"] for words in known["findings"])
    # One backward pass gives all gradients.
    return any(map(_is_wrong_gradient, story.checks)) and _is_wrong_gradient(second)


def _is_link(check: Line, other: Line) -> bool:
    """Return whether a network fails in a call of the operation whose own check fails."""
    finding = (other["counterexample"] or {}).get("finding") or {}
    _, argument, call = finding.get("subject") or (None, None, "")
    is_same = check["argument"] == argument and check["check"] in {Kind.VALUE, Kind.GRADIENT}
    return is_same and str(call or "").endswith(f": {check['operation']}")


def _fail_alike(check: Line, other: Line) -> bool:
    """Return whether the same call of both raised the same, or gave the same warning."""
    findings = [(each["counterexample"] or {}).get("finding") or {} for each in (check, other)]
    first, second = ((each.get("problem"), each.get("detail")) for each in findings)
    is_same_call = (check["argument"] is None) == (other["argument"] is None)
    return is_same_call and first == second and first[0] in {Problem.RAISED, Problem.WARNED}


def _is_wrong_gradient(check: Line) -> bool:
    return check["check"] == Kind.GRADIENT and has_wrong_numbers(check)


def chosen(every: tuple[Story, ...], most: int) -> tuple[Story, ...]:
    """Choose at most so many stories: what ended a process, then each operation's first."""
    seen: Counter[str] = Counter()
    ranked = []
    for position, story in enumerate(every):
        seen[story.operation] += 1
        has_ended = story.first["verdict"] in {Verdict.CRASHED, Verdict.TIMED_OUT}
        ranked.append((not has_ended, seen[story.operation], position))
    return tuple(every[position] for position in sorted(p for *_, p in sorted(ranked)[:most]))


def stem(check: Line) -> str:
    """Return a check's id without its dtype."""
    return str(check["id"]).removesuffix(f"[{check['dtype']}]")


def names(checks: Iterable[Line]) -> str:
    """Return the ids of checks, dtypes of one check together: conv2d/value[float32, float64]."""
    stems: dict[str, list[str]] = {}
    for check in checks:
        stems.setdefault(stem(check), []).extend([check["dtype"]] if check["dtype"] else [])
    return ", ".join(f"{name}[{', '.join(d)}]" if d else name for name, d in stems.items())


def short_names(record: Record, checks: Iterable[Line]) -> str:
    """Return the ids of checks; of an operation whose checks are all among them, its name."""
    whole = Counter(check["operation"] for check in record.checks)
    parts = []
    for operation, group in groupby(checks, key=lambda check: str(check["operation"])):
        lines = list(group)
        is_full = len(lines) == whole[operation] > 1
        parts.append(f"{operation} (all {len(lines)})" if is_full else names(lines))
    return ", ".join(parts)


def lines_of(check: Line, diagnosis: Line, record: Record) -> list[str]:
    """Return a check's message, diagnosis, counterexample and replay, as safe lines."""
    example = check["counterexample"]
    rows = diagnoses.labelled(diagnosis)
    rows += facts(example, check["dtype"] or "") if example else []
    words = [message(check), *(f"{label}: {text}" for label, text in rows)]
    again = [f"replay: {replay(check, record)}"] if example else []
    return [limited(row) for row in words if row] + again
