"""Grades for Gradescope: every point is accounted for, and no right value is given away."""

import json
import re

import numpy as np
import pytest
from invented_record import checks_of, faulty, whole
from test_report_formats import SAID, hostile

from conformance.bounds.ball import Ball
from conformance.bounds.compare import compare
from conformance.bounds.floats import arithmetic
from conformance.record import fields, wording
from conformance.record.vocabulary import Problem, Verdict
from conformance.report.gradescope import gradescope
from conformance.report.junit import junit
from conformance.spec.finding import Finding


def graded(run, **options):
    return json.loads(gradescope(run, **options))


def outputs(run, **options):
    return {test["name"]: test["output"] for test in graded(run, **options)["tests"]}


@pytest.mark.parametrize("operations", [("relu",), ("relu", "linear"), ("conv2d", "linear")])
def test_the_points_are_a_hundred_exactly(operations):
    run = whole([line for name in operations for line in checks_of(name)])
    data = graded(run)
    hundredths = [round(100 * test["max_score"]) for test in data["tests"]]
    assert [share / 100 for share in hundredths] == [test["max_score"] for test in data["tests"]]
    assert sum(hundredths) == 10_000
    assert max(hundredths) - min(hundredths) <= 1
    assert data["score"] == 100


def test_credit_is_for_each_check_that_passes():
    data = graded(faulty())
    tests = {test["name"]: test for test in data["tests"]}
    asked = {check["id"]: check["verdict"] for check in faulty().checks}
    passed = {name for name, verdict in asked.items() if verdict in {"conforms", "convention"}}
    earned = {name for name, test in tests.items() if test["score"] == test["max_score"]}
    assert earned == passed == {n for n, test in tests.items() if test["status"] == "passed"}
    assert {tests[name]["score"] for name in set(tests) - passed} == {0}
    assert data["score"] == pytest.approx(sum(test["score"] for test in data["tests"]))
    assert tests["max_pool2d/value[float32]"]["status"] == "failed"


def test_what_a_run_did_not_reach_is_lost_and_what_was_deselected_is_not_asked():
    lines = [line for line in checks_of("relu") if line["id"] == "relu/value[float32]"]
    left = {"relu/pure[float32]": "interrupted", "relu/dtype[float32]": "deselected"}
    left["3.1/weighted-sum"] = "interrupted"
    lines += [fields.not_selected(id=name, reason=reason) for name, reason in left.items()]
    data = graded(whole(lines, complete=False))
    assert [test["name"] for test in data["tests"]] == ["relu/pure[float32]", "relu/value[float32]"]
    assert data["score"] == 50
    assert data["tests"][0]["score"] == 0
    assert "interrupted" in data["output"]


def test_no_check_earns_nothing_and_says_so():
    data = graded(whole([]))
    assert (data["score"], data["tests"]) == (0, [])
    assert "No check ran" in data["output"]


@pytest.mark.parametrize("hints", [False, True])
def test_the_right_value_is_not_given_away(hints):
    text = "\n".join(outputs(faulty(), hints=hints).values())
    assert "0.6931471805599453" in junit(faulty())
    for secret in ("0.69314", "expected", "the truth", "ulp", "bound"):
        assert secret not in text
    assert "the result is nan, which is wrong" in text


def test_hints_show_the_input_and_how_to_repeat_it():
    name = "conv2d/value[float32]"
    plain, hinted = outputs(faulty())[name], outputs(faulty(), hints=True)[name]
    assert plain.startswith(f"{name}: fails: element (0, 0, 0, 0) of the result is 0.1")
    assert "weight" not in plain
    assert "replay" not in plain
    assert hinted.startswith(plain)
    assert "weight: [[[[1.0, 2.0], [0.0, 0.0]]]]" in hinted
    assert f"replay: nn-conformance replay '{name}'" in hinted


def test_an_input_named_as_the_right_value_does_not_open_the_door():
    found = fields.counterexample(
        inputs={"expected": [1.0]}, expected=[7.25], actual=[1.0], bound=[0.5], message="wrong"
    )
    changed = {"relu/value[float32]": {"verdict": "fails", "counterexample": found}}
    text = outputs(whole(checks_of("relu", **changed)), hints=True)["relu/value[float32]"]
    assert "7.25" not in text


@pytest.mark.parametrize("bound", [0.0, 1e-9])
@pytest.mark.parametrize("true, false", [(0.8125, 0.4375), (np.inf, 0.4375), (0.8125, np.nan)])
def test_messages_as_they_are_really_written_give_nothing_away(true, false, bound):
    rules = arithmetic("float64")
    ball = Ball(np.array([true], rules.arbiter), np.array([bound]), rules)
    finding = Finding(Verdict.FAILS, Problem.WRONG, ours=compare(np.array([false]), ball))
    assert f"{true:g}" in finding.message
    untold = wording.message(finding.fields(), truth=False)
    assert untold == f"element (0,) of the result is {false:g}, which is wrong"


def test_a_message_without_a_right_value_stays():
    finding = Finding(Verdict.FAILS, Problem.ACCEPTED, what="stride must be positive")
    assert wording.message(finding.fields(), truth=False) == finding.message


def test_of_an_older_record_the_message_is_kept_back():
    found = fields.counterexample(inputs={"x": [1.0]}, expected=[7.25], message="not 7.25")
    changed = {"relu/value[float32]": {"verdict": "fails", "counterexample": found}}
    text = outputs(whole(checks_of("relu", **changed)))["relu/value[float32]"]
    assert text == "relu/value[float32]: fails"


def test_hostile_text_is_text_for_gradescope():
    text = gradescope(hostile(), hints=True)
    data = json.loads(text)
    assert {test["output_format"] for test in data["tests"]} == {"text"}
    shown = "".join(test["output"] + test["name"] for test in data["tests"]) + data["output"]
    assert SAID in shown
    assert not re.search(r"[\x00-\x09\x0b-\x1f\u202e\ufffe]", shown)
