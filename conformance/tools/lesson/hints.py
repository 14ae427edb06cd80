"""Hints for a failing check, in levels: where it goes wrong, of what kind, and the formula.

No level has the right value, the distance from it, or the sentence of a mistake that the code
behaves like: each of them is the answer, or lets it be copied.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from conformance.record.facts import message, real
from conformance.record.facts import way as way_of
from conformance.record.file import Line
from conformance.record.vocabulary import Kind, Problem, Verdict
from conformance.report.counterexample import facts
from conformance.report.diagnosis import hinted
from conformance.spec.operation import Operation

_MOST_TERMS = 12
# Of these a formula says what is due.
_COMPUTED = {Kind.VALUE, Kind.GRADIENT, Kind.DTYPE, Kind.SPECIAL, Kind.CONVENTION}

Rows = tuple[tuple[str, str], ...]


class Hint(NamedTuple):
    """One level: what it tells of, and labelled lines. The words are not yet safe to show."""

    title: str
    rows: Rows


def hints(line: Line, operation: Operation) -> tuple[Hint, ...]:
    """Return all levels that have something to say, in the order in which they are revealed."""
    levels = (
        Hint("where", (("", message(line, truth=False)), *_case(line))),
        Hint("what kind", _kind(line)),
        Hint("the formula", tuple(_formula(line, operation))),
    )
    return tuple(level for level in levels if level.rows)


def way(line: Line) -> str:
    """Return a key for the failure of a check: equal where nothing but numbers differs."""
    named = [mistake["id"] for mistake in (line.get("diagnosis") or {}).get("mistakes", ())]
    return json.dumps([line["id"], line["verdict"], way_of(line), *named])


def _case(line: Line) -> Rows:
    """Return the case without what is due."""
    stored = line.get("counterexample")
    if not stored:
        return ()
    hidden = {"expected": None, "bound": None}
    # Where an exception came instead of a result, the message above has it.
    if (stored.get("finding") or {}).get("problem") == Problem.RAISED:
        hidden["actual"] = None
    return tuple(facts({**stored, **hidden}, line.get("dtype") or ""))


def _kind(line: Line) -> Rows:
    """Return what the diagnosis found; where there is none, what the case itself says."""
    # What was found comes first: it says what happens, the hint what to think about.
    rows = tuple(sorted(hinted(line.get("diagnosis")), key=lambda row: row[0] != "found"))
    stored = line.get("counterexample")
    words = "" if rows or stored is None else _extent(stored) or _emptiness(stored)
    return (("found", words),) if words else rows


def _emptiness(stored: Line) -> str:
    """Return that there is nothing to compute with: an exception out of NumPy says it badly."""
    shapes = (stored.get("shapes") or {}).items()
    empty = [name for name, tree in shapes if 0 in tree.get("shape", ())]
    if not empty or stored.get("refusal"):
        return ""
    return f"{' and '.join(empty)} without numbers, which has its result all the same"


def _extent(stored: Line) -> str:
    """Return how many elements are wrong; nothing where there is but one."""
    figures = [_numbers(stored[name]) for name in ("actual", "expected", "bound")]
    count = len(figures[0])
    if stored["index"] is None or count < 2 or {len(numbers) for numbers in figures} != {count}:
        return ""
    wrong = sum(_is_wrong(*numbers) for numbers in zip(*figures, strict=True))
    return f"{'all' if wrong == count else wrong} of {count} elements are wrong"


def _numbers(tree: Any) -> list[float | None]:
    if isinstance(tree, list):
        return [number for part in tree for number in _numbers(part)]
    return [real(tree)]


def _is_wrong(actual: float | None, due: float | None, bound: float | None) -> bool:
    if actual is None or due is None or bound is None:
        return False
    same = actual == due or (actual != actual and due != due)  # noqa: PLR0124 - NaN alone
    return not same and not abs(actual - due) <= bound


def _formula(line: Line, operation: Operation) -> Iterator[tuple[str, str]]:
    if line["check"] == Kind.REFUSAL:
        yield from _under("must refuse", dict.fromkeys(rule.rule for rule in operation.refusals))
    elif line["check"] in _COMPUTED and line["verdict"] == Verdict.FAILS:
        yield "formula", operation.formula
        if line["argument"] is not None:
            yield "its gradient", "the slope of each result, times its own grad_output, summed"
        yield from _made_of((line.get("counterexample") or {}).get("terms"))
        yield from _under("note", operation.notes)


def _under(label: str, sentences: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield rows of which only the first has the label."""
    for sentence in sentences:
        yield label, sentence
        label = ""


def _made_of(terms: Line | None) -> Iterator[tuple[str, str]]:
    """Yield which numbers make the element: the sum of these products, or merely these."""
    elements = (terms or {}).get("elements", {})
    names = [_element(name, index) for name, indices in elements.items() for index in indices]
    products = [[_element(*factor) for factor in product]
                for product in (terms or {}).get("products") or ()]  # fmt: skip
    if products:
        multiplied = {name for product in products for name in product}
        alone = [name for name in names if name not in multiplied]
        yield "is made of", _listed(["·".join(product) for product in products] + alone, " + ")
    elif names:
        yield "depends on", _listed(names, ", ")


def _element(name: str, index: Sequence[int]) -> str:
    return f"{name}[{','.join(map(str, index))}]" if index else name


def _listed(words: list[str], between: str) -> str:
    more = [f"… ({len(words)} in all)"] if len(words) > _MOST_TERMS else []
    return between.join([*words[:_MOST_TERMS], *more])
