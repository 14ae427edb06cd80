"""What failures look like: mistakes are called by their names, and nothing by a wrong one."""

from types import SimpleNamespace

import numpy as np
import pytest
from diagnosing import OtherCode, diagnosed, groups, summed
from strangers import STRANGERS

import reference_impl
from cases.mistakes import MISTAKES
from conformance.api import check as judged
from conformance.explain.diagnosis import diagnose
from conformance.implementation.implementation import Implementation
from conformance.implementation.load import load
from conformance.implementation.overlay import made
from conformance.judge.search import Plan
from conformance.report.diagnosis import likeness
from conformance.run.run import Run
from conformance.spec.outcome import Ended

# Part of the long proofs, which tox runs.
pytestmark = pytest.mark.proof

RUN = Run()
PLAN = Plan()
OTHERS = OtherCode()


def found_in(name, contender):
    check = RUN.checks[name]
    return diagnose(check, contender, PLAN, MISTAKES, reference_impl)


def named(name, contender):
    return [one.id for one in found_in(name, contender).mistakes]


def stranger(**functions):
    return Implementation(SimpleNamespace(**functions), "stranger")


@pytest.mark.parametrize("title, step", [("strangers", 13), ("other code", 23), ("unknown", 7)])
def test_failures_are_called_by_their_names_and_never_by_a_wrong_one(title, step):
    known = groups()[title]
    some = {name: known[name] for name in list(known)[::step]}
    found = summed(some, {name: diagnosed(name) for name in some})
    assert found["failing"] >= len(some) - 1
    assert found["wrong"] == []
    if title == "unknown":
        assert found["named"] == 0
    else:
        # A tenth of so few is one or two.
        assert found["named"] >= 0.9 * found["failing"] > 0


@pytest.mark.parametrize("name", ["conv2d/value[float32]", "lstm/gradient/w_hh[float64]"])
def test_what_is_right_is_called_nothing(name):
    for contender in (load("reference_impl"), Implementation(OTHERS, "others")):
        found = found_in(name, contender)
        assert (found.mistakes, found.findings) == ((), ())
        assert found.plain() is None


def flipped(x, weight, bias, **parameters):
    return reference_impl.conv2d(x, weight[:, :, ::-1, ::-1], bias, **parameters)


def flipped_below(height):
    """The kernel is flipped, but for large ones."""

    def conv2d(x, weight, bias, **parameters):
        wrong = flipped if weight.shape[2] < height else reference_impl.conv2d
        return wrong(x, weight, bias, **parameters)

    return stranger(conv2d=conv2d)


def test_what_agrees_in_most_cases_is_named_as_that():
    name = "conv2d/value[float64]"
    whole, most = found_in(name, stranger(conv2d=flipped)), found_in(name, flipped_below(4))
    assert [one.id for one in whole.mistakes] == ["conv2d/kernel-flipped"]
    assert [one.id for one in most.mistakes] == ["conv2d/kernel-flipped"]
    assert most.agreements[0] < whole.agreements[0] == 1
    assert likeness(whole.plain()) == "behaves like"
    assert likeness(most.plain()) == "mostly like"
    assert named(name, flipped_below(2)) == []


def test_what_is_not_offered_does_not_stand_in_the_way():
    # The mistake turns the gradients too, which are not there.
    assert named("conv2d/value[float32]", stranger(conv2d=flipped)) == ["conv2d/kernel-flipped"]


def test_two_mistakes_that_coincide_here_are_told_apart_by_other_checks():
    two = [one for one in MISTAKES if one.id == "conv2d/kernel-flipped"]
    twin = type(two[0])(
        "conv2d/kernel-flipped-forward-only", "s", "h", two[0].breaks,
        lambda right: {"conv2d": two[0].wrong(right)["conv2d"]},
    )  # fmt: skip
    check = RUN.checks["conv2d/value[float32]"]
    whole = diagnose(check, made(two[0], OTHERS), PLAN, [*two, twin], reference_impl)
    half = diagnose(check, made(twin, OTHERS), PLAN, [*two, twin], reference_impl)
    assert [one.id for one in whole.mistakes] == ["conv2d/kernel-flipped"]
    assert [one.id for one in half.mistakes] == ["conv2d/kernel-flipped-forward-only"]
    only_value = stranger(conv2d=made(twin, OTHERS).offered("conv2d"))
    both = diagnose(check, only_value, PLAN, [*two, twin], reference_impl)
    # Nothing that is offered sets them apart.
    assert len(both.mistakes) == 2


def conv2d(change):
    """The right convolution, its result changed."""

    def wrong(x, weight, bias, **parameters):
        return change(reference_impl.conv2d(x, weight, bias, **parameters), x)

    return stranger(conv2d=wrong)


