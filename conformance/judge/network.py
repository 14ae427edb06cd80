"""Whole networks: every call of a forward pass, a way back and a training, each judged by itself.

A network is composed here of the implementation's own functions. Each of its calls is judged on
the inputs that it was really given, which the implementation's calls before it returned. So the
bound is that of one operation, with no error carried in from the layers before it, and a kink is
where the implementation itself has it. `carried`, in the room spec, evaluates the same chain over
balls, with the errors of all layers before. Its bounds are wider. It serves to show that the chain
as it is composed here is the network that torch differentiates.

If every link is right, so is the chain, provided that each call is given what another returned.
Therefore each array is compared with its first state whenever it is handed on. An implementation
that writes into its inputs, or keeps its results in a buffer of its own, is found out here.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from conformance.bounds.compare import Comparison, Flaw, compare_dtypes
from conformance.implementation.implementation import Implementation
from conformance.judge.asking import ask
from conformance.judge.stopwatch import lap
from conformance.judge.trial import Trial
from conformance.judge.weigh import first_wrong, weigh
from conformance.record.vocabulary import Kind, Problem, Verdict
from conformance.spec.case import Case, Structure
from conformance.spec.check import Check
from conformance.spec.coverage import Coverage
from conformance.spec.finding import Finding, Subject
from conformance.spec.network import weight_in
from conformance.spec.operation import Layer, Network, Operation, Weight
from conformance.spec.outcome import NotProvided
from conformance.spec.tree import leaves, nested


class _Stopped(Exception):  # noqa: N818 - a signal: there is a finding, and nothing to go on with
    """Raised where a call has failed, or is not provided."""


@dataclass
class _Calls:
    """Calls of an implementation, each judged as it is made."""

    contender: Implementation
    dtype: str
    findings: list[Finding] = field(default_factory=list)
    _known: dict[int, tuple[Any, Any, Subject]] = field(default_factory=dict)

    def call(self, stage: str, operation: Operation, inputs: Any, parameters: Any) -> Any:
        """Call an operation, judge its result, and return it. `stage` is named in messages."""
        return self.pull(stage, operation, None, inputs, parameters)[None]

    def pull(
        self, stage: str, operation: Operation, grad_output: Any, inputs: Any, parameters: Any
    ) -> dict[str | None, Any]:
        """Call a backward function, judge its gradients, and return them by name.

        Without an upstream gradient the operation itself is called; its result is named None.
        """
        for array in leaves(list(inputs)):
            self._compare(id(array))
        backward = grad_output is not None
        names = [argument.name for argument in operation.inputs]
        copies = nested(np.array, list(inputs))
        upstream = np.array(grad_output) if backward else None
        case = Case(dict(zip(names, copies, strict=True)), dict(parameters), upstream)
        trial = Trial(operation, self.dtype, case)
        given = (grad_output, *inputs) if backward else tuple(inputs)
        function = trial.function(backward=backward)
        outcome: Any = trial.taken(self.contender, function)
        declared = Coverage(values=self.contender.parameters.get(operation.name, {}))
        has_more = any(np.any(case.inputs[name]) for name in declared.zeros(operation))
        if has_more or not declared.allows(operation, Structure({names[0]: ()}, dict(parameters))):
            outcome = NotProvided(f"a parameter of {function}")
        if not isinstance(outcome, NotProvided):
            with lap("implementation"):
                outcome = ask(self.contender, operation, given, outcome, backward=backward)
        subjects = {
            argument: Subject(argument=argument, call=f"{stage}: {operation.name}")
            for argument in (operation.gradients if backward else [None])
        }
        for argument, subject in subjects.items():
            self._take(weigh(trial, outcome, argument, subject=subject))
        results = {argument: trial.pick(outcome, argument) for argument in subjects}
        for argument, subject in subjects.items():
            # What has another dtype is nothing to hand on: torch would not take it.
            dtypes = compare_dtypes(results[argument], trial.due(argument))
            if not dtypes.agrees:
                self._take(Finding(Verdict.FAILS, Problem.WRONG, subject, ours=dtypes))
            self.remember(results[argument], subject)
        return results

    def _take(self, finding: Finding) -> None:
        self.findings.append(finding)
        if not finding.verdict.passed:
            raise _Stopped

    def remember(self, result: Any, subject: Subject) -> None:
        """Keep what an array is now, to compare it with what it will be when it is used."""
        for array in leaves(result):
            # An array that is returned a second time must not have become another.
            self._compare(id(array))
            self._known[id(array)] = (array, np.array(array), subject)

    def _compare(self, key: int) -> None:
        """Compare a known array with what it was."""
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
        """Compare all arrays once more."""
        for key in self._known:
            self._compare(key)


def _inputs(layer: Layer, value: Any, weights: Any) -> list[Any]:
    return [value, *(weight_in(weights, weight) for weight in layer.weights)]


def _forward(calls: _Calls, layers: Sequence[Layer], weights: Any, when: str) -> list[Any]:
    """Return the inputs of all layers, and the output of the last one."""
    values = [weights["x"]]
    for number, layer in enumerate(layers, 1):
        stage, inputs = f"{when}layer {number}, forward", _inputs(layer, values[-1], weights)
        values.append(calls.call(stage, layer.operation, inputs, layer.parameters))
    return values


def _backward(
    calls: _Calls, layers: Sequence[Layer], weights: Any, values: list[Any], grad: Any, when: str
) -> dict[Weight, Any]:
    """Return the gradients of all weights."""
    gradients: dict[Weight, Any] = {}
    for number, layer in reversed(list(enumerate(layers, 1))):
        stage = f"{when}layer {number}, backward"
        inputs = _inputs(layer, values[number - 1], weights)
        pulled = calls.pull(stage, layer.operation, grad, inputs, layer.parameters)
        grad, *grads = pulled.values()
        gradients.update(zip(layer.weights, grads, strict=True))
    return gradients


def _train(calls: _Calls, check: Check, network: Network, case: Case) -> None:
    """Run as much of a training as the check is about."""
    layers = network.layers(dict(case.parameters))
    loss = network.loss(dict(case.parameters))
    trained = [weight for layer in layers for weight in layer.weights]
    weights = {name: nested(np.array, value) for name, value in case.inputs.items()}
    for name, value in weights.items():
        calls.remember(value, Subject(call=f"the input {name}"))
    target, rate = weights["target"], case.parameters["learning_rate"]
    for step in range(1, network.steps + 1 if check.kind == Kind.TRAINING else 2):
        when = f"step {step}, " if check.kind == Kind.TRAINING else ""
        values = _forward(calls, layers, weights, when)
        stage = f"{when}loss"
        calls.call(stage, loss, [values[-1], target], {})
        if check.kind == Kind.VALUE:
            return
        upstream = np.ones((), check.dtype)
        grad = calls.pull(stage, loss, upstream, [values[-1], target], {})["input"]
        grads = _backward(calls, layers, weights, values, grad, when)
        if check.kind == Kind.GRADIENT or not trained:
            return
        before = [weight_in(weights, weight) for weight in trained]
        inputs = [before, [grads[weight] for weight in trained]]
        after = calls.call(f"{when}update", network.descent, inputs, {"learning_rate": rate})
        for (name, index), array in zip(trained, after, strict=True):
            if index is None:
                weights[name] = array
            else:
                weights[name][index] = array


def judge_network(check: Check, trial: Trial, contender: Implementation) -> Finding:
    """Judge the forward pass, the way back too, or several steps of training.

    The finding is that of the first call that fails; where none does, of all calls together.
    """
    network = check.operation.network
    assert network is not None
    calls = _Calls(contender, check.dtype)
    try:
        _train(calls, check, network, trial.case)
        calls.finish()
    except _Stopped:
        return calls.findings[-1]
    return first_wrong(calls.findings)
