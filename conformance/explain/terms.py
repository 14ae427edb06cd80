"""What an element is made of: the numbers that it depends on, and which of them it multiplies.

No operation is known by its name. torch's own is differentiated on numbers drawn anew, where
they are none of the special cases that a counterexample tends to consist of: what the element
depends on has a derivative other than zero. A selection, such as the largest of a window, shows
one number in each draw, so that it is drawn until no more come up. Where torch does not
differentiate, every number is changed in turn.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from conformance.bounds.floats import is_real
from conformance.explain.derivatives import Element, NotDifferentiable
from conformance.judge.draw import fill
from conformance.judge.oracle import Evaluation
from conformance.spec.case import Case, Structure
from conformance.spec.check import Check
from conformance.spec.finding import Finding
from conformance.spec.tree import leaves, nested
from conformance.spec.values import real

Index = tuple[int, ...]
Place = tuple[str, Index]
Pair = tuple[Place, Place]

# More than these are neither read nor drawn, and would take more time than the check.
_MOST_NUMBERS = 400
_MOST_TO_CHANGE = 60
_MOST_PLACES = 64
_MOST_DRAWS = 100

# Draws that bring nothing new, after which there is nothing: where one of them showed all at
# once; and where places take turns, some, and more for each turn that it takes to show all.
_IDLE = 3
_IDLE_IN_TURNS = 12
_IDLE_FOR_EACH = 6

# The normal numbers of some fills saturate what they are put into; integers never do.
_REGIMES = ("normal", "integers")
_EXACT = "integers"


def terms(check: Check, case: Case, finding: Finding) -> dict[str, Any] | None:
    """The places that the worst element depends on, by input, and the pairs that it adds up.

    None where there is no such element, or where it has more terms than anyone would read.
    """
    if not _has_element(check, case, finding) or _size(case) > _MOST_NUMBERS:
        return None
    draws = _Draws(check, case, finding)
    try:
        places = _sloping(draws)
        pairs = _products(draws, places)
    except NotDifferentiable:
        places, pairs = _moving(draws), []
    return _plain(draws.order(), places, pairs)


def _has_element(check: Check, case: Case, finding: Finding) -> bool:
    # A finding on purity or dtypes does not say to which of the results its element belongs.
    return (
        finding.ours.index is not None
        and finding.ours.flaw.is_numeric
        and check.operation.network is None
        and check.kind not in {"dtype", "pure"}
        and case.refusal is None
    )


def _size(case: Case) -> int:
    return sum(array.size for array in leaves([*case.inputs.values(), case.grad_output]))


def _plain(order: list[str], places: set[Place], pairs: list[Pair]) -> dict[str, Any] | None:
    elements = {
        name: sorted(list(index) for other, index in places if other == name) for name in order
    }
    elements = {name: found for name, found in elements.items() if found}
    if not elements or max(map(len, elements.values())) > _MOST_PLACES:
        return None
    products = [[[name, list(index)] for name, index in pair] for pair in pairs]
    return {"elements": elements, "products": products}


@dataclass(frozen=True)
class _Draws:
    """The same element, of the same call but for its numbers."""

    check: Check
    like: Case
    finding: Finding

    @property
    def _argument(self) -> str | None:
        """The input whose gradient is judged."""
        return self.check.gradient_of

    @property
    def _where(self) -> tuple[tuple[int, ...], Index]:
        ours = self.finding.ours
        assert ours.index is not None
        return ours.output, ours.index

    def case(self, number: int, regime: str) -> Case:
        """The same number, the same draw."""
        rng = np.random.Generator(np.random.PCG64(number))
        shapes = {name: nested(np.shape, value) for name, value in self.like.inputs.items()}
        structure = Structure(shapes, self.like.parameters)
        drawn = fill(self.check.operation, structure, "float64", rng, regime)
        if self._argument is None:
            return replace(drawn, layouts={})
        upstream = nested(
            lambda a: real(rng, a.shape, "float64", regime, structure), self.like.grad_output
        )
        return Case(drawn.inputs, drawn.parameters, upstream)

    def element(self, number: int, regime: str) -> Element:
        """The element in one draw, to be differentiated."""
        case = self.case(number, regime)
        return Element(self.check.operation, case, self._argument, *self._where)

    def value(self, case: Case) -> float:
        """The element of a case."""
        found = Evaluation(self.check.operation, case, "float64")
        argument, (path, index) = self._argument, self._where
        result = found.output
        if argument is not None:
            result = found.pull_back(case.grad_output)[argument]
        for step in path:
            result = result[step]
        return float(result[index])

    def order(self) -> list[str]:
        """The names of all that is given, those of lists with their position."""
        return [name for name, _ in _named(_given(self.case(0, _EXACT)))]


def _sloping(draws: _Draws) -> set[Place]:
    """Wherever the derivative is not zero in some draw."""
    found: set[Place] = set()
    idle, at_once = 0, 0
    for number in range(_MOST_DRAWS):
        slopes = draws.element(number, _REGIMES[number % 2]).slopes
        shown = {(n, i) for n, s in slopes.items() for i in _indices((s != 0) & ~np.isnan(s))}
        idle = idle + 1 if shown <= found else 0
        found |= shown
        at_once = max(at_once, len(shown))
        together = 1 < at_once == len(found)
        turns = (len(found) + 1) / max(at_once, 1)
        if idle >= (_IDLE if together else _IDLE_IN_TURNS + _IDLE_FOR_EACH * turns):
            break
    return found


def _indices(where: Any) -> list[Index]:
    # np.nonzero refuses an array of rank zero.
    if where.ndim == 0:
        return [()] if where else []
    return [tuple(map(int, index)) for index in np.argwhere(where)]


def _moving(draws: _Draws) -> set[Place]:
    """Wherever another number makes another element, in one of two draws; none of too many."""
    if _size(draws.like) > _MOST_TO_CHANGE:
        return set()
    return {place for number in range(2) for place in _moved(draws, number)}


def _moved(draws: _Draws, number: int) -> Iterator[Place]:
    case, others = draws.case(number, "normal"), _given(draws.case(number + 2, "normal"))
    before = draws.value(case)
    for (name, array), (_, other) in zip(_named(_given(case)), _named(others), strict=True):
        for index in np.ndindex(array.shape):
            # The arrays are the case's own.
            kept, array[index] = array[index].copy(), other[index]
            if draws.value(case) != before:
                yield name, index
            array[index] = kept


def _given(case: Case) -> dict[str, Any]:
    upstream = {} if case.grad_output is None else {"grad_output": case.grad_output}
    return {**case.inputs, **upstream}


def _named(given: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """The arrays of real numbers, those of lists under names such as "weights[0]"."""
    for name, value in given.items():
        if isinstance(value, list | tuple):
            yield from _named({f"{name}[{i}]": one for i, one in enumerate(value)})
        elif is_real(value.dtype):
            yield name, value


def _products(draws: _Draws, places: set[Place]) -> list[Pair]:
    """The pairs that the element is the sum of, beside single numbers; none where it is not.

    Of integers such a sum is exact, so that no draw may differ from it.
    """
    if len(places) > 2 * _MOST_PLACES:
        return []
    pairs = _mixed(draws.element(0, _EXACT), sorted(places))
    single = places - {place for pair in pairs for place in pair}
    drawn = (draws.element(number, _EXACT) for number in range(3))
    return pairs if pairs and all(_is_sum(one, pairs, single) for one in drawn) else []


def _mixed(element: Element, places: list[Place]) -> list[Pair]:
    """Pairs of places whose mixed derivative is one; none where another is not zero or one."""
    order = list(element.given)
    pairs: list[Pair] = []
    for name, index in places:
        for other, row in element.mixed(name, index).items():
            allowed = [0.0] if other == name else [0.0, 1.0]
            if not np.isin(row, allowed).all():
                return []
            if order.index(name) < order.index(other):
                pairs += [((name, index), (other, at)) for at in _indices(row != 0)]
        if len(pairs) > _MOST_PLACES:
            return []
    return sorted(pairs, key=lambda pair: (order.index(pair[0][0]), pair))


def _is_sum(element: Element, pairs: list[Pair], single: Iterable[Place]) -> bool:
    given = element.given

    def number(place: Place) -> float:
        name, index = place
        return float(given[name][index])

    products = sum(number(a) * number(b) for a, b in pairs)
    return element.value == products + sum(map(number, single))
