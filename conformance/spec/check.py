"""Checks: the obligations of an operation, one test and one line of the record each."""

from dataclasses import dataclass
from typing import Any

from conformance.record.vocabulary import Kind
from conformance.spec.operation import Convention, Operation


@dataclass(frozen=True)
class Check:
    """One obligation of one operation in one dtype.

    Attributes:
        operation: the operation.
        kind: what is asked.
        argument: the input whose gradient is asked about; a convention's question; or None.
        dtype: the dtype of inputs and results.
    """

    operation: Operation
    kind: Kind
    argument: str | None
    dtype: str

    @property
    def function(self) -> str:
        """Return the name of the function without which there is nothing to judge."""
        backward = self.kind in {Kind.GRADIENT, Kind.CONVENTION} or self.argument is not None
        return f"{self.operation.name}_backward" if backward else self.operation.name

    def provided_by(self, implementation: Any) -> bool:
        """Return whether there is anything to judge; of a network, each call finds out."""
        network = self.operation.network is not None
        return network or bool(implementation.provides(self.function))

    @property
    def id(self) -> str:
        """Return the stable, readable name: conv2d/gradient/weight[float32]."""
        return f"{self.stem}[{self.dtype}]"

    @property
    def stem(self) -> str:
        """Return the id without the dtype: conv2d/gradient/weight."""
        argument = "" if self.argument is None else f"/{self.argument}"
        return f"{self.operation.name}/{self.kind}{argument}"

    @property
    def plain(self) -> "Check":
        """Return the check of the same value or gradient on ordinary numbers; itself if it is one.

        What is wrong on ordinary numbers may show on special ones, at ties and on empty axes.
        """
        if self.kind not in {Kind.SPECIAL, Kind.EDGE, Kind.CONVENTION}:
            return self
        argument = self.gradient_of
        kind = Kind.VALUE if argument is None else Kind.GRADIENT
        return Check(self.operation, kind, argument, self.dtype)

    @property
    def group(self) -> str:
        """Return what it shares its trials within: an operation in a dtype, conv2d[float32]."""
        return f"{self.operation.name}[{self.dtype}]"

    @property
    def sweep(self) -> str:
        """Return the name of the trials that it shares with other checks of its operation."""
        if self.operation.network is not None:
            return str(self.kind)
        if self.kind == Kind.CONVENTION:
            return f"{self.kind}/{self.argument}"
        return _SWEEPS.get(self.kind, "ordinary")

    @property
    def question(self) -> Convention:
        """Return the question of convention that is asked; only of that kind of check."""
        conventions = self.operation.conventions
        return next(each for each in conventions if each.question == self.argument)

    @property
    def gradient_of(self) -> str | None:
        """Return the input whose gradient is judged; None where it is the result, or all."""
        return self.question.argument if self.kind == Kind.CONVENTION else self.argument


# Kinds whose trials are none of the ordinary ones.
_SWEEPS = {Kind.EDGE: "edge", Kind.SPECIAL: "special", Kind.REFUSAL: "refusal"}


def checks_of(operation: Operation, dtypes: tuple[str, ...]) -> list[Check]:
    """Return every check that an operation owes."""
    if operation.network is not None:
        kinds = (Kind.VALUE, Kind.GRADIENT, Kind.TRAINING)
        return [Check(operation, kind, None, dtype) for dtype in dtypes for kind in kinds]
    owed: list[tuple[Kind, str | None]] = [
        (Kind.VALUE, None),
        (Kind.DTYPE, None),
        (Kind.PURE, None),
        (Kind.EDGE, None),
    ]
    owed.extend((Kind.GRADIENT, name) for name in operation.gradients)
    owed.extend((Kind.SPECIAL, name) for name in (None, *operation.gradients))
    owed.extend([(Kind.REFUSAL, None)] if operation.refusals else [])
    owed.extend((Kind.CONVENTION, convention.question) for convention in operation.conventions)
    return [Check(operation, kind, name, dtype) for dtype in dtypes for kind, name in owed]
