"""The table of the contract's inputs that other processes have, held to the operations."""

import pytest

from conformance.implementation.signatures import INPUTS, PARAMETERS, differentiable
from conformance.run.run import Run

FUNCTIONS = Run().functions


def test_the_table_has_every_operation():
    assert set(INPUTS) == set(FUNCTIONS)


@pytest.mark.parametrize("operation", FUNCTIONS.values(), ids=FUNCTIONS)
def test_the_table_has_its_inputs_and_gradients(operation):
    assert INPUTS[operation.name] == tuple(each.name for each in operation.inputs)
    assert PARAMETERS.get(operation.name, {}) == dict(operation.parameters)
    assert differentiable(operation.name) == tuple(operation.gradients)
