"""What fails, as stories: one for each thing that goes wrong, whichever checks it shows in."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from conformance.record.facts import message, way
from conformance.record.file import Line, Record
from conformance.record.vocabulary import FAILED, Kind
from conformance.report import diagnosis as diagnoses
from conformance.report.counterexample import facts
from conformance.report.replay import replay
from conformance.report.safe_text import limited
from conformance.report.totals import operations


@dataclass(frozen=True)
class Story:
    """One thing that goes wrong: in which checks, what, a case of it, and what it looks like."""

    operation: str
    verdict: str
    checks: tuple[Line, ...]
    message: str
    counterexample: Line | None
    diagnosis: Line | None = None


def stories(record: Record) -> tuple[Story, ...]:
    """Every failure, those of one cause told once.

    The dtypes of a check tell one story, though their figures differ; so do checks of an
    operation with the same message, those that behave like the same mistake, and those of one
    output of which the same was found. Without a counterexample the operation does not matter.
    """
    alone = [
        _story(check)
        for operation in operations(record)
        for check in sorted(operation.checks, key=_plainest_first)
        if check["verdict"] in FAILED
    ]
    by_dtype = _merged(alone, lambda story: (_stem(story.checks[0]), way(story.checks[0])))
    return tuple(_by_mistake(_merged(by_dtype, _cause)))


def _plainest_first(check: Line) -> tuple[int, str]:
    """A wrong value explains what a wrong gradient or special value only shows."""
    return list(Kind).index(check["check"]), check["id"]


def _story(check: Line) -> Story:
    found = check["counterexample"]
    operation, verdict = check["operation"], check["verdict"]
    return Story(operation, verdict, (check,), message(check), found, check.get("diagnosis"))


def _stem(check: Line) -> object:
    return (check["operation"], check["check"], check["argument"], check["verdict"])


def _cause(story: Story) -> object:
    place = story.operation if story.counterexample else ""
    return (place, story.verdict, story.message)


def _merged(told: Iterable[Story], key: Callable[[Story], object]) -> list[Story]:
    found: dict[object, Story] = {}
    for story in told:
        first = found.setdefault(key(story), story)
        if first is not story:
            found[key(story)] = _joined(first, story)
    return list(found.values())


def _joined(first: Story, story: Story) -> Story:
    """The first story, the other's checks added to its own."""
    both = diagnoses.common(first.diagnosis, story.diagnosis)
    return replace(first, checks=first.checks + story.checks, diagnosis=both)


def _by_mistake(told: Iterable[Story]) -> list[Story]:
    """The stories, those of an operation that one mistake explains together."""
    found: list[Story] = []
    for story in told:
        places = (place for place, known in enumerate(found) if _is_one(known, story))
        place = next(places, None)
        if place is None:
            found.append(story)
        else:
            found[place] = _joined(found[place], story)
    return found


def _is_one(first: Story, story: Story) -> bool:
    if (first.operation, first.verdict) != (story.operation, story.verdict):
        return False
    # What is found of a value and of a gradient may have two causes.
    of_one = first.checks[0]["argument"] == story.checks[0]["argument"]
    alike = of_one and diagnoses.resemble(first.diagnosis, story.diagnosis)
    return alike or diagnoses.agree(first.diagnosis, story.diagnosis)


def chosen(told: tuple[Story, ...], most: int) -> tuple[Story, ...]:
    """At most so many stories, every operation having its first before any has its second."""
    seen: dict[str, int] = {}
    ranked = []
    for position, story in enumerate(told):
        seen[story.operation] = seen.get(story.operation, 0) + 1
        ranked.append((seen[story.operation], position, story))
    return tuple(story for _, _, story in sorted(sorted(ranked)[:most], key=lambda r: r[1]))


def names(checks: Iterable[Line]) -> str:
    """The ids of checks, dtypes of one check together: conv2d/value[float32, float64]."""
    stems: dict[str, list[str]] = {}
    for check in checks:
        stems.setdefault(stem(check), []).extend([check["dtype"]] if check["dtype"] else [])
    return ", ".join(f"{name}[{', '.join(d)}]" if d else name for name, d in stems.items())


def stem(check: Line) -> str:
    """Return a check's id without its dtype."""
    return str(check["id"]).removesuffix(f"[{check['dtype']}]")


def told(check: Line, record: Record) -> list[str]:
    """Return a check's message, diagnosis, counterexample and replay, as safe lines."""
    found = check.get("counterexample")
    labelled = diagnoses.told(check.get("diagnosis"))
    labelled += facts(found, check.get("dtype") or "") if found else []
    rows = [message(check), *(f"{label}: {words}" for label, words in labelled)]
    again = [f"replay: {replay(check, record)}"] if found else []
    return [limited(row) for row in rows if row] + again
