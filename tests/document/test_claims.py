import json
import re
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import scipy.signal
import scipy.special
import torch
from hypothesis import strategies as st

from cases.document import CLAIMS, DOCUMENT, as_documented, backward, learning, training
from cases.document.expected import EXPECTATIONS
from conformance.bounds import matmul
from conformance.bounds.elementary import sigmoid, tanh
from conformance.judge.claim import judge_claim, rejudge
from conformance.judge.search import Plan
from conformance.record import fields
from conformance.record.vocabulary import Verdict
from conformance.run.judged_lines import claim_line
from conformance.spec.case import Case, Structure
from conformance.spec.claim import Claim, Row, Suspect
from conformance.spec.finding import Finding
from conformance.tools.replay.replay import repeated_rows

QUICK = Plan(examples=10)
BY_ID = {claim.id: claim for claim in CLAIMS}
IDS = tuple(BY_ID)
TRIED = tuple(claim.id for claim in CLAIMS if not claim.untestable and not claim.needs)


def table(result):
    """The truth table as two sets of rows, as the reviewed expectations state it."""
    holds = frozenset(one.row.name for one in result.rows if one.holds)
    fails = frozenset(one.row.name for one in result.rows if not one.holds)
    return result.verdict, holds, fails


def expected(name):
    one = EXPECTATIONS[name]
    return one.verdict, one.holds, one.does_not_hold


def trimmed(y, activations, zs, weights):
    """The listing put right: the arrays made before its recursion are left out."""
    grad_weights, grad_biases = as_documented.backpropagate(y, activations, zs, weights)
    return grad_weights[: len(weights) - 1] + grad_weights[-1:], grad_biases


def trimmed_example(X, y, weights, biases):
    return trimmed(y, *as_documented.forward_propagate(X, weights, biases), weights)


def torch_conv2d(X, W, b, stride=1, padding=0):
    image, kernel = torch.from_numpy(X).permute(2, 0, 1)[None], torch.from_numpy(W)
    out = torch.nn.functional.conv2d(
        image, kernel.permute(3, 2, 0, 1), torch.from_numpy(b), stride=stride, padding=padding
    )
    return out[0].permute(1, 2, 0).numpy()


def refusing_max_pool2d(X, pool_size, stride):
    if min(X.shape[:2]) < pool_size:
        raise ValueError("the window does not fit")
    return as_documented.max_pool2d(X, pool_size, stride)


def right_cnn_example(X, W, b, *, sizes_only=False):
    if sizes_only:
        return as_documented.cnn_example(X, W, b, sizes_only=True)
    convolved = torch_conv2d(X, W, b, padding=2)
    return convolved, as_documented.max_pool2d(convolved)


def lstm(*arrays):
    x, h, c, w_ih, w_hh, b_ih, b_hh = arrays
    gates = matmul(x, w_ih.T, b_ih) + matmul(h, w_hh.T, b_hh)
    i, f, g, o = (gates[:, k * h.shape[1] : (k + 1) * h.shape[1]] for k in range(4))
    state = sigmoid(f) * c + sigmoid(i) * tanh(g)
    return [sigmoid(o) * tanh(state), state]


def uphill(x, y, layers, g, last, rate):
    return training.training_step(x, y, layers, g, last, -rate)


def halved(x, y, layers, g, last):
    weights, biases = training.recursion(x, y, layers, g, last)
    return [w * 0.5 for w in weights], biases


def half_a_step(x, y, layers, g, last, rate):
    return training.training_step(x, y, layers, g, last, rate / 2)


def with_product(x, weights, biases, g):
    """A network that also sees the product of its inputs."""
    z = learning.propagated(x, weights, biases, g)
    return z - 4 * weights[-1][:, :1].mean() * (x[:, :1] * x[:, 1:]) if len(weights) == 1 else z * 0


def updating(y, activations, zs, weights):
    """A backpropagation that takes the step itself."""
    gradients = as_documented.backpropagate(y, activations, zs, weights)
    weights[0] -= 0.125 * gradients[0][0]
    return gradients


