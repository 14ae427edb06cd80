"""A counterexample in words: its inputs, what is due, what came."""

from typing import Any

from conformance.record.file import Line
from conformance.record.wording import output_path
from conformance.report.numbers import array


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
