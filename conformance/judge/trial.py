"""One case on the bench: what torch computes of it, what is true, what the implementation returns.

torch, the bounds and the implementation's functions are evaluated when they are first needed, and
once, whichever checks need them.
"""

from dataclasses import replace
from functools import cached_property
from typing import Any, Self

import numpy as np

from conformance.bounds.ball import Ball
from conformance.bounds.compare import Comparison, compare
from conformance.bounds.floats import Arithmetic, Array, arithmetic
from conformance.bounds.storage import store
from conformance.implementation.implementation import Implementation
from conformance.implementation.layouts import arrange
from conformance.judge.asking import ask
from conformance.judge.oracle import Evaluation, refuses
from conformance.judge.stopwatch import lap
from conformance.spec import axis_order
from conformance.spec.case import Case, Parameters
from conformance.spec.operation import Habit, Operation, Part
from conformance.spec.outcome import NotProvided, Outcome, Returned
from conformance.spec.tree import leaves, nested

# Names of orders of axes; None for those that the implementation declares.
Names = tuple[str, ...] | None
# So many numbers may be multiplied on the way to a result that needs fewer.
_FACTORS = 4


class Trial:
    """A case of an operation in a dtype.

    Args:
        operation: the operation.
        dtype: the dtype of the inputs and results.
        case: the case.
        twice: whether checks of purity call the implementation twice on this case.
        control: the good call that a spoiled one was made of.
    """

    def __init__(
        self,
        operation: Operation,
        dtype: str,
        case: Case,
        *,
        twice: bool = True,
        control: Self | None = None,
    ) -> None:
        self.operation = operation
        self.dtype = dtype
        self.case = case
        self.twice = twice
        self.control = control
        self._arithmetic = arithmetic(dtype)
        self._pulled: dict[Any, Any] = {}
        self._gradients: dict[Any, Ball] = {}
        self._outcomes: dict[Any, Outcome] = {}
        self._peers: dict[int, tuple[Any, Comparison]] = {}

    @cached_property
    def _evaluation(self) -> Evaluation:
        with lap("torch"):
            return Evaluation(self.operation, self.case)

    @cached_property
    def torch_value(self) -> Any:
        """Return torch's outputs."""
        return self._evaluation.output

    @cached_property
    def refused(self) -> bool:
        """Return whether torch raises on these inputs."""
        with lap("torch"):
            return refuses(self.operation, self.case)

    @cached_property
    def torch_gradients(self) -> dict[str, Array]:
        """Return torch's gradient of each differentiable input."""
        with lap("torch"):
            return self._evaluation.pull_back(self.case.grad_output)

    @cached_property
    def _balls(self) -> list[Any]:
        return [self._lift(value) for value in self.case.inputs.values()]

    def _lift(self, tree: Any) -> Any:
        """Return balls for real inputs; integers, such as labels, stay as they are."""
        return nested(
            lambda a: Ball.exact(a, self._arithmetic) if a.dtype.kind not in "iub" else a, tree
        )

    def moderate(self, *, backward: bool) -> bool:
        """Return whether no product of a few of the numbers that are given can overflow."""
        given = self.case.arguments if backward else self.case.inputs
        most = self._arithmetic.result.largest ** (1 / _FACTORS)
        return all((np.abs(array) <= most).all() for array in leaves(list(given.values())))

    @cached_property
    def value(self) -> Any:
        """Return the true value, with its bound."""
        with lap("bound"), np.errstate(all="ignore"):
            return nested(store, self.operation.value(*self._balls, **self.case.parameters))

    def gradient(self, formula: Any) -> Ball:
        """Return the gradient by a formula of the case, with its bound."""
        if formula not in self._gradients:
            with lap("bound"), np.errstate(all="ignore"):
                if isinstance(formula, Part):
                    ball = self._pull(formula.backward)[formula.name]
                else:
                    ball = self._pull(formula)
                self._gradients[formula] = store(ball)
        return self._gradients[formula]

    def _pull(self, backward: Any) -> Any:
        """Return a gradient, or the gradients by name that one pass yields."""
        if backward not in self._pulled:
            grad_output = self._lift(self.case.grad_output)
            self._pulled[backward] = backward(grad_output, *self._balls, **self.case.parameters)
        return self._pulled[backward]

    def with_large(self, size: float, sign: float) -> "Trial":
        """Return the trial with large numbers in place of infinities, and of NaN with a sign."""
        large = size * self._arithmetic.result.largest ** (1 / _FACTORS)

        def finite(array: Array) -> Array:
            if array.dtype.kind in "iub":
                return array
            signs = np.where(np.isnan(array), sign, np.sign(array))
            return np.asarray(np.where(np.isfinite(array), array, signs * large), array.dtype)

        arguments = {name: nested(finite, value) for name, value in self.case.arguments.items()}
        return Trial(self.operation, self.dtype, self.case.but(**arguments))

    def within(self, ulps: float) -> "Trial":
        """Return the trial with elementary functions that may be so many ulp from the truth."""
        return self._judged_in(self.case, self._arithmetic.within(ulps))

    def flushing(self) -> "list[Trial]":
        """Return trials in which whatever lies below the normal range may be flushed to zero.

        Numbers given are used as they are in the first, and flushed in the second.
        """
        smallest = self.smallest_normal

        def flushed(array: Array) -> Array:
            if array.dtype.kind in "iub":
                return array
            is_small = np.abs(array) < smallest
            return np.asarray(np.where(is_small, array * 0, array), array.dtype)

        arguments = {name: nested(flushed, value) for name, value in self.case.arguments.items()}
        cases = [self.case, self.case.but(**arguments)][: 1 + self.is_tiny]
        return [self._judged_in(case, self._arithmetic.flushing()) for case in cases]

    def anew(self) -> "Trial":
        """Return the trial with nothing evaluated yet."""
        return self._judged_in(self.case, self._arithmetic)

    def rounding_eps(self) -> "Trial":
        """Return the trial whose eps is rounded to float32."""
        given = {**self.operation.parameters, **self.case.parameters}
        parameters = {**self.case.parameters, "eps": float(np.float32(given["eps"]))}
        return self._judged_in(replace(self.case, parameters=parameters), self._arithmetic)

    def _judged_in(self, case: Case, arithmetic: Arithmetic) -> "Trial":
        trial = Trial(self.operation, self.dtype, case)
        trial._arithmetic = arithmetic
        return trial

    @property
    def smallest_normal(self) -> float:
        """Return the smallest normal number of results."""
        return self._arithmetic.result.smallest_normal

    @property
    def is_tiny(self) -> bool:
        """Return whether some number that is given is subnormal."""
        smallest = self.smallest_normal
        return any(
            bool(((np.abs(array) < smallest) & (array != 0)).any())
            for array in leaves(list(self.case.arguments.values()))
            if array.dtype.kind not in "iub"
        )

    def expected(self, argument: str | None) -> Any:
        """Return the true gradient of an argument, or the true value where none is named."""
        return self.value if argument is None else self.gradient(self.operation.gradients[argument])

    def by_habit(self, habit: Habit, argument: str | None) -> Any:
        """Return the value, or the gradient of an argument, by a formula for special values."""
        if argument is not None:
            return self.gradient(habit.gradients[argument])
        with lap("bound"), np.errstate(all="ignore"):
            return nested(store, habit.value(*self._balls, **self.case.parameters))

    def peer(self, argument: str | None, expected: Any) -> Comparison:
        """Return how torch's value, or its gradient of an argument, compares with what is due.

        It is compared once for each truth, whichever implementations meet the trial.
        """
        if id(expected) not in self._peers:
            torch = self.torch_value if argument is None else self.torch_gradients[argument]
            with lap("compare"):
                # Kept with the truth, so that no other object has its id.
                self._peers[id(expected)] = (expected, compare(torch, expected))
        return self._peers[id(expected)][1]

    def due(self, argument: str | None) -> Any:
        """Return balls in the shape of the value, or of the gradient of an argument.

        Their numbers are those of the input itself: only their dtype is looked at.
        """
        like = self.torch_value if argument is None else self._given(argument)
        return nested(lambda a: Ball.exact(np.asarray(a), self._arithmetic), like)

    def _given(self, argument: str) -> Any:
        if argument in self.case.inputs:
            return self.case.inputs[argument]
        # Of a list of inputs each has a gradient of its own.
        return self.torch_gradients[argument]

    def size(self, *, backward: bool) -> int:
        """Return how many numbers the function, or its backward function, returns."""
        if not backward:
            return sum(array.size for array in leaves(self.torch_value))
        given = (self._given(name) for name in self.operation.gradients)
        return sum(array.size for value in given for array in leaves(value))

    @property
    def is_empty(self) -> bool:
        """Return whether an axis of an input is empty."""
        return any(0 in array.shape for array in leaves(list(self.case.inputs.values())))

    def handed(
        self, contender: Implementation, *, backward: bool = False, names: Names = None
    ) -> tuple[Any, ...]:
        """Return fresh copies of the inputs, each in its layout as the contender sees it.

        For a backward function the upstream gradient comes first.
        """
        names = self.orders(contender, names)
        given = {**({"grad_output": self.case.grad_output} if backward else {}), **self.case.inputs}
        layouts = [self.case.layouts.get(name, "contiguous") for name in given]
        seen = axis_order.given(self.operation, names, tuple(given.values()), backward=backward)
        copies = tuple(map(arrange, seen, layouts))
        return axis_order.back(self.operation, names, copies, backward=backward)

    def orders(self, contender: Implementation, names: Names = None) -> tuple[str, ...]:
        """Return the orders of axes that the contender has of this operation."""
        return contender.layouts.get(self.operation.name, ()) if names is None else names

    def function(self, *, backward: bool = False) -> str:
        """Return the name of the operation, or of its backward function."""
        return f"{self.operation.name}{'_backward' * backward}"

    def call(
        self,
        contender: Implementation,
        *,
        backward: bool = False,
        listen: bool = False,
        names: Names = None,
    ) -> Outcome:
        """Call the contender's operation, or its backward function; return what became of it.

        Each is called once, for all checks that judge the trial. Its arrays have the order of axes
        that the contender declares, or the given one.
        """
        key = (contender, backward, listen, names)
        if key not in self._outcomes:
            parameters = self.taken(contender, self.function(backward=backward))
            if isinstance(parameters, NotProvided):
                self._outcomes[key] = parameters
                return parameters
            if backward:
                # A backward pass may use what the forward pass before it has left. That one is of
                # this call, whichever checks are judged beside.
                self.call(contender, listen=listen, names=names)
            inputs = self.handed(contender, backward=backward, names=names)
            orders = self.orders(contender, names)
            with lap("implementation"):
                outcome = ask(
                    contender,
                    self.operation,
                    inputs,
                    parameters,
                    backward=backward,
                    listen=listen,
                    names=orders,
                )
            self._outcomes[key] = _kept(outcome)
        return self._outcomes[key]

    def taken(self, contender: Implementation, function: str) -> Parameters | NotProvided:
        """Return the parameters without those that the function lacks, if these are defaults."""
        given, accepted = self.case.parameters, contender.accepts(function)
        if accepted is None or accepted.issuperset(given):
            return dict(given)
        # What the operation itself does not have is handed on, to be no call at all.
        lacking = sorted(given.keys() & self.operation.parameters.keys() - accepted)
        for name in lacking:
            default = self.operation.parameters[name]
            if given[name] not in (default, (default, default)):
                return NotProvided(f"{name} of {function}")
        return {name: value for name, value in given.items() if name not in lacking}

    def pick(self, outcome: Outcome, argument: str | None = None) -> Any:
        """Return the result of a call, or the gradient of one argument out of it.

        A tuple of the wrong length, or none at all, is handed on as it is: no array, so wrong.
        Where nothing was returned, it is None.
        """
        result = outcome.result if isinstance(outcome, Returned) else None
        names = list(self.operation.gradients)
        if argument is None or len(names) == 1 or not isinstance(result, tuple | list):
            return result
        return result[names.index(argument)] if len(result) == len(names) else result


def _kept(outcome: Outcome) -> Outcome:
    """Return an outcome with copies of its arrays: a later call may write into a result."""
    if not isinstance(outcome, Returned):
        return outcome
    return replace(outcome, result=_copied(outcome.result))


def _copied(result: Any) -> Any:
    if type(result) is np.ndarray:
        return result.copy()
    if type(result) in {tuple, list}:
        return type(result)(map(_copied, result))
    return result