def of_global_mean(X, W, b, stride=1, padding=0):
    return as_documented.conv2d(X, W, b, stride, padding) + X.mean()


def of_position(X, W, b, stride=1, padding=0):
    out = as_documented.conv2d(X, W, b, stride, padding)
    return out + np.arange(len(out))[:, None, None]


# For each claim another formula: a wrong one, or the right one where the document's is wrong.
OTHERS = {
    "2.1/one-weight": lambda w, a, b: w * a[0] * 2 + b,
    "2.1/non-linear": lambda _g, x, w, b: w @ x + b,
    "2.1/collapse": lambda layers: (matmul(*reversed(layers[0])), layers[1][1]),
    "2.2/training": uphill,
    "2.2/trajectory": half_a_step,
    "2.2/approach": lambda x, weights, biases, g: -learning.propagated(x, weights, biases, g) * 0,
    "2.3/depth": halved,
    "2.3/xor": with_product,
    "3.1/weighted-sum": lambda w, a, b: matmul(w, a) - b,
    "3.1/activation": lambda g, z: g(-z),
    "3.2/optimisation": updating,
    "3.2/output-delta": lambda a, y: y - a,
    "3.2/hidden-delta": lambda delta, w, _slope: matmul(w.T, delta),
    "3.2/slope": lambda _g, z: z,
    "3.2/gradients": lambda delta, a: (backward.gradients(delta, a)[0], delta * 2),
    "3.2/gradient-descent": lambda parameter, gradient, rate: parameter + rate * gradient,
    "3.3/later-sections": lambda: ("循环神经网络的实现",),
    "3.3/cnn": lambda x, _weight, _bias: x,
    "3.3/rnn": lambda x, h, w_ih, w_hh, b_ih, b_hh: tanh(
        matmul(x, w_ih.T, b_ih) + matmul(h, w_hh.T, b_hh)
    ),
    "3.3/lstm": lstm,
    "4.1/sigmoid": lambda z: 1 / (1 + np.exp(z)),
    "4.1/sigmoid-warnings": scipy.special.expit,
    "4.1/sigmoid-derivative": lambda a: 1 - a * a,
    "4.1/forward-propagate": lambda X, weights, biases: as_documented.forward_propagate(
        X, [w.T for w in weights], biases
    ),
    "4.1/weight-order": lambda X, weights, biases: as_documented.forward_propagate(
        X, [w.T for w in weights], biases
    ),
    "4.1/weight-gradients": trimmed,
    "4.1/gradient-count": trimmed,
    "4.1/first-and-last": lambda *given: tuple(
        [2 * one for one in group] for group in as_documented.backpropagate(*given)
    ),
    "4.1/bias-gradients": lambda *given: tuple(
        [2 * one for one in group] for group in as_documented.backpropagate(*given)
    ),
    "4.1/update": trimmed,
    "4.1/usage-example": trimmed_example,
    "4.1/example-targets": lambda z: z,
    "4.2/output-size": lambda n, f, p, s: (n - f + 2 * p) // s + 1,
    "4.2/conv2d": torch_conv2d,
    "4.2/conv2d-errors": torch_conv2d,
    "4.2/max-pool2d": refusing_max_pool2d,
    "4.2/pool-size": lambda n, f, _p, s: (n - f) // s + 1,
    "4.2/down-sampling": lambda n, _f, _p, _s: n,
    "4.2/stacked": of_global_mean,
    "4.2/usage-example": right_cnn_example,
    "4.2/usage-sizes": lambda *_given, **_sizes: ((24, 24, 6), (12, 12, 6)),
    "4.2/cross-correlation": lambda X, W: scipy.signal.convolve2d(X, W, mode="valid"),
    "4.2/convolve2d": lambda X, W: scipy.signal.correlate2d(X, W, mode="valid"),
    "4.2/local-connections": of_global_mean,
    "4.2/weight-sharing": of_position,
    "4.2/dimensions": lambda x, w: scipy.signal.convolve(x, w, mode="valid"),
    "6/pytorch": lambda x: x * x,
    "6/numpy": lambda a, b: np.dot(a, b) * 2,
}


