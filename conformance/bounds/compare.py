"""Compare a result with the true value and its error bound. Pure: it looks and never raises.

Order of looking: kind of object, nesting, shape, dtype, pattern of non-finite values, then values.
Nothing is broadcast. A comparison is data: `conformance.record.wording` says it in words.
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import numpy as np

from conformance.bounds.ball import Ball
from conformance.bounds.floats import FORMATS, Array, Format, is_real, numpy_dtype, ulp
from conformance.bounds.masks import every
from conformance.record.fields import ERROR_EDGES

_EDGES = np.array(ERROR_EDGES)
_CLASSES = len(ERROR_EDGES) + 1


class Flaw(StrEnum):
    """What is wrong with a result, in the order in which it is looked for."""

    NONE = ""
    KIND = "kind"
    STRUCTURE = "structure"
    SHAPE = "shape"
    DTYPE = "dtype"
    CLASS = "class"
    VALUE = "value"

    @property
    def is_numeric(self) -> bool:
        """Return whether numbers are what is wrong: a value, or its class (NaN, infinite)."""
        return self in {Flaw.CLASS, Flaw.VALUE}


@dataclass(frozen=True)
class Comparison:
    """How a result compares with the true value.

    Attributes:
        flaw: what is wrong.
        output: which of several outputs the other fields are about, as a path of positions.
        index: the worst element of that output; None where elements were not compared.
        actual: the worst element; or the kind, length, shape or dtype that came instead.
        expected: its true value; or the length, shape or dtype that is due.
        off_by: the distance between the two; None where it has no size.
        allowed: the error bound of this element.
        unit: the unit in the last place of the true value; None where that is no measure.
        digits: how many digits tell the numbers of this format apart.
        ratio: the error as a share of the bound; infinite where the bound is zero.
        ulps: the error in units in the last place.
        elements: how many elements were compared.
        exact: on how many of them equality was demanded.
        unjudged: how many have no bound.
        errors: how many judged ones have an error of each class (`fields.ERROR_EDGES`).
    """

    flaw: Flaw = Flaw.NONE
    output: tuple[int, ...] = ()
    index: tuple[int, ...] | None = None
    actual: Any = None
    expected: Any = None
    off_by: float | None = None
    allowed: float | None = None
    unit: float | None = None
    digits: int = 17
    ratio: float = 0.0
    ulps: float = 0.0
    elements: int = 0
    exact: int = 0
    unjudged: int = 0
    errors: tuple[int, ...] = (0,) * _CLASSES

    @property
    def agrees(self) -> bool:
        """Return whether the result is right."""
        return not self.flaw

    def fields(self) -> dict[str, Any]:
        """Return what the wording needs, as plain data; empty where nothing is wrong."""
        if self.agrees:
            return {}
        others = ("actual", "expected", "off_by", "allowed", "unit", "digits", "ratio")
        return {
            "flaw": str(self.flaw),
            "output": list(self.output),
            "index": None if self.index is None else list(self.index),
            **{name: getattr(self, name) for name in others},
        }


def compare(actual: Any, expected: Any) -> Comparison:
    """Compare a result, whatever it is, with balls in the same nesting of tuples or lists.

    Real numbers in another dtype than the due one are compared as they are, with one rounding
    more where their format is narrower: what dtype they have is another question.
    """
    compared: list[Comparison] = []
    for path, result, ball in _pairs(actual, expected, ()):
        compared.append(result if ball is None else _compare_array(result, ball, path))
    return combined(compared)


def fitting(actual: Array, ball: Ball) -> Array:
    """Return a mask of the elements of an array that a ball of its shape holds."""
    with np.errstate(all="ignore"):
        y = actual.astype(ball.arithmetic.arbiter)
        ratio, _ = _ratios(y, ball, np.fabs(y - ball.value).astype(np.float64, copy=False))
    return ratio <= 1.0


def compare_dtypes(actual: Any, expected: Any) -> Comparison:
    """Compare the dtypes of a result's arrays with those of balls in the same nesting.

    What is no array, or nested in another way, has no dtype, and is not counted.
    """
    compared: list[Comparison] = []
    for path, result, ball in _pairs(actual, expected, ()):
        if ball is None or not (_is_array(result) or isinstance(result, int | float)):
            continue
        due = numpy_dtype(ball.arithmetic.result.name)
        if _is_array(result) and result.dtype == due:
            compared.append(Comparison(output=path, elements=result.size))
        else:
            came = getattr(result, "dtype", type(result).__name__)
            compared.append(_flawed(Flaw.DTYPE, path, str(came), str(due)))
    return combined(compared)


def combined(compared: list[Comparison]) -> Comparison:
    """Return the worst of several comparisons, with the counts of all."""
    if len(compared) == 1:
        return compared[0]
    wrong = [each for each in compared if not each.agrees]
    worst = max(wrong or compared, key=lambda each: each.ratio, default=Comparison())
    return replace(
        worst,
        elements=sum(each.elements for each in compared),
        exact=sum(each.exact for each in compared),
        unjudged=sum(each.unjudged for each in compared),
        errors=added(each.errors for each in compared),
    )


def added(errors: Iterable[tuple[int, ...]]) -> tuple[int, ...]:
    """Add up the counts of several comparisons, class by class."""
    return tuple(map(sum, zip(*errors, strict=True))) or (0,) * _CLASSES


def _flawed(flaw: Flaw, path: tuple[int, ...], actual: Any, expected: Any = None) -> Comparison:
    """Return the comparison of a result whose elements cannot be compared."""
    return Comparison(flaw, path, actual=actual, expected=expected, ratio=np.inf)


def _pairs(
    actual: Any, expected: Any, path: tuple[int, ...]
) -> Iterator[tuple[tuple[int, ...], Any, Ball | None]]:
    """Yield leaves side by side; a Comparison in place of a leaf where the nesting differs."""
    if isinstance(expected, Ball):
        yield path, actual, expected
        return
    if not isinstance(actual, tuple | list):
        yield path, _flawed(Flaw.STRUCTURE, path, _kind(actual), len(expected)), None
        return
    if len(actual) != len(expected):
        yield path, _flawed(Flaw.STRUCTURE, path, len(actual), len(expected)), None
        return
    for position, (result, ball) in enumerate(zip(actual, expected, strict=True)):
        yield from _pairs(result, ball, (*path, position))


def _kind(value: object) -> str:
    if value is None:
        return "None"
    kind = type(value)
    module = "" if kind.__module__ == "builtins" else f"{kind.__module__}."
    return f"a {module}{kind.__qualname__}"


def _compare_array(actual: Any, ball: Ball, path: tuple[int, ...]) -> Comparison:
    if isinstance(actual, int | float) and not isinstance(actual, np.generic):
        actual = np.asarray(actual)
    if not _is_array(actual):
        return _flawed(Flaw.KIND, path, _kind(actual))
    if actual.shape != ball.shape:
        return _flawed(Flaw.SHAPE, path, list(actual.shape), list(ball.shape))
    due = numpy_dtype(ball.arithmetic.result.name)
    with np.errstate(all="ignore"):
        if actual.dtype != due:
            if not (is_real(actual.dtype) or actual.dtype.kind in "iub"):
                return _flawed(Flaw.DTYPE, path, str(actual.dtype), str(due))
            ball = _narrowed(ball, actual.dtype)
        return _compare_values(np.asarray(actual), ball, path)


def _is_array(actual: Any) -> bool:
    return type(actual) is np.ndarray or isinstance(actual, np.generic)


def _narrowed(ball: Ball, dtype: Any) -> Ball:
    """Return the ball with the error of rounding to a narrower format; as it is to any other."""
    form = FORMATS.get(dtype.name)
    if form is None or form.p >= ball.arithmetic.result.p:
        return ball
    size = np.abs(ball.value.astype(np.float64))
    rounding = np.maximum(form.u * size, 2.0**form.smallest_subnormal_exponent)
    # What the narrower format cannot hold is infinite in it.
    rounding = np.where(size >= form.largest, np.inf, rounding)
    return Ball(ball.value, ball.bound + rounding, ball.arithmetic)


def _compare_values(actual: Array, ball: Ball, path: tuple[int, ...]) -> Comparison:
    """Compare |y − v| ≤ E (1 + slack); NaN and infinities of v by class."""
    value, arithmetic = ball.value, ball.arithmetic
    if value.size == 0:
        return Comparison(output=path)
    y = actual.astype(arithmetic.arbiter)
    distance = np.fabs(y - value).astype(np.float64, copy=False)
    ratio, unjudged = _ratios(y, ball, distance)
    index = np.unravel_index(int(ratio.argmax()), ratio.shape)
    worst = float(ratio[index])
    near = float(value[index])
    unit = _unit(near if math.isfinite(near) else 0.0, arithmetic.result)
    unbounded = int(np.count_nonzero(unjudged))
    counted = Comparison(
        output=path,
        index=tuple(map(int, index)),
        ratio=worst,
        ulps=float(distance[index]) / unit if worst > 0 else 0.0,
        elements=value.size,
        exact=value.size if ball.error is None else int(np.count_nonzero(ball.error == 0)),
        unjudged=unbounded,
        errors=_classes(ratio[~unjudged] if unbounded else ratio),
    )
    return counted if worst <= 1.0 else _with_numbers(counted, y[index], ball, index)


def _ratios(y: Array, ball: Ball, distance: Array) -> tuple[Array, Array]:
    """Return each element's error as a share of its bound, and a mask of those without a bound."""
    value, error = ball.value, ball.bound
    # The slack divides the ratio: multiplied into a subnormal bound it would be rounded away.
    ratio = np.where(distance == 0, 0.0, distance / error / (1.0 + ball.arithmetic.slack))
    unjudged = np.isinf(error)
    if every(np.isfinite(ratio)):
        return ratio, unjudged
    ratio[np.isnan(ratio)] = np.inf
    finite = np.isfinite(value)
    if not every(finite):
        same = (y == value) | (np.isnan(y) & np.isnan(value))
        ratio = np.where(finite, ratio, np.where(same, 0.0, np.inf))
    ratio[unjudged] = 0.0
    return ratio, unjudged


