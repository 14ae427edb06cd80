"""Hints tell where, what kind and the formula; and never the answer."""

import copy
import json

import pytest
from invented_record import finding
from lesson_tools import COURSE, Given

import reference_impl
from cases.mistakes import MISTAKES
from conformance.implementation.overlay import made
from conformance.record import fields
from conformance.record.facts import real
from conformance.run.run import Run
from conformance.run.settings import Settings
from conformance.tools.lesson.hints import Hint, hints, way
from conformance.tools.lesson.judging import Desk

KNOWN = {mistake.id: mistake for mistake in MISTAKES}
# Mistakes that show in a value or gradient; irrational results among them, which have digits.
SHOWN = (
    "relu/absolute-value",
    "relu/gate-left-open",
    "sigmoid/sign-of-exponent",
    "sigmoid/slope-of-activation",
    "tanh/sigmoid-of-x",
    "linear/weight-either-way-round",
    "linear/weight-gradient-transposed",
    "softmax/sum-over-everything",
    "softmax/inner-product-missing",
    "log_softmax/maximum-not-added-back",
    "mse_loss/halved",
    "cross_entropy/softmax-twice",
    "conv2d/kernel-flipped",
    "conv2d/weight-gradient-turned",
    "layer_norm/over-everything",
    "rnn_tanh_cell/slope-missing",
)
RELU, CONV2D = COURSE.operations["relu"], COURSE.operations["conv2d"]


def all_hints(folder, name):
    """All that a lesson says of a mistake, up to the last hint; and the line that it is about."""
    file = folder / "my_ops.py"
    file.write_text("IMPLEMENTATION = None\n", "utf-8")
    offers = made(KNOWN[name], reference_impl)._offers
    desk = Desk(lambda: Run(Settings("my_ops.py"), offers))
    given = Given(file, KNOWN[name].operation, judge=desk)
    given.teacher.begin()
    assert given.teacher.judged() == 1
    for _ in range(4):
        given.teacher.reveal()
    said = given.said()
    assert "(All hints are shown.)" in said
    return said, given.desk.lines[-1]


def truth_of(found):
    """The right value of the worst element, and its digits; None where there are too few."""
    value = found["expected"]
    for step in found["index"] or []:
        value = value[step]
    digits = f"{value:.5g}" if isinstance(value, float) else ""
    return digits if len(digits.strip("-0.")) >= 4 and "e" not in digits else None


def retold(line):
    """The same failure, were the truth another: every wrong element due is another number."""
    line = json.loads(json.dumps(line))
    found = line["counterexample"]
    found["expected"] = _other(found["expected"], found["actual"], found["bound"])
    for place in (line, found):
        place["message"] = "the truth 1234567: off by 89"
    if found["finding"].get("flaw") == "value":
        found["finding"] |= {"expected": 1234567.0, "off_by": 89.0, "ratio": 1e9, "unit": 0.5}
    for mistake in (line["diagnosis"] or {"mistakes": []})["mistakes"]:
        mistake["sentence"] = "another sentence"
    return line


def _other(due, actual, bound):
    if isinstance(due, list):
        return [_other(*one) for one in zip(due, actual, bound, strict=True)]
    right = due == actual or abs(real(due) - real(actual)) <= real(bound)
    return due if right else real(due) + 1000.0


@pytest.mark.parametrize("name", SHOWN)
def test_the_answer_is_nowhere(name, tmp_path):
    said, line = all_hints(tmp_path, name)
    found = line["counterexample"]
    assert found is not None
    flat = " ".join(said.split())
    assert KNOWN[name].sentence not in flat
    for secret in ("the truth", "expected", "bound 0", "ulp", "behaves like", "replay"):
        assert secret not in flat
    digits = truth_of(found)
    if digits is not None:
        # What is due may also be among the inputs; what is computed is not.
        assert digits not in flat
    operation = COURSE.operations[line["operation"]]
    if found["index"] is not None:
        assert hints(line, operation) == hints(retold(line), operation)


def test_there_are_digits_to_be_given_away(tmp_path):
    """The test above would see them: without them it says nothing."""
    seen = {}
    for name in ("sigmoid/sign-of-exponent", "tanh/sigmoid-of-x", "cross_entropy/softmax-twice"):
        _, line = all_hints(tmp_path, name)
        seen[name] = truth_of(line["counterexample"])
        assert seen[name][:5] in json.dumps(line)
    assert None not in seen.values()


def failing(**changed):
    found = fields.counterexample(
        inputs={"x": [[[[0.0, 1.0]]]], "weight": [[[[0.0, 1.0]]]], "bias": [0.0]},
        parameters={"stride": [1, 2]},
        expected=[[[[1.0, 0.0]]]],
        actual=[[[[0.0, 0.0]]]],
        bound=[[[[0.0, 0.0]]]],
        index=[0, 0, 0, 0],
        message="element (0, 0, 0, 0) of the result is 0, the truth 1; so it must be equal",
        finding=finding(0.0, 1.0, [0, 0, 0, 0]),
        **changed,
    )
    return {
        "id": "conv2d/value[float64]",
        "operation": "conv2d",
        "check": "value",
        "argument": None,
        "dtype": "float64",
        "verdict": "fails",
        "message": found["message"],
        "counterexample": found,
        "diagnosis": None,
    }


