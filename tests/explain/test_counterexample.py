import json

import numpy as np
import pytest

from cases.linear import OPERATIONS
from conformance.bounds.ball import Ball
from conformance.bounds.compare import Comparison, Flaw
from conformance.bounds.floats import arithmetic
from conformance.explain.counterexample import counterexample, expected_of, plain, restore
from conformance.implementation.isolation.trees import Unpacking
from conformance.record import wording
from conformance.record.vocabulary import Problem, Verdict
from conformance.spec.case import Case
from conformance.spec.check import Check
from conformance.spec.finding import Finding, Judged
from conformance.spec.operation import Input, Operation
from conformance.spec.values import real

LINEAR = OPERATIONS[0]


def stored(operation, case, finding=None):
    check = Check(operation, "value", None, "float32")
    found = Finding(Verdict.FAILS, Problem.ACCEPTED) if finding is None else finding
    return counterexample(check, Judged(case, found))


def operation(*names):
    return Operation(
        "some", "family", "", "", tuple(Input(name, real) for name in names), None, None, None
    )


def same(one, other):
    if isinstance(one, list | tuple):
        assert type(one) is type(other)
        return all(same(a, b) for a, b in zip(one, other, strict=True))
    return (one.dtype, one.shape, one.tobytes()) == (other.dtype, other.shape, other.tobytes())


ARRAYS = {
    "float32": np.array([[0.1, -0.0], [1e-45, 3e38]], "float32"),
    "float64": np.array([np.nextafter(1.0, 2.0), 5e-324]),
    "labels": np.array([2, 0], "int64"),
    "rank zero": np.array(0.1, "float32"),
    "empty axes": np.zeros((2, 0, 3), "float32"),
    "not finite": np.array([np.nan, np.inf, -np.inf], "float32"),
    "list": [np.ones((2, 3), "float32"), np.zeros((0,), "float32")],
    "tuple": (np.ones(2), [np.zeros((1, 0))]),
}


@pytest.mark.parametrize("kind", ARRAYS)
def test_inputs_come_back_bit_by_bit(kind):
    case = Case({"x": ARRAYS[kind]}, {}, ARRAYS[kind], {"x": "sliced"}, "a rule")
    back = restore(operation("x"), json.loads(json.dumps(stored(operation("x"), case))))
    assert same(back.inputs["x"], ARRAYS[kind])
    assert same(back.grad_output, ARRAYS[kind])
    assert (back.layouts, back.refusal) == ({"x": "sliced"}, "a rule")


def test_numbers_that_are_not_finite_may_be_stored_as_text():
    case = Case({"x": ARRAYS["not finite"]}, {})
    data = stored(operation("x"), case)
    data["inputs"]["x"] = ["nan", "inf", "-inf"]
    assert same(restore(operation("x"), data).inputs["x"], ARRAYS["not finite"])


def test_parameters_come_back_as_they_were():
    parameters = {"stride": (1, 2), "pads": ((0, 1), (2, 3)), "mode": "max", "eps": 1e-5, "n": 3}
    case = Case({"x": ARRAYS["labels"]}, parameters | {"ceil": True, "axis": None})
    back = restore(operation("x"), json.loads(json.dumps(stored(operation("x"), case))))
    assert back.parameters == case.parameters
    assert back.grad_output is None


def test_inputs_keep_the_operations_order():
    case = Case(dict.fromkeys(("bias", "x", "weight"), ARRAYS["labels"]), {})
    assert list(restore(LINEAR, stored(LINEAR, case)).inputs) == ["x", "weight", "bias"]


def test_a_counterexample_says_what_was_due_and_what_came():
    ball = Ball(np.array([1.0]), np.array([0.5]), arithmetic("float32"))
    ours = Comparison(Flaw.VALUE, (1,), (0,), 3.0, 1.0, 2.0, 0.5, ratio=4.0)
    wrong = (Verdict.FAILS, Problem.WRONG)
    finding = Finding(*wrong, ours=ours, expected=(ball, ball), actual=np.float32(3))
    inputs = {name: np.zeros(shape) for name, shape in (("x", (2, 1)), ("weight", (1, 1)))}
    data = stored(LINEAR, Case(inputs | {"bias": np.zeros(1)}, {}), finding)
    assert (data["expected"], data["bound"], data["actual"]) == ([[1.0]] * 2, [[0.5]] * 2, 3.0)
    assert (data["output"], data["index"]) == ([1], [0])
    words = "element (0,) of the result[1] is 3, the truth 1: off by 2 = 4 × the bound of 0.5"
    assert data["message"] == wording.message(data["finding"]) == words
    assert data["terms"]["elements"] == {"x": [[1, 0]], "weight": [[0, 0]], "bias": [[0]]}


@pytest.mark.parametrize(
    "value, expected",
    [
        (np.float32(0.5), 0.5),
        (np.arange(2), [0, 1]),
        ((True, None, "a"), [True, None, "a"]),
        (np.array([True]), [True]),
        (np.zeros((0, 2)), []),
        ({1}, "{1}"),
        (np.array([1j]), "array([0.+1.j])"),
    ],
)
def test_anything_becomes_plain_data(value, expected):
    assert plain(value) == expected


def test_what_is_said_of_a_strange_object_is_cut():
    assert len(plain(dict.fromkeys(range(5000)))) == 2000


def test_what_is_said_of_an_object_is_the_same_in_every_run():
    class Thing:
        pass

    class Mute:
        def __repr__(self):
            raise ValueError("no")

    said = [f"<{__name__}.{Thing.__qualname__} object>", f"<{Mute.__qualname__}>"]
    assert plain([Thing(), Mute()]) == said
    assert plain(Unpacking(["foreign builtins int"], b"").value()) == "<int>"


def test_nothing_may_be_due():
    assert expected_of(None) == (None, None)
    assert expected_of(()) == ([], [])


def test_a_truth_that_float64_cannot_hold_is_stored_without_a_warning():
    wide = arithmetic("float64").arbiter
    beyond = Ball(np.array([wide(2.0) ** 1030]), np.array([1.0]), arithmetic("float64"))
    assert expected_of(beyond) == ([np.inf], [1.0])
