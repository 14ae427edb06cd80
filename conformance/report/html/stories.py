"""What fails, story by story: what it looks like, a case of it, and the command that repeats it."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from conformance.record.facts import real
from conformance.record.file import Line, Record
from conformance.record.vocabulary import Verdict
from conformance.report import counterexample, failures
from conformance.report.diagnosis import likeness
from conformance.report.html.arrays import Shown
from conformance.report.html.figures import Result, given, result, used_places
from conformance.report.html.formulas import Formula, formula
from conformance.report.html.signs import Sign, sign
from conformance.report.html.sums import Sum, written_out
from conformance.report.numbers import share
from conformance.report.replay import replay
from conformance.report.safe_text import limited

STORIES = 40
"""Failures told in full; of the others the message."""


@dataclass(frozen=True)
class Case:
    """The smallest input found, and what becomes of it."""

    given: tuple[Shown, ...]
    boxed: bool
    call: str
    notes: tuple[tuple[str, str], ...]
    result: Result | None
    place: str
    sum: Sum | None
    error: str
    replay: str


@dataclass(frozen=True)
class Story:
    """One thing that goes wrong."""

    anchor: str
    title: str
    kinds: str
    sign: Sign
    message: str
    formula: Formula
    likeness: str
    mistakes: tuple[str, ...]
    hints: tuple[str, ...]
    findings: tuple[str, ...]
    checks: tuple[str, ...]
    case: Case | None


@dataclass(frozen=True)
class Failures:
    """The stories told in full, the messages of the others, and where a check's story stands."""

    stories: tuple[Story, ...]
    others: tuple[tuple[str, str], ...]
    anchors: dict[str, str]
    checks: int


def told(record: Record) -> Failures:
    """Every failure of a record."""
    every = failures.stories(record)
    full = failures.chosen(every, STORIES)
    numbered = [(f"failure-{number}", story) for number, story in enumerate(full, 1)]
    anchors = {check["id"]: anchor for anchor, story in numbered for check in story.checks}
    others = [story for story in every if story.checks[0]["id"] not in anchors]
    return Failures(
        stories=tuple(_story(record, anchor, story) for anchor, story in numbered),
        others=tuple((limited(failures.names(o.checks)), limited(o.message)) for o in others),
        anchors=anchors,
        checks=sum(len(story.checks) for story in every),
    )


def _story(record: Record, anchor: str, story: failures.Story) -> Story:
    check, found = story.checks[0], story.counterexample
    diagnosis = story.diagnosis or {"mistakes": [], "findings": []}
    return Story(
        anchor=anchor,
        title=_title(story),
        kinds=", ".join(dict.fromkeys(map(_kind, story.checks))),
        sign=sign(Verdict(story.verdict)),
        message=limited(story.message),
        formula=formula(check.get("latex"), check.get("formula")),
        likeness=likeness(diagnosis),
        mistakes=_once(one["sentence"] for one in diagnosis["mistakes"]),
        hints=_once(one["hint"] for one in diagnosis["mistakes"]),
        findings=_once(diagnosis["findings"]),
        checks=_names(story.checks),
        case=_case(record, check, found) if found else None,
    )


def _title(story: failures.Story) -> str:
    """The operation, or how many they are."""
    others = len({check["operation"] for check in story.checks}) - 1
    more = f" and {others} other operation{'s' * (others > 1)}" if others else ""
    return limited(story.operation) + more


def _kind(check: Line) -> str:
    argument = limited(check["argument"] or "")
    return f"{check['check']}{' of ' * bool(argument)}{argument}"


def _once(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(limited(one) for one in words if one))


def _names(checks: Iterable[Line]) -> tuple[str, ...]:
    """The checks by their ids, the dtypes of one together."""
    stems = groupby(checks, key=failures.stem)
    return tuple(limited(failures.names(list(lines))) for _, lines in stems)


def _case(record: Record, check: Line, found: Line) -> Case:
    dtype = check["dtype"] or ""
    notes = [("in memory", _layouts(found)), ("rule broken", found.get("refusal") or "")]
    return Case(
        given=given(found, dtype),
        boxed=any(used_places(found).values()),
        call=limited(", ".join(counterexample.written_parameters(found))),
        notes=tuple((label, limited(words)) for label, words in notes if words),
        result=result(found, dtype),
        place=limited(counterexample.place_of(found)),
        sum=written_out(found, dtype),
        error=error_in_words(found),
        replay=replay(check, record),
    )


def _layouts(found: Line) -> str:
    layouts = (found.get("layouts") or {}).items()
    return ", ".join(f"{name} {kind}" for name, kind in layouts if kind != "contiguous")


def error_in_words(found: Line) -> str:
    """How far off the worst element is, beside what is allowed; empty where no bound says so."""
    figures = [
        counterexample.worst_of(found[field], found) for field in ("expected", "actual", "bound")
    ]
    due, came, bound = map(real, figures)
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
