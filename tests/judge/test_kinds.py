"""What each kind of check finds, and what it lets pass."""

import random
import sys
import warnings
from types import SimpleNamespace

import numpy as np
import pytest
from small_operations import contender, magnitude, right_triple, right_triple_backward, triple

from conformance.bounds.ball import Ball
from conformance.implementation.implementation import Implementation
from conformance.judge.kinds import judge, judge_trial
from conformance.judge.trial import Trial
from conformance.spec.case import Case
from conformance.spec.check import Check
from conformance.spec.operation import Refusal

X = np.array([0.65000004, -2.0, 3.0], "float32")
CASE = Case({"x": X}, {}, np.array([1.0, 0.3, -1.0], "float32"))


def found(kind, by, case=CASE, argument=None, operation=None):
    return judge(Check(operation or triple(), kind, argument, "float32"), case, by)


KINDS = pytest.mark.parametrize(
    "kind, argument",
    [("value", None), ("gradient", "x"), ("dtype", None), ("pure", None), ("special", "x")],
)
OF_NUMBERS = pytest.mark.parametrize("kind, argument", [("value", None), ("gradient", "x")])


@KINDS
def test_a_right_implementation_conforms(kind, argument):
    finding = found(kind, contender(), argument=argument)
    assert (finding.verdict, finding.message) == ("conforms", "")
    assert finding.ours.elements > 0


@OF_NUMBERS
def test_a_wrong_one_fails(kind, argument):
    wrong = {"triple_backward" if argument else "triple": lambda *args: args[0] * 2}
    finding = found(kind, contender(**wrong), argument=argument)
    assert (finding.verdict, finding.ours.flaw) == ("fails", "value")


def test_wrong_numbers_are_no_matter_of_other_checks():
    wrong = contender(triple=lambda x: x * 2, triple_backward=lambda g, _: g * 2)
    assert found("dtype", wrong).verdict == "conforms"
    assert found("pure", wrong).verdict == "conforms"


def test_wrong_numbers_at_special_ones_alone_fail_there():
    def wrong(grad_output, x):
        right = right_triple_backward(grad_output, x)
        return np.where(np.isfinite(x), right, np.float32(5))

    case = Case({"x": np.array([np.inf, 1.0], "float32")}, {}, np.array([1.0, 2.0], "float32"))
    by = contender(triple_backward=wrong)
    assert found("special", by, case, argument="x").ours.flaw == "value"
    everywhere = contender(triple_backward=lambda g, _: g * 2)
    finding = found("special", everywhere, case, argument="x")
    assert finding.verdict == "not judged"
    assert finding.message.startswith("the gradient of x is not judged here: element ")


@OF_NUMBERS
def test_one_that_raises_fails_whatever_it_raises(kind, argument):
    def ends(*_):
        raise SystemExit("enough")

    by = contender(triple=ends, triple_backward=ends)
    finding = found(kind, by, argument=argument)
    assert finding.verdict == "fails"
    assert "SystemExit: enough" in finding.message


@pytest.mark.parametrize("kind, argument", [("dtype", None), ("pure", None), ("special", "x")])
def test_what_always_raises_is_told_by_the_checks_of_its_numbers(kind, argument):
    def ends(*_):
        raise ValueError("enough")

    by = contender(triple=ends, triple_backward=ends)
    assert found(kind, by, argument=argument).verdict == "not judged"


@KINDS
def test_what_is_absent_is_not_provided(kind, argument):
    absent = contender(triple=None, triple_backward=None)
    assert found(kind, absent, argument=argument).verdict == "not provided"


def test_a_gradient_of_none_is_not_provided():
    by = contender(triple_backward=lambda *_: None)
    assert found("gradient", by, argument="x").verdict == "not provided"


@pytest.mark.parametrize("returned", [(X, X), [X], "x", 1.0])
def test_gradients_in_another_shape_than_agreed_fail(returned):
    by = contender(triple_backward=lambda *_: returned)
    assert found("gradient", by, argument="x").verdict == "fails"


def test_where_torch_is_wrong_too_the_case_is_suspect():
    wrong = triple(value=lambda x: x * 2.0)
    finding = found("value", contender(), operation=wrong)
    assert finding.verdict == "errored"
    assert "suspect" in finding.message


def test_where_torch_alone_is_wrong_it_is_told_but_not_held_against_anyone():
    twice = triple(torch=lambda x: 2 * x)
    finding = found("value", contender(), operation=twice)
    assert (finding.verdict, finding.torch.flaw) == ("conforms", "value")


