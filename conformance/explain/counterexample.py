"""Counterexamples: cases and balls as plain data, and the case that such data came from."""

import re
from typing import Any

import numpy as np

from conformance.bounds.ball import Ball
from conformance.bounds.floats import Array, is_real, numpy_dtype
from conformance.explain.terms import terms
from conformance.implementation.isolation.trees import Foreign
from conformance.spec.case import Case
from conformance.spec.check import Check
from conformance.spec.finding import Judged
from conformance.spec.operation import Operation
from conformance.spec.tree import leaves, nested

_LONGEST = 2000
# An object's address is another in every run.
_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")


def plain(tree: Any) -> Any:
    """Return nested lists of Python numbers; of anything but arrays and numbers, a description."""
    if isinstance(tree, tuple | list):
        return [plain(branch) for branch in tree]
    if isinstance(tree, np.ndarray | np.generic) and is_real(tree.dtype):
        return tree.astype(np.float64).tolist()
    if isinstance(tree, np.ndarray | np.generic) and tree.dtype.kind in "iub":
        return tree.tolist()
    if tree is None or isinstance(tree, bool | int | float | str):
        return tree
    return _described(tree)


def _described(value: Any) -> str:
    """Return an object's repr without its address, or its type where it has no repr."""
    if not isinstance(value, Foreign):
        try:
            return _ADDRESS.sub("", repr(value)[:_LONGEST])
        except Exception:  # noqa: BLE001, S110 - the implementation's own repr raised
            pass
    return f"<{type(value).__qualname__}>"


def expected_of(tree: Any) -> tuple[Any, Any]:
    """Return (value, bound) of nested balls as plain data; of anything else, no bound."""
    if not all(isinstance(leaf, Ball) for leaf in leaves(tree)):
        return plain(tree), None
    # What only the wider format of the truth can hold is infinite in float64.
    with np.errstate(over="ignore"):
        value = nested(lambda ball: ball.value.astype(np.float64), tree)
    return plain(value), plain(nested(lambda ball: ball.bound, tree))


def counterexample(check: Check, judged: Judged) -> dict[str, Any]:
    """Return all that a reader needs to see a check's failure, and a machine to repeat it."""
    case, finding = judged
    return {
        **claim_counterexample(judged),
        "layouts": dict(case.layouts),
        "shapes": {name: _shapes(value) for name, value in case.arguments.items()},
        "refusal": case.refusal,
        "terms": terms(check, case, finding),
    }


def claim_counterexample(judged: Judged) -> dict[str, Any]:
    """Return all that a reader needs to see a claim's failure, and a machine to repeat it."""
    case, finding = judged
    index = finding.ours.index
    expected, bound = expected_of(finding.expected)
    return {
        "inputs": {name: plain(value) for name, value in case.arguments.items()},
        "parameters": {name: plain(value) for name, value in case.parameters.items()},
        "expected": expected,
        "actual": plain(finding.actual),
        "bound": bound,
        "output": list(finding.ours.output),
        "index": None if index is None else list(index),
        "message": finding.message,
        "finding": finding.fields(),
    }


def _shapes(tree: Any) -> Any:
    """Return shapes, which nested lists lose where an axis is empty; and dtypes."""
    if isinstance(tree, list | tuple):
        return {"nested": [_shapes(branch) for branch in tree], "tuple": isinstance(tree, tuple)}
    return {"shape": list(tree.shape), "dtype": str(tree.dtype)}


def restore(operation: Operation, stored: dict[str, Any]) -> Case:
    """Return the case that a counterexample was made of."""
    shapes = stored["shapes"]
    arrays = {name: _array(value, shapes[name]) for name, value in stored["inputs"].items()}
    inputs = {argument.name: arrays[argument.name] for argument in operation.inputs}
    parameters = {name: _tuples(value) for name, value in stored["parameters"].items()}
    upstream = arrays.get("grad_output")
    return Case(inputs, parameters, upstream, stored["layouts"], stored["refusal"])


def _tuples(value: Any) -> Any:
    return tuple(map(_tuples, value)) if isinstance(value, list) else value


def _array(numbers: Any, shape: dict[str, Any]) -> Any:
    if "nested" in shape:
        pairs = zip(numbers, shape["nested"], strict=True)
        arrays = [_array(inner, of) for inner, of in pairs]
        return tuple(arrays) if shape["tuple"] else arrays
    # Numbers that are not finite are stored as the strings "nan", "inf" and "-inf".
    finite = nested(lambda number: float(number) if isinstance(number, str) else number, numbers)
    array: Array = np.array(finite, numpy_dtype(shape["dtype"])).reshape(shape["shape"])
    return array
