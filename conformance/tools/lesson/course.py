"""What is taught, and in which order: operations by difficulty, each in steps. Frozen data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from conformance.record.vocabulary import USUAL_DTYPES
from conformance.spec.check import Check, checks_of
from conformance.spec.operation import Operation

# Plainest first. What float64 does right, the step "dtype" asks for in every other dtype.
_ORDER = ("value", "gradient", "dtype", "special", "refusal", "pure", "convention")
_IN_EVERY_DTYPE = frozenset({"value", "gradient", "dtype"})
_FORWARD = frozenset({"value", "refusal"})
_BACKWARD = frozenset({"gradient", "convention"})


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
        """What it is called; by this it is known within its operation."""
        return self.kind if self.argument is None else f"gradient of {self.argument}"

    @property
    def functions(self) -> tuple[str, ...]:
        """The functions that it calls: where they change, it has to be judged again."""
        forward, backward = (self.operation,), (f"{self.operation}_backward",)
        if self.kind in _FORWARD:
            return forward
        return backward if self.kind in _BACKWARD else forward + backward


def step_of(check: Check, plainest: str) -> Step:
    """The step that a check belongs to; the plainest dtype is the first to be asked for."""
    name = check.operation.name
    if check.kind in _IN_EVERY_DTYPE and check.dtype != plainest:
        return Step(name, "dtype")
    return Step(name, check.kind, check.argument if check.kind == "gradient" else None)


def checks_in(step: Step, checks: Mapping[str, Check], dtypes: Sequence[str]) -> list[str]:
    """Ids of the checks of a step, plainest first, in the dtypes that are offered."""
    plainest = dtypes[-1]
    owed = [
        check
        for check in checks.values()
        if check.dtype in dtypes and step_of(check, plainest) == step
    ]
    # The sort is stable: arguments stay as they are declared.
    owed.sort(key=lambda check: (_ORDER.index(check.kind), -dtypes.index(check.dtype)))
    return [check.id for check in owed]


@dataclass(frozen=True)
class Lesson:
    """One operation of the course: what it is there to teach, and its steps."""

    operation: Operation

    @property
    def name(self) -> str:
        """Return the operation's name."""
        return self.operation.name

    @property
    def about(self) -> str:
        """Return what it is there to teach."""
        return self.operation.lesson.sentence if self.operation.lesson else ""

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """Its steps, plainest first."""
        plainest = USUAL_DTYPES[-1]
        owed = checks_of(self.operation, USUAL_DTYPES)
        found = dict.fromkeys(step_of(check, plainest) for check in owed)
        return tuple(sorted(found, key=lambda step: _ORDER.index(step.kind)))


@dataclass(frozen=True)
class Course:
    """All lessons, by operation, in order."""

    lessons: Mapping[str, Lesson]

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """The steps of all of them."""
        return tuple(step for lesson in self.lessons.values() for step in lesson.steps)


def course(functions: Mapping[str, Operation]) -> Course:
    """Return the lessons that functions of the contract come with, in their order."""
    taught = [operation for operation in functions.values() if operation.lesson is not None]
    taught.sort(key=lambda operation: operation.lesson.order if operation.lesson else 0)
    return Course({operation.name: Lesson(operation) for operation in taught})
