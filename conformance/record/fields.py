"""One line of the run's record: which fields it has and what each may hold.

A line is a plain object of strict JSON. Numbers that are not finite are the strings "nan", "inf"
and "-inf"; a field that may be null and is not given is null, so that lines of one type have the
same fields in the same order. `record/schema.json` publishes these rules.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from conformance.record.vocabulary import ClaimVerdict, Kind, Reason, Verdict

if TYPE_CHECKING:
    from enum import StrEnum

FORMAT = 1

# Upper edges of the classes that errors, as shares of their bounds, are counted in: none at all,
# then by powers of two up to the bound; what lies beyond it comes last.
ERROR_EDGES = (0.0, *(2.0**k for k in range(-8, 1)))

Line: TypeAlias = Mapping[str, Any]


class RecordError(ValueError):
    """A record that cannot be written or read, and why."""


@dataclass(frozen=True)
class _Rule:
    """What a field may hold: the rule in words, and the test of it."""

    words: str
    admits: Callable[[Any], bool]
    required: bool = True


def _is_count(value: object) -> bool:
    return type(value) is int and value >= 0


def _is_number(value: object) -> bool:
    return type(value) in {int, float} or value in ("nan", "inf", "-inf")


def _is_share(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1


def _is_texts(value: object) -> bool:
    return isinstance(value, dict) and all(isinstance(text, str) for text in value.values())


def _is_index(value: object) -> bool:
    return isinstance(value, list) and all(_is_count(position) for position in value)


def _is_counts(vocabulary: type[StrEnum]) -> Callable[[Any], bool]:
    return lambda value: (
        isinstance(value, dict)
        and set(value) == set(vocabulary)
        and all(_is_count(count) for count in value.values())
    )


def _one_of(words: type[StrEnum]) -> _Rule:
    known = tuple(map(str, words))
    return _Rule("one of " + ", ".join(map(repr, known)), lambda value: value in known)


def _or_null(rule: _Rule) -> _Rule:
    return _Rule(rule.words + " or null", lambda value: value is None or rule.admits(value))


def _extra(rule: _Rule) -> _Rule:
    return _Rule(rule.words + " or null", _or_null(rule).admits, required=False)


_TEXT = _Rule("text", lambda value: isinstance(value, str))
_COUNT = _Rule("a count", _is_count)
_INTEGER = _Rule("an integer", lambda value: type(value) is int)
_BOOLEAN = _Rule("true or false", lambda value: isinstance(value, bool))
_NUMBER = _Rule('a number, "nan", "inf" or "-inf"', _is_number)
_SHARE = _Rule("a share from 0 to 1", _is_share)
_TEXTS = _Rule("an object of texts", _is_texts)
_OBJECT = _Rule("an object", lambda value: isinstance(value, dict))
_ANYTHING = _Rule("anything", lambda _: True)

_COUNTEREXAMPLE = {
    "inputs": _OBJECT,
    "parameters": _OBJECT,
    "expected": _ANYTHING,
    "actual": _ANYTHING,
    "bound": _ANYTHING,
    "index": _or_null(_Rule("a list of counts", _is_index)),
    "message": _or_null(_TEXT),
    "replay": _or_null(_TEXT),
    "layouts": _extra(_OBJECT),
    "shapes": _extra(_OBJECT),
    "refusal": _extra(_TEXT),
    "output": _extra(_TEXT),
    "terms": _extra(_OBJECT),
}


def _is_counterexample(value: object) -> bool:
    return isinstance(value, dict) and not _objection(value, _COUNTEREXAMPLE)


_MISTAKE = {"id": _TEXT, "sentence": _TEXT, "hint": _TEXT, "agreement": _extra(_SHARE)}


def _is_errors(value: object) -> bool:
    count = len(ERROR_EDGES) + 1
    return isinstance(value, list) and len(value) == count and all(map(_is_count, value))


def _is_diagnosis(value: object) -> bool:
    return isinstance(value, dict) and not _objection(value, _DIAGNOSIS)


def _is_mistakes(value: object) -> bool:
    return isinstance(value, list) and all(
        isinstance(one, dict) and not _objection(one, _MISTAKE) for one in value
    )


def _is_sentences(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


_DIAGNOSIS = {
    "mistakes": _Rule("a list of mistakes (id, sentence, hint)", _is_mistakes),
    "findings": _Rule("a list of texts", _is_sentences),
    "hints": _extra(_Rule("a list of texts", _is_sentences)),
}
_A_COUNTEREXAMPLE = _Rule(
    f"a counterexample ({', '.join(list(_COUNTEREXAMPLE)[:8])})", _is_counterexample
)
_READING = {
    "reading": _or_null(_TEXT),
    "condition": _or_null(_TEXT),
    "holds": _BOOLEAN,
    "cases": _COUNT,
    "counterexample": _or_null(_A_COUNTEREXAMPLE),
}


def _is_readings(value: object) -> bool:
    return isinstance(value, list) and all(
        isinstance(reading, dict) and not _objection(reading, _READING) for reading in value
    )


_RULES = {
    "header": {
        "format": _Rule(str(FORMAT), lambda value: type(value) is int and value == FORMAT),
        "versions": _TEXTS,
        "seed": _INTEGER,
        "cpu": _TEXT,
        "threads": _COUNT,
        "implementation": _TEXT,
        "profile": _TEXT,
        "started": _TEXT,
        "shard": _extra(_TEXT),
        "message": _extra(_TEXT),
    },
    "check": {
        "id": _TEXT,
        "operation": _TEXT,
        "check": _one_of(Kind),
        "argument": _or_null(_TEXT),
        "dtype": _or_null(_TEXT),
        "verdict": _one_of(Verdict),
        "cases": _COUNT,
        "elements": _COUNT,
        "exact_share": _or_null(_SHARE),
        "unjudged_share": _or_null(_SHARE),
        "worst_ratio": _or_null(_NUMBER),
        "worst_ulp": _or_null(_NUMBER),
        "torch_worst_ratio": _or_null(_NUMBER),
        "counterexample": _or_null(_A_COUNTEREXAMPLE),
        "formula": _extra(_TEXT),
        "latex": _extra(_TEXT),
        "family": _extra(_TEXT),
        "convention": _extra(_TEXT),
        "message": _extra(_TEXT),
        "torch_defect": _extra(_A_COUNTEREXAMPLE),
        "diagnosis": _extra(_Rule("a diagnosis (mistakes, findings)", _is_diagnosis)),
        "errors": _extra(_Rule("a count for each class of errors", _is_errors)),
        "seconds": _extra(_NUMBER),
    },
    "claim": {
        "id": _TEXT,
        "section": _TEXT,
        "verdict": _one_of(ClaimVerdict),
        "readings": _Rule(f"a list of readings ({', '.join(_READING)})", _is_readings),
        "formula": _extra(_TEXT),
        "latex": _extra(_TEXT),
        "message": _extra(_TEXT),
        "source": _extra(_TEXT),
        "seconds": _extra(_NUMBER),
    },
    "not selected": {"id": _TEXT, "reason": _one_of(Reason), "message": _extra(_TEXT)},
    "footer": {
        "checks": _Rule("a count for each check verdict", _is_counts(Verdict)),
        "claims": _Rule("a count for each claim verdict", _is_counts(ClaimVerdict)),
        "not_selected": _COUNT,
        "seconds": _NUMBER,
        "complete": _BOOLEAN,
    },
}
# What a header says of the machine and the run may grow; every other line is closed.
_OPEN = {"header"}


def header(**fields: object) -> Line:
    """The first line: versions, seed, cpu, threads, implementation, profile, started, …."""
    return _built("header", {"format": FORMAT, **fields})


def check(**fields: object) -> Line:
    """One check's line; a field that may be null and is not given is null.

    A convention's name goes into `convention`, the reason for a missing result into `message`.
    """
    return _built("check", fields)


def claim(**fields: object) -> Line:
    """One claim's line, with its truth table in `readings`."""
    return _built("claim", fields)