def test_a_wrong_shape_fails_even_where_torch_is_wrong():
    twice = triple(torch=lambda x: 2 * x)
    by = contender(triple=lambda x: x[None])
    assert found("value", by, operation=twice).verdict == "fails"


def test_the_dtype_check_looks_at_value_and_gradient():
    wide = contender(triple_backward=lambda g, _: 3.0 * g.astype("float64"))
    finding = found("dtype", wide)
    assert finding.ours.flaw == "dtype"
    assert "the gradient of x is float64" in finding.message


def _mutates(x):
    result = right_triple(x)
    x[0] = 7
    return result


_buffer = np.zeros(3, "float32")


def _reuses(x):
    return np.multiply(x, np.float32(3), out=_buffer)


_calls = iter(range(10**6))


def _wavers(x):
    """By turns the right number and the next one, where that lies within the bound too."""
    right, exact = right_triple(x), 3 * x.astype("float64")
    beside = np.nextafter(right, np.where(exact > right, np.inf, -np.inf).astype("float32"))
    allowed = abs(beside - exact) <= 2.0**-24 * abs(exact)
    return np.where(allowed & (next(_calls) % 2 == 0), beside, right)


_given = []


def _writes_back(x):
    """Keeps its input, and writes into that of the call before."""
    for earlier in _given:
        if earlier.flags.writeable:
            earlier[:] = 0
    _given[:] = [x]
    return right_triple(x)


def _touches(what):
    def touching(x):
        what()
        return right_triple(x)

    return touching


# Each at every call: from the second on, nothing would change but for the first.
TRACES = {
    "changed its inputs": _mutates,
    "changed the inputs of an earlier call": _writes_back,
    "overwrote the result": _reuses,
    "gave another result": _wavers,
    "NumPy's error state": _touches(lambda: np.seterr(all="ignore")),
    "NumPy's global random state": _touches(lambda: np.random.seed(0)),  # noqa: NPY002
    "NumPy's global random": _touches(np.random.rand),
    "Python's global random state": _touches(lambda: random.seed(0)),
    "Python's global random": _touches(random.random),
    "the warning filters": _touches(lambda: warnings.simplefilter("ignore")),
    "warning filters": _touches(lambda: warnings.filterwarnings("ignore", message="x")),
}


@pytest.fixture
def _state_restored():
    numpy_state, state = np.random.get_state(), random.getstate()  # noqa: NPY002
    with np.errstate(), warnings.catch_warnings():
        yield
    np.random.set_state(numpy_state)  # noqa: NPY002
    random.setstate(state)


@pytest.mark.usefixtures("_state_restored")
@pytest.mark.parametrize("trace", TRACES)
def test_a_trace_is_found_however_often_it_was_left_before(trace):
    by = contender(triple=TRACES[trace])
    for _ in range(3):
        finding = found("pure", by)
        assert finding.verdict == "fails"
        assert trace in finding.message
        assert "triple" in finding.message


def test_a_trace_of_the_backward_function_is_found():
    def backward(grad_output, x):
        result = right_triple_backward(grad_output, x)
        grad_output[:] = 0
        return result

    finding = found("pure", contender(triple_backward=backward))
    assert "triple_backward changed its inputs" in finding.message


def test_a_read_only_input_is_not_written_to():
    case = Case(CASE.inputs, {}, CASE.grad_output, {"x": "read-only"})
    finding = found("value", contender(triple=_mutates), case)
    assert "read-only" in finding.message


def test_a_view_of_the_input_is_no_overwritten_result():
    operation = triple(
        torch=lambda x: x, value=lambda x: x, gradients={"x": lambda grad_output, _x: grad_output}
    )
    by = contender(triple=lambda x: x[:], triple_backward=lambda grad_output, _x: grad_output)
    assert found("pure", by, operation=operation).verdict == "conforms"


def test_looking_for_traces_leaves_none():
    before = np.geterr(), np.geterrcall(), random.getstate(), list(warnings.filters)
    numpy_before = repr(np.random.get_state())  # noqa: NPY002
    found("pure", contender())
    assert before == (np.geterr(), np.geterrcall(), random.getstate(), list(warnings.filters))
    assert numpy_before == repr(np.random.get_state())  # noqa: NPY002


