"""16 bits: computed in float32, rounded once. Right implementations conform, wrong ones do not."""

import json
from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest
import torch

import reference_impl
from cases import OPERATIONS
from conformance.bounds.ball import Ball
from conformance.bounds.compare import compare
from conformance.bounds.floats import FORMATS, arithmetic, numpy_dtype, rounded, ulp
from conformance.bounds.storage import store
from conformance.explain.counterexample import counterexample, restore
from conformance.explain.smallest import smallest
from conformance.implementation.implementation import Implementation
from conformance.judge.check import judge_check
from conformance.judge.kinds import judge
from conformance.judge.oracle import Evaluation, refuses
from conformance.judge.search import Plan
from conformance.run.lines import judge_check as judged_line
from conformance.run.run import Run
from conformance.run.settings import Settings
from conformance.spec.case import Case
from conformance.spec.check import Check
from conformance.spec.tensors import applied
from reference_impl import half

OPERATION = {operation.name: operation for operation in OPERATIONS}
LINEAR = OPERATION["linear"]
PLAN = Plan(examples=10)
NARROW = ("float16", "bfloat16")
BOTH = pytest.mark.parametrize("dtype", NARROW)
FLOAT16 = pytest.mark.parametrize("dtype", ["float16"])
NUMPYS = {name: numpy_dtype(name) for name in NARROW}


def check(operation, kind, dtype, argument=None):
    return Check(OPERATION[operation], kind, argument, dtype)


def verdict(operation, function, dtype, kind="value", plan=PLAN):
    contender = Implementation(SimpleNamespace(**{operation: quiet(function)}), "it")
    result = judge_check(check(operation, kind, dtype), contender, plan)
    return result.verdict, result.message


def quiet(function):
    def without_warnings(*inputs):
        with np.errstate(all="ignore"):
            return function(*inputs)

    return without_warnings


def wide(function, *inputs, to="float32"):
    return function(*(array.astype(to) for array in inputs))


def in_float64(function, *inputs):
    """All of it in float64, then rounded once."""
    y = np.asarray(wide(function, *inputs, to="float64"))
    return rounded(y, FORMATS[inputs[0].dtype.name]).astype(inputs[0].dtype)


def accumulated_in_16_bits(x, weight, bias):
    y = np.zeros((len(x), len(weight)), x.dtype)
    for feature in range(x.shape[1]):
        y = y + x[:, feature, None] * weight[:, feature]
    return y + bias


def softmax_in_16_bits(x):
    e = np.exp(x - x.max(axis=-1, keepdims=True)) if x.size else x
    return (e / e.sum(axis=-1, keepdims=True)).astype(x.dtype)


def one_ulp_off(x):
    return np.nextafter(reference_impl.sigmoid(x), x.dtype.type(2))


def truncated(y, dtype):
    """Toward zero: to nearest, and back where that went too far."""
    near = y.astype(dtype)
    too_far = np.abs(near.astype("float32")) > np.abs(y)
    return np.where(too_far, np.nextafter(near, dtype.type(0)), near)


def clipped(y, dtype):
    largest = FORMATS[dtype.name].largest
    return np.clip(y, -largest, largest).astype(dtype)


def flushed(y, dtype):
    below = np.abs(y) < FORMATS[dtype.name].smallest_normal
    return np.where(below, 0, y).astype(dtype)


def relu_stored(how, x):
    return how(wide(reference_impl.relu, x), x.dtype)


def linear_stored(how, x, weight, bias):
    return how(wide(reference_impl.linear, x, weight, bias), x.dtype)


@BOTH
@pytest.mark.parametrize("operation", ["linear", "softmax", "sigmoid", "log_softmax"])
def test_float32_and_float64_rounded_once_both_conform(operation, dtype):
    right = getattr(reference_impl, operation)
    assert verdict(operation, right, dtype) == ("conforms", "")
    assert verdict(operation, partial(in_float64, right), dtype) == ("conforms", "")


@BOTH
@pytest.mark.parametrize(
    "operation, kind, argument",
    [
        ("linear", "gradient", "weight"),
        ("relu", "convention", "slope-at-zero"),
        ("cross_entropy", "dtype", None),
        ("max_pool2d", "pure", None),
        ("conv2d", "refusal", None),
        ("binary_cross_entropy", "special", "input"),
        ("backpropagate", "value", None),
        ("lstm_cell", "gradient", "h"),
        ("network_mlp", "training", None),
    ],
)
def test_the_reference_conforms_in_every_kind_of_check(operation, kind, argument, dtype):
    reference = Implementation(half, "reference")
    result = judge_check(check(operation, kind, dtype, argument), reference, Plan(examples=3))
    assert (result.verdict, result.message) == ("conforms", "")
    assert result.tally.elements > 0