TERMS = {
    "elements": {"x": [[0, 0, 0, 0], [0, 0, 0, 1]], "weight": [[0, 0, 0, 0]], "bias": [[0]]},
    "products": [[["x", [0, 0, 0, 0]], ["weight", [0, 0, 0, 0]]]],
}
DIAGNOSIS = {
    "mistakes": [
        {"id": "conv2d/a", "sentence": "the kernel is flipped", "hint": "Where does it begin?"},
        {"id": "conv2d/b", "sentence": "another", "hint": "Another hint."},
    ],
    "findings": ["turned by half a turn"],
    "hints": ["turned by half a turn"],
}


def test_levels_are_where_what_kind_and_the_formula():
    line = failing(terms=TERMS) | {"diagnosis": DIAGNOSIS}
    where, kind, formula = hints(line, CONV2D)
    assert where.title == "where"
    assert where.rows[0] == ("", "element (0, 0, 0, 0) of the result is 0, which is wrong")
    assert dict(where.rows[1:]) == {
        "x": "[[[[0.0, 1.0]]]]",
        "weight": "[[[[0.0, 1.0]]]]",
        "bias": "[0.0]",
        "parameters": "stride = (1, 2)",
        "got": "at (0, 0, 0, 0): 0.0",
    }
    assert kind.rows == (("found", "turned by half a turn"), ("hint", "Where does it begin?"))
    assert formula.rows[0] == ("formula", CONV2D.formula)
    assert formula.rows[1] == (
        "is made of",
        "x[0,0,0,0]·weight[0,0,0,0] + x[0,0,0,1] + bias[0]",
    )


def test_without_a_diagnosis_the_extent_is_told_and_without_terms_the_formula():
    line = failing()
    _, kind, formula = hints(line, CONV2D)
    assert kind.rows == (("found", "1 of 2 elements are wrong"),)
    assert [label for label, _ in formula.rows] == ["formula", "note", ""]
    line["counterexample"]["expected"] = [[[[1.0, "nan"]]]]
    assert hints(line, CONV2D)[1].rows == (("found", "all of 2 elements are wrong"),)


def test_terms_that_are_no_sum_of_products_are_named_and_many_are_cut():
    terms = {"elements": {"x": [[place] for place in range(40)]}, "products": []}
    rows = dict(hints(failing(terms=terms), CONV2D)[2].rows)
    assert rows["depends on"].startswith("x[0], x[1], ")
    assert rows["depends on"].endswith("x[11], … (40 in all)")
    scalar = {"elements": {"x": [[]]}, "products": []}
    assert ("depends on", "x") in hints(failing(terms=scalar), CONV2D)[2].rows


@pytest.mark.parametrize("verdict", ["timed out", "crashed"])
def test_what_never_came_back_has_no_formula_to_blame(verdict):
    line = failing() | {"verdict": verdict, "message": "the call did not come back"}
    ended = {"problem": "ended early", "detail": line["message"]}
    line["counterexample"] |= {"index": None, "actual": None, "finding": ended}
    assert [hint.title for hint in hints(line, CONV2D)] == ["where"]
    line["counterexample"] = None
    assert hints(line, CONV2D) == (Hint("where", (("", line["message"]),)),)


def test_a_refusal_that_is_missing_has_the_rules_in_place_of_a_formula():
    line = failing() | {"check": "refusal", "message": "accepted bad input: x must be of rank 4"}
    line["counterexample"] |= {"index": None, "message": line["message"], "refusal": "x-rank"}
    *_, last = hints(line, CONV2D)
    assert last.rows[0] == ("must refuse", "x must have groups times the channels of weight")
    assert ("", "x must be of rank 4") in last.rows


def test_ways_to_fail_are_told_apart_by_all_but_numbers():
    line = failing()
    other = copy.deepcopy(line)
    other["counterexample"]["finding"] = finding(-4.5e-3, 1.0, [0, 1, 0, 2], off_by=1.0045)
    assert way(line) == way(other)
    assert way(line) != way(line | {"diagnosis": DIAGNOSIS})
    assert way(line) != way(line | {"id": "conv2d/value[float32]"})
    assert way(line) != way(line | {"verdict": "crashed"})
    raised = copy.deepcopy(line)
    raised["counterexample"]["finding"] = finding(None, None, None) | {
        "problem": "raised", "what": "ValueError", "detail": "no", "flaw": ""
    }  # fmt: skip
    assert way(line) != way(raised)


def test_an_empty_input_is_pointed_out():
    line = failing(shapes={"x": {"shape": [0, 1, 1, 2]}, "weight": {"shape": [1, 1, 1, 2]}})
    line["counterexample"] |= {"index": None, "actual": "ValueError: zero-size array"}
    _, kind, _ = hints(line, CONV2D)
    assert kind.rows == (("found", "x without numbers, which has its result all the same"),)
    line["counterexample"]["refusal"] = "a rule"
    assert "what kind" not in {hint.title for hint in hints(line, CONV2D)}


def test_a_gradient_is_told_as_what_it_is():
    line = failing() | {"check": "gradient", "argument": "weight"}
    labels = [label for label, _ in hints(line, CONV2D)[2].rows]
    assert labels == ["formula", "its gradient", "note", ""]
