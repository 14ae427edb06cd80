"""Orders of axes that are declared: channels last, kernels and weights laid out the other way."""

import os
import subprocess
import sys
from types import SimpleNamespace

import pytest

import reference_impl
from conformance.implementation.isolation.host import Isolated
from conformance.implementation.load import load, offered
from conformance.implementation.load_error import LoadError
from conformance.judge.check import judge_check
from conformance.judge.search import Plan
from conformance.run.lines import judge_check as judge_line
from conformance.run.run import Run
from conformance.run.settings import Settings
from conformance.spec.axis_order import ORDERS
from conformance.tools.reproduce.reproduce import reproduction

RUN = Run()
PLAN = Plan(examples=15)
LAST, FIRST = (0, 2, 3, 1), (0, 3, 1, 2)


def conv2d(x, weight, bias, **parameters):
    y = reference_impl.conv2d(x.transpose(FIRST), weight.transpose(3, 2, 0, 1), bias, **parameters)
    return y.transpose(LAST)


def conv2d_backward(grad_output, x, weight, bias, **parameters):
    x, grad_output = x.transpose(FIRST), grad_output.transpose(FIRST)
    weight = weight.transpose(3, 2, 0, 1)
    grads = reference_impl.conv2d_backward(grad_output, x, weight, bias, **parameters)
    return grads[0].transpose(LAST), grads[1].transpose(2, 3, 1, 0), grads[2]


def max_pool2d(x, **parameters):
    return reference_impl.max_pool2d(x.transpose(FIRST), **parameters).transpose(LAST)


def max_pool2d_backward(grad_output, x, **parameters):
    inputs = grad_output.transpose(FIRST), x.transpose(FIRST)
    return reference_impl.max_pool2d_backward(*inputs, **parameters).transpose(LAST)


def linear(x, weight, bias):
    return reference_impl.linear(x, weight.T, bias)


def linear_backward(grad_output, x, weight, bias):
    grads = reference_impl.linear_backward(grad_output, x, weight.T, bias)
    return grads[0], grads[1].T, grads[2]


LAYOUTS = {"conv2d": ("nhwc", "hwio"), "max_pool2d": "nhwc", "linear": "in, out"}
FUNCTIONS = {
    each.__name__: each
    for each in (conv2d, conv2d_backward, max_pool2d, max_pool2d_backward, linear, linear_backward)
}


def checks_of(*names):
    return [each for each in RUN.checks.values() if each.operation.name in names]


def brought(layouts=LAYOUTS, **functions):
    return offered(SimpleNamespace(LAYOUTS=layouts, **{**FUNCTIONS, **functions}), "mine")


@pytest.mark.parametrize("check", checks_of(*LAYOUTS), ids=lambda check: check.id)
def test_what_is_declared_is_judged_in_its_own_order(check):
    assert judge_check(check, brought(), PLAN).verdict == "conforms"


@pytest.mark.parametrize("name", ["conv2d/value[float32]", "conv2d/gradient/weight[float64]"])
def test_what_is_not_declared_fails(name):
    assert judge_check(RUN.checks[name], brought({}), PLAN).verdict == "fails"


def test_a_mistake_fails_in_every_order():
    def flipped(x, weight, bias, **parameters):
        return conv2d(x, weight[::-1, ::-1], bias, **parameters)

    result = judge_check(RUN.checks["conv2d/value[float32]"], brought(conv2d=flipped), PLAN)
    assert result.verdict == "fails"


def test_a_write_into_an_input_is_seen_in_every_order():
    def writing(x, weight, bias, **parameters):
        result = conv2d(x, weight, bias, **parameters)
        if x.size and x.flags.writeable:
            x[...] = 0.5
        return result

    result = judge_check(RUN.checks["conv2d/pure[float32]"], brought(conv2d=writing), PLAN)
    assert result.verdict == "fails"


def test_networks_are_called_in_the_declared_order():
    functions = {
        name: getattr(reference_impl, name)
        for name in dir(reference_impl)
        if not name.startswith("_") and name not in FUNCTIONS
    }
    contender = brought(**functions)
    for name in ("network_cnn/training[float32]", "network_mlp/gradient[float64]"):
        assert judge_check(RUN.checks[name], contender, PLAN).verdict == "conforms"


@pytest.mark.parametrize("isolated", [False, True])
def test_a_file_declares_it(tmp_path, isolated):
    file = tmp_path / "mine.py"
    file.write_text(
        'LAYOUTS = {"linear": "in, out"}\n\ndef linear(x, weight, bias):\n'
        "    if x.ndim != 2 or weight.shape != (x.shape[1], bias.size) or bias.ndim != 1:\n"
        "        raise ValueError('shapes')\n    return x @ weight + bias\n"
    )
    contender = Isolated(str(file)) if isolated else load(str(file))
    assert judge_check(RUN.checks["linear/value[float32]"], contender, PLAN).verdict == "conforms"


@pytest.mark.parametrize("wrong", [{"conv2d": "channels last"}, "nhwc", {"conv2d": 3}, {3: "nhwc"}])
def test_a_declaration_that_is_none_is_refused_with_the_remedy(wrong):
    with pytest.raises(LoadError, match=r"LAYOUTS is .* must map operations"):
        brought(wrong)


@pytest.mark.parametrize("operation", RUN.operations.values(), ids=lambda each: each.name)
def test_every_order_of_an_operation_is_of_arguments_that_it_has(operation):
    known = {argument.name for argument in operation.inputs} | {"result"}
    for name, arguments in operation.orders.items():
        assert name in ORDERS
        assert set(arguments) <= known


@pytest.mark.parametrize("axes", ORDERS.values(), ids=ORDERS)
def test_an_order_is_a_permutation(axes):
    assert sorted(axes) == list(range(len(axes)))


def test_an_order_that_the_operation_does_not_have_is_refused():
    given = SimpleNamespace(LAYOUTS={"linear": "nhwc"}, **FUNCTIONS)
    with pytest.raises(LoadError, match=r"has 'nhwc' for 'linear', .* Give some of 'in, out'"):
        _ = Run(Settings("mine"), given).contender


@pytest.mark.parametrize(
    "name, wrong",
    [
        ("conv2d/value[float32]", {"conv2d": lambda *a, **k: 2 * conv2d(*a, **k)}),
        ("linear/gradient/weight[float64]", {"linear_backward": lambda *a: 2 * a[2]}),
    ],
)
def test_a_script_calls_it_in_its_own_order(tmp_path, name, wrong):
    file = tmp_path / "right.py"
    file.write_text("from test_axis_order import *\n")
    given = SimpleNamespace(LAYOUTS=LAYOUTS, **{**FUNCTIONS, **wrong})
    line = judge_line(Run(Settings("mine"), given), name)
    assert line["axes"] == list(
        (LAYOUTS[line["operation"]],)
        if isinstance(LAYOUTS[line["operation"]], str)
        else LAYOUTS[line["operation"]]
    )
    code = reproduction(line, str(file))
    done = subprocess.run(
        [sys.executable, "-", str(file)], input=code, capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr + done.stdout
