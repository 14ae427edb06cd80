"""Whole networks: every call of a forward pass, a way back and a training, each judged by itself.

A network is composed here of the implementation's own functions. Each of its calls is judged on
what it was really given, which is what the implementation's calls before it returned: so the
bound is that of one operation, with no error carried in from the layers before it, and a kink is
where the implementation itself has it. `carried`, in the room spec, evaluates the same chain over
balls, with the errors of all layers before; its bounds are the wider ones, and it serves to show
that the chain as it is composed here is the network that torch differentiates.

That every link is right makes the chain right, if what one call returns is what the next one gets.
Therefore each array is looked at again, whenever it is handed on: an implementation that writes
into its inputs, or keeps its results in a place of its own, is found out here.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from conformance.bounds.compare import Comparison, Flaw
from conformance.implementation.implementation import Implementation
from conformance.judge.stopwatch import lap
from conformance.judge.trial import Trial
from conformance.judge.weigh import first_wrong, weigh
from conformance.record.vocabulary import Kind, Problem, Verdict
from conformance.spec.case import Case
from conformance.spec.check import Check
from conformance.spec.finding import Finding, Subject
from conformance.spec.network import weight_at
from conformance.spec.operation import Layer, Network, Operation, Place
from conformance.spec.outcome import Returned
from conformance.spec.tree import leaves, nested


class _Stopped(Exception):  # noqa: N818 - a signal: there is a finding, and nothing to go on with
    """Raised where a call has failed, or is not provided."""


@dataclass
class _Pass:
    """Calls of an implementation, each judged as it is made."""

    contender: Implementation
    dtype: str
    findings: list[Finding] = field(default_factory=list)
    _known: dict[int, tuple[Any, Any, Subject]] = field(default_factory=dict)
    _place: str = ""

    def at(self, place: str) -> "_Pass":
        """Say, for messages, where in the network the next calls are."""
        self._place = place
        return self

    def call(self, operation: Operation, inputs: Sequence[Any], parameters: Any) -> Any:
        """The result of an operation, judged."""
        trial = self._trial(operation, inputs, parameters)
        with lap("implementation"):
            outcome = self.contender.call(operation.name, tuple(inputs), dict(parameters))
        actual = outcome.result if isinstance(outcome, Returned) else None
        subject = self._subject(operation)
        self._take(weigh(outcome, actual, trial.value, trial.torch_value, subject))
        self.remember(actual, subject)
        return actual

    def pull(
        self, operation: Operation, grad_output: Any, inputs: Sequence[Any], parameters: Any
    ) -> dict[str, Any]:
        """The gradients of an operation's inputs, by name, each judged."""
        trial = self._trial(operation, inputs, parameters, grad_output)
        name = f"{operation.name}_backward"
        with lap("implementation"):
            outcome = self.contender.call(name, (grad_output, *inputs), dict(parameters))
        found = {one: trial.pick(outcome, one) for one in operation.gradients}
        for one, formula in operation.gradients.items():
            subject = self._subject(operation, one)
            actual = found[one] if isinstance(outcome, Returned) else None
            if isinstance(outcome, Returned) and actual is None:
                self._take(Finding(Verdict.NOT_PROVIDED, Problem.RETURNED_NONE, subject))
            expected = trial.gradient(formula)
            self._take(weigh(outcome, actual, expected, trial.torch_gradients[one], subject))
        for one, gradient in found.items():
            self.remember(gradient, self._subject(operation, one))
        return found

    def _subject(self, operation: Operation, argument: str | None = None) -> Subject:
        return Subject(argument=argument, call=f"{self._place}: {operation.name}")

    def _trial(
        self, operation: Operation, inputs: Sequence[Any], parameters: Any, grad_output: Any = None
    ) -> Trial:
        for array in leaves(list(inputs)):
            self._unchanged(id(array))
        names = [one.name for one in operation.inputs]
        given = nested(np.array, list(inputs))
        upstream = None if grad_output is None else np.array(grad_output)
        case = Case(dict(zip(names, given, strict=True)), dict(parameters), upstream)
        return Trial(operation, self.dtype, case)

    def _take(self, finding: Finding) -> None:
        self.findings.append(finding)
        if not finding.verdict.passed:
            raise _Stopped

    def remember(self, result: Any, subject: Subject) -> None:
        """Keep what an array is now, to compare it with what it will be when it is used."""
        for array in leaves(result):
            # An array that is returned a second time must not have become another.
            self._unchanged(id(array))
            self._known[id(array)] = (array, np.array(array), subject)

    def _unchanged(self, key: int) -> None:
        if key not in self._known:
            return
        array, before, subject = self._known[key]
        if not np.array_equal(array, before, equal_nan=array.dtype.kind not in "iub"):
            wrong = Comparison(Flaw.VALUE, ratio=np.inf)
            changed = np.array(array)
            self._take(
                Finding(Verdict.FAILS, Problem.WRITTEN_TO, subject, ours=wrong, actual=changed)
            )

    def finish(self) -> None:
        """Look at all arrays once more."""
        for key in self._known:
            self._unchanged(key)