def test_every_claim_has_a_reviewed_verdict_and_another_formula():
    assert set(BY_ID) == set(EXPECTATIONS)
    assert set(TRIED) == set(OTHERS)
    assert len(CLAIMS) == len(BY_ID)
    for claim in CLAIMS:
        names = [(row.reading, row.condition) for row in claim.rows]
        assert len(names) == len(set(names))
        assert claim.untestable or names
        assert claim.statement.endswith(".")


def test_no_section_of_the_document_is_left_out():
    numbers = [heading.number for heading in DOCUMENT.headings]
    said = {claim.number for claim in CLAIMS}
    for number in numbers:
        # The heading of a chapter alone says nothing; its sections do.
        within = [other for other in numbers if other.startswith(f"{number}.")]
        assert number in said or (within and said.issuperset(within))
    assert said <= set(numbers)


def test_claims_stand_in_the_order_of_the_document():
    numbers = [heading.number for heading in DOCUMENT.headings]
    places = [numbers.index(claim.number) for claim in CLAIMS]
    assert places == sorted(places)


def test_no_statement_and_no_reading_is_a_negation():
    for claim in CLAIMS:
        for text in (claim.statement, *(row.reading or "" for row in claim.rows)):
            if claim.id != "4.2/cross-correlation":
                assert not re.search(r"\b(never torch|is not|not torch|no array)\b", text)


def test_the_first_reading_decides_the_verdict():
    result = quick("3.2/optimisation")
    assert [row.holds for row in result.rows] == [False, True]
    assert result.verdict == "does not hold"
    result = quick("4.1/sigmoid-derivative")
    assert [row.holds for row in result.rows] == [True, False]
    assert result.verdict == "holds"


def test_what_cannot_be_run_says_why():
    for claim in CLAIMS:
        if claim.untestable:
            result = judge_claim(claim, QUICK)
            assert (result.verdict, result.reason) == ("not testable", claim.untestable)
            assert EXPECTATIONS[claim.id].verdict == "not testable"
    needing = replace(BY_ID["6/numpy"], needs="no_such_package")
    result = judge_claim(needing, QUICK)
    assert result.verdict == "not testable"
    assert result.reason.startswith("it needs no_such_package")


def test_keras_on_another_backend_decides_what_it_is_based_on():
    rests = {"tensorflow": "holds", "torch": "does not hold"}
    for imported, verdict in rests.items():
        claim = replace(BY_ID["6/keras"], needs="", formula=lambda _backend, name=imported: [name])
        assert judge_claim(claim, QUICK).verdict == verdict


@cache
def quick(name):
    return judge_claim(BY_ID[name], QUICK)


@cache
def stored_line(name):
    return claim_line(BY_ID[name], QUICK, "a section")


@pytest.mark.parametrize("name", TRIED)
def test_the_truth_is_found(name):
    result = quick(name)
    assert table(result) == expected(name)
    for row in result.rows:
        assert row.cases > 0
        assert row.holds == (row.failure is None)
    line = stored_line(name)
    json.dumps(line, allow_nan=False)
    assert line == fields.claim(**{key: value for key, value in line.items() if key != "type"})


@pytest.mark.parametrize("name", TRIED)
def test_another_formula_has_another_truth(name):
    result = judge_claim(replace(BY_ID[name], formula=OTHERS[name]), QUICK)
    assert table(result) != expected(name)
    assert {one.row.name for one in result.rows} == {row.name for row in BY_ID[name].rows}


def test_the_last_delta_has_fifty_rows_of_which_eight_hold():
    rows = BY_ID["3.2/output-delta"].rows
    assert len(rows) == 2 * 5 * 5
    assert len(EXPECTATIONS["3.2/output-delta"].holds) == 8


