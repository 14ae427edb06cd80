"""Whole networks: composed as torch composes them, and judged call by call."""

import numpy as np
import pytest
import torch

import reference_impl
from cases import networks
from conformance.bounds.ball import Ball
from conformance.bounds.compare import compare
from conformance.bounds.floats import arithmetic
from conformance.implementation.implementation import Implementation
from conformance.judge.check import judge_check, visit
from conformance.judge.search import Plan
from conformance.spec.check import checks_of
from conformance.spec.network import carried
from conformance.spec.tree import nested

CHECKS = {
    check.id: check
    for operation in networks.OPERATIONS
    for check in checks_of(operation, ("float32", "float64"))
}
VALUES = [check for check in CHECKS.values() if check.kind == "value"]


def places(inputs):
    """Every input that is differentiated, by its place."""
    for name, value in inputs.items():
        if isinstance(value, list):
            yield from (((name, number), one) for number, one in enumerate(value))
        elif name != "target":
            yield (name, None), value


def by_torch(operation, case):
    """The loss and its gradients, through the whole network at once."""
    tensors = {name: nested(torch.from_numpy, value) for name, value in case.inputs.items()}
    wanted = {place: one.requires_grad_() for place, one in places(tensors)}
    loss = operation.torch(*tensors.values(), **case.parameters)
    grads = torch.autograd.grad(loss, list(wanted.values()))
    return loss.detach().numpy(), {
        place: grad.numpy() for place, grad in zip(wanted, grads, strict=True)
    }


def lifted(inputs, form):
    return {
        name: nested(lambda a: Ball.exact(a, form) if a.dtype.kind == "f" else a, value)
        for name, value in inputs.items()
    }


@pytest.mark.parametrize("check", VALUES, ids=lambda check: check.id)
def test_the_chain_is_the_network_that_torch_differentiates(check):
    form, judged = arithmetic(check.dtype), []

    def meet(trial):
        loss, grads = by_torch(check.operation, trial.case)
        with np.errstate(all="ignore"):
            balls = lifted(trial.case.inputs, form)
            value, gradients = carried(check.operation.network, balls, trial.case.parameters)
        assert set(grads) == set(gradients)
        found = [compare(loss, value), *(compare(grads[at], gradients[at]) for at in grads)]
        assert all(one.agrees for one in found), found
        judged.append(sum(one.elements - one.unjudged for one in found))
        return True

    visit(check, Plan(), meet)
    assert len(judged) == 40
    assert sum(judged) > 1000


class Overlaid:
    """The reference with some functions in the place of its own."""

    def __init__(self, **functions):
        self.functions = functions

    def __getattr__(self, name):
        return self.functions.get(name) or getattr(reference_impl, name)


def stored_relu():
    """A relu that writes into its input, as in-place layers do."""

    def relu(x):
        return np.maximum(x, 0, out=x)

    return {"relu": relu}


def remembered_tanh():
    """A tanh whose way back uses the output of the call before."""
    last = {}

    def tanh(x):
        last["y"] = np.tanh(x)
        return last["y"]

    def tanh_backward(grad_output, x):
        y = last["y"] if last["y"].shape == x.shape else np.tanh(x)
        return grad_output * (1 - y * y)

    return {"tanh": tanh, "tanh_backward": tanh_backward}


def reused_linear():
    """A linear layer that keeps its results, of one shape, in one place."""
    places = {}

    def linear(x, weight, bias):
        y = reference_impl.linear(x, weight, bias)
        place = places.setdefault((y.shape, y.dtype), np.empty_like(y))
        place[...] = y
        return place

    return {"linear": linear}


def momentum():
    """A descent that remembers the step before."""
    before = []

    def gradient_descent(parameters, gradients, *, learning_rate):
        plain = reference_impl.gradient_descent(parameters, gradients, learning_rate=learning_rate)
        known = {one.shape: one for one in before}
        moved = [p + known.get(p.shape, 0 * p) * p.dtype.type(0.9) for p in plain]
        before[:] = [p - q for p, q in zip(plain, parameters, strict=True)]
        return moved

    return {"gradient_descent": gradient_descent}


WRONG = [
    (stored_relu, {"network_mlp/gradient", "network_mlp/training", "network_cnn/gradient"}),
    (remembered_tanh, {"network_mlp/gradient", "network_mlp/training"}),
    (reused_linear, {"network_mlp/gradient", "network_mlp/training"}),
    (momentum, {"network_mlp/training", "network_cnn/training"}),
]


@pytest.mark.parametrize("make, expected", WRONG, ids=[make.__name__ for make, _ in WRONG])
def test_what_only_a_chain_of_calls_brings_to_light(make, expected):
    for name in expected:
        contender = Implementation(Overlaid(**make()), make.__name__)
        result = judge_check(CHECKS[f"{name}[float32]"], contender, Plan())
        assert result.verdict == "fails", name


def test_a_failure_names_its_place_in_the_network():
    def conv2d(x, weight, bias, **parameters):
        return reference_impl.conv2d(x, weight[:, :, ::-1, ::-1], bias, **parameters)

    contender = Implementation(Overlaid(conv2d=conv2d), "flipped")
    result = judge_check(CHECKS["network_cnn/training[float32]"], contender, Plan())
    assert result.verdict == "fails"
    assert "step 1, layer 1, forward: conv2d" in result.message


def test_a_layer_that_is_not_provided_makes_the_network_not_provided():
    class Some:
        linear = staticmethod(reference_impl.linear)

    result = judge_check(
        CHECKS["network_mlp/value[float32]"], Implementation(Some(), "some"), Plan()
    )
    assert (result.verdict, "is not provided" in result.message) == ("not provided", True)
