"""The sum that an element is, written out: its terms by name, and with the numbers put in."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from conformance.record.facts import real
from conformance.record.file import Line
from conformance.report.counterexample import worst_of
from conformance.report.html.arrays import element
from conformance.report.html.figures import named, short, used_elements
from conformance.report.safe_text import limited

MOST_TERMS = 9

Factors = list[tuple[str, tuple[int, ...]]]


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