@BOTH
@pytest.mark.parametrize(
    "operation, kind, wrong",
    [
        ("linear", "value", accumulated_in_16_bits),
        ("linear", "value", partial(linear_stored, truncated)),
        ("softmax", "value", softmax_in_16_bits),
        ("sigmoid", "value", one_ulp_off),
    ],
    ids=["accumulated", "truncated", "softmax", "one-ulp-off"],
)
def test_what_is_wrongly_rounded_is_rejected(operation, kind, wrong, dtype):
    assert verdict(operation, wrong, dtype, kind)[0] == "fails"


@BOTH
def test_flushing_what_is_stored_is_a_convention(dtype):
    wrong = partial(relu_stored, flushed)
    assert verdict("relu", wrong, dtype, "special")[0] == "convention"


@BOTH
def test_float32_is_no_answer_to_16_bits(dtype):
    wrong = partial(wide, reference_impl.linear)
    found, message = verdict("linear", wrong, dtype, "dtype")
    assert (found, message) == ("fails", f"the result is float32, not {dtype}")
    # Its numbers are as good as those that are due.
    assert verdict("linear", wrong, dtype) == ("conforms", "")


# What overflows bfloat16 nearly overflows float32 too, and of that no claim is made.
@FLOAT16
def test_overflow_clipped_to_the_largest_number_is_rejected(dtype):
    found, message = verdict(
        "linear", partial(linear_stored, clipped), dtype, plan=Plan(examples=40)
    )
    assert found == "fails"
    assert message.endswith(("is 65504, the truth inf", "is -65504, the truth -inf"))


@BOTH
def test_a_bound_admits_every_rounding_of_what_lies_in_it_and_no_other_number(dtype):
    rules, form = arithmetic(dtype), FORMATS[dtype]
    rng = np.random.default_rng(0)
    v = np.ldexp(rng.uniform(-2, 2, 20_000), rng.integers(form.e_min - 9, form.e_max, 20_000))
    v[::4] = rounded(v[::4], form)
    v[1::4] = np.ldexp(np.sign(v[1::4]), rng.integers(form.e_min - 9, form.e_max, 5_000))
    v[1::8] *= 1 - 2.0**-20
    error = np.abs(v) * rng.choice([0.0, 2.0**-24, 2.0**-19, 2.0**-5], v.size)
    ball = store(Ball(v, error, rules))
    for share in (-1.0, -0.6, 0.0, 0.9, 1.0):
        w = rounded(v + share * error, form)
        assert compare(w.astype(NUMPYS[dtype]), ball).agrees
    # Beyond E + ½ ulp of what lies in the ball there is no claim to be right.
    spread = error + ulp(np.abs(v) + error, form) / 2
    assert (ball.bound <= spread).all()
    sharp = (error == 0) & (rounded(v, form) == v)
    assert (ball.bound[sharp] == 0).all()


@BOTH
def test_just_below_a_power_of_two_the_smaller_ulp_counts(dtype):
    form = FORMATS[dtype]
    ball = store(Ball(np.array([1 - 2.0**-22]), np.array([2.0**-21]), arithmetic(dtype)))
    assert compare(np.array([1.0], NUMPYS[dtype]), ball).agrees
    assert compare(np.array([1.0 - form.u], NUMPYS[dtype]), ball).flaw == "value"


@BOTH
def test_where_it_overflows_infinity_is_due_and_in_doubt_nothing_is(dtype):
    form = FORMATS[dtype]
    edge = form.largest + float(ulp(form.largest, form)) / 2
    last, inside = edge * (1 - 2.0**-30), (edge + form.largest) / 2
    error = edge * 2.0**-24
    values = np.array([edge, last, -edge, last, edge * (1 + 2.0**-20), inside, np.nan, 1.0])
    errors = np.array([0.0, 0.0, 0.0, error, error, error, 0.0, np.inf])
    ball = store(Ball(values, errors, arithmetic(dtype)))
    assert np.array_equal(ball.value[[0, 2, 4]], [np.inf, -np.inf, np.inf])
    assert np.isinf(ball.bound).tolist() == [False] * 3 + [True] + [False] * 3 + [True]
    right = np.array([np.inf, form.largest, -np.inf, 0, np.inf, form.largest, np.nan, 0])
    found = compare(right.astype(NUMPYS[dtype]), ball)
    assert (found.agrees, found.unjudged) == (True, 2)
    for place in (0, 2, 4):
        wrong = right.copy()
        wrong[place] = np.sign(wrong[place]) * form.largest
        assert compare(wrong.astype(NUMPYS[dtype]), ball).flaw == "class"


