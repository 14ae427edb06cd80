"""What is taught, and in which order: operations by difficulty, each in steps. Frozen data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from conformance.record.vocabulary import USUAL_DTYPES, Kind
from conformance.spec.check import Check, checks_of
from conformance.spec.operation import Operation

# Plainest first. What float64 does right, the step "dtype" asks for in every other dtype.
ORDER = (Kind.VALUE, Kind.GRADIENT, Kind.DTYPE, Kind.EDGE, Kind.SPECIAL, Kind.REFUSAL, Kind.PURE,
         Kind.CONVENTION)  # fmt: skip
_IN_EVERY_DTYPE = {Kind.VALUE, Kind.GRADIENT, Kind.DTYPE}


@dataclass(frozen=True)
class Step:
    """A few checks of one operation that are passed together.

    Attributes:
        operation: its name.
        kind: of its checks; that of "dtype" has checks of value and gradient with it.
        argument: whose gradient it asks for, where it asks for one.
    """

    operation: str
    kind: str
    argument: str | None = None

    @property
    def name(self) -> str:
        """Return what it is called; by this it is known within its operation."""
        return self.kind if self.argument is None else f"gradient of {self.argument}"

    @property
    def functions(self) -> tuple[str, ...]:
        """Return the functions that it calls: where they change, it has to be judged again."""
        forward, backward = (self.operation,), (f"{self.operation}_backward",)
        if self.kind in {Kind.VALUE, Kind.REFUSAL}:
            return forward
        return backward if self.kind in {Kind.GRADIENT, Kind.CONVENTION} else forward + backward


def step_of(check: Check, plainest: str) -> Step:
    """Return the step that a check belongs to; the plainest dtype is the first asked for."""
    name = check.operation.name
    if check.kind in _IN_EVERY_DTYPE and check.dtype != plainest:
        return Step(name, Kind.DTYPE)
    return Step(name, check.kind, check.argument if check.kind == Kind.GRADIENT else None)


def checks_in(step: Step, checks: Mapping[str, Check], dtypes: Sequence[str]) -> list[str]:
    """Return ids of the checks of a step, plainest first, in the dtypes that are offered."""
    offered = [check for check in checks.values() if check.dtype in dtypes]
    owed = [check for check in offered if step_of(check, dtypes[-1]) == step]
    # The sort is stable: arguments stay as they are declared.
    owed.sort(key=lambda check: (ORDER.index(check.kind), -dtypes.index(check.dtype)))
    return [check.id for check in owed]


@dataclass(frozen=True)
class Course:
    """The operations that are taught, by name and in order; and the steps of each."""

    operations: Mapping[str, Operation]
    steps: Mapping[str, tuple[Step, ...]]


def _steps_of(operation: Operation) -> tuple[Step, ...]:
    """Return the steps of an operation, plainest first."""
    owed = checks_of(operation, USUAL_DTYPES)
    steps = dict.fromkeys(step_of(check, USUAL_DTYPES[-1]) for check in owed)
    return tuple(sorted(steps, key=lambda step: ORDER.index(Kind(step.kind))))


def course(functions: Mapping[str, Operation]) -> Course:
    """Return the course of those functions of the contract that a lesson is made of."""
    orders = {name: each.lesson.order for name, each in functions.items() if each.lesson}
    taught = {name: functions[name] for name in sorted(orders, key=orders.__getitem__)}
    return Course(taught, {name: _steps_of(operation) for name, operation in taught.items()})
