"""One case on the bench: what torch says of it, what is true of it, what the contender says."""

from collections.abc import Mapping
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
    """A case of an operation in a dtype; torch and the bounds are asked once, when needed."""

    def __init__(self, operation: Operation, dtype: str, case: Case) -> None:
        self.operation = operation
        self.case = case
        self._arithmetic = arithmetic(dtype)
        self._passes: dict[Any, Mapping[str, Ball]] = {}
        self._gradients: dict[Any, Ball] = {}

    @cached_property
    def _evaluation(self) -> Evaluation:
        with lap("torch"):
            return Evaluation(self.operation, self.case)

    @cached_property
    def torch_value(self) -> Any:
        """Torch's outputs."""
        return self._evaluation.output

    @cached_property
    def refused(self) -> bool:
        """Whether torch raises on these inputs."""
        with lap("torch"):
            return refuses(self.operation, self.case)

    @cached_property
    def torch_gradients(self) -> dict[str, Array]:
        """Torch's gradient of each differentiable input."""
        with lap("torch"):
            return self._evaluation.pull_back(self.case.grad_output)

    @cached_property
    def _balls(self) -> list[Any]:
        return [self._lift(value) for value in self.case.inputs.values()]

    def _lift(self, tree: Any) -> Any:
        """Balls for real inputs; integers, such as labels, stay as they are."""
        return nested(
            lambda a: Ball.exact(a, self._arithmetic) if a.dtype.kind not in "iub" else a, tree
        )

    @cached_property
    def finite(self) -> bool:
        """Return whether every number that the call is given is finite."""
        return all(np.isfinite(array).all() for array in self.case.arrays)

    @cached_property
    def value(self) -> Any:
        """The true value, with its bound."""
        with lap("bound"), np.errstate(all="ignore"):
            return nested(store, self.operation.value(*self._balls, **self.case.parameters))

    def gradient(self, formula: Any) -> Ball:
        """The gradient by a formula of the case, with its bound; each is asked for once."""
        if formula not in self._gradients:
            with lap("bound"), np.errstate(all="ignore"):
                self._gradients[formula] = store(self._gradient(formula))
        return self._gradients[formula]

    def _gradient(self, formula: Any) -> Ball:
        if isinstance(formula, Part):
            return self._pass(formula.backward)[formula.name]
        found: Ball = self._pull(formula)
        return found

    def _pass(self, backward: Any) -> Mapping[str, Ball]:
        if backward not in self._passes:
            self._passes[backward] = self._pull(backward)
        return self._passes[backward]

    def _pull(self, formula: Any) -> Any:
        grad_output = self._lift(self.case.grad_output)
        return formula(grad_output, *self._balls, **self.case.parameters)

    def handed(self) -> tuple[Any, ...]:
        """Fresh copies of the inputs, each in its layout."""
        layouts = self.case.layouts
        return tuple(
            arrange(value, layouts.get(name, "contiguous"))
            for name, value in self.case.inputs.items()
        )

    def handed_back(self) -> tuple[Any, ...]:
        """The same for a backward function: the upstream gradient, then the inputs."""
        layout = self.case.layouts.get("grad_output", "contiguous")
        return (arrange(self.case.grad_output, layout), *self.handed())

    def forward(self, contender: Implementation, *, listen: bool = False) -> Outcome:
        """Call the contender's operation."""
        parameters = dict(self.case.parameters)
        with lap("implementation"):
            return contender.call(self.operation.name, self.handed(), parameters, listen=listen)

    def backward(self, contender: Implementation, *, listen: bool = False) -> Outcome:
        """Call the contender's backward function."""
        name = f"{self.operation.name}_backward"
        parameters = dict(self.case.parameters)
        with lap("implementation"):
            return contender.call(name, self.handed_back(), parameters, listen=listen)

    def pick(self, outcome: Outcome, argument: str) -> Any:
        """The gradient of one argument out of what a backward function returned.

        A tuple of the wrong length, or none at all, is handed on as it is: no array, so wrong.
        """
        names = list(self.operation.gradients)
        if not isinstance(outcome, Returned):
            return outcome
        result = outcome.result
        if len(names) == 1 or not isinstance(result, tuple | list) or len(result) != len(names):
            return result
        return result[names.index(argument)]
