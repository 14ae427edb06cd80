"""The truth, torch and the reference before a fourth opinion that shares no code with them."""

import ast
import inspect
import warnings
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from arbiter import FORMULAS
from arbiter.calls import CALLS, drawn
from arbiter.differences import gradient
from arbiter.precision import NearKinkError, exact, largest, number, relu

import reference_impl
from cases import OPERATIONS
from cases.mistakes import MISTAKES
from conformance.bounds.ball import Ball
from conformance.bounds.floats import arithmetic
from conformance.implementation.implementation import Implementation
from conformance.implementation.overlay import made
from conformance.judge.trial import Trial
from conformance.spec.outcome import Returned
from conformance.spec.tree import leaves, nested

# Part of the long proofs, which tox runs.
pytestmark = pytest.mark.proof

FOLDER = Path(__file__).parent / "arbiter"
SINGLE = {one.name: one for one in OPERATIONS if one.network is None}
ARITHMETIC = arithmetic("float64")
REFERENCE = Implementation(reference_impl, "reference_impl")

each_call = pytest.mark.parametrize("call", CALLS, ids=lambda call: call.id)
each_operation = pytest.mark.parametrize("name", SINGLE)


@dataclass(frozen=True)
class Opinion:
    """The arbiter's numbers, rounded to the precision of the truth, beside the truth's balls."""

    numbers: list[Any]
    balls: list[Ball]

    def agrees(self, results, share):
        """Whether results are as near to the arbiter's numbers as a share of the bounds."""
        arrays = list(leaves(results))
        return len(arrays) == len(self.numbers) and all(
            np.shape(array) == numbers.shape
            and (np.abs(array - numbers) <= share * ball.bound).all()
            for array, numbers, ball in zip(arrays, self.numbers, self.balls, strict=True)
        )

    @property
    def truth(self):
        return [ball.value for ball in self.balls]


@dataclass(frozen=True)
class Asked:
    """A call's trial, and the arbiter's opinion of its value and of each gradient, by name."""

    trial: Trial
    opinions: dict[str, Opinion]


def wide(array):
    """50 digits rounded to those of the truth."""
    kind = ARITHMETIC.arbiter
    flat = [kind(float(a)) + kind(float(a - float(a))) for a in array.flat]
    return np.array(flat, kind).reshape(array.shape)


@cache
def ask(call):
    operation, formula = SINGLE[call.operation], FORMULAS[call.operation]
    case, value = drawn(operation, call)
    trial = Trial(operation, "float64", case)
    opinions = {"value": Opinion([wide(one) for one in leaves(value)], list(leaves(trial.value)))}
    inputs = [nested(exact, one) for one in case.inputs.values()]
    for name, truth in operation.gradients.items():
        position, upstream = list(case.inputs).index(name), nested(exact, case.grad_output)
        slopes = gradient(formula, inputs, case.parameters, upstream, position)
        opinions[name] = Opinion([wide(slopes)], [trial.gradient(truth)])
    return Asked(trial, opinions)


def answers(trial, contender):
    """What an implementation says of the value and of each gradient, where it says anything."""
    outcome = trial.call(contender)
    found = {"value": outcome.result} if isinstance(outcome, Returned) else {}
    outcome = trial.call(contender, backward=True) if trial.operation.gradients else None
    if isinstance(outcome, Returned):
        found.update({name: trial.pick(outcome, name) for name in trial.operation.gradients})
    return found


def owed(operation):
    return {"value", *operation.gradients}


def asked_of(name):
    return [ask(call) for call in CALLS if call.operation == name]


def test_every_operation_has_a_formula_and_calls():
    without = set(SINGLE) - set(FORMULAS)
    assert not without, f"write their formulas afresh in tests/proof/arbiter: {', '.join(without)}"
    assert set(FORMULAS) == set(SINGLE) == {call.operation for call in CALLS}
    assert len({call.id for call in CALLS}) == len(CALLS)