def not_selected(**fields: object) -> Line:
    """The line of a test that did not run: id, reason (deselected or interrupted), message."""
    return _built("not selected", fields)


def counterexample(**fields: object) -> dict[str, Any]:
    """A counterexample: inputs, parameters, expected, actual, bound, index, message, replay.

    With `layouts`, `shapes`, `refusal` and `output` where a replay needs them.
    """
    owed = [name for name, rule in _COUNTEREXAMPLE.items() if rule.required]
    given = {**dict.fromkeys(owed), "inputs": {}, "parameters": {}, **fields}
    whole: dict[str, Any] = _strict(given, "counterexample")
    if objection := _objection(whole, _COUNTEREXAMPLE):
        raise RecordError(f"counterexample: {objection}")
    return whole


def footer(lines: Iterable[Line], *, seconds: float, complete: bool) -> Line:
    """The last line: how many of each verdict, how many not selected, how long, and whether all.

    `complete` says that the run came to its end by itself; an interrupted one is not complete.
    """
    return _built("footer", {**tally(lines), "seconds": seconds, "complete": complete})


def tally(lines: Iterable[Line]) -> dict[str, Any]:
    """How many lines have each verdict: what a footer must say."""
    verdicts = Counter((line["type"], line.get("verdict")) for line in lines)
    return {
        "checks": {str(word): verdicts["check", word] for word in Verdict},
        "claims": {str(word): verdicts["claim", word] for word in ClaimVerdict},
        "not_selected": verdicts["not selected", None],
    }


