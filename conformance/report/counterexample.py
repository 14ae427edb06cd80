"""A counterexample in words: its inputs, what is due, what came, and what repeats it."""

import shlex
from pathlib import Path
from typing import Any

from conformance.record.file import Line, Record
from conformance.record.vocabulary import DEFAULT_PROFILE, REPORT, Kind
from conformance.record.wording import output_path
from conformance.report.numbers import array
from conformance.report.safe_text import cut, printable

_LONGEST = 4000  # characters: a command is there to be copied


def facts(example: Line, dtype: str) -> list[tuple[str, str]]:
    """Return a counterexample as labelled lines: inputs, parameters, what is due, what came."""
    layouts = ", ".join(f"{name} {how}" for name, how in (example.get("layouts") or {}).items())
    element = element_name(example)
    at = f"at {element}: " if element else ""
    bound = worst_of(example["bound"], example)
    rows = [
        *((name, _input(name, example, dtype)) for name in example["inputs"]),
        ("parameters", ", ".join(written_parameters(example))),
        ("in memory", layouts),
        ("rule", example.get("refusal") or ""),
        *((label, at + words) for label, words in _figures(example, dtype)),
        ("bound", "" if bound is None else _bound(bound)),
    ]
    return [row for row in rows if row[1]]


def brief(example: Line, dtype: str = "") -> str:
    """Return a counterexample in one line: x = [1.0]: expected 0.5, got 1.0."""
    inputs = [f"{name} = {_input(name, example, dtype)}" for name in example["inputs"]]
    given = ", ".join([*inputs, *written_parameters(example)])
    figures = ", ".join(f"{label} {words}" for label, words in _figures(example, dtype))
    words = figures or str(example["message"] or "")
    return f"{given}: {words}" if given else words


def replay(line: Line, record: Record, encoding: str = "utf-8") -> str:
    """Return what repeats the counterexample of a line, safe to show and to paste into a shell."""
    header = record.header
    if header.get("at_hand"):
        profile = header["profile"]
        named = f'profile="{profile}", ' if profile != DEFAULT_PROFILE else ""
        command = f"conformance.check(…, {named}seed={header['seed']})"
    elif header.get("vectors"):
        words = ["nn-conformance", "judge-vectors", header["vectors"], header["implementation"]]
        command = shlex.join(words)
    else:
        words = ["nn-conformance", "replay", str(line["id"])]
        words += ["--isolate"] if header.get("isolated") else []
        words += ["--report", record.location] if Path(record.location) != Path(REPORT) else []
        command = shlex.join(words)
    # Not a space less: the name of a directory may have two in a row.
    return cut(printable(command[:_LONGEST], encoding), _LONGEST, encoding)


def reproduce(line: Line, record: Record) -> str:
    """Return the command that writes the counterexample as a script; empty where none can be."""
    fields = ("at_hand", "vectors", "command")
    if any(map(record.header.get, fields)) or line["check"] == Kind.TRAINING:
        return ""
    words = ["nn-conformance", "reproduce", str(line["id"])]
    words += ["--report", record.location] if Path(record.location) != Path(REPORT) else []
    return cut(printable(shlex.join(words)[:_LONGEST]), _LONGEST)


def written_parameters(example: Line) -> list[str]:
    """Return the parameters as they are written in a call: pairs are tuples."""
    texts = {name: array(value) for name, value in example["parameters"].items()}
    round_brackets = str.maketrans("[]", "()")
    return [f"{name} = {text.translate(round_brackets)}" for name, text in texts.items()]


def element_name(example: Line) -> str:
    """Return the worst element in words, such as [0][1] (2, 3); an empty text for a scalar."""
    index = example["index"]
    position = f"({', '.join(map(str, index))}{',' * (len(index) == 1)})" if index else ""
    return f"{output_path(example.get('output') or ())}{position}"


def worst_of(value: Any, example: Line) -> Any:
    """Return the worst element of a nested list; the whole where it has no such element."""
    element = value
    for step in [*(example.get("output") or ()), *(example["index"] or ())]:
        if not isinstance(element, list) or step >= len(element):
            return value
        element = element[step]
    return element


def _figures(example: Line, dtype: str) -> list[tuple[str, str]]:
    pairs = (("expected", example["expected"]), ("got", example["actual"]))
    return [(label, array(worst_of(v, example), dtype)) for label, v in pairs if v is not None]


def _input(name: str, example: Line, dtype: str) -> str:
    value = example["inputs"][name]
    shape = ((example.get("shapes") or {}).get(name) or {}).get("shape")
    if shape is not None and 0 in shape:
        return f"empty, of shape {tuple(shape)}"
    return array(value, dtype)


def _bound(bound: Any) -> str:
    if bound == 0:
        return "0: nothing is rounded here, so it must be equal"
    return f"{bound:.3g}" if isinstance(bound, float) else array(bound)
