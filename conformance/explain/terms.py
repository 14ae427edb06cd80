"""What an element is made of: the numbers that it depends on, and which of them it multiplies.

No operation is known by its name. torch's own is differentiated on numbers drawn anew, since a
counterexample tends to consist of special cases. What the element depends on has a derivative
other than zero. A selection, such as the largest of a window, shows one number in each draw, so
that it is drawn until no more come up. Where torch does not differentiate, every number is
changed in turn.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import reduce
from operator import getitem
from typing import Any

import numpy as np

from conformance.bounds.floats import is_real
from conformance.explain.derivatives import Element, NotDifferentiable
from conformance.judge.draw import fill
from conformance.judge.oracle import Evaluation
from conformance.record.vocabulary import Kind
from conformance.spec.case import Case, Structure
from conformance.spec.check import Check
from conformance.spec.finding import Finding
from conformance.spec.tree import named_leaves, nested
from conformance.spec.values import real

Index = tuple[int, ...]
# A number that is given: the name of its array, and its index there.
Source = tuple[str, Index]
Pair = tuple[Source, Source]

# More than these are neither read nor drawn, and would take more time than the check.
_MOST_NUMBERS = 400
_MOST_TO_CHANGE = 60
_MOST_SOURCES = 64
_MOST_DRAWS = 100

# Drawing ends after so many draws that show no new source. Where one draw showed all of them it
# ends early; where sources take turns it ends later, the later the more turns they take.
_IDLE = 3
_IDLE_IN_TURNS = 12
_IDLE_FOR_EACH = 6

# The normal numbers of some fills saturate what they are put into; integers never do.
_REGIMES = ("normal", "integers")
_EXACT = "integers"


def terms(check: Check, case: Case, finding: Finding) -> dict[str, Any] | None:
    """Return the sources that the worst element depends on, and the pairs that it adds up.

    None where there is no such element, or where it has more terms than anyone would read.
    """
    # A finding on purity or dtypes does not say to which of the results its element belongs.
    has_element = (
        finding.ours.index is not None
        and finding.ours.flaw.is_numeric
        and check.operation.network is None
        and check.kind not in {Kind.DTYPE, Kind.PURE}
        and case.refusal is None
    )
    if not has_element or _size(case) > _MOST_NUMBERS:
        return None
    draws = _Draws(check, case, finding)
    try:
        sources = _sloping(draws)
        pairs = _products(draws, sources)
    except NotDifferentiable:
        sources, pairs = _moving(draws), []
    return _plain([name for name, _ in _named(case)], sources, pairs)


def _size(case: Case) -> int:
    return sum(array.size for array in case.arrays)


def _plain(order: list[str], sources: set[Source], pairs: list[Pair]) -> dict[str, Any] | None:
    indices = {name: sorted(list(at) for other, at in sources if other == name) for name in order}
    elements = {name: some for name, some in indices.items() if some}
    if not elements or max(map(len, elements.values())) > _MOST_SOURCES:
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
    def argument(self) -> str | None:
        """Return the input whose gradient has the element; None where the result has it."""
        # A check of empty axes is about the value and all gradients.
        return self.finding.subject.argument or self.check.gradient_of

    def case(self, number: int, regime: str) -> Case:
        """Return the case of one draw: the same number, the same case."""
        rng = np.random.Generator(np.random.PCG64(number))
        shapes = {name: nested(np.shape, value) for name, value in self.like.inputs.items()}
        structure = Structure(shapes, self.like.parameters)
        drawn = replace(fill(self.check.operation, structure, "float64", rng, regime), layouts={})
        if self.argument is None:
            return drawn
        upstream = nested(
            lambda a: real(rng, a.shape, "float64", regime, structure), self.like.grad_output
        )
        return replace(drawn, grad_output=upstream)

    def element(self, number: int, regime: str) -> Element:
        """Return the element in one draw, to be differentiated."""
        ours, case = self.finding.ours, self.case(number, regime)
        assert ours.index is not None
        return Element(self.check.operation, case, self.argument, ours.output, ours.index)

    def value(self, case: Case) -> float:
        """Return the element of a case."""
        evaluation = Evaluation(self.check.operation, case, "float64")
        argument, ours = self.argument, self.finding.ours
        result = evaluation.output
        if argument is not None:
            result = evaluation.pull_back(case.grad_output)[argument]
        return float(reduce(getitem, ours.output, result)[ours.index])


def _named(case: Case) -> Iterator[tuple[str, Any]]:
    """Yield the arrays of real numbers, those of lists under names such as "weights[0]"."""
    for name, value in case.arguments.items():
        yield from (leaf for leaf in named_leaves(name, value) if is_real(leaf[1].dtype))


def _sloping(draws: _Draws) -> set[Source]:
    """Return the sources where the derivative is not zero in some draw."""
    sources: set[Source] = set()
    idle, at_once = 0, 0
    for number in range(_MOST_DRAWS):
        slopes = draws.element(number, _REGIMES[number % 2]).slopes
        shown = {(n, i) for n, s in slopes.items() for i in _indices((s != 0) & ~np.isnan(s))}
        idle = idle + 1 if shown <= sources else 0
        sources |= shown
        at_once = max(at_once, len(shown))
        together = 1 < at_once == len(sources)
        turns = (len(sources) + 1) / max(at_once, 1)
        if idle >= (_IDLE if together else _IDLE_IN_TURNS + _IDLE_FOR_EACH * turns):
            break
    return sources


def _indices(where: Any) -> list[Index]:
    return [tuple(map(int, index)) for index in np.argwhere(where)]


def _moving(draws: _Draws) -> set[Source]:
    """Return the sources where another number changes the element, in one of two draws.

    Where there are too many to try, there are none.
    """
    if _size(draws.like) > _MOST_TO_CHANGE:
        return set()
    return {source for number in range(2) for source in _moved(draws, number)}


def _moved(draws: _Draws, number: int) -> Iterator[Source]:
    case, others = draws.case(number, "normal"), draws.case(number + 2, "normal")
    before = draws.value(case)
    for (name, array), (_, other) in zip(_named(case), _named(others), strict=True):
        for index in np.ndindex(array.shape):
            # The arrays are the case's own.
            kept, array[index] = array[index].copy(), other[index]
            if draws.value(case) != before:
                yield name, index
            array[index] = kept


def _products(draws: _Draws, sources: set[Source]) -> list[Pair]:
    """Return the pairs that the element is the sum of, beside single numbers; none if it is not.

    Of integers such a sum is exact, so that no draw may differ from it.
    """
    if len(sources) > 2 * _MOST_SOURCES:
        return []
    pairs = _mixed(draws.element(0, _EXACT), sorted(sources))
    single = sources - {source for pair in pairs for source in pair}
    drawn = (draws.element(number, _EXACT) for number in range(3))
    return pairs if pairs and all(_is_sum(element, pairs, single) for element in drawn) else []


def _mixed(element: Element, sources: list[Source]) -> list[Pair]:
    """Return the pairs whose mixed derivative is one; none if another is not zero or one."""
    order = list(element.given)
    pairs: list[Pair] = []
    for name, index in sources:
        for other, row in element.mixed(name, index).items():
            allowed = [0.0] if other == name else [0.0, 1.0]
            if not np.isin(row, allowed).all():
                return []
            if order.index(name) < order.index(other):
                pairs += [((name, index), (other, at)) for at in _indices(row != 0)]
        if len(pairs) > _MOST_SOURCES:
            return []
    return sorted(pairs, key=lambda pair: (order.index(pair[0][0]), pair))


def _is_sum(element: Element, pairs: list[Pair], single: Iterable[Source]) -> bool:
    def number(source: Source) -> float:
        name, index = source
        return float(given[name][index])

    given = element.given
    products = sum(number(left) * number(right) for left, right in pairs)
    return element.value == products + sum(map(number, single))
