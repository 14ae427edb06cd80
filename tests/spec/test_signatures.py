"""Signatures of the contract, as code that knows no operation by name has them."""

import json

import pytest

from conformance.implementation.signatures import declare, differentiable, known, signatures_of
from conformance.run.run import Run

FUNCTIONS = Run().functions


@pytest.mark.parametrize("operation", FUNCTIONS.values(), ids=FUNCTIONS)
def test_inputs_with_gradients_come_first(operation):
    signature = signatures_of([operation])[operation.name]
    count = len(signature.differentiable)
    assert signature.inputs[:count] == signature.differentiable == tuple(operation.gradients)
    assert set(signature.parameters) == set(operation.parameters)


def test_what_nobody_declared_is_that_of_the_cases():
    declare({})
    assert known() == signatures_of(FUNCTIONS.values())


def test_they_survive_the_way_to_another_process():
    every = signatures_of(FUNCTIONS.values())
    try:
        declare(json.loads(json.dumps(every)))
        assert known() == every
        assert differentiable("mse_loss") == ("input",)
        assert differentiable("no_such_operation") == ()
    finally:
        declare(every)
