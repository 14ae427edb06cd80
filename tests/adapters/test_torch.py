"""Adapters are implementations of the contract like any other."""

import numpy as np
import pytest

from cases import OPERATIONS
from conformance.implementation.layouts import LAYOUTS
from conformance.implementation.load import load
from conformance.judge.check import judge_check
from conformance.judge.search import Plan
from conformance.spec.check import checks_of
from conformance.spec.outcome import Raised, Returned

TORCH = load("conformance.adapters.torch")
PLAN = Plan(examples=4)
# A network is no function of an implementation but a chain of several.
FUNCTIONS = [operation for operation in OPERATIONS if operation.network is None]


@pytest.mark.parametrize("operation", FUNCTIONS, ids=lambda operation: operation.name)
def test_torch_provides_the_operation_and_its_gradients(operation):
    assert TORCH.provides(operation.name)
    assert TORCH.provides(f"{operation.name}_backward") == bool(operation.gradients)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_torch_conforms(operation):
    results = [judge_check(check, TORCH, PLAN) for check in checks_of(operation, ("float32",))]
    assert not [one.message for one in results if one.verdict != "conforms"]


def call(name, *inputs, **parameters):
    outcome = TORCH.call(name, inputs, parameters)
    assert isinstance(outcome, Returned), outcome
    return outcome.result


@pytest.mark.parametrize("layout", LAYOUTS)
def test_torch_takes_every_layout_and_leaves_it_as_it_was(layout):
    x = LAYOUTS[layout](np.array([[1.0, -2.0], [3.0, -4.0]], np.float32))
    (result,) = call("gradient_descent", [x], [x], learning_rate=0.5)
    assert result.tolist() == [[0.5, -1.0], [1.5, -2.0]]
    assert x.tolist() == [[1.0, -2.0], [3.0, -4.0]]


def test_torch_returns_scalars_and_dtypes_as_the_contract_has_them():
    x = np.ones((2, 2))
    loss = call("mse_loss", x, 0 * x, reduction="sum")
    assert isinstance(loss, np.ndarray)
    assert (loss.shape, loss.dtype, loss.item()) == ((), np.float64, 4.0)


def test_torch_returns_one_gradient_bare_and_several_as_a_tuple():
    x = np.ones((1, 2), np.float32)
    assert isinstance(call("relu_backward", x, x), np.ndarray)
    grads = call("linear_backward", x, x, np.ones((2, 2), np.float32), x[0])
    assert [grad.shape for grad in grads] == [(1, 2), (2, 2), (2,)]
    assert isinstance(grads, tuple)


def test_torch_names_an_activation_that_it_does_not_have():
    x = np.ones((1, 1), np.float32)
    outcome = TORCH.call("forward_propagate", (x, [x], [x[0]]), {"activation": "staircase"})
    assert isinstance(outcome, Raised)
    assert str(outcome) == (
        "ValueError: activation is 'staircase'; it must be one of sigmoid, tanh, relu"
    )
