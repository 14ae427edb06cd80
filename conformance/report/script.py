"""A failure as a short script to copy: its stored case, the call, what is due, what came.

It needs NumPy and the implementation. It is made from the record alone, so it leaves to
`nn-conformance reproduce` what the record does not say in full: traces of calls, choices of
conventions, unusual layouts, other orders of axes.
"""

import keyword
import re
from collections.abc import Iterable, Mapping
from pathlib import PurePath
from typing import Any

from conformance.record.facts import message
from conformance.record.file import Line, Record
from conformance.record.vocabulary import Kind, Problem, Verdict
from conformance.report.numbers import number
from conformance.report.safe_text import printable, shown

_LONGEST = 4000
_KINDS = {Kind.VALUE, Kind.GRADIENT, Kind.SPECIAL, Kind.EDGE, Kind.REFUSAL}
_TRACES = {Problem.CHANGED, Problem.ANOTHER_RESULT, Problem.OVERWROTE, Problem.RAISED_AGAIN}
_ENDED = {Verdict.CRASHED, Verdict.TIMED_OUT}
_COMPARE = """
right = np.shape(came) == expected.shape
if right:
    near = np.abs(np.subtract(came, expected, dtype=np.float64)) <= bound
    right = np.all(near | np.equal(came, expected) | (np.isnan(came) & np.isnan(expected)))
"""
_END = """print("right" if right else "wrong")
raise SystemExit(0 if right else 1)
"""


class _UnwrittenError(Exception):
    """The record does not hold what a script needs."""


def script(check: Line, record: Record) -> str:
    """Return the script of a failing check; an empty text where the record cannot give one.

    It exits with 1 while the implementation is wrong.
    """
    try:
        text = _script(check, record)
    except _UnwrittenError:
        return ""
    return text if len(text) <= _LONGEST else ""


def _script(check: Line, record: Record) -> str:
    header, case = record.header, check["counterexample"] or {}
    finding = case.get("finding") or {}
    is_called = not any(header.get(field) for field in ("command", "vectors", "at_hand", "tensors"))
    is_plain = not check.get("axes") and {*(case.get("layouts") or {}).values()} <= {"contiguous"}
    is_told = finding and finding["problem"] not in _TRACES and check["check"] in _KINDS
    if not (is_called and is_plain and is_told):
        raise _UnwrittenError
    shapes, names = case.get("shapes") or {}, list(map(_name, case["inputs"]))
    inputs = [f"{name} = {_array(case['inputs'][name], shapes.get(name))}" for name in names]
    call = _call(check, record, names)
    head = [f"# {printable(str(check['id']))}: {shown(message(check), longest=200)}"]
    body = "\n".join([*inputs, "", *_judged(check, case, finding, call)])
    return "\n".join([*head, "", *_imports(str(header["implementation"]), body), "", body])


def _judged(check: Line, case: Line, finding: Line, call: str) -> list[str]:
    """Return the call, and what says whether its result is right."""
    if case.get("refusal"):
        rule = shown(str(finding["what"]), longest=200)
        rows = [f"# Bad input: {rule}.", "try:", f"    print({call})", "    right = False"]
        return [
            *rows,
            "except Exception as error:",
            "    print(repr(error))",
            "    right = True",
            _END,
        ]
    if finding["problem"] == Problem.RAISED or check["verdict"] in _ENDED:
        return [f"print({call})", ""]
    if case["expected"] is None or case["bound"] is None:
        raise _UnwrittenError
    path = "".join(f"[{int(step)}]" for step in case.get("output") or ())
    due, bound = (_at(case[field], case.get("output") or ()) for field in ("expected", "bound"))
    warned = finding["problem"] == Problem.WARNED
    rows = ['warnings.simplefilter("error")'] if warned else []
    rows += [f"came = {call}{path}"]
    rows += ['warnings.simplefilter("ignore")'] if warned else []
    rows += ["# The truth, and how far from it rounding may lead."]
    rows += [f"expected = {_array(due)}", f"bound = {_array(bound)}"]
    return [*rows, r'print(f"due:   {expected}\nbound: {bound}\ncame:  {came}")', _COMPARE + _END]