def _unit(number: float, form: Format) -> float:
    """Return the ulp of a finite number, as `ulp` does of arrays at ten times the cost."""
    exponent = math.frexp(max(abs(number), form.smallest_normal))[1]
    return math.ldexp(1.0, exponent - form.p)


def _classes(ratios: Array) -> tuple[int, ...]:
    places = _EDGES.searchsorted(ratios.ravel())
    return tuple(np.bincount(places, minlength=_CLASSES).tolist())


def _with_numbers(counted: Comparison, y: Any, ball: Ball, index: tuple[Any, ...]) -> Comparison:
    """Return the comparison with its worst element, by how much it is off, how much is allowed."""
    form, value = ball.arithmetic.result, ball.value[index]
    is_finite = bool(np.isfinite(y) and np.isfinite(value))
    # The last place of zero, or of what is nearly so, is no measure of anything.
    is_measured = is_finite and abs(float(value)) >= form.smallest_normal
    return replace(
        counted,
        flaw=Flaw.VALUE if is_finite else Flaw.CLASS,
        actual=float(y),
        expected=float(value),
        off_by=float(abs(y - value)) if is_finite else None,
        allowed=float(ball.bound[index]),
        unit=float(ulp(float(value), form)) if is_measured else None,
        digits=9 if form.p <= 24 else 17,
    )
