"""Cases and balls as plain data, and back: what a counterexample is stored as."""

import re
from typing import Any

import numpy as np

from conformance.bounds.ball import Ball
from conformance.bounds.floats import Array, is_real, numpy_dtype
from conformance.explain.terms import terms
from conformance.implementation.isolation.wire import Foreign
from conformance.spec.case import Case
from conformance.spec.check import Check
from conformance.spec.finding import Finding, Judged
from conformance.spec.operation import Operation


def plain(tree: Any) -> Any:
    """Nested lists of Python numbers; what is neither array nor number, in words."""
    if isinstance(tree, tuple | list):
        return [plain(one) for one in tree]
    if isinstance(tree, np.ndarray | np.generic) and is_real(tree.dtype):
        return tree.astype(np.float64).tolist()
    if isinstance(tree, np.ndarray | np.generic) and tree.dtype.kind in "iub":
        return tree.tolist()
    if tree is None or isinstance(tree, bool | int | float | str):
        return tree
    return _in_words(tree)


_LONGEST = 2000
_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")


def _in_words(value: Any) -> str:
    """As it shows itself, without its address, which is another in every run; else its type."""
    if isinstance(value, Foreign):
        return f"<{type(value).__qualname__}>"
    try:
        return _ADDRESS.sub("", repr(value)[:_LONGEST])
    except Exception:  # noqa: BLE001 - it is the implementation's own
        return f"<{type(value).__qualname__}>"


def expected_of(tree: Any) -> tuple[Any, Any]:
    """Return (value, bound) of nested balls as plain data; of anything else, no bound."""
    if isinstance(tree, Ball):
        # What only the wider format of the truth can hold is infinite in float64.
        with np.errstate(over="ignore"):
            return plain(tree.value.astype(np.float64)), plain(tree.bound)
    if not _is_balls(tree):
        return plain(tree), None
    values, bounds = zip(*map(expected_of, tree), strict=True) if tree else ((), ())
    return list(values), list(bounds)


def _is_balls(tree: Any) -> bool:
    if isinstance(tree, list | tuple):
        return all(map(_is_balls, tree))
    return isinstance(tree, Ball)


def counterexample(check: Check, judged: Judged) -> dict[str, Any]:
    """Return all that a reader needs to see the failure, and a machine to repeat it."""
    case, finding = judged
    inputs = {name: plain(value) for name, value in case.inputs.items()}
    if case.grad_output is not None:
        inputs["grad_output"] = plain(case.grad_output)
    expected, bound = expected_of(finding.expected)
    return {
        "inputs": inputs,
        "parameters": {name: plain(value) for name, value in case.parameters.items()},
        "layouts": dict(case.layouts),
        "shapes": {name: _shapes(value) for name, value in case.inputs.items()}
        | ({} if case.grad_output is None else {"grad_output": _shapes(case.grad_output)}),
        "refusal": case.refusal,
        "expected": expected,
        "actual": plain(finding.actual),
        "bound": bound,
        "terms": terms(check, case, finding),
        **_told(finding),
    }


def _told(finding: Finding) -> dict[str, Any]:
    """Return the fields of a counterexample that say what is wrong, and with which element."""
    return {
        "output": list(finding.ours.output),
        "index": None if finding.ours.index is None else list(finding.ours.index),
        "message": finding.message,
        "finding": finding.fields(),
    }


def claim_counterexample(judged: Judged) -> dict[str, Any]:
    """Return all that a reader needs to see a disagreement, and a machine to repeat it."""
    case, finding = judged
    expected, bound = expected_of(finding.expected)
    return {
        "inputs": {name: plain(array) for name, array in case.inputs.items()},
        "parameters": {name: plain(value) for name, value in case.parameters.items()},
        "expected": expected,
        "actual": plain(finding.actual),
        "bound": bound,
        **_told(finding),
    }


def _shapes(tree: Any) -> Any:
    """Shapes, which nested lists lose where an axis is empty; and dtypes of what is not real."""
    if isinstance(tree, list | tuple):
        return {"nested": [_shapes(one) for one in tree], "tuple": isinstance(tree, tuple)}
    return {"shape": list(tree.shape), "dtype": str(tree.dtype)}


def restore(operation: Operation, stored: dict[str, Any]) -> Case:
    """The case that a counterexample was made of."""
    inputs = {
        one.name: _array(stored["inputs"][one.name], stored["shapes"][one.name])
        for one in operation.inputs
    }
    upstream = None
    if "grad_output" in stored["inputs"]:
        upstream = _array(stored["inputs"]["grad_output"], stored["shapes"]["grad_output"])
    parameters = {name: _tuples(value) for name, value in stored["parameters"].items()}
    return Case(inputs, parameters, upstream, stored["layouts"], stored["refusal"])


def _tuples(value: Any) -> Any:
    return tuple(_tuples(one) for one in value) if isinstance(value, list) else value


def _array(numbers: Any, shape: dict[str, Any]) -> Any:
    if "nested" in shape:
        parts = [_array(one, of) for one, of in zip(numbers, shape["nested"], strict=True)]
        return tuple(parts) if shape["tuple"] else parts
    dtype = numpy_dtype(shape["dtype"])
    array: Array = np.array(_numbers(numbers), dtype).reshape(shape["shape"])
    return array


def _numbers(tree: Any) -> Any:
    """Non-finite numbers are stored as the strings "nan", "inf" and "-inf"."""
    if isinstance(tree, list):
        return [_numbers(one) for one in tree]
    return float(tree) if isinstance(tree, str) else tree