def linear_gradient(change):
    def wrong(grad_output, x, weight, bias):
        grads = reference_impl.linear_backward(grad_output, x, weight, bias)
        return tuple(change(grad, x) for grad in grads)

    return stranger(linear_backward=wrong)


def first_row_doubled(y, _x):
    y = y.copy()
    y[:, :, :1] *= 2
    return y


def shifted(y, _x):
    return np.concatenate([y[:, :, 1:], np.zeros_like(y[:, :, :1])], axis=2)


def only_for_one_image(y, x):
    return y if len(x) < 2 else y + 1


def only_for_squares(y, x):
    return y if x.shape[2] == x.shape[3] else y + 1


def in_float16(y, _x):
    with np.errstate(all="ignore"):
        return y if y.dtype == np.float64 else y.astype(np.float16).astype(y.dtype)


def no_bias(x, weight, bias, **parameters):
    return reference_impl.conv2d(x, weight, 0 * bias, **parameters)


@pytest.mark.parametrize(
    "name, contender, said",
    [
        ("conv2d/value[float64]", conv2d(lambda y, _: 3 * y), "is 3 times what it should be"),
        ("conv2d/value[float64]", conv2d(lambda y, _: y / 3), "is 1/3 times what it should be"),
        ("conv2d/value[float64]", conv2d(lambda y, _: -y), "has the wrong sign"),
        ("conv2d/value[float64]", conv2d(lambda y, _: 0 * y), "is zero throughout"),
        ("conv2d/value[float64]", conv2d(lambda y, _: y.swapaxes(2, 3)), "axes 2 and 3 are exch"),
        ("conv2d/value[float64]", conv2d(lambda y, _: y[:, :, ::-1]), "reversed along its axis 2"),
        ("conv2d/value[float64]", conv2d(shifted), "shifted by one along its axis 2"),
        ("conv2d/value[float64]", conv2d(first_row_doubled), "wrong only in the first place"),
        ("conv2d/value[float64]", conv2d(only_for_one_image), "fails only where axis 0 (the ba"),
        ("conv2d/value[float64]", conv2d(only_for_squares), "fails only where x is not square"),
        ("conv2d/value[float32]", conv2d(in_float16), "right in float64, and wrong in float32"),
        ("conv2d/value[float32]", conv2d(in_float16), "mostly right to 3 digits of its"),
        ("conv2d/value[float64]", stranger(conv2d=no_bias), "is what is due for bias = 0"),
        ("linear/gradient/bias[float64]", linear_gradient(lambda g, x: g / max(len(x), 1)),
         "is 1/n of what it should be, n being the length of axis 0 of x"),
        ("linear/gradient/x[float64]", linear_gradient(lambda g, x: g * len(x)),
         "is n times what it should be, n being the length of axis 0 of x"),
        ("linear/gradient/weight[float64]", linear_gradient(lambda g, _: 0 * g),
         "the gradient of weight is zero throughout"),
    ],
)  # fmt: skip
def test_what_no_mistake_explains_is_said_in_words(name, contender, said):
    check = RUN.checks[name]
    found = diagnose(check, contender, PLAN, [], reference_impl)
    assert any(said in words for words in found.findings), found.findings


FINDINGS = {
    "factor": "times what it should be",
    "sum": "n times what it should be",
    "sign": "has the wrong sign",
    "transposed": "is transposed",
    "shifted": "is shifted by one",
    "border": "is wrong only in the",
    "missing gradient": "is zero throughout",
    "float32": "it is right in float",
    "square": "square in its last two axes",
    "batch": "(the batch)",
}


@pytest.mark.parametrize("kind", FINDINGS)
def test_strangers_without_a_name_are_described(kind):
    names = [name for name, one in STRANGERS if getattr(one, "FINDING", None) == kind]
    said = {name: (diagnosed(name) or {"findings": []})["findings"] for name in names}
    described = [name for name in names if any(FINDINGS[kind] in one for one in said[name])]
    assert len(described) >= 0.5 * len(names) > 0, said


NUDGED = ("conv2d", "linear", "relu", "max_pool2d", "sigmoid", "softmax", "batch_norm", "lstm")


@pytest.mark.parametrize("operation", NUDGED)
def test_what_is_off_by_a_hair_is_called_nothing(operation):
    right = getattr(reference_impl, operation)

    def nudge(result):
        if isinstance(result, tuple):
            return tuple(map(nudge, result))
        with np.errstate(all="ignore"):
            return result * result.dtype.type(1 + 4 * 2.0**-53)

    def nudged(*inputs, **parameters):
        return nudge(right(*inputs, **parameters))

    found = found_in(f"{operation}/value[float64]", stranger(**{operation: nudged}))
    assert found.mistakes == ()
    assert not any("the result" in words for words in found.findings), found.findings


