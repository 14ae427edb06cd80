"""Every check of every operation rejects what no right implementation returns."""

import re

import pytest
from spoilings import SPOILINGS

import reference_impl
from conformance.judge.check import judge_all
from conformance.judge.search import Plan
from conformance.run.run import Run
from conformance.tools.proof.mechanical import Mistaken, scaled

CHECKS = Run().checks
# The k of the smallest factor 1 + 2^−k that every check of a family notices in float32, at least;
# docs/sensitivity.json has what each check came to.
FINEST = {
    "activations": 19,
    "convolution": 20,
    "linear": 20,
    "losses": 18,
    "mlp": 19,
    "networks": 14,
    "normalization": 18,
    "optimizer": 19,
    "pooling": 19,
    "recurrent": 18,
    "reshaping": 19,
}
# Of three or four gates there are more rows than columns.
NEVER_SQUARE = re.compile(r"^(lstm|gru)(_cell)?/.*/w_hh\[")


@pytest.mark.parametrize("name", CHECKS)
def test_every_check_rejects(name):
    check = CHECKS[name]
    spoilings = dict(SPOILINGS)
    if check.dtype == "float32":
        finest = FINEST[check.operation.family]
        spoilings[f"scaled by 1 + 2^-{finest}"] = scaled(finest)
    mistaken = {what: Mistaken(check, reference_impl, spoil) for what, spoil in spoilings.items()}

    def before(trial):
        for one in mistaken.values():
            one.watch(trial)

    contenders = {what: one.contender(what) for what, one in mistaken.items()}
    results = judge_all(check, contenders, Plan(examples=40), before)
    found = {name: result.verdict for name, result in results.items()}
    turned = mistaken["transposed where square"]
    if not turned.changed:
        assert max(turned.ranks) < 2 or NEVER_SQUARE.search(name), "no square result was drawn"
        del found["transposed where square"]
    assert all(one.changed for what, one in mistaken.items() if what in found)
    assert found == dict.fromkeys(found, "fails")
