"""One case on the bench: what torch computes of it, what is true, what the implementation returns.

torch and the bounds are evaluated when they are first needed, and once, whoever needs them.
"""

from functools import cached_property
from typing import Any

import numpy as np

from conformance.bounds.ball import Ball
from conformance.bounds.floats import Array, arithmetic
from conformance.bounds.storage import store
from conformance.implementation.implementation import Implementation
from conformance.implementation.layouts import arrange
from conformance.judge.oracle import Evaluation, refuses
from conformance.judge.stopwatch import lap
from conformance.spec.case import Case
from conformance.spec.operation import Operation, Part
from conformance.spec.outcome import Outcome, Returned
from conformance.spec.tree import nested


class Trial:
    """A case of an operation in a dtype."""

    def __init__(self, operation: Operation, dtype: str, case: Case) -> None:
        self.operation = operation
        self.case = case
        self._arithmetic = arithmetic(dtype)
        self._pulled: dict[Any, Any] = {}
        self._gradients: dict[Any, Ball] = {}

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

    @cached_property
    def finite(self) -> bool:
        """Return whether every number that the call is given is finite."""
        return all(np.isfinite(array).all() for array in self.case.arrays)

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

    def expected(self, argument: str | None) -> Any:
        """Return the true gradient of an argument, or the true value where none is named."""
        return self.value if argument is None else self.gradient(self.operation.gradients[argument])

    def handed(self, *, backward: bool = False) -> tuple[Any, ...]:
        """Return fresh copies of the inputs, each in its layout.

        For a backward function the upstream gradient comes first.
        """
        upstream = {"grad_output": self.case.grad_output} if backward else {}
        return tuple(
            arrange(value, self.case.layouts.get(name, "contiguous"))
            for name, value in {**upstream, **self.case.inputs}.items()
        )

    def function(self, *, backward: bool = False) -> str:
        """Return the name of the operation, or of its backward function."""
        return f"{self.operation.name}{'_backward' * backward}"

    def call(
        self, contender: Implementation, *, backward: bool = False, listen: bool = False
    ) -> Outcome:
        """Call the contender's operation, or its backward function; return what became of it."""
        function, inputs = self.function(backward=backward), self.handed(backward=backward)
        with lap("implementation"):
            return contender.call(function, inputs, dict(self.case.parameters), listen=listen)

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