def _forward(calls: _Pass, layers: Sequence[Layer], weights: Any, when: str) -> list[Any]:
    """The inputs of all layers, and the output of the last one."""
    values = [weights["x"]]
    for number, layer in enumerate(layers, 1):
        inputs = [values[-1], *(weight_at(weights, place) for place in layer.weights)]
        calls.at(f"{when}layer {number}, forward")
        values.append(calls.call(layer.operation, inputs, layer.parameters))
    return values


def _backward(
    calls: _Pass, layers: Sequence[Layer], weights: Any, values: list[Any], grad: Any, when: str
) -> dict[Place, Any]:
    """The gradients of all weights."""
    found: dict[Place, Any] = {}
    for number, layer in reversed(list(enumerate(layers, 1))):
        inputs = [values[number - 1], *(weight_at(weights, place) for place in layer.weights)]
        calls.at(f"{when}layer {number}, backward")
        grads = list(calls.pull(layer.operation, grad, inputs, layer.parameters).values())
        grad = grads[0]
        found.update(zip(layer.weights, grads[1:], strict=True))
    return found


def _train(calls: _Pass, check: Check, network: Network, case: Case) -> None:
    """As much of a training as the check is about."""
    parameters = {**case.parameters}
    layers, loss = network.layers(parameters), network.loss(parameters)
    places = [place for layer in layers for place in layer.weights]
    weights = {name: nested(np.array, value) for name, value in case.inputs.items()}
    for name, value in weights.items():
        calls.remember(value, Subject(call=f"the input {name}"))
    target, rate = weights["target"], parameters["learning_rate"]
    for step in range(1, network.steps + 1 if check.kind == Kind.TRAINING else 2):
        when = f"step {step}, " if check.kind == Kind.TRAINING else ""
        values = _forward(calls, layers, weights, when)
        calls.at(f"{when}loss").call(loss, [values[-1], target], {})
        if check.kind == Kind.VALUE:
            return
        one = np.ones((), check.dtype)
        grad = calls.at(f"{when}loss").pull(loss, one, [values[-1], target], {})["input"]
        grads = _backward(calls, layers, weights, values, grad, when)
        if check.kind == Kind.GRADIENT or not places:
            return
        before = [weight_at(weights, place) for place in places]
        after = calls.at(f"{when}update").call(
            network.descent, [before, [grads[place] for place in places]], {"learning_rate": rate}
        )
        for place, new in zip(places, after, strict=True):
            _set(weights, place, new)


def _set(weights: dict[str, Any], place: Place, new: Any) -> None:
    name, index = place
    if index is None:
        weights[name] = new
    else:
        weights[name][index] = new


def judge_network(
    check: Check, network: Network, trial: Trial, contender: Implementation
) -> Finding:
    """Judge the forward pass, the way back too, or several steps of training.

    The finding is that of the first call that fails; where none does, of all calls together.
    """
    calls = _Pass(contender, check.dtype)
    try:
        _train(calls, check, network, trial.case)
        calls.finish()
    except _Stopped:
        return calls.findings[-1]
    return first_wrong(calls.findings)
