"""A result held against a value with its bound. Pure: it looks, it says, it never raises.

Order of looking: kind of object, shape, dtype, pattern of non-finite values, then values.
Nothing is broadcast.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from conformance.bounds.ball import Ball
from conformance.bounds.floats import Array, numpy_dtype, ulp
from conformance.record.fields import ERROR_EDGES

_EDGES = np.array(ERROR_EDGES)
_CLASSES = len(ERROR_EDGES) + 1


@dataclass(frozen=True)
class Comparison:
    """How a result compares with the truth.

    Attributes:
        flaw: what is wrong: "" (nothing), "kind", "structure", "shape", "dtype", "class", "value".
        message: the flaw in words.
        output: which of several outputs is the worst one, as a path such as "[0][1]".
        index: the worst element of that output; None where elements were not compared.
        ratio: its error as a share of its bound; infinite where the bound is zero.
        ulps: its error in units in the last place of the true value.
        elements: how many elements were looked at.
        exact: on how many of them equality was demanded.
        unjudged: on how many no claim is made.
        errors: how many judged ones have an error of each class (`line.ERROR_EDGES`).
    """

    flaw: str = ""
    message: str = ""
    output: str = ""
    index: tuple[int, ...] | None = None
    ratio: float = 0.0
    ulps: float = 0.0
    elements: int = 0
    exact: int = 0
    unjudged: int = 0
    errors: tuple[int, ...] = (0,) * _CLASSES

    @property
    def agrees(self) -> bool:
        """Whether the result is right."""
        return not self.flaw


def compare(actual: Any, expected: Any) -> Comparison:
    """Compare a result, whatever it is, with balls in the same nesting of tuples or lists."""
    found: list[Comparison] = []
    for path, result, ball in _pairs(actual, expected, ""):
        found.append(result if ball is None else _compare_array(result, ball, path))
    wrong = [one for one in found if not one.agrees]
    worst = max(wrong or found, key=lambda one: one.ratio, default=Comparison())
    return Comparison(
        worst.flaw,
        worst.message,
        worst.output,
        worst.index,
        worst.ratio,
        worst.ulps,
        sum(one.elements for one in found),
        sum(one.exact for one in found),
        sum(one.unjudged for one in found),
        added(one.errors for one in found),
    )


def added(errors: Iterable[tuple[int, ...]]) -> tuple[int, ...]:
    """Counts of several comparisons, class by class."""
    return tuple(map(sum, zip(*errors, strict=True))) or (0,) * _CLASSES


def _pairs(actual: Any, expected: Any, path: str) -> Iterator[tuple[str, Any, Ball | None]]:
    """Leaves side by side; a Comparison in place of a leaf where the nesting differs."""
    if isinstance(expected, Ball):
        yield path, actual, expected
        return
    if not isinstance(actual, tuple | list):
        message = f"{_output(path)}is {_kind(actual)}, not a tuple or list of {len(expected)}"
        yield path, Comparison("structure", message, path, ratio=np.inf), None
        return
    if len(actual) != len(expected):
        message = f"{_output(path)}has {len(actual)} entries where {len(expected)} are due"
        yield path, Comparison("structure", message, path, ratio=np.inf), None
        return
    for position, (result, ball) in enumerate(zip(actual, expected, strict=True)):
        yield from _pairs(result, ball, f"{path}[{position}]")


def _output(path: str) -> str:
    return f"the result{path} " if path else "the result "


def _kind(value: object) -> str:
    if value is None:
        return "None"
    kind = type(value)
    module = "" if kind.__module__ == "builtins" else f"{kind.__module__}."
    return f"a {module}{kind.__qualname__}"


def _compare_array(actual: Any, ball: Ball, path: str) -> Comparison:
    if type(actual) is not np.ndarray and not isinstance(actual, np.generic):
        message = f"{_output(path)}is {_kind(actual)}, not a NumPy array"
        return Comparison("kind", message, path, ratio=np.inf)
    if actual.shape != ball.shape:
        message = f"{_output(path)}has shape {actual.shape}, not {ball.shape}"
        return Comparison("shape", message, path, ratio=np.inf)
    due = numpy_dtype(ball.arithmetic.result.name)
    if actual.dtype != due:
        message = f"{_output(path)}is {actual.dtype}, not {due}"
        return Comparison("dtype", message, path, ratio=np.inf)
    with np.errstate(all="ignore"):
        return _compare_values(np.asarray(actual), ball, path)


def _compare_values(actual: Array, ball: Ball, path: str) -> Comparison:
    """|y − v| ≤ E (1 + slack); NaN and infinities of v by class."""
    value, arithmetic = ball.value, ball.arithmetic
    if value.size == 0:
        return Comparison(output=path)
    y = actual.astype(arithmetic.arbiter)
    finite = np.isfinite(value)
    error = ball.bound
    unjudged = np.isinf(error)
    distance = np.abs(y - value).astype(np.float64)
    # The slack divides the ratio: multiplied into a subnormal bound it would be rounded away.
    ratio = np.where(distance == 0, 0.0, distance / error / (1.0 + arithmetic.slack))
    ratio[np.isnan(ratio)] = np.inf
    if not finite.all():
        same = (y == value) | (np.isnan(y) & np.isnan(value))
        ratio = np.where(finite, ratio, np.where(same, 0.0, np.inf))
    ratio[unjudged] = 0.0
    index = np.unravel_index(int(ratio.argmax()), ratio.shape)
    worst = float(ratio[index])
    flaw, message = "", ""
    if worst > 1.0:
        flaw = "value" if np.isfinite(y[index]) and finite[index] else "class"
        message = _story(y[index], ball, index, worst, path)
    near = float(value[index]) if finite[index] else 0.0
    ulps = float(distance[index]) / float(ulp(near, arithmetic.result)) if worst > 0 else 0.0
    exact = int(np.count_nonzero((error == 0) & ~unjudged))
    return Comparison(
        flaw,
        message,
        path,
        tuple(int(i) for i in index),
        worst,
        ulps,
        value.size,
        exact,
        int(np.count_nonzero(unjudged)),
        _classes(ratio if not unjudged.any() else ratio[~unjudged]),
    )


def _classes(ratios: Array) -> tuple[int, ...]:
    places = np.searchsorted(_EDGES, ratios.ravel())
    return tuple(np.bincount(places, minlength=_CLASSES).tolist())


def _story(y: Any, ball: Ball, index: tuple[Any, ...], ratio: float, path: str) -> str:
    """Which element is wrong, by how much, and how much was allowed."""
    form = ball.arithmetic.result
    value, bound = ball.value[index], ball.bound[index]
    digits = 9 if form.p <= 24 else 17
    where = f"element {tuple(int(i) for i in index)} of the result{path}" if index else "the result"
    said = f"{where} is {float(y):.{digits}g}, the truth {float(value):.{digits}g}"
    if not np.isfinite(value) or not np.isfinite(y):
        return said
    if bound == 0:
        return f"{said}; on these inputs no rounding occurs, so it must be equal"
    apart, allowed, unit = float(abs(y - value)), float(bound), ""
    # The last place of zero, or of what is nearly so, is no measure of anything.
    if abs(float(value)) >= form.smallest_normal:
        last = float(ulp(float(value), form))
        apart, allowed, unit = apart / last, allowed / last, " ulp"
    return f"{said}: off by {apart:.3g}{unit} = {ratio:.3g} × the bound of {allowed:.3g}{unit}"
