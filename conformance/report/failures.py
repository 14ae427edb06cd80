"""What fails, as stories: one for each thing that goes wrong, whichever checks it shows in."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from conformance.record.facts import message, way
from conformance.record.vocabulary import FAILED, Kind
from conformance.record.wording import output_path
from conformance.report import diagnosis as diagnoses
from conformance.report.numbers import array
from conformance.report.totals import operations

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from conformance.record.file import Line, Record


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


def facts(found: Line, dtype: str) -> list[tuple[str, str]]:
    """A counterexample as short labelled lines: inputs, parameters, what is due, what came."""
    inputs = [(name, _input(name, found, dtype)) for name in found["inputs"]]
    parameters = ", ".join(written_parameters(found))
    layouts = ", ".join(f"{name} {kind}" for name, kind in (found.get("layouts") or {}).items())
    place = place_of(found)
    where = f"at {place}: " if place else ""
    figures = [
        (label, where + array(worst_of(found[field], found), kind))
        for label, field, kind in (("expected", "expected", dtype), ("got", "actual", dtype))
        if found[field] is not None
    ]
    bound = worst_of(found["bound"], found)
    rest = [("parameters", parameters), ("in memory", layouts), ("rule", found.get("refusal"))]
    labelled = [*inputs, *((label, text) for label, text in rest if text), *figures]
    return [*labelled, ("bound", _bound(bound))] if bound is not None else labelled


def written_parameters(found: Line) -> list[str]:
    """Parameters as they are written in a call: pairs are tuples."""
    texts = {name: array(value) for name, value in found["parameters"].items()}
    round_ones = str.maketrans("[]", "()")
    return [f"{name} = {text.translate(round_ones)}" for name, text in texts.items()]


def _input(name: str, found: Line, dtype: str) -> str:
    value = found["inputs"][name]
    shape = ((found.get("shapes") or {}).get(name) or {}).get("shape")
    empty = shape is not None and 0 in shape
    return f"empty, of shape {tuple(shape)}" if shape and empty else array(value, dtype)


def _bound(bound: Any) -> str:
    if bound == 0:
        return "0: nothing is rounded here, so it must be equal"
    return f"{bound:.3g}" if isinstance(bound, float) else array(bound)


def place_of(found: Line) -> str:
    """The worst element in words, such as [0][1] (2, 3); empty for a scalar."""
    index = found["index"]
    position = f"({', '.join(map(str, index))}{',' * (len(index) == 1)})" if index else ""
    return f"{output_path(found.get('output') or ())}{position}"


def worst_of(value: Any, found: Line) -> Any:
    """The worst element of a nested list; the whole where it has no such element."""
    element = value
    for step in [*(found.get("output") or []), *(found["index"] or [])]:
        if not isinstance(element, list) or step >= len(element):
            return value
        element = element[step]
    return element


def brief(found: Line, dtype: str = "") -> str:
    """A counterexample in one line: for x = [1.0]: expected 0.5, got 1.0."""
    inputs = [f"{name} = {_input(name, found, dtype)}" for name in found["inputs"]]
    given = ", ".join([*inputs, *written_parameters(found)])
    figures = [
        f"{word} {array(worst_of(value, found), dtype)}"
        for word, value in (("expected", found["expected"]), ("got", found["actual"]))
        if value is not None
    ]
    said = ", ".join(figures) or found["message"] or ""
    return f"{given}: {said}" if given else str(said)
