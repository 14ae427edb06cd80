from dataclasses import replace

import numpy as np
import pytest

from conformance.bounds.compare import Comparison, Flaw
from conformance.explain.shrink import simplify, size
from conformance.record.vocabulary import Problem, Verdict
from conformance.spec.case import Case
from conformance.spec.finding import Finding, Judged

RNG = np.random.default_rng(0)


def case(**inputs):
    return Case(inputs, {}, None, dict.fromkeys(inputs, "reversed"))


def wrong(flaw="value"):
    return Finding(Verdict.FAILS, Problem.WRONG, ours=Comparison(Flaw(flaw)))


def simplified(start, fails, flaw="value"):
    """The result of simplifying, and every case that was judged on the way."""
    seen = []

    def judge(one):
        seen.append(one)
        found = fails(one)
        if isinstance(found, Finding):
            return found
        return wrong(flaw) if found else Finding(Verdict.CONFORMS)

    return (*simplify(Judged(start, judge(start)), judge), seen)


def test_all_that_does_not_matter_becomes_zero():
    x, weight = RNG.standard_normal((2, 5, 5)).astype("float32")
    found, _, _ = simplified(case(x=x, weight=weight), lambda one: one.inputs["x"][3, 1] != 0)
    assert np.count_nonzero(found.inputs["x"]) == 1
    assert found.inputs["x"][3, 1] == 1
    assert not found.inputs["weight"].any()
    assert found.layouts == {}


def test_numbers_become_small_integers_or_short():
    x = np.array([120.83, -35.7, 65.6, -2.71], "float32")
    found, _, _ = simplified(case(x=x), lambda one: (np.abs(one.inputs["x"]) > 1.5).all())
    assert set(np.abs(found.inputs["x"]).tolist()) <= {2.0, 3.0, 4.0}
    short, _, _ = simplified(case(x=np.array([0.123456])), lambda one: 0.1 < one.inputs["x"] < 0.2)
    assert short.inputs["x"].tolist() == [0.12]


def test_what_fails_on_integers_is_shown_on_integers():
    x, y = RNG.standard_normal((2, 3)), RNG.standard_normal((2, 3))
    found, _, _ = simplified(
        case(x=x, y=y), lambda one: (one.inputs["x"] != one.inputs["y"]).sum() >= 4
    )
    numbers = np.concatenate([found.inputs["x"], found.inputs["y"]])
    assert (numbers == np.rint(numbers)).all()
    assert np.abs(numbers).max() <= 9


@pytest.mark.parametrize(
    "start, fails, plain",
    [
        (-43.17, lambda x: x < -17, -20),
        (49266.0, lambda x: x > 20, 50),
        (7.3e-21, lambda x: 0 < x < 0.02, 0.01),
        (0.0173, lambda x: x != np.rint(x), 0.5),
        (0.0173, lambda x: x > 0, 1),
    ],
)
def test_where_no_small_integer_fails_a_round_number_is_shown(start, fails, plain):
    found, _, _ = simplified(case(x=np.array([start])), lambda one: fails(one.inputs["x"][0]))
    assert found.inputs["x"].tolist() == [plain]


def test_a_probability_stays_one():
    def fails(one):
        return bool((one.inputs["p"] > 0.3).all())

    def judge(one):
        assert ((one.inputs["p"] >= 0) & (one.inputs["p"] <= 1)).all()
        return wrong() if fails(one) else Finding(Verdict.CONFORMS)

    start = case(p=np.array([0.7381, 0.4444]))
    found, _ = simplify(Judged(start, judge(start)), judge, shares={"p"})
    assert found.inputs["p"].tolist() == [1, 1]


@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf, 1e30, 5e-324])
def test_what_matters_stays(number):
    start = np.array([1.7, number])
    found, _, _ = simplified(
        case(x=start),
        lambda one: np.array_equal(one.inputs["x"][1], number, equal_nan=True),
    )
    assert found.inputs["x"][0] == 0
    assert np.array_equal(found.inputs["x"][1], number, equal_nan=True)


def test_the_layout_stays_where_it_matters():
    found, _, _ = simplified(case(x=np.ones(2)), lambda one: one.layouts.get("x") == "reversed")
    assert found.layouts == {"x": "reversed"}


def test_the_upstream_gradient_and_nested_arrays_too():
    start = Case({"x": [np.ones(2) * 3, np.ones(2) * 5]}, {}, (np.ones(2) * 7, np.ones(1) * 9))
    found, _, _ = simplified(start, lambda one: one.inputs["x"][1][0] * one.grad_output[0][1] > 0)
    assert [one.tolist() for one in found.inputs["x"]] == [[0, 0], [1, 0]]
    assert isinstance(found.grad_output, tuple)
    assert [one.tolist() for one in found.grad_output] == [[0, 1], [0]]


def test_another_failure_is_not_the_same_failure():
    def fails(one):
        if one.inputs["x"][0] > 5:
            return True
        return wrong("shape")

    found, finding, _ = simplified(case(x=np.array([8.0])), fails)
    assert found.inputs["x"][0] > 5
    assert finding.ours.flaw == "value"


def test_what_has_no_flaw_of_its_own_must_fail_in_the_same_words():
    def fails(one):
        kind = "ValueError" if one.inputs["x"][0] > 5 else "TypeError"
        return Finding(Verdict.FAILS, Problem.RAISED, what=kind, detail="too large or small")

    found, finding, _ = simplified(case(x=np.array([8.0])), fails)
    assert found.inputs["x"][0] > 5
    assert "ValueError" in finding.message


def test_a_suspect_case_is_no_failure():
    def fails(one):
        return bool(one.inputs["x"][0]) or replace(wrong(), verdict=Verdict.ERRORED)

    found, _, _ = simplified(case(x=np.array([8.0])), fails)
    assert found.inputs["x"][0] == 1


def test_a_label_out_of_range_is_passed_over():
    def fails(one):
        return ["no", "yes"][one.inputs["labels"][0]] == "yes"

    found, _, _ = simplified(case(labels=np.array([1, 1])), fails)
    assert found.inputs["labels"].tolist() == [1, 0]


def test_the_start_is_left_as_it_was():
    x = RNG.standard_normal(6)
    before = x.copy()
    simplified(case(x=x), lambda _: True)
    assert np.array_equal(x, before)


def test_the_work_is_bounded():
    start = case(**{f"x{i}": RNG.standard_normal(40) for i in range(9)})
    assert len(simplified(start, lambda one: one is start)[2]) <= 602


def test_fewer_elements_then_smaller_parameters_then_usual_layouts():
    small = Case({"x": np.ones(2)}, {"stride": (1, 1)}, np.ones(1))
    assert size(small) == (3, 2, 0, 0)
    assert size(small) < size(Case({"x": np.ones(2)}, {"stride": (2, 1)}, np.ones(1)))
    assert size(small) < size(Case({"x": [np.ones(2), np.ones(2)]}, {}))
    assert size(Case({"x": np.ones(2)}, {}, None, {"x": "sliced"})) == (2, 0, 1, 0)
    assert size(Case({"x": np.array([0.5, 12, -9, np.nan])}, {})) == (4, 0, 0, 3)
