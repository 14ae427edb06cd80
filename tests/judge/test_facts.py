"""Facts beside wrong numbers: empty axes, large arrays, accuracy, products with zero, one fault."""

from types import SimpleNamespace

import numpy as np
import pytest

import reference_impl
from conformance.explain.diagnosis.differences import is_of_value
from conformance.implementation.implementation import Implementation
from conformance.judge.check import judge_check
from conformance.judge.search import Plan
from conformance.run.run import Run

CHECKS = Run().checks
PLAN = Plan(examples=20)


def judged(name, **functions):
    return judge_check(CHECKS[name], Implementation(SimpleNamespace(**functions), "mine"), PLAN)


def refuses_empty(x):
    if not x.size:
        raise ValueError("x is empty")
    return reference_impl.relu(x)


def test_to_refuse_empty_arrays_is_a_choice():
    result = judged("relu/edge[float32]", relu=refuses_empty)
    assert (result.verdict, result.convention) == ("convention", "refuses empty arrays")
    assert judged("relu/value[float32]", relu=refuses_empty).verdict == "conforms"


def test_a_wrong_shape_of_an_empty_array_fails():
    def flattened(x):
        return reference_impl.relu(x) if x.size else x.reshape(-1)

    assert judged("relu/edge[float32]", relu=flattened).verdict == "fails"
    assert judged("relu/value[float32]", relu=flattened).verdict == "conforms"


def test_an_index_of_16_bits_shows_on_the_large_array_alone():
    def wrapping(x):
        kept = np.maximum(x, 0).reshape(-1)
        kept[65_536:] = 0
        return kept.reshape(x.shape)

    assert judged("relu/edge[float32]", relu=wrapping).verdict == "fails"
    assert judged("relu/value[float32]", relu=wrapping).verdict == "conforms"


def off_by(ulps):
    def tanh(x):
        right = np.tanh(x)
        # At zero nothing is rounded.
        return np.where(right == 0, right, right + x.dtype.type(ulps) * np.spacing(right))

    return tanh


@pytest.mark.parametrize("ulps, grade", [(0, ""), (4, "6"), (6, "8")])
def test_a_coarse_function_is_graded(ulps, grade):
    result = judged("tanh/value[float64]", tanh=off_by(ulps))
    expected = f"elementary functions within {grade} ulp" if grade else ""
    assert result.convention == expected
    assert result.verdict == ("convention" if grade else "conforms")
    assert result.rejects == bool(grade)


def test_what_is_coarser_fails():
    assert judged("tanh/value[float64]", tanh=off_by(40)).verdict == "fails"


def products(x, weight, *, skips):
    with np.errstate(all="ignore"):
        terms = x[:, None, :] * weight
    return np.where((x[:, None, :] == 0) | (weight == 0), 0, terms) if skips else terms


def test_products_with_zero_may_be_skipped():
    def linear(x, weight, bias):
        terms = products(x, weight, skips=True)
        return (terms.sum(-1, dtype=x.dtype) + bias).astype(x.dtype)

    result = judged("linear/special[float32]", linear=linear)
    assert result.verdict == "convention"
    assert result.convention == "zero times NaN or infinity is zero"


def test_to_take_nan_for_zero_everywhere_fails():
    def linear(x, weight, bias):
        terms = np.nan_to_num(products(x, weight, skips=False), nan=0.0)
        return (terms.sum(-1, dtype=x.dtype) + bias).astype(x.dtype)

    assert judged("linear/special[float32]", linear=linear).verdict == "fails"


def test_a_state_of_one_sample_must_not_broadcast():
    def rnn_tanh_cell(x, h, *weights):
        return reference_impl.rnn_tanh_cell(x, np.broadcast_to(h, (len(x), h.shape[1])), *weights)

    result = judged("rnn_tanh_cell/refusal[float32]", rnn_tanh_cell=rnn_tanh_cell)
    assert "h must have as many samples as x" in result.convention


def test_a_gradient_of_the_wrong_value_is_told_from_a_wrong_gradient():
    def tanh(x):
        return np.tanh(2 * x)

    def of_value(grad_output, x):
        return grad_output * 2 * (1 - np.tanh(2 * x) ** 2)

    check = CHECKS["tanh/gradient/x[float32]"]
    one = Implementation(SimpleNamespace(tanh=tanh, tanh_backward=of_value), "one fault")
    other = Implementation(SimpleNamespace(tanh=np.tanh, tanh_backward=of_value), "its own fault")
    assert is_of_value(check, one)
    assert not is_of_value(check, other)
    assert not is_of_value(check, Implementation(reference_impl, "right"))


def test_a_case_of_each_way_of_failing_is_kept():
    def relu(x):
        if x.ndim == 1:
            raise IndexError("one axis")
        return reference_impl.relu(x)[..., None] if x.ndim == 2 else -x

    result = judged("relu/value[float32]", relu=relu)
    ways = {str(failure.finding.ours.flaw or "raised") for failure in result.failures}
    assert ways == {"raised", "shape", "value"}
    assert result.verdict == "fails"
