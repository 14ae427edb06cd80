"""Kind, structure, shape, dtype, class, value, in this order; nothing is broadcast."""

import numpy as np
import pytest
import torch

from conformance.bounds.ball import Ball
from conformance.bounds.compare import compare, compare_dtypes
from conformance.bounds.floats import arithmetic
from conformance.record.vocabulary import Problem, Verdict
from conformance.spec.finding import Finding

RULES = arithmetic("float32")


def words(comparison):
    return Finding(Verdict.FAILS, Problem.WRONG, ours=comparison).message


def ball(value, error=0.0, rules=RULES):
    value = np.asarray(value, rules.arbiter)
    return Ball(value, np.broadcast_to(np.asarray(error, np.float64), value.shape), rules)


PAIR = ball([1.0, 2.0], 1e-6)
RIGHT = np.array([1, 2], "float32")


class Odd:
    def __array__(self, dtype=None, copy=None):
        raise AssertionError


@pytest.mark.parametrize(
    "wrong",
    [
        None,
        "12",
        [1.0, 2.0],
        (RIGHT,),
        Odd(),
        np.ma.masked_array(RIGHT),
        RIGHT.view(np.recarray),
        torch.from_numpy(RIGHT),
        {0: RIGHT},
    ],
    ids=lambda wrong: type(wrong).__name__,
)
def test_what_is_no_array_is_of_the_wrong_kind(wrong):
    found = compare(wrong, PAIR)
    assert (found.flaw, found.ratio) == ("kind", np.inf)
    assert ("None" if wrong is None else type(wrong).__name__) in words(found)


@pytest.mark.parametrize(
    "wrong", [RIGHT[0], RIGHT[None], RIGHT[:, None], RIGHT[:1], np.zeros(0, "float32")]
)
def test_nothing_is_broadcast(wrong):
    assert compare(wrong, PAIR).flaw == "shape"


@pytest.mark.parametrize("dtype", ["float64", "float16", "int64", "complex64", "object", ">f4"])
def test_the_dtype_must_be_the_working_one(dtype):
    found = compare_dtypes(RIGHT.astype(dtype), PAIR)
    assert (found.flaw, found.expected) == ("dtype", "float32")


@pytest.mark.parametrize("dtype", ["float64", "float16", "int64", ">f4"])
def test_numbers_are_compared_whatever_their_dtype(dtype):
    assert compare(RIGHT.astype(dtype), PAIR).agrees
    assert compare((RIGHT + 1).astype(dtype), PAIR).flaw == "value"


@pytest.mark.parametrize("dtype", ["complex64", "object"])
def test_what_is_no_real_number_is_not_compared(dtype):
    assert compare(RIGHT.astype(dtype), PAIR).flaw == "dtype"


def test_a_narrower_format_may_round_once_more():
    third = np.array([1 / 3, 2 / 3], "float32")
    due = Ball.exact(third, RULES)
    assert compare(third.astype("float16"), due).agrees
    assert not compare(third.astype("float16") + np.float16(2.0**-10), due).agrees


def test_a_number_of_python_is_compared_and_has_a_dtype_of_its_own():
    due = Ball.exact(np.float32(2.5), RULES)
    assert compare(2.5, due).agrees
    assert compare(2.0, due).flaw == "value"
    found = compare_dtypes(2.5, due)
    assert (found.flaw, found.actual, found.expected) == ("dtype", "float", "float32")


def test_what_is_no_array_has_no_dtype():
    assert compare_dtypes(None, PAIR).elements == 0
    assert compare_dtypes([RIGHT, RIGHT], PAIR).elements == 0
    assert compare_dtypes(RIGHT, PAIR).elements == RIGHT.size


def test_flaws_are_found_in_order():
    nan = np.array([np.nan, 7.0])
    assert compare(nan.tolist(), PAIR).flaw == "kind"
    assert compare(nan[None], PAIR).flaw == "shape"
    assert compare(nan.astype("float32"), PAIR).flaw == "class"
    assert compare(np.array([1, 7], "float32"), PAIR).flaw == "value"


