"""What an implementation offers of an operation: which features of a call it answers.

Real code is partial: strides as integers only, no groups, one reduction. A feature is such a part
of a call, in words: "groups", "stride as a pair", "reduction='sum'". Structures are drawn with
offered features alone, so that code that offers a part is judged on as many cases as a whole one.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from conformance.spec.case import Structure
from conformance.spec.operation import Operation

PAIR = " as a pair"
_TWO_VALUES = "two different values of "


@dataclass(frozen=True)
class Coverage:
    """What is offered of an operation, as far as structures differ in it.

    Attributes:
        missing: features that are not supported.
        apart: pairs of features that are not supported together.
        values: by parameter, the values that are declared to be offered.
        offered: features that are offered, for the report.
    """

    missing: frozenset[str] = frozenset()
    apart: frozenset[frozenset[str]] = frozenset()
    values: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    offered: frozenset[str] = frozenset()

    def plain(self) -> dict[str, list[str]] | None:
        """Return the coverage as a record has it; None where all is offered."""
        if self.is_whole:
            return None
        declared = [f"{name} other than {_listed(each)}" for name, each in self.values.items()]
        together = sorted(" with ".join(sorted(pair)) for pair in self.apart)
        return {
            "offered": sorted(self.offered),
            "missing": [*filter(self._is_news, sorted(self.missing)), *sorted(declared), *together],
        }

    def _is_news(self, feature: str) -> bool:
        """Return whether a missing feature does not follow from another one that is missing."""
        name = feature.removeprefix(_TWO_VALUES).removesuffix(PAIR)
        others = {name, f"{name}{PAIR}"} if feature.startswith(_TWO_VALUES) else {name}
        return not (others - {feature}) & self.missing

    @property
    def is_whole(self) -> bool:
        """Return whether everything is offered."""
        return not (self.missing or self.apart or self.values)

    def zeros(self, operation: Operation) -> frozenset[str]:
        """Return the inputs of which only zero is offered: there is no bias, or no state."""
        inputs = {argument.name for argument in operation.inputs}
        return frozenset(self.values) & inputs

    def allows(self, operation: Operation, structure: Structure) -> bool:
        """Return whether a call of this structure is offered."""
        if self.is_whole:
            return True
        given = features(operation, structure)
        if given & self.missing or any(pair <= given for pair in self.apart):
            return False
        effective = {**operation.parameters, **structure.parameters}
        return all(
            entry in values
            for name, values in self.values.items()
            if name in effective
            for entry in _entries(effective[name])
        )


WHOLE = Coverage()

_COVERAGE: ContextVar[Coverage] = ContextVar("coverage", default=WHOLE)


@contextmanager
def covering(coverage: Coverage) -> Iterator[None]:
    """Draw with these features alone, where a strategy asks what it may draw."""
    token = _COVERAGE.set(coverage)
    try:
        yield
    finally:
        _COVERAGE.reset(token)


def may_draw(feature: str) -> bool:
    """Return whether a strategy may draw a feature; calls that have it anyway are discarded."""
    return feature not in _COVERAGE.get().missing


def may_give(parameter: str, value: Any) -> bool:
    """Return whether a strategy may draw a value of a parameter."""
    coverage = _COVERAGE.get()
    values = coverage.values.get(parameter)
    if values is not None and any(entry not in values for entry in _entries(value)):
        return False
    return named(parameter, value) not in coverage.missing


def choices(parameter: str, usual: Sequence[Any]) -> Sequence[Any]:
    """Return the values of a parameter to draw from: those that are declared, else the usual."""
    return _COVERAGE.get().values.get(parameter, usual)


def zeros(operation: Operation) -> frozenset[str]:
    """Return the inputs that are always zero, since nothing else is declared to be offered."""
    return _COVERAGE.get().zeros(operation)


def may_call(operation: Operation, structure: Structure) -> bool:
    """Return whether a call of this structure is offered by what is being judged."""
    return _COVERAGE.get().allows(operation, structure)


def features(operation: Operation, structure: Structure) -> frozenset[str]:
    """Return the features of a call, in words."""
    present = set()
    for name, default in operation.parameters.items():
        value = structure.parameters.get(name, default)
        is_given = name in structure.parameters
        if isinstance(value, str | bool) or value is None:
            present.add(named(name, value))
        elif is_given and isinstance(value, tuple):
            present.add(f"{name}{PAIR}")
            if value[0] != value[1]:
                present.add(f"{_TWO_VALUES}{name}")
        elif is_given and default is ...:
            present.add(f"{name} as a number")
        if not isinstance(value, str | bool) and is_given and set(_entries(value)) != {default}:
            present.add(name)
    first = structure.shapes[operation.inputs[0].name]
    if isinstance(first, tuple):
        present.add(f"{operation.inputs[0].name} of rank {len(first)}")
    return frozenset(present)


def named(parameter: str, value: Any) -> str:
    """Return the feature of a parameter's value: "reduction='sum'", or "stride" of a number."""
    if isinstance(value, str | bool) or value is None:
        return f"{parameter}={value!r}"
    return parameter


def _listed(values: tuple[Any, ...]) -> str:
    return " or ".join(map(repr, values))


def _entries(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,)
