"""One check, run: the same every time, and small where it fails."""

import importlib
import json
import sys

import numpy as np
import pytest
from hypothesis import strategies as st
from hypothesis.internal.conjecture import providers
from small_operations import (
    contender,
    empty_vectors,
    magnitude,
    right_triple,
    right_triple_backward,
    triple,
)
from test_kinds import sloped

import reference_impl
from cases.linear import OPERATIONS
from conformance.explain.counterexample import counterexample, restore
from conformance.explain.shrink import size
from conformance.explain.smallest import smallest
from conformance.implementation.implementation import Implementation
from conformance.judge.check import judge_check
from conformance.judge.draw import trials
from conformance.judge.kinds import judge
from conformance.judge.search import Plan, Search
from conformance.spec.case import Structure
from conformance.spec.check import Check, checks_of

LINEAR = OPERATIONS[0]
REFERENCE = Implementation(reference_impl, "reference")
PLAN = Plan(examples=10)


def check(kind, argument=None, operation=LINEAR, dtype="float32"):
    return Check(operation, kind, argument, dtype)


class ForgottenTranspose:
    """linear, with the weight transposed where that goes unnoticed: where it is square."""

    @staticmethod
    def linear(x, weight, bias):
        square = weight.shape[0] == weight.shape[1]
        return reference_impl.linear(x, weight.T if square else weight, bias)


WRONG = Implementation(ForgottenTranspose, "forgotten transpose")
MEMORY = {}


def failing():
    if not MEMORY:
        plan = Plan(examples=40)
        found = judge_check(check("value"), WRONG, plan)
        MEMORY["found"] = found.failure
        MEMORY["small"] = smallest(check("value"), WRONG, plan, found.failure)
    return MEMORY["small"]


@pytest.mark.parametrize("one", checks_of(LINEAR, ("float32", "float64")), ids=lambda one: one.id)
def test_the_reference_conforms(one):
    result = judge_check(one, REFERENCE, Plan(examples=8))
    assert result.verdict == "conforms"
    assert result.tally.elements > 0
    assert result.failure is None


@pytest.mark.parametrize("by", [REFERENCE, WRONG], ids=["right", "wrong"])
def test_the_same_run_twice_gives_the_same_result(by):
    first, second = (judge_check(check("value"), by, PLAN) for _ in range(2))
    assert first.tally == second.tally
    assert repr(first.failure and first.failure.case) == repr(
        second.failure and second.failure.case
    )


def test_another_seed_draws_other_cases():
    results = [judge_check(check("value"), REFERENCE, Plan(10, seed)) for seed in range(3)]
    assert len({result.tally.elements for result in results}) > 1


def test_checks_draw_cases_of_their_own():
    results = [judge_check(check(k), REFERENCE, PLAN) for k in ("value", "special")]
    assert results[0].tally.elements != results[1].tally.elements


def drawn_seeds(examples=200):
    seen = []
    Search("some", Plan(examples)).over(
        st.integers(1, 6), lambda *drawn: seen.append(drawn) or True
    )
    return seen


