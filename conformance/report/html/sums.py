"""The sum that an element is, written out: its terms by name, and with the numbers put in."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from conformance.record.facts import real
from conformance.record.file import Line
from conformance.report.counterexample import worst_of
from conformance.report.html.arrays import element
from conformance.report.html.figures import named, short, used_places
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


def written_out(found: Line, dtype: str) -> Sum | None:
    """The worst element as the sum that it is; None where it is none, or its terms are unknown."""
    terms = found.get("terms")
    if not terms or not terms["products"]:
        return None
    values = {name: value for name, value, _ in named(found)}
    every = [_valued(factors, values, dtype) for factors in _terms(found)]
    telling = [term for term in every if not term[2]] or every
    said = telling[:MOST_TERMS]
    total, came = (short(worst_of(found[field], found), dtype) for field in ("expected", "actual"))
    names, numbers, _ = zip(*said, strict=True)
    return Sum(total, came, names, numbers, _note(every, telling, said))


def _terms(found: Line) -> Iterator[Factors]:
    """The products, then each element that the sum has alone."""
    multiplied = set()
    for product in found["terms"]["products"]:
        factors = [(str(name), tuple(index)) for name, index in product]
        multiplied.update(factors)
        yield factors
    for name, places in used_places(found).items():
        yield from ([(name, at)] for at in places if (name, at) not in multiplied)


def _valued(factors: Factors, values: dict[str, Any], dtype: str) -> tuple[str, str, bool]:
    """A term by its names, by its numbers, and whether it is zero."""
    numbers = [element(values.get(name), index) for name, index in factors]
    names = "·".join(f"{limited(name)}{_at(index)}" for name, index in factors)
    say = partial(short, dtype=dtype)
    signed = [f"({say(one)})" if (real(one) or 0) < 0 else say(one) for one in numbers]
    reals = [real(one) for one in numbers]
    return names, "·".join(signed), any(one == 0 for one in reals)


def _at(index: tuple[int, ...]) -> str:
    return f"[{', '.join(map(str, index))}]" if index else ""


def _note(every: list[Any], telling: list[Any], said: list[Any]) -> str:
    zero, rest = len(every) - len(telling), len(telling) - len(said)
    parts = [f"{rest} more" if rest else "", f"{zero} that {_are(zero)} zero" if zero else ""]
    words = " and ".join(part for part in parts if part)
    return f"and {words}" if words else ""


def _are(count: int) -> str:
    return "is" if count == 1 else "are"
