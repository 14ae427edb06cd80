"""Every check notices what is spoiled by machine in its own kind, and nothing of another kind."""

import re

import pytest
from spoilings import (
    IMPURE,
    TURNED,
    Alternating,
    functions,
    mistaken,
    wrong_dtype,
    wrong_shape,
    zeros,
)

import reference_impl
from conformance.judge.check import judge_sweep
from conformance.judge.search import Plan
from conformance.run.run import Run
from conformance.tools.proof.mechanical import Mistaken, scaled
from conformance.tools.proof.proof import NUMERIC

# Part of the long proofs, which tox runs.
pytestmark = pytest.mark.proof

CHECKS = Run().checks
GROUPS = {
    group: [check for check in CHECKS.values() if check.group == group]
    for group in {check.group: None for check in CHECKS.values()}
    if not group.startswith("network")
}
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
# The kinds of check that show a wrong value or gradient: on ordinary numbers, and on others.
SHOWING = {"value", "gradient", "special", "edge", "convention"}
# Of three or four gates there are more rows than columns.
NEVER_SQUARE = re.compile(r"^(lstm|gru)(_cell)?/.*/w_hh\[")


def judged(checks, wrong, plan):
    """The results of wrong implementations, which see each trial before they meet it."""

    def before(trial):
        for one in wrong.values():
            one.watch(trial)

    contenders = {what: one.contender(what) for what, one in wrong.items()}
    return judge_sweep(checks, contenders, plan, before, first=True)


@pytest.mark.parametrize("name", CHECKS)
def test_every_check_rejects(name):
    check = CHECKS[name]
    wrong = mistaken(check, reference_impl)
    if check.dtype == "float32" and check.kind in NUMERIC:
        finest = FINEST[check.operation.family]
        wrong[f"scaled by 1 + 2^-{finest}"] = Mistaken(check, reference_impl, scaled(finest))
    results = judged([check], wrong, Plan(examples=40))
    found = {what: result.rejects for (_, what), result in results.items()}
    if check.kind == "edge":
        # Of some operations no result of an empty array has an element.
        wrong = {what: one for what, one in wrong.items() if one.changed}
        found = {what: found[what] for what in wrong}
        assert "value: of the wrong shape" in found
    turned = wrong.get(TURNED)
    if turned and not turned.changed:
        assert max(turned.ranks) < 2 or NEVER_SQUARE.search(name), "no square result was drawn"
        del found[TURNED]
    assert [what for what in found if not wrong[what].changed] == []
    assert [what for what, rejected in found.items() if not rejected] == []


@pytest.mark.parametrize("name", [name for name in GROUPS if name.endswith("[float32]")])
def test_a_fault_is_no_matter_of_checks_of_another_kind(name):
    group = GROUPS[name]
    operation, by_kind = group[0].operation, {check.kind: check for check in group}
    wrong, due = {}, {}
    for argument in (None, *operation.gradients):
        about = {check.id for check in group if check.gradient_of == argument}
        for what, spoil, kinds in (
            ("zeros", zeros, SHOWING),
            ("shape", wrong_shape, SHOWING),
            ("dtype", wrong_dtype, {"dtype"}),
        ):
            wrong[f"{argument}: {what}"] = Mistaken(
                by_kind["dtype"], reference_impl, spoil, argument
            )
            due[f"{argument}: {what}"] = {
                check.id
                for check in group
                if check.kind in kinds and (check.kind in {"dtype", "edge"} or check.id in about)
            }
    for function in functions(operation):
        for what, kind in IMPURE.items():
            # Of two results one is wrong: that is a matter of the value too.
            if kind is not Alternating:
                wrong[f"{function} {what}"] = kind(reference_impl, function)
                due[f"{function} {what}"] = {by_kind["pure"].id}
    results = judged(group, wrong, Plan(examples=8))
    for what, expected in due.items():
        found = {
            check for (check, name), result in results.items() if name == what and result.rejects
        }
        assert found, what
        assert found <= expected, what
