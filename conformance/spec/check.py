"""Checks: the obligations of an operation, one test and one line of the record each."""

from dataclasses import dataclass
from typing import Any, Literal

from conformance.spec.operation import Operation

Kind = Literal["value", "gradient", "dtype", "special", "pure", "refusal", "convention", "training"]


@dataclass(frozen=True)
class Check:
    """One obligation of one operation in one dtype; one test, one line of the record."""

    operation: Operation
    kind: Kind
    argument: str | None
    dtype: str

    @property
    def function(self) -> str:
        """The function without which there is nothing to judge."""
        backward = self.kind in {"gradient", "convention"} or self.argument is not None
        return f"{self.operation.name}_backward" if backward else self.operation.name

    def provided_by(self, implementation: Any) -> bool:
        """Whether there is anything to judge; of a network, each call finds out."""
        network = self.operation.network is not None
        return network or bool(implementation.provides(self.function))

    @property
    def id(self) -> str:
        """Stable and readable: conv2d/gradient/weight[float32]."""
        argument = "" if self.argument is None else f"/{self.argument}"
        return f"{self.operation.name}/{self.kind}{argument}[{self.dtype}]"


def checks_of(operation: Operation, dtypes: tuple[str, ...]) -> list[Check]:
    """Every check that an operation owes."""
    if operation.network is not None:
        kinds: tuple[Kind, ...] = ("value", "gradient", "training")
        return [Check(operation, kind, None, dtype) for dtype in dtypes for kind in kinds]
    owed: list[tuple[Kind, str | None]] = [("value", None), ("dtype", None), ("pure", None)]
    owed.extend(("gradient", name) for name in operation.gradients)
    owed.extend(("special", name) for name in (None, *operation.gradients))
    owed.extend([("refusal", None)] if operation.refusals else [])
    owed.extend(("convention", convention.question) for convention in operation.conventions)
    return [Check(operation, kind, name, dtype) for dtype in dtypes for kind, name in owed]