def _built(kind: str, fields: Mapping[str, object]) -> Line:
    return checked({"type": kind, **dict.fromkeys(_RULES[kind]), **fields})


def checked(fields: object) -> Line:
    """The line with its fields in their fixed order, or the error that names what is wrong."""
    kind = fields.get("type") if isinstance(fields, Mapping) else None
    if not isinstance(fields, Mapping) or not isinstance(kind, str) or kind not in _RULES:
        raise RecordError(f"type is {kind!r}; a line is an object of type {', '.join(_RULES)}")
    place = f"{kind} {fields['id']}" if isinstance(fields.get("id"), str) else kind
    given: dict[str, Any] = _strict(fields, place)
    rules = _RULES[kind]
    if objection := _objection(given, rules, closed=kind not in _OPEN):
        raise RecordError(f"{place}: {objection}")
    return {"type": kind, **{name: given.get(name) for name in rules}, **given}


def _objection(fields: Line, rules: Mapping[str, _Rule], *, closed: bool = True) -> str:
    """What is wrong with the fields of an object, in words; empty where nothing is."""
    for name, rule in rules.items():
        if name not in fields:
            if rule.required:
                return f"{name} is missing; it must be {rule.words}"
        elif not rule.admits(fields[name]):
            return f"{name} is {_brief(fields[name])}; it must be {rule.words}"
    unknown = sorted(set(fields) - set(rules) - {"type"}) if closed else []
    return f"{unknown[0]!r} is no field of it; the fields are {', '.join(rules)}" if unknown else ""


def _brief(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:79] + "…"


def _strict(value: Any, place: str) -> Any:
    """The value as strict JSON: non-finite floats as strings, tuples as lists, texts encodable."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode("utf-8")
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else str(float(value))
    if isinstance(value, Mapping):
        return {str(name): _strict(item, place) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_strict(item, place) for item in value]
    if hasattr(value, "tolist"):  # an array's own scalars, which are no Python numbers
        return _strict(value.tolist(), place)
    raise RecordError(f"{place}: {_brief(value)} is a {type(value).__name__}, not plain data")
