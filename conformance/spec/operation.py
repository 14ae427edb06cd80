"""What cases are made of: operations, their inputs, refusals and conventions. Frozen data."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from hypothesis.strategies import SearchStrategy

from conformance.bounds.ball import Ball
from conformance.bounds.floats import Array
from conformance.spec.case import Case, Inputs, Parameters, Shape, Structure

# NumPy's generator, shape, dtype, regime of values, the structure it belongs to -> array
Fill = Callable[[Any, Shape, str, str, "Structure"], Array]


# Good inputs and parameters, or bad ones.
Spoiled = tuple[Inputs, Parameters]

# Good inputs and parameters -> bad ones; None where these offer no way to break the rule.
Spoil = Callable[[Inputs, Parameters], Spoiled | None]


@dataclass(frozen=True)
class Input:
    """An input: its name, how an array of its shape is filled, and its shape in words."""

    name: str
    fill: Fill
    shape: str = ""


@dataclass(frozen=True)
class Refusal:
    """A way to spoil a good call so that it must raise, and the rule that is broken then."""

    name: str
    rule: str
    spoil: Spoil


@dataclass(frozen=True)
class Lesson:
    """What an operation teaches, in a sentence; lessons stand in the order of their numbers."""

    order: int
    sentence: str


@dataclass(frozen=True)
class Answer:
    """One way to settle a question that mathematics leaves open.

    Attributes:
        name: what is settled, for the report.
        gradient: maps (grad_output, *inputs, **parameters), as balls, to the gradient.
        holds: tells of (gradient, grad_output, *inputs, **parameters), as arrays, whether it keeps
            what no bound of a single element says; None where there is no more to say.
    """

    name: str
    gradient: Callable[..., Ball]
    holds: Callable[..., bool] | None = None


@dataclass(frozen=True)
class Convention:
    """A question that mathematics leaves open, with its valid answers, torch's first.

    Attributes:
        question: its name.
        argument: the input whose gradient it is about.
        plant: puts the question into good inputs: (rng, inputs, parameters) -> inputs.
        answers: the answers that libraries give.
        otherwise: every valid answer, in one; None where there are no others.
    """

    question: str
    argument: str
    plant: Callable[[Any, Inputs, Parameters], Inputs]
    answers: tuple[Answer, ...]
    otherwise: Answer | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of all answers."""
        every = self.answers if self.otherwise is None else (*self.answers, self.otherwise)
        return tuple(answer.name for answer in every)


class Habit(NamedTuple):
    """Another formula for special values: of the value, and of gradients by their input."""

    value: Callable[..., Any]
    gradients: Mapping[str, Callable[..., Ball]]


@dataclass(frozen=True)
class Part:
    """One gradient of a backward pass that yields the gradients of all inputs, by name.

    An operation's parts share their pass: a trial runs it once.
    """

    backward: Callable[..., Mapping[str, Ball]]
    name: str

    def __call__(self, *args: Any, **parameters: Any) -> Ball:
        """Return the gradient of this input."""
        return self.backward(*args, **parameters)[self.name]


# A weight of a network: the name of its input, and its index where that is a list.
Weight = tuple[str, int | None]


@dataclass(frozen=True)
class Layer:
    """One operation of a network, applied to the value that comes in and to trained weights."""

    operation: "Operation"
    weights: tuple[Weight, ...] = ()
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Network:
    """Operations that are composed and trained together.

    Attributes:
        layers: the layers, in order, for the parameters of a case.
        loss: the operation (output, target) -> scalar, for the parameters of a case.
        descent: the operation (weights, gradients, learning_rate) -> new weights.
        steps: how many steps a training has.
    """

    layers: Callable[[Parameters], tuple[Layer, ...]]
    loss: Callable[[Parameters], "Operation"]
    descent: "Operation"
    steps: int


# Two operations are the same if they are one object: what they consist of has no hash.
@dataclass(frozen=True, eq=False)
class Operation:
    """An operation of the contract, stated so that any implementation of it can be judged.

    Attributes:
        name: the function that an implementation provides.
        family: its heading in the report, which related operations share.
        formula: the formula in one line.
        source: where the formula is stated.
        inputs: positional inputs, in order.
        structures: strategy of shapes and parameters.
        large: one structure with more than 65,536 elements, for narrow indices; None for none.
        torch: the oracle, over tensors: (*inputs, **parameters) -> tensor, or nested lists of.
        value: the formula over balls, same signature; its rounding errors are the bound.
        gradients: for each differentiable input, (grad_output, *inputs, **parameters) -> Ball.
        refusals: what must raise.
        conventions: what mathematics leaves open.
        habits: by name, other formulas for special values, which libraries have on purpose.
        complete: derives inputs that depend on others: (inputs, parameters) -> inputs.
        network: the operations that it is composed of, where it is no function of its own.
        latex: the formula in LaTeX.
        parameters: keyword parameters with their defaults; ... where one must be given.
        result: what is returned, in words.
        orders: other orders of axes that code may have, by name (`axis_order.ORDERS`): which
            inputs have them, and whether the "result" has. A gradient has its input's.
        notes: sentences on whatever else has to be known.
        lesson: what it teaches; None where no lesson is made of it.
    """

    name: str
    family: str
    formula: str
    source: str
    inputs: tuple[Input, ...]
    structures: SearchStrategy[Structure]
    torch: Callable[..., Any]
    value: Callable[..., Any]
    gradients: Mapping[str, Callable[..., Ball]] = field(default_factory=dict)
    refusals: tuple[Refusal, ...] = ()
    conventions: tuple[Convention, ...] = ()
    habits: Mapping[str, Habit] = field(default_factory=dict)
    complete: Callable[[Inputs, Parameters], Inputs] | None = None
    network: Network | None = None
    latex: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    result: str = ""
    orders: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    lesson: Lesson | None = None
    large: Structure | None = None

    def completed(self, case: Case) -> Case:
        """Return the case with the inputs that follow from others; a spoiled one as it is."""
        if self.complete is None or case.refusal is not None:
            return case
        return replace(case, inputs=self.complete(dict(case.inputs), dict(case.parameters)))