@pytest.mark.parametrize("wrong", [RIGHT, (RIGHT,), (RIGHT, RIGHT, RIGHT), None, {1, 2}])
def test_the_nesting_must_agree(wrong):
    assert compare(wrong, (PAIR, PAIR)).flaw == "structure"


def test_lists_and_tuples_stand_for_each_other():
    found = compare([RIGHT, [RIGHT]], (PAIR, (PAIR,)))
    assert found.agrees
    assert found.elements == 4


def test_the_worst_of_several_outputs_is_told():
    found = compare((RIGHT, (RIGHT, RIGHT + 1)), [PAIR, [PAIR, PAIR]])
    assert (found.flaw, found.output) == ("value", (1, 1))
    assert "the result[1][1]" in words(found)
    assert found.elements == 6


def test_a_flaw_outweighs_a_large_ratio_that_is_allowed():
    found = compare((RIGHT, None), (ball([1.0, 2.0 + 0.99e-6], 1e-6), PAIR))
    assert (found.flaw, found.output) == ("kind", (1,))


@pytest.mark.parametrize("y", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("error", [0.0, 1e30])
def test_a_finite_truth_admits_nothing_else(y, error):
    found = compare(np.array([y], "float32"), ball([1.0], error))
    assert (found.flaw, found.ratio) == ("class", np.inf)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_truth_that_is_not_finite_demands_its_class(value):
    for y in (np.nan, np.inf, -np.inf, 1.0):
        same = y == value or (np.isnan(y) and np.isnan(value))
        found = compare(np.array([y], "float32"), ball([value]))
        assert found.flaw == ("" if same else "class")


def test_an_infinite_bound_claims_nothing():
    found = compare(np.array([np.nan, 5.0], "float32"), ball([1.0, np.inf], np.inf))
    assert found.agrees
    assert (found.elements, found.unjudged, found.exact) == (2, 2, 0)


def test_equality_is_demanded_where_the_bound_is_zero():
    truth = ball([3.0, 0.0])
    assert compare(np.array([3.0, -0.0], "float32"), truth).exact == 2
    found = compare(np.array([np.nextafter(np.float32(3), np.float32(4)), 0], "float32"), truth)
    assert (found.flaw, found.index, found.ratio) == ("value", (0,), np.inf)
    assert found.ulps == 1
    assert "must be equal" in words(found)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_bound_is_widened_by_the_slack_alone(dtype):
    rules = arithmetic(dtype)
    truth = ball([0.0], 2.0**-20, rules)
    assert compare(np.array([2.0**-20], dtype), truth).agrees
    assert compare(np.array([2.0**-20 * (1 + 2 * rules.slack)], dtype), truth).flaw == "value"


def test_the_worst_element_is_told_with_its_error_in_ulp_and_in_bounds():
    y = np.array([1.0, 2.0 + 2.0**-20], "float32")
    found = compare(y, ball([1.0, 2.0], 2.0**-22))
    assert (found.index, found.ulps) == ((1,), 4.0)
    assert found.ratio == pytest.approx(4)
    assert "element (1,)" in words(found)
    assert "4 ulp = 4 × the bound of 1 ulp" in words(found)


def test_near_zero_an_error_is_told_as_it_is_for_a_last_place_there_is_no_measure():
    found = compare(np.array([1.0], "float32"), ball([0.0], 2.0**-20))
    assert "off by 1 = 1.05e+06 × the bound of 9.54e-07" in words(found)
    assert "ulp" not in words(found)


@pytest.mark.parametrize("y", [np.float32(1), np.array(1, "float32")])
def test_rank_zero(y):
    assert compare(y, ball(1.0)).agrees
    assert compare(y + y, ball(1.0)).index == ()


def test_nothing_to_compare_is_no_flaw_but_counts_nothing():
    found = compare(np.zeros((0, 3), "float32"), ball(np.zeros((0, 3))))
    assert (found.flaw, found.elements) == ("", 0)
    assert compare((), ()).elements == 0


def test_a_difference_finer_than_the_working_format_shows():
    rules = arithmetic("float64")
    truth = Ball(np.array([rules.arbiter(1) + rules.arbiter(2) ** -60]), np.array([0.0]), rules)
    assert compare(np.array([1.0]), truth).flaw == "value"