def _warns(*args):
    warnings.warn("overflow encountered", RuntimeWarning, stacklevel=2)
    return args[0] * np.float32(3)


@pytest.mark.parametrize("argument", [None, "x"])
def test_a_spurious_warning_is_found_where_all_is_finite(argument):
    by = contender(triple=_warns, triple_backward=_warns)
    finding = found("special", by, argument=argument)
    assert finding.verdict == "fails"
    assert "spurious warning: overflow encountered" in finding.message


@pytest.mark.parametrize("number", [np.inf, np.nan, 3e38])
def test_a_warning_is_due_where_something_is_not_finite_or_overflows(number):
    case = Case({"x": np.array([number, 1.0], "float32")}, {}, np.array([1.0, 2.0], "float32"))
    assert found("special", contender(triple=_warns), case).verdict == "conforms"


@pytest.mark.parametrize("number", [np.inf, -np.inf, np.nan])
def test_special_values_must_come_through(number):
    case = Case({"x": np.array([number, 1.0], "float32")}, {})
    assert found("special", contender(), case).verdict == "conforms"
    by = contender(triple=lambda x: np.nan_to_num(right_triple(x)))
    assert found("special", by, case).ours.flaw == "class"


SPOILED = Case({"x": X[None]}, {}, refusal="rank")


def test_a_refusal_is_an_ordinary_exception():
    assert found("refusal", contender(), SPOILED).verdict == "conforms"
    assert found("refusal", contender(), CASE).verdict == "conforms"


def test_bad_input_must_not_be_accepted():
    by = contender(triple=lambda x: 3 * x)
    finding = found("refusal", by, SPOILED)
    assert (finding.verdict, finding.message) == (
        "fails",
        "accepted bad input: x must be of rank 1",
    )


def test_ending_the_process_is_no_refusal():
    def ends(x):
        return right_triple(x) if x.ndim == 1 else sys.exit()

    finding = found("refusal", contender(triple=ends), SPOILED)
    assert finding.verdict == "fails"
    assert "no ordinary exception" in finding.message


def test_what_always_raises_is_not_judged_to_refuse():
    def refuses(_x):
        raise ValueError("no")

    by = contender(triple=refuses)
    check = Check(triple(), "refusal", None, "float32")
    good = Trial(check.operation, "float32", CASE)
    spoiled = Trial(check.operation, "float32", SPOILED, control=good)
    finding = judge_trial(check, spoiled, by)
    assert finding.verdict == "not judged"
    assert "the good call raised ValueError: no" in finding.message
    assert judge_trial(check, spoiled, contender()).verdict == "conforms"


def test_a_rule_that_torch_does_not_have_is_suspect():
    every = Refusal("rank", "x must be shorter", lambda i, p: (i, p))
    finding = found("refusal", contender(), Case({"x": X}, {}, refusal="rank"),
                    operation=triple(refusals=(every,)))  # fmt: skip
    assert finding.verdict == "errored"


def sloped(at_zero):
    def backward(grad_output, x):
        return grad_output * np.where(x == 0, np.float32(at_zero), np.sign(x))

    return Implementation(SimpleNamespace(magnitude_backward=backward), "sloped")


AT_ZERO = Case({"x": np.array([0.0, 2.0], "float32")}, {}, np.array([3.0, 1.0], "float32"))


@pytest.mark.parametrize(
    "at_zero, verdict, answers",
    [(0, "conforms", ("0",)), (1, "convention", ("1",)), (-1, "convention", ("-1",))],
)
def test_a_convention_is_named(at_zero, verdict, answers):
    finding = found("convention", sloped(at_zero), AT_ZERO, "slope at zero", magnitude())
    assert (finding.verdict, finding.answers) == (verdict, answers)


def test_an_answer_that_is_none_fails():
    finding = found("convention", sloped(0.25), AT_ZERO, "slope at zero", magnitude())
    assert finding.verdict == "fails"
    assert "no valid answer to slope at zero (0, 1, -1)" in finding.message


def test_a_question_that_does_not_arise_fits_every_answer():
    case = Case({"x": X}, {}, CASE.grad_output)
    finding = found("convention", sloped(1), case, "slope at zero", magnitude())
    assert (finding.verdict, finding.answers) == ("conforms", ("0", "1", "-1"))


def test_the_truth_comes_with_the_finding():
    finding = found("value", contender())
    assert isinstance(finding.expected, Ball)
    assert np.array_equal(finding.actual, 3 * X)
