"""Right numbers in another form are told as that: axes, a cache beside the result, arguments."""

from types import SimpleNamespace

import numpy as np
import pytest

import reference_impl
from conformance.explain.diagnosis import diagnose
from conformance.implementation.load import offered
from conformance.judge.search import Plan
from conformance.run.run import Run

RUN = Run()


def findings(name, layouts=None, **functions):
    contender = offered(SimpleNamespace(LAYOUTS=layouts or {}, **functions), "mine")
    return diagnose(RUN.checks[name], contender, Plan(30), RUN.mistakes, RUN.right).findings


def channels_last(x, **parameters):
    y = reference_impl.avg_pool2d(x.transpose(0, 3, 1, 2), **parameters)
    return y.transpose(0, 2, 3, 1)


def weight_as_in_out(x, weight, bias):
    if weight.shape[0] != x.shape[1]:
        raise ValueError("weight")
    return x @ weight + bias


def test_channels_last_is_told_and_how_to_declare_it():
    (words,) = findings("avg_pool2d/value[float64]", avg_pool2d=channels_last)
    assert words == (
        "expects channels last (n, h, w, c); declare it beside the functions: "
        "LAYOUTS = {'avg_pool2d': 'nhwc'}"
    )


def test_a_weight_the_other_way_is_told():
    (words,) = findings("linear/value[float64]", linear=weight_as_in_out)
    assert "expects weights as (in, out)" in words
    assert "LAYOUTS = {'linear': 'in, out'}" in words


def test_a_wrong_declaration_is_told():
    layouts = {"linear": "in, out"}
    (words,) = findings("linear/value[float64]", layouts, linear=reference_impl.linear)
    assert words.startswith("expects the contract's order")


def test_a_wrong_result_is_not_called_another_order():
    def doubled(x, **parameters):
        return 2 * channels_last(x, **parameters)

    found = findings("avg_pool2d/value[float64]", avg_pool2d=doubled)
    assert not any("expects" in words for words in found)


def test_a_cache_beside_the_result_is_told():
    (words,) = findings("relu/value[float64]", relu=lambda x: (np.maximum(x, 0), x))
    assert words == "the forward returns (out, cache), and out is right: return out alone"


def test_a_wrong_result_beside_a_cache_is_not_called_right():
    assert not findings("relu/value[float64]", relu=lambda x: (np.minimum(x, 0), x))


@pytest.mark.parametrize(
    "function, words",
    [
        (lambda grad_output, cache: grad_output * cache, "not of a cache"),
        (lambda grad_output: grad_output, "takes (grad_output), and is called with"),
    ],
)
def test_arguments_that_do_not_fit_are_told(function, words):
    functions = {"linear": reference_impl.linear, "linear_backward": function}
    found = findings("linear/gradient/x[float64]", **functions)
    assert len(found) == 1
    assert "is called with (grad_output, x, weight, bias)" in found[0]
    assert words in found[0]