@BOTH
def test_an_exact_result_stays_exact(dtype):
    rules = arithmetic(dtype)
    ball = Ball(np.array([1.0, -0.5, np.nan, np.inf]), None, rules)
    assert store(ball) is ball
    tie = store(Ball(np.array([1 + FORMATS[dtype].u]), None, rules))
    assert tie.bound.tolist() == [FORMATS[dtype].u]


def test_other_precisions_are_not_stored():
    ball = Ball(np.array([1 / 3]), np.array([0.1]), arithmetic("float32"))
    assert store(ball) is ball


def one_case(dtype):
    rng = np.random.default_rng(0)
    shapes = {"x": (2, 3), "weight": (4, 3), "bias": (4,)}
    inputs = {name: rng.normal(size=shape).astype(dtype) for name, shape in shapes.items()}
    return Case(inputs, {}, rng.normal(size=(2, 4)).astype(dtype))


@BOTH
def test_torch_is_asked_in_float64_and_rounded_once(dtype):
    case = one_case(NUMPYS[dtype])
    seen = []

    def watched(*tensors):
        seen.extend(tensor.dtype for tensor in tensors)
        return torch.nn.functional.linear(*tensors)

    asked = Evaluation(SimpleNamespace(torch=watched, gradients=LINEAR.gradients), case)
    assert set(seen) == {torch.float64}
    right = in_float64(reference_impl.linear, *case.inputs.values())
    assert asked.output.dtype == NUMPYS[dtype]
    assert asked.output.tobytes() == right.tobytes()
    grads = asked.pull_back(case.grad_output)
    assert {grad.dtype for grad in grads.values()} == {NUMPYS[dtype]}
    assert applied(torch.sigmoid, case.inputs["x"]).dtype == NUMPYS[dtype]


@BOTH
def test_torch_refuses_what_is_wrong_and_not_16_bits_themselves(dtype):
    case = one_case(NUMPYS[dtype])
    assert not refuses(LINEAR, case)
    assert refuses(LINEAR, Case(case.inputs | {"bias": case.inputs["bias"][:-1]}, {}))


@BOTH
def test_a_counterexample_is_small_and_comes_back_from_plain_data(dtype):
    functions = SimpleNamespace(linear=quiet(partial(linear_stored, truncated)))
    contender, one = Implementation(functions, "it"), check("linear", "value", dtype)
    plan = Plan(examples=20)
    failure = smallest(one, contender, plan, judge_check(one, contender, plan).failure)
    stored = counterexample(one, failure)
    case = restore(LINEAR, json.loads(json.dumps(stored)))
    assert {array.dtype for array in case.inputs.values()} == {NUMPYS[dtype]}
    assert case.inputs["x"].size <= 2
    again = judge(one, case, contender)
    assert (again.verdict, again.message) == ("fails", stored["message"])


def test_checks_are_owed_in_the_dtypes_that_are_offered():
    usual = Run().checks
    offered = Run(Settings("reference_impl.half")).checks
    assert {check.dtype for check in usual.values()} == {"float32", "float64"}
    assert len(offered) == 2 * len(usual)
    order = [one.dtype for one in offered.values() if one.id.startswith("linear/value")]
    assert order == ["float16", "bfloat16", "float32", "float64"]


def test_the_usual_dtypes_that_are_not_offered_are_not_provided():
    run = Run(Settings("reference_impl.half", examples=2))
    verdicts = [judged_line(run, f"relu/value[{dtype}]")["verdict"] for dtype in run.dtypes]
    assert verdicts == ["conforms", "conforms", "not provided", "not provided"]


def test_dtypes_that_cannot_be_judged_are_told_in_every_line(tmp_path):
    (tmp_path / "its.py").write_text("DTYPES = 'float16'\n")
    run = Run(Settings(str(tmp_path / "its.py")))
    assert run.dtypes == ("float32", "float64")
    line = judged_line(run, "relu/value[float32]")
    assert line["verdict"] == "errored"
    assert "DTYPES is 'float16'" in line["message"]
