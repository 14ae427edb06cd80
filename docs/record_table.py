"""Make the tables of docs/record.md: the fields of each line of a record, from its own rules."""

from collections.abc import Iterator
from typing import Any

from conformance.record.fields import schema
from conformance.record.rules import COUNT

_PREFIX = "a line of type "


def tables() -> str:
    """Return a table for each type of line, and for each object that stands inside one."""
    parts: list[str] = []
    inner: dict[str, Any] = {}
    for line in schema()["oneOf"]:
        parts += [f"### `{line['title'].removeprefix(_PREFIX)}`\n", _table(line)]
        inner.update(_inner(line))
    for title, rule in inner.items():
        parts += [f"### {title}\n", _table(rule)]
    return "\n".join(parts).strip()


def _table(rule: dict[str, Any]) -> str:
    lines = ["| field | holds | what it says |", "|---|---|---|"]
    for name, field in rule["properties"].items():
        if name == "type":
            continue
        words = field.get("description") or _deepest(field).get("description", "")
        lines.append(f"| `{name}` | {_brief(field['title'])} | {words} |".replace("  |", " |"))
    return "\n".join(lines) + "\n"


def _brief(title: str) -> str:
    """Return the rule of a field in words, without the fields of an object inside it."""
    head, _, rest = title.partition(" (")
    words = head + rest.partition(")")[2] if rest else title
    return words.replace(', "nan", "inf" or "-inf"', "")


def _deepest(field: dict[str, Any]) -> dict[str, Any]:
    """Return what a field holds where it is not null."""
    return next((one for one in field.get("anyOf", ()) if one.get("type") != "null"), field)


def _inner(rule: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the objects with fields of their own that stand inside a rule, by title."""
    for field in rule.get("properties", {}).values():
        one = _deepest(field)
        one = one.get("items", one)
        if any(rule != COUNT for rule in one.get("properties", {}).values()):
            yield _brief(one["title"]).removesuffix(" or null"), one
            yield from _inner(one)
