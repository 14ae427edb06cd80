"""Hints for a failing check, in levels: where it goes wrong, of what kind, and the formula.

No level has the right value, the distance from it, or the sentence of a mistake that the code
behaves like: each of them is the answer, or lets it be copied.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from conformance.record.facts import message, real
from conformance.record.facts import way as way_of
from conformance.record.file import Line
from conformance.record.vocabulary import Problem
from conformance.report.counterexample import facts
from conformance.report.diagnosis import hinted
from conformance.spec.operation import Operation

_GIVEN_AWAY = frozenset({"expected", "bound"})
_MOST_TERMS = 12
# Of these a formula says what is due.
_COMPUTED = frozenset({"value", "gradient", "dtype", "special", "convention"})

Rows = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Hint:
    """One level: what it tells of, and labelled lines. The words are not yet safe to show."""

    title: str
    rows: Rows


def hints(line: Line, operation: Operation) -> tuple[Hint, ...]:
    """All levels that have something to say, in the order in which they are revealed."""
    levels = (
        Hint("where", (("", message(line, truth=False)), *_case(line))),
        Hint("what kind", _kind(line)),
        Hint("the formula", _formula(line, operation)),
    )
    return tuple(level for level in levels if level.rows)


def way(line: Line) -> str:
    """Return a key for the failure of a check: equal where nothing but numbers differs."""
    named = [one["id"] for one in (line.get("diagnosis") or {}).get("mistakes", ())]
    return json.dumps([line["id"], line["verdict"], way_of(line), *named])


def _case(line: Line) -> Rows:
    found = line.get("counterexample")
    if not found:
        return ()
    # Where an exception came instead of a result, the message above has it.
    problem = (found.get("finding") or {}).get("problem")
    left_out = {*_GIVEN_AWAY, "got"} if problem == Problem.RAISED else _GIVEN_AWAY
    return tuple(row for row in facts(found, line.get("dtype") or "") if row[0] not in left_out)


def _kind(line: Line) -> Rows:
    """What the diagnosis found; where there is none, what the case itself says."""
    # What was found comes first: it says what happens, the hint what to think about.
    told = sorted(hinted(line.get("diagnosis")), key=lambda row: row[0])
    found = line.get("counterexample")
    return tuple(told) or _extent(found) or _emptiness(found)


def _emptiness(found: Line | None) -> Rows:
    """That there is nothing to compute with: an exception out of NumPy says it badly."""
    shapes = ((found or {}).get("shapes") or {}).items()
    empty = [name for name, one in shapes if 0 in one.get("shape", ())]
    if found is None or not empty or found.get("refusal"):
        return ()
    return (("found", f"{' and '.join(empty)} without numbers, which has its result all the same"),)


def _extent(found: Line | None) -> Rows:
    if found is None or found["index"] is None:
        return ()
    figures = [_numbers(found[name]) for name in ("actual", "expected", "bound")]
    if len({len(one) for one in figures}) != 1 or len(figures[0]) < 2:
        return ()
    count = sum(_is_wrong(*one) for one in zip(*figures, strict=True))
    many = len(figures[0])
    return (("found", f"{'all' if count == many else count} of {many} elements are wrong"),)


def _numbers(tree: Any) -> list[float | None]:
    if isinstance(tree, list):
        return [number for one in tree for number in _numbers(one)]
    return [real(tree)]


def _is_wrong(actual: float | None, due: float | None, bound: float | None) -> bool:
    if actual is None or due is None or bound is None:
        return False
    same = actual == due or (actual != actual and due != due)  # noqa: PLR0124 - NaN alone
    return not same and not abs(actual - due) <= bound


def _formula(line: Line, operation: Operation) -> Rows:
    if line["check"] == "refusal":
        rules = dict.fromkeys(one.rule for one in operation.refusals)
        return tuple(("must refuse" * (not place), rule) for place, rule in enumerate(rules))
    if line["check"] not in _COMPUTED or line["verdict"] != "fails":
        return ()
    rows = [("formula", operation.formula)]
    if line["argument"] is not None:
        rows += [("its gradient", "the slope of each result, times its own grad_output, summed")]
    notes = ((("note" * (not place)), one) for place, one in enumerate(operation.notes))
    return (*rows, *_made_of(line), *notes)


def _made_of(line: Line) -> Rows:
    """Which numbers make the element: the sum of these products, or merely these."""
    found = line.get("counterexample")
    if not found or not found.get("terms"):
        return ()
    places = [(name, index) for name, many in found["terms"]["elements"].items() for index in many]
    products = found["terms"].get("products") or []
    if not products:
        return (("depends on", _listed(places, _spelled, ", ")),) if places else ()
    multiplied = [place for product in products for place in map(_place, product)]
    alone = [[place] for place in places if _place(place) not in multiplied]
    return (("is made of", _listed([*products, *alone], _product, " + ")),)


def _place(stored: Sequence[Any]) -> tuple[str, tuple[int, ...]]:
    """A place of the record, name and index, as it can be compared."""
    name, index = stored
    return name, tuple(index)


def _product(places: Sequence[Any]) -> str:
    return "·".join(map(_spelled, places))


def _spelled(place: Sequence[Any]) -> str:
    name, index = place
    return f"{name}[{','.join(map(str, index))}]" if index else str(name)


def _listed(items: Sequence[Any], spell: Callable[[Any], str], between: str) -> str:
    words = [spell(one) for one in items[:_MOST_TERMS]]
    more = [f"… ({len(items)} in all)"] if len(items) > _MOST_TERMS else []
    return between.join([*words, *more])