def test_the_formulas_share_no_code_with_what_they_judge():
    files = [path for path in FOLDER.glob("*.py") if path.name != "calls.py"]
    found = {
        (node.module if isinstance(node, ast.ImportFrom) else node.names[0].name).partition(".")[0]
        for path in files
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Import | ast.ImportFrom)
    }
    assert found == {"arbiter", "mpmath", "numpy"}


@each_operation
def test_every_parameter_is_given_another_value_than_its_default(name):
    offered = inspect.signature(getattr(reference_impl, name)).parameters.values()
    given = [call.parameters for call in CALLS if call.operation == name]
    for one in offered:
        values = [some[one.name] for some in given if one.name in some]
        is_input = one.name in {put.name for put in SINGLE[name].inputs}
        assert is_input or any(value != one.default for value in values), one.name


@each_call
def test_the_truth_is_as_near_to_the_arbiter_as_its_slack_says(call):
    # Activations that were rounded before they are handed over disagree with their zs by that.
    share = ARITHMETIC.slack if SINGLE[call.operation].complete is None else 1.0
    asked = ask(call)
    assert set(asked.opinions) == owed(SINGLE[call.operation])
    for what, opinion in asked.opinions.items():
        assert all(np.isfinite(ball.bound).all() for ball in opinion.balls), what
        assert opinion.agrees(opinion.truth, share), what


@each_call
def test_torch_and_the_reference_are_within_twice_the_bound_of_the_arbiter(call):
    asked = ask(call)
    torch = {"value": asked.trial.torch_value}
    if SINGLE[call.operation].gradients:
        torch.update(asked.trial.torch_gradients)
    reference = answers(asked.trial, REFERENCE)
    for what, opinion in asked.opinions.items():
        assert opinion.agrees(torch[what], 2.0), f"torch: {what}"
        assert opinion.agrees(reference[what], 2.0), f"reference_impl: {what}"


@each_operation
def test_a_truth_that_is_a_little_off_is_noticed(name):
    noticed = set()
    for asked in asked_of(name):
        for what, opinion in asked.opinions.items():
            spoiled = [one * (1 + 2.0**-30) for one in opinion.truth]
            if not opinion.agrees(spoiled, 2.0):
                noticed.add(what)
    assert noticed == owed(SINGLE[name])


@each_operation
def test_torchs_roundings_are_seen_where_there_are_any(name):
    equal = [
        asked.opinions["value"].agrees(asked.trial.torch_value, 0.0) for asked in asked_of(name)
    ]
    assert all(equal) == (name in {"relu", "max_pool2d", "flatten"})


@each_operation
def test_wrong_functions_are_noticed_and_no_others(name):
    noticed = set()
    for mistake in (one for one in MISTAKES if one.operation == name):
        wrong = wrong_of(name, made(mistake, reference_impl))
        # Numbers in a narrower dtype are a matter of the dtype.
        if mistake.breaks_check(f"{name}/dtype[float64]"):
            continue
        foreign = {what for what in wrong if not mistake.breaks_check(check_of(name, what))}
        assert not foreign, f"{mistake.id} is right by the suite, and wrong by the arbiter"
        noticed |= wrong
    assert noticed == owed(SINGLE[name])


def check_of(name, what):
    return f"{name}/value[float64]" if what == "value" else f"{name}/gradient/{what}[float64]"


def wrong_of(name, contender):
    """What of an implementation is not within twice the bound of the arbiter."""
    wrong = set()
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        for asked in asked_of(name):
            found = answers(asked.trial, contender)
            wrong |= {what for what in found if not asked.opinions[what].agrees(found[what], 2.0)}
    return wrong


@pytest.mark.parametrize("function", [relu, lambda x: largest([number(1), 1 + x])])
def test_no_slope_is_taken_at_a_kink(function):
    with pytest.raises(NearKinkError):
        function(number("0.001"))
    assert function(number("0.1")) > 0
