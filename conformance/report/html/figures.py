"""A counterexample in tables: what is given, what is due beside what came, and the sum it is."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from conformance.record.facts import real
from conformance.record.file import Line
from conformance.record.wording import output_path
from conformance.report.counterexample import worst_of
from conformance.report.html.arrays import Index, Marks, Shown, element, leaves, shape_of, shown
from conformance.report.numbers import number
from conformance.report.safe_text import limited

_LONG = 10  # letters of a number that nobody reads to its end
_DIGITS = (6, 9, 12, 17)
MOST_TERMS = 9

Factors = list[tuple[str, tuple[int, ...]]]


@dataclass(frozen=True)
class Result:
    """What is due and what came, with the elements that differ marked in both."""

    due: Shown
    came: Shown
    differing: int
    elements: int


def given(example: Line, dtype: str) -> tuple[Shown, ...]:
    """Return every input as a table, the elements that the worst one is made of marked."""
    used = used_elements(example)
    say = partial(short, dtype=dtype)
    return tuple(
        shown(name, value, say, dict.fromkeys(used.get(name, ()), "used"), about=about)
        for name, value, about in named(example)
    )


def used_elements(example: Line) -> dict[str, list[Index]]:
    """Return the elements that the worst one depends on, by input; none where it is unknown."""
    elements = (example.get("terms") or {}).get("elements") or {}
    return {name: [tuple(index) for index in indices] for name, indices in elements.items()}


def named(example: Line) -> Iterator[tuple[str, Any, str]]:
    """Yield name, value and dtype of each array; those of a list are called weights[0], ….

    An array with an empty axis has lost its shape in the record's lists, and is shown as text.
    """
    for name, value in example["inputs"].items():
        yield from _named(str(name), value, (example.get("shapes") or {}).get(name) or {})


def _named(name: str, value: Any, kind: Any) -> Iterator[tuple[str, Any, str]]:
    nested = kind.get("nested") if isinstance(kind, dict) else None
    if isinstance(nested, list) and isinstance(value, list) and len(nested) == len(value):
        for index, (item, inner) in enumerate(zip(value, nested, strict=True)):
            yield from _named(f"{name}[{index}]", item, inner)
        return
    yield name, value, limited(str(kind.get("dtype") or ""))


def result(example: Line, dtype: str) -> Result | None:
    """Return what is due and what came, of the wrong output; None where neither is known."""
    due, came = (_output(example, example[field]) for field in ("expected", "actual"))
    if due is None and came is None:
        return None
    wrong = _differing(example, due, came)
    worst = [tuple(example["index"] or ())]
    marks: Marks = {at: "worst" if [at] == worst else "differs" for at in wrong}
    say = partial(short, dtype=dtype, digits=_digits(due, came, wrong, dtype))
    where = output_path(example.get("output") or ())
    expected, got = (
        shown(f"{word}{where}", value, say, marks)
        if value is not None
        else Shown(word, "", text="nothing")
        for word, value in (("expected", due), ("got", came))
    )
    return Result(expected, got, len(wrong), math.prod(shape_of(due) or ()))


def _output(example: Line, value: Any) -> Any:
    """Return the wrong one of several outputs."""
    inner = element(value, example.get("output") or ())
    return value if inner is None else inner


def _differing(example: Line, due: Any, came: Any) -> list[Index]:
    """Return where the two differ by more than the bound; nowhere where their shapes differ."""
    shape = shape_of(due)
    if shape is None or shape_of(came) != shape:
        return []
    bound = _output(example, example["bound"])
    pairs = zip(leaves(due), leaves(came), strict=True)
    return [at for (at, a), (_, b) in pairs if _differ(a, b, element(bound, at))]


def _differ(due: object, came: object, bound: object) -> bool:
    a, b, limit = real(due), real(came), real(bound)
    if a is None or b is None:
        return due != came
    if not (math.isfinite(a) and math.isfinite(b)):
        return not (a == b or (math.isnan(a) and math.isnan(b)))
    return abs(a - b) > (limit or 0.0)


def _digits(due: Any, came: Any, wrong: list[Index], dtype: str) -> int:
    """Return as few digits as show every difference."""
    for digits in _DIGITS:
        say = partial(short, dtype=dtype, digits=digits)
        if all(say(element(due, at)) != say(element(came, at)) for at in wrong):
            return digits
    return _DIGITS[-1]


def short(value: object, dtype: str, digits: int = _DIGITS[0]) -> str:
    """Return a number that fits into a table: an integer without its point, a long one rounded."""
    text = limited(number(value, dtype))
    if isinstance(value, float) and len(text) > _LONG:
        text = f"{value:.{digits}g}"
    return text.removesuffix(".0")


@dataclass(frozen=True)
class Sum:
    """What is due as a sum, and what came; terms by name and by number, and what is left out."""

    total: str
    came: str
    names: tuple[str, ...]
    numbers: tuple[str, ...]
    note: str


def written_sum(example: Line, dtype: str) -> Sum | None:
    """Write the worst element as a sum; None where it is no sum, or its terms are unknown."""
    terms = example.get("terms")
    if not terms or not terms["products"]:
        return None
    values = {name: value for name, value, _ in named(example)}
    every = [_valued(factors, values, dtype) for factors in _terms(example)]
    telling = [term for term in every if not term[2]] or every
    shown = telling[:MOST_TERMS]
    due, came = (worst_of(example[field], example) for field in ("expected", "actual"))
    names, numbers, _ = zip(*shown, strict=True)
    return Sum(short(due, dtype), short(came, dtype), names, numbers, _note(every, telling, shown))


def _terms(example: Line) -> Iterator[Factors]:
    """Yield the products, then each element that the sum has alone."""
    multiplied = set()
    for product in example["terms"]["products"]:
        factors = [(str(name), tuple(index)) for name, index in product]
        multiplied.update(factors)
        yield factors
    for name, places in used_elements(example).items():
        yield from ([(name, at)] for at in places if (name, at) not in multiplied)


def _valued(factors: Factors, values: dict[str, Any], dtype: str) -> tuple[str, str, bool]:
    """Return a term by its names, by its numbers, and whether it is zero."""
    numbers = [element(values.get(name), index) for name, index in factors]
    names = "·".join(f"{limited(name)}{list(index) or ''}" for name, index in factors)
    say = partial(short, dtype=dtype)
    signed = [f"({say(n)})" if (real(n) or 0) < 0 else say(n) for n in numbers]
    return names, "·".join(signed), any(real(n) == 0 for n in numbers)


def _note(every: list[Any], telling: list[Any], shown: list[Any]) -> str:
    zero, rest = len(every) - len(telling), len(telling) - len(shown)
    are = "is" if zero == 1 else "are"
    parts = [f"{rest} more" if rest else "", f"{zero} that {are} zero" if zero else ""]
    words = " and ".join(part for part in parts if part)
    return f"and {words}" if words else ""