def _call(check: Line, record: Record, names: list[str]) -> str:
    """Return the call; of several gradients the one that is wrong."""
    case, operation = check["counterexample"], _name(check["operation"])
    argument = case["finding"]["subject"][1]
    given = [name for name in names if name != "grad_output"]
    parameters = [f"{_name(name)}={_literal(value)}" for name, value in case["parameters"].items()]
    if "grad_output" not in names:
        return f"implementation.{operation}({', '.join([*given, *parameters])})"
    words = ", ".join(["grad_output", *given, *parameters])
    return f"implementation.{operation}_backward({words})" + _place(check, record, argument, given)


def _place(check: Line, record: Record, argument: str | None, given: list[str]) -> str:
    """Return where the gradient stands in what the backward function returns."""
    lines = [*record.checks, *record.not_selected]
    owed = {
        line["argument"]
        for line in lines
        if line["operation"] == check["operation"] and line["check"] == Kind.GRADIENT
    }
    gradients = [name for name in given if name in owed]
    if argument not in gradients:
        raise _UnwrittenError
    return f"[{gradients.index(argument)}]" if len(gradients) > 1 else ""


def _imports(spec: str, body: str) -> list[str]:
    """Return the lines that import what is judged: a file, or a module, or something in it."""
    target, _, attribute = spec.partition(":")
    special = [name for name in ("inf", "nan") if re.search(rf"\b{name}\b", body)]
    rows = ["import sys", *["import warnings"] * ("warnings." in body), "", "import numpy as np"]
    rows += [f"from numpy import {', '.join(special)}"] * bool(special) + [""]
    path = PurePath(target.replace("\\", "/"))
    module = path.stem if target.endswith(".py") else target
    if not all(map(_is_name, [*module.split("."), *filter(None, attribute.split("."))])):
        raise _UnwrittenError
    rows += [f"sys.path.insert(0, {str(path.parent) if target.endswith('.py') else '.'!r})"]
    rows += [f"import {module} as implementation"]
    if attribute:
        rows += [f"implementation = implementation.{attribute}"]
        rows += ["if isinstance(implementation, type):", "    implementation = implementation()"]
    return rows


def _is_name(text: str) -> bool:
    return text.isascii() and text.isidentifier() and not keyword.iskeyword(text)


def _name(text: Any) -> str:
    if not _is_name(str(text)):
        raise _UnwrittenError
    return str(text)


def _array(value: Any, shape: Mapping[str, Any] | None = None) -> str:
    """Return the code of an array; of a list of arrays where its shape says so."""
    if shape and "nested" in shape:
        parts = [_array(part, kind) for part, kind in zip(value, shape["nested"], strict=True)]
        inner = ", ".join(parts) + "," * (len(parts) == 1 and bool(shape.get("tuple")))
        return f"({inner})" if shape.get("tuple") else f"[{inner}]"
    dtype = str(shape["dtype"]) if shape else "float64"
    if dtype == "bfloat16":
        raise _UnwrittenError
    kind = f", np.{_name(dtype)}" if shape else ""
    if shape and 0 in shape["shape"]:
        return f"np.zeros({tuple(shape['shape'])}{kind})"
    return f"np.array({_numbers(value, dtype)}{kind})"


def _numbers(value: Any, dtype: str) -> str:
    if isinstance(value, list):
        return f"[{', '.join(_numbers(part, dtype) for part in value)}]"
    if isinstance(value, str) and value not in {"nan", "inf", "-inf"}:
        raise _UnwrittenError
    if not isinstance(value, bool | int | float | str):
        raise _UnwrittenError
    return number(value, dtype)


def _literal(value: Any) -> str:
    if isinstance(value, list):
        return f"({', '.join(map(_literal, value))}{',' * (len(value) == 1)})"
    if isinstance(value, dict):
        raise _UnwrittenError
    return ascii(value)


def _at(value: Any, path: Iterable[int]) -> Any:
    for step in path:
        if not isinstance(value, list) or step >= len(value):
            raise _UnwrittenError
        value = value[step]
    return value
