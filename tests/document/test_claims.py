import json
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import scipy.signal
import scipy.special
import torch
from hypothesis import strategies as st

from cases.document import CLAIMS, as_documented, backward, training
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
IDS = (
    "2.2/training",
    "2.3/depth",
    "3.1/weighted-sum",
    "3.1/activation",
    "3.2/output-delta",
    "3.2/hidden-delta",
    "3.2/gradients",
    "3.2/gradient-descent",
    "3.3/cnn",
    "3.3/rnn",
    "3.3/lstm",
    "4.1/sigmoid",
    "4.1/sigmoid-derivative",
    "4.1/forward-propagate",
    "4.1/weight-gradients",
    "4.1/bias-gradients",
    "4.1/usage-example",
    "4.2/output-size",
    "4.2/conv2d",
    "4.2/cross-correlation",
    "4.2/max-pool2d",
    "4.2/usage-example",
)


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


def uphill(x, y, layers, g, rate):
    return training.training_step(x, y, layers, g, -rate)


def halved(x, y, layers, g):
    weights, biases = training.recursion(x, y, layers, g)
    return [w * 0.5 for w in weights], biases


# For each claim another formula: a wrong one, or the right one where the document's is wrong.
OTHERS = {
    "2.2/training": uphill,
    "2.3/depth": halved,
    "3.1/weighted-sum": lambda w, a, b: matmul(w, a) - b,
    "3.1/activation": lambda g, z: g(-z),
    "3.2/output-delta": lambda a, y: y - a,
    "3.2/hidden-delta": lambda delta, w, _slope: matmul(w.T, delta),
    "3.2/gradients": lambda delta, a: (backward.gradients(delta, a)[0], delta * 2),
    "3.2/gradient-descent": lambda parameter, gradient, rate: parameter + rate * gradient,
    "3.3/cnn": lambda x, _weight, _bias: x,
    "3.3/rnn": lambda x, h, w_ih, w_hh, b_ih, b_hh: tanh(
        matmul(x, w_ih.T, b_ih) + matmul(h, w_hh.T, b_hh)
    ),
    "3.3/lstm": lstm,
    "4.1/sigmoid": scipy.special.expit,
    "4.1/sigmoid-derivative": lambda a: 1 - a * a,
    "4.1/forward-propagate": lambda X, weights, biases: as_documented.forward_propagate(
        X, [w.T for w in weights], biases
    ),
    "4.1/weight-gradients": trimmed,
    "4.1/bias-gradients": lambda *given: tuple(
        [2 * one for one in group] for group in as_documented.backpropagate(*given)
    ),
    "4.1/usage-example": trimmed_example,
    "4.2/output-size": lambda n, f, p, s: (n - f + 2 * p) // s + 1,
    "4.2/conv2d": torch_conv2d,
    "4.2/cross-correlation": lambda X, W: scipy.signal.convolve2d(X, W, mode="valid"),
    "4.2/max-pool2d": refusing_max_pool2d,
    "4.2/usage-example": right_cnn_example,
}


def test_every_claim_of_the_document_is_there():
    assert set(BY_ID) == set(IDS) == set(EXPECTATIONS) == set(OTHERS)
    assert len(CLAIMS) == len(IDS)
    for claim in CLAIMS:
        names = [(row.reading, row.condition) for row in claim.rows]
        assert len(names) == len(set(names)) > 0


@cache
def quick(name):
    return judge_claim(BY_ID[name], QUICK)


@cache
def stored_line(name):
    return claim_line(BY_ID[name], QUICK)


@pytest.mark.parametrize("name", IDS)
def test_the_truth_is_found(name):
    result = quick(name)
    assert table(result) == expected(name)
    for row in result.rows:
        assert row.cases > 0
        assert row.holds == (row.failure is None)
    line = stored_line(name)
    json.dumps(line, allow_nan=False)
    assert line == fields.claim(**{key: value for key, value in line.items() if key != "type"})


@pytest.mark.parametrize("name", IDS)
def test_another_formula_has_another_truth(name):
    result = judge_claim(replace(BY_ID[name], formula=OTHERS[name]), QUICK)
    assert table(result) != expected(name)
    assert {one.row.name for one in result.rows} == {row.name for row in BY_ID[name].rows}


def test_the_last_delta_has_fifty_rows_of_which_eight_hold():
    rows = BY_ID["3.2/output-delta"].rows
    assert len(rows) == 2 * 5 * 5
    assert len(EXPECTATIONS["3.2/output-delta"].holds) == 8


@pytest.mark.parametrize("name", ["4.1/sigmoid", "4.1/weight-gradients", "4.2/output-size"])
def test_the_right_formula_holds_in_the_rows_that_the_document_fails(name):
    result = judge_claim(replace(BY_ID[name], formula=OTHERS[name]), QUICK)
    held = {one.row.name for one in result.rows if one.holds}
    remaining = EXPECTATIONS[name].does_not_hold - held
    # A list of L arrays has none between the first L − 1 and the very last.
    assert all(row.startswith("those between") for row in remaining)


def test_the_same_seed_gives_the_same_result():
    first, second = (claim_line(BY_ID["4.2/conv2d"], QUICK) for _ in range(2))
    assert {**first, "seconds": 0.0} == {**second, "seconds": 0.0}


def test_a_counterexample_is_small():
    for row in stored_line("3.2/output-delta")["readings"]:
        if row["counterexample"] is not None:
            assert len(row["counterexample"]["inputs"]["z"]) <= 2


@pytest.mark.parametrize(
    "name", ["3.2/hidden-delta", "4.1/sigmoid", "4.2/conv2d", "4.2/output-size"]
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
    return Claim("0/none", "0", "x", "nowhere", (row,), lambda: None)


def test_a_row_on_which_nothing_was_judged_does_not_hold():
    line = claim_line(_claim_of(lambda _f, _c: Finding(Verdict.CONFORMS)), QUICK)
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
    row = next(row for row in BY_ID["3.2/output-delta"].rows if row.condition == "BCE, identity")
    assert not row.admits(Case({"z": np.array([2.0]), "y": np.array([0.0])}, {}))
    assert not row.admits(Case({"z": np.array([0.5]), "y": np.array([3.0])}, {}))
    assert row.admits(Case({"z": np.array([0.5]), "y": np.array([1.0])}, {}))