def test_what_holds_of_one_output_is_said_of_that_one():
    def no_last_cell(*inputs):
        outputs, h, c = reference_impl.lstm(*inputs)
        return outputs, h, np.zeros_like(c)

    check = RUN.checks["lstm/value[float64]"]
    found = diagnose(check, stranger(lstm=no_last_cell), PLAN, [], reference_impl)
    assert found.findings[0] == "the result number 3 is zero throughout"


def test_no_structure_is_said_of_numbers_where_some_cases_raise():
    def moody(x, weight, bias, **parameters):
        if len(x) > 1:
            raise TypeError("one image at a time")
        return 0 * reference_impl.conv2d(x, weight, bias, **parameters)

    check = RUN.checks["conv2d/value[float64]"]
    found = diagnose(check, stranger(conv2d=moody), PLAN, [], reference_impl)
    assert not any("zero" in words for words in found.findings)


def test_a_hint_gives_no_factor_away():
    check = RUN.checks["conv2d/value[float64]"]
    found = diagnose(check, conv2d(lambda y, _: 3 * y), PLAN, [], reference_impl)
    assert found.findings[0] == "the result is 3 times what it should be"
    assert found.hints[0] == "the result is what it should be, times a constant"


def test_cases_that_are_not_offered_tell_nothing():
    def no_pairs(x, weight, bias, **parameters):
        if any(isinstance(value, tuple) for value in parameters.values()):
            raise NotImplementedError("one number for both")
        return flipped(x, weight, bias, **parameters)

    found = found_in("conv2d/value[float64]", stranger(conv2d=no_pairs))
    assert [one.id for one in found.mistakes] == ["conv2d/kernel-flipped"]
    assert found.agreements == (1,)


def test_foreign_code_in_an_array_is_not_run():
    class Loud:
        def __float__(self):
            raise SystemExit("not me")

    def odd(*inputs):
        outputs, h, _ = reference_impl.lstm(*inputs)
        return outputs + 1, h, np.array([Loud()], object)

    found = found_in("lstm/value[float64]", stranger(lstm=odd))
    assert found.mistakes == ()


def test_rules_that_are_not_refused_are_listed():
    def without_checks(x, weight, bias):
        return x @ weight.T + bias

    found = found_in("linear/refusal[float32]", stranger(linear=without_checks))
    assert found.findings
    assert all(words.startswith("not refused though it should be: ") for words in found.findings)


def test_what_has_no_structure_is_left_unsaid():
    rng = np.random.default_rng(0)
    found = found_in("conv2d/value[float64]", conv2d(lambda y, _: y + rng.standard_normal(y.shape)))
    assert (found.mistakes, found.findings) == ((), ())


def test_a_call_that_does_not_come_back_ends_the_inquiry():
    class Hanging(Implementation):
        calls = 0

        def provides(self, function):
            return function == "relu"

        def call(self, *_args, **_options):
            self.calls += 1
            return Ended("timed out", "it hangs")

    contender = Hanging(None, "hanging")
    found = found_in("relu/value[float32]", contender)
    assert (found.mistakes, found.findings, contender.calls) == ((), (), 1)


def test_the_record_has_it_and_the_report_shows_it():
    def wrong(grad_output, x):
        return grad_output * (x >= -1)

    offered = SimpleNamespace(conv2d=flipped, relu=reference_impl.relu, relu_backward=wrong)
    verdict = judged(["conv2d", "relu"], offered, dtypes=["float64"], profile="quick")
    by_id = {line["id"]: line for line in verdict.lines}
    flip = next(one for one in MISTAKES if one.id == "conv2d/kernel-flipped")
    (told,) = by_id["conv2d/value[float64]"]["diagnosis"]["mistakes"]
    said = {"id": flip.id, "sentence": flip.sentence, "hint": flip.hint}
    assert told == {**said, "agreement": 1}
    assert by_id["relu/value[float64]"]["diagnosis"] is None
    assert f"behaves like: {flip.sentence}" in " ".join(str(verdict).split())


def test_a_diagnosis_that_goes_wrong_takes_nothing_down(monkeypatch):
    def broken(*_args, **_options):
        raise RuntimeError("no idea")

    monkeypatch.setattr("conformance.run.judged_lines.diagnose", broken)
    verdict = judged("relu", lambda x: x, profile="quick")
    (line, *_) = verdict.failures
    assert line["verdict"] == "fails"
    assert line["diagnosis"]["findings"] == ["no diagnosis: RuntimeError: no idea"]


def test_the_same_failure_has_the_same_diagnosis():
    contender = conv2d(only_for_squares)
    first, second = (found_in("conv2d/value[float32]", contender) for _ in range(2))
    assert first == second