@pytest.mark.parametrize("name", ["4.1/sigmoid-warnings", "4.2/conv2d", "4.2/output-size"])
def test_the_right_formula_holds_in_the_rows_that_the_document_fails(name):
    result = judge_claim(replace(BY_ID[name], formula=OTHERS[name]), QUICK)
    held = {one.row.name for one in result.rows if one.holds}
    assert held >= EXPECTATIONS[name].does_not_hold


def test_the_same_seed_gives_the_same_result():
    first, second = (claim_line(BY_ID["4.2/conv2d"], QUICK, "4.2") for _ in range(2))
    assert {**first, "seconds": 0.0} == {**second, "seconds": 0.0}


def test_a_counterexample_is_small():
    for row in stored_line("3.2/output-delta")["readings"]:
        if row["counterexample"] is not None:
            assert len(row["counterexample"]["inputs"]["z"]) <= 2


@pytest.mark.parametrize(
    "name", ["3.2/hidden-delta", "4.1/sigmoid-warnings", "4.2/conv2d", "4.2/output-size"]
)
def test_a_stored_counterexample_disagrees_again(name):
    result = quick(name)
    rows = json.loads(json.dumps(stored_line(name)["readings"]))
    for row, stored in zip(result.rows, rows, strict=True):
        if not row.holds:
            finding = rejudge(BY_ID[name], stored)
            assert finding.verdict == "fails"
            assert finding.message == stored["counterexample"]["message"]
    text, wrong = repeated_rows(BY_ID[name], rows)
    assert wrong
    assert text.startswith(f"{name}: ")
    assert "expected = " in text


def test_a_replay_says_so_when_the_formula_has_been_put_right():
    rows = stored_line("4.2/output-size")["readings"]
    right = replace(BY_ID["4.2/output-size"], formula=OTHERS["4.2/output-size"])
    text, wrong = repeated_rows(right, rows)
    assert not wrong
    assert "this case is right now" in text


def test_a_replay_of_what_is_not_there_says_what_is():
    claim = BY_ID["4.2/output-size"]
    stored = stored_line("4.2/output-size")["readings"]
    with pytest.raises(ValueError, match="has no counterexample"):
        rejudge(claim, stored[0])
    with pytest.raises(ValueError, match="has no row elsewhere; it has n − f"):
        rejudge(claim, {**stored[1], "condition": "elsewhere"})
    with pytest.raises(ValueError, match="gives no formula"):
        rejudge(replace(claim, formula=None), stored[1])


def _claim_of(judge, admits=lambda _case: True):
    structures = st.just(Structure({"x": (2,)}))
    row = Row(None, None, structures, lambda _rng, _s: {"x": np.ones(2)}, judge, admits)
    return Claim("0/none", "A statement.", "x", "nowhere", (row,), lambda: None)


def test_a_row_on_which_nothing_was_judged_does_not_hold():
    line = claim_line(_claim_of(lambda _f, _c: Finding(Verdict.CONFORMS)), QUICK, "0")
    assert line["verdict"] == "does not hold"
    assert line["message"] == "no case was judged"
    outside = judge_claim(
        _claim_of(lambda _f, _c: Finding(Verdict.FAILS), lambda _case: False), QUICK
    )
    assert outside.rows[0].cases == 0
    assert not outside.rows[0].holds


def test_a_truth_in_doubt_is_no_verdict():
    def judge(_formula, _case):
        raise Suspect("torch lies outside the bound")

    with pytest.raises(Suspect):
        judge_claim(_claim_of(judge), QUICK)


def test_a_case_outside_the_universe_is_no_counterexample():
    row = next(
        row for row in BY_ID["3.2/output-delta"].rows if row.condition == "L = BCE, g: identity"
    )
    assert not row.admits(Case({"z": np.array([2.0]), "y": np.array([0.0])}, {}))
    assert not row.admits(Case({"z": np.array([0.5]), "y": np.array([3.0])}, {}))
    assert row.admits(Case({"z": np.array([0.5]), "y": np.array([1.0])}, {}))