def test_what_is_drawn_does_not_depend_on_which_modules_are_imported(tmp_path, monkeypatch):
    before = drawn_seeds()
    numbers = ", ".join(str(7919 * n) for n in range(1, 900))
    (tmp_path / "large_numbers.py").write_text(f"NUMBERS = [{numbers}]\n", "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    importlib.import_module("large_numbers")
    assert drawn_seeds() == before
    del sys.modules["large_numbers"]


def test_the_same_structure_and_seed_give_the_same_trials():
    structure = Structure({"x": (3, 4), "weight": (5, 4), "bias": (5,)})
    first, again, other = (
        [trial.case for trial in trials(check("gradient", "x"), structure, seed)]
        for seed in (1, 1, 2)
    )
    assert [repr(case) for case in first] == [repr(case) for case in again]
    assert [repr(case) for case in first] != [repr(case) for case in other]


def test_a_failure_is_found_and_made_small():
    case, finding = failing()
    assert finding.verdict == "fails"
    assert case.inputs["weight"].shape == (2, 2)
    assert size(case)[0] <= 4 + 4 + 2
    assert {abs(number) for number in case.inputs["weight"].ravel().tolist()} <= {0, 1}
    assert np.count_nonzero(case.inputs["x"]) == 1


def test_a_counterexample_replays():
    stored = json.loads(json.dumps(counterexample(check("value"), failing())))
    finding = judge(check("value"), restore(LINEAR, stored), WRONG)
    assert (finding.verdict, finding.message) == ("fails", stored["message"])
    assert judge(check("value"), restore(LINEAR, stored), REFERENCE).verdict == "conforms"


def test_a_failure_left_as_it_is_found_is_larger():
    small, found = failing(), MEMORY["found"]
    assert size(found.case) > size(small.case)
    assert judge(check("value"), found.case, WRONG).verdict == "fails"


def test_the_work_of_making_a_failure_small_is_bounded():
    passed = []

    def test(numbers, _seed):
        passed.append(sum(numbers) < 10**7 or sum(numbers) % 5 != 0)
        return passed[-1]

    slow_to_shrink = st.lists(st.integers(0, 10**9), min_size=20)
    Search("some", Plan(40), shrink=True).over(slow_to_shrink, test)
    assert len(passed) - passed.index(False) == 151


def test_where_torch_and_the_truth_disagree_the_check_is_errored():
    operation = triple(value=lambda x: x * 2.0)
    result = judge_check(check("value", operation=operation), contender(), PLAN)
    assert result.verdict == "errored"
    assert "suspect" in result.message
    assert result.failure is not None


def test_a_failure_outweighs_a_suspect_case():
    operation = triple(torch=lambda x: x * (3 if len(x) > 2 else 2))
    wrong = contender(triple=lambda x: x * np.float32(2))
    assert judge_check(check("value", operation=operation), wrong, PLAN).verdict == "fails"


def test_a_defect_of_torch_is_kept_and_not_held_against_the_implementation():
    operation = triple(torch=lambda x: x * 2)
    result = judge_check(check("value", operation=operation), contender(), PLAN)
    assert result.verdict == "conforms"
    assert result.defect is not None
    assert result.tally.torch_worst_ratio > 1


def test_a_check_that_judges_nothing_is_errored():
    operation = triple(structures=empty_vectors())
    result = judge_check(check("value", operation=operation), contender(), PLAN)
    assert result.verdict == "errored"
    assert "vacuous" in result.message


def test_what_is_absent_is_not_provided_and_counts_nothing():
    result = judge_check(check("value", operation=triple()), contender(triple=None), PLAN)
    assert (result.verdict, result.tally.cases) == ("not provided", 0)


def test_a_failure_is_not_hidden_by_a_gradient_that_is_sometimes_none():
    calls = iter(range(10**6))

    def backward(grad_output, x):
        return None if next(calls) > 1 else 2 * right_triple_backward(grad_output, x)

    one = check("gradient", "x", triple())
    assert judge_check(one, contender(triple_backward=backward), PLAN).verdict == "fails"


@pytest.mark.parametrize(
    "at_zero, verdict, convention", [(0, "conforms", ""), (1, "convention", "1")]
)
def test_a_convention_is_named(at_zero, verdict, convention):
    one = check("convention", "slope at zero", magnitude())
    result = judge_check(one, sloped(at_zero), PLAN)
    assert (result.verdict, result.convention) == (verdict, convention)


def test_a_convention_must_be_the_same_throughout():
    class Moody:
        @staticmethod
        def magnitude_backward(grad_output, x):
            at_zero = np.float32(1 if len(x) > 2 else -1)
            return grad_output * np.where(x == 0, at_zero, np.sign(x))

    one = check("convention", "slope at zero", magnitude())
    result = judge_check(one, Implementation(Moody, "moody"), Plan(examples=40))
    assert (result.verdict, result.message) == ("fails", "follows no one convention throughout")


def test_refusals_are_tried_beside_their_control():
    one = check("refusal", operation=triple())
    assert judge_check(one, contender(), PLAN).verdict == "conforms"
    lenient = judge_check(one, contender(triple=lambda x: x.dtype.type(3) * x), PLAN)
    assert (lenient.verdict, lenient.rejects) == ("convention", True)
    assert lenient.convention == "keeps 0 of 1 rules; not: x must be of rank 1"
    assert lenient.failure.case.refusal == "rank"

    def always_raises(x):
        raise ValueError(x)

    assert judge_check(one, contender(triple=always_raises), PLAN).verdict == "not judged"


def test_an_error_of_the_case_itself_comes_out():
    def broken(_x):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        judge_check(check("value", operation=triple(value=broken)), contender(), PLAN)


def test_warnings_of_the_implementation_neither_show_nor_raise():
    noisy = contender(triple=lambda x: right_triple(x) + 0 * np.log(np.float32(-1)) * 0)
    assert judge_check(check("value", operation=triple()), noisy, PLAN).verdict == "fails"


def test_drawing_never_asks_what_constants_are_imported(monkeypatch):
    def asked():
        raise AssertionError("the constants of imported modules were asked for")

    monkeypatch.setattr(providers, "_get_local_constants", asked)
    Search("drawn", Plan(examples=300)).over(st.integers(0, 100_000), lambda *_: True)
