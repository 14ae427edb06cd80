"""What a value of the record may be: rules in the terms of JSON Schema, and what breaks one.

A rule is a JSON Schema whose title completes "it must be …". Rules use few of the words of JSON
Schema; `objection` knows these and no others.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias

Rule: TypeAlias = dict[str, Any]


class RecordError(ValueError):
    """A record that cannot be written or read, and why."""


# A Boolean is a number in Python, and none in JSON.
_TYPES: dict[str, Callable[[Any], bool]] = {
    "array": lambda value: isinstance(value, list),
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: type(value) is int,
    "null": lambda value: value is None,
    "number": lambda value: type(value) in {int, float},
    "object": lambda value: isinstance(value, dict),
    "string": lambda value: isinstance(value, str),
}


def rule_of(title: str, **schema: Any) -> Rule:
    """Return a rule that the title says in words."""
    return {"title": title, **schema}


def about(description: str) -> Rule:
    """Return what a field means, to be joined to its rule with |."""
    return {"description": description}


def one_of(words: Iterable[str]) -> Rule:
    """Return the rule of a text that is one of several."""
    known = list(map(str, words))
    return rule_of("one of " + ", ".join(map(repr, known)), enum=known)


def list_of(title: str, item: Rule, **schema: Any) -> Rule:
    """Return the rule of a list of items that obey one rule."""
    return rule_of(title, type="array", items=item, **schema)


def object_of(
    title: str, fields: Mapping[str, Rule], extra: Mapping[str, Rule] | None = None
) -> Rule:
    """Return the rule of an object with these fields; those in `extra` may be null or absent."""
    required = {str(name): rule for name, rule in fields.items()}
    others = {name: or_null(rule) for name, rule in (extra or {}).items()}
    return rule_of(
        title,
        type="object",
        properties={**required, **others},
        required=list(required),
        additionalProperties=False,
    )


def or_null(rule: Rule) -> Rule:
    """Return the rule of a value that obeys this one, or is null."""
    meaning = {"description": rule["description"]} if "description" in rule else {}
    bare = {word: value for word, value in rule.items() if word != "description"}
    return rule_of(f"{rule['title']} or null", **meaning, anyOf=[bare, {"type": "null"}])


TEXT = rule_of("text", type="string")
COUNT = rule_of("a count", type="integer", minimum=0)
INTEGER = rule_of("an integer", type="integer")
BOOLEAN = rule_of("true or false", type="boolean")
NUMBER = rule_of(
    'a number, "nan", "inf" or "-inf"',
    anyOf=[{"type": "number"}, {"enum": ["nan", "inf", "-inf"]}],
)
SHARE = rule_of("a share from 0 to 1", type="number", minimum=0, maximum=1)
TEXTS = rule_of("an object of texts", type="object", additionalProperties=TEXT)
MAP = rule_of("an object", type="object")
ANYTHING = rule_of("anything")
POSITION = list_of("a list of counts", COUNT)
SENTENCES = list_of("a list of texts", TEXT)


def objection(value: Any, rule: Rule, name: str = "") -> str:
    """Return what is wrong with a value, in words that name the field; empty where nothing is."""
    for option in rule.get("anyOf", [rule]):
        if _is_of(value, option):
            return _objection_inside(value, option, name)
    return f"{name} is {_brief(value)}; it must be {rule['title']}"


def _is_of(value: Any, rule: Rule) -> bool:
    """Whether a value obeys a rule, whatever it consists of."""
    if "anyOf" in rule:
        return any(_is_of(value, option) for option in rule["anyOf"])
    known = rule.get("enum", [rule["const"]] if "const" in rule else None)
    if known is not None:
        return any(type(value) is type(word) and value == word for word in known)
    if not _TYPES.get(rule.get("type", ""), lambda _: True)(value):
        return False
    if "minItems" in rule:
        return bool(rule["minItems"] <= len(value) <= rule["maxItems"])
    return "minimum" not in rule or bool(rule["minimum"] <= value <= rule.get("maximum", math.inf))


def _objection_inside(value: Any, rule: Rule, name: str) -> str:
    """Return what is wrong with the items of a list, or with the fields of an object."""
    if isinstance(value, list):
        parts = {f"{name}[{index}]": (item, rule.get("items")) for index, item in enumerate(value)}
    elif isinstance(value, dict):
        known, other = rule.get("properties", {}), rule.get("additionalProperties", {})
        start = f"{name}." if name else ""
        for field in rule.get("required", ()):
            if field not in value:
                return f"{start}{field} is missing; it must be {known[field]['title']}"
        for field in sorted(set(value) - set(known)) if other is False else ():
            return f"{field!r} is no field of {name or 'it'}; the fields are {', '.join(known)}"
        parts = {start + field: (item, known.get(field, other)) for field, item in value.items()}
    else:
        return ""
    objections = (objection(item, part, path) for path, (item, part) in parts.items() if part)
    return next((words for words in objections if words), "")


def _brief(value: object) -> str:
    """Return a value as Python writes it, its end cut where it is long."""
    text = repr(value)
    return text if len(text) <= 80 else text[:79] + "…"


def strict(value: Any, owner: str) -> Any:
    """Return the value as strict JSON: non-finite floats as texts, tuples as lists.

    Raises:
        RecordError: naming the owner of a value that is no data.
    """
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode("utf-8")
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else str(float(value))
    if isinstance(value, Mapping):
        return {str(name): strict(item, owner) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [strict(item, owner) for item in value]
    if hasattr(value, "tolist"):  # an array's own scalars, which are no Python numbers
        return strict(value.tolist(), owner)
    raise RecordError(f"{owner}: {_brief(value)} is a {type(value).__name__}, not plain data")
