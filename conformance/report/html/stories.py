"""What fails, story by story: what it looks like, a case of it, and the command that repeats it."""

import math
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

from conformance.record.facts import message, real
from conformance.record.file import Line, Record
from conformance.record.vocabulary import Verdict
from conformance.report.counterexample import (
    element_name,
    replay,
    reproduce,
    worst_of,
    written_parameters,
)
from conformance.report.diagnosis import likeness
from conformance.report.failures import Story, chosen, names, stem, stories
from conformance.report.html.anchors import anchors
from conformance.report.html.figures import given, result, used_elements, written_sum
from conformance.report.html.formulas import formula
from conformance.report.html.signs import sign
from conformance.report.numbers import share
from conformance.report.safe_text import limited
from conformance.report.script import script

STORIES = 40
"""Failures told in full; of the others the message."""


def failures(record: Record) -> dict[str, Any]:
    """Return the stories told in full, the others' messages, and where a check's story stands."""
    every = stories(record)
    full = chosen(every, STORIES)
    addressed = _addressed(full)
    where = {check["id"]: anchor for anchor, story in addressed for check in story.checks}
    others = [story for story in every if story.first["id"] not in where]
    return {
        "stories": [_story(record, anchor, story) for anchor, story in addressed],
        "others": [(limited(names(o.checks)), limited(message(o.first))) for o in others],
        "anchors": where,
        "checks": sum(len(story.checks) for story in every),
    }


def _addressed(every: Sequence[Story]) -> list[tuple[str, Story]]:
    """Return the stories with their anchors: the first check, with its dtype if that is taken."""
    firsts: list[str] = []
    for story in every:
        name = stem(story.first)
        firsts.append(str(story.first["id"]) if name in firsts else name)
    named = anchors(firsts, "failure/")
    return [(named[first], story) for first, story in zip(firsts, every, strict=True)]


def _story(record: Record, anchor: str, story: Story) -> dict[str, Any]:
    check, diagnosis = story.first, story.diagnosis
    others = len({check["operation"] for check in story.checks}) - 1
    more = f" and {others} other operation{'s' * (others > 1)}" if others else ""
    return {
        "anchor": anchor,
        "operations": ",".join(dict.fromkeys(limited(c["operation"]) for c in story.checks)),
        "plain_kinds": ",".join(dict.fromkeys(str(c["check"]) for c in story.checks)),
        "title": limited(story.operation) + more,
        "kinds": ", ".join(dict.fromkeys(map(_kind, story.checks))),
        "sign": sign(Verdict(check["verdict"])),
        "message": limited(message(check)),
        "formula": formula(check.get("latex"), check.get("formula")),
        "likeness": likeness(diagnosis),
        "mistakes": _once(mistake["sentence"] for mistake in diagnosis["mistakes"]),
        "hints": _once(mistake["hint"] for mistake in diagnosis["mistakes"]),
        "findings": _once(diagnosis["findings"]),
        "checks": [limited(names(lines)) for _, lines in groupby(story.checks, key=stem)],
        "case": _case(record, check) if check["counterexample"] else None,
    }


def _kind(check: Line) -> str:
    argument = limited(check["argument"] or "")
    return f"{check['check']}{' of ' * bool(argument)}{argument}"


def _once(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(limited(text) for text in words if text))


def _case(record: Record, check: Line) -> dict[str, Any]:
    """Return the smallest input found, and what becomes of it."""
    example, dtype = check["counterexample"], check["dtype"] or ""
    layouts = (example.get("layouts") or {}).items()
    unusual = ", ".join(f"{name} {how}" for name, how in layouts if how != "contiguous")
    notes = [("in memory", unusual), ("rule broken", example.get("refusal") or "")]
    return {
        "given": given(example, dtype),
        "boxed": any(used_elements(example).values()),
        "call": limited(", ".join(written_parameters(example))),
        "notes": [(label, limited(words)) for label, words in notes if words],
        "result": result(example, dtype),
        "element": limited(element_name(example)),
        "sum": written_sum(example, dtype),
        "error": error_in_words(example),
        "replay": replay(check, record),
        "script": script(check, record),
        "reproduce": reproduce(check, record),
    }


def error_in_words(example: Line) -> str:
    """Say how far off the worst element is, beside what is allowed; nothing without a bound."""
    fields = ("expected", "actual", "bound")
    due, came, bound = (real(worst_of(example[field], example)) for field in fields)
    if due is None or came is None or bound is None:
        return ""
    if not (math.isfinite(due) and math.isfinite(came)):
        return "NaN and infinities must stand where they are due: no bound excuses one."
    if bound == 0:
        return "Nothing is rounded on this input, so the two must be equal."
    error = abs(due - came)
    if error <= bound:
        return ""
    return (
        f"The error is {error:.3g}. Sound code errs by {bound:.3g} here at most, whatever order it "
        f"sums in: this is {share(error / bound)} times the bound."
    )
