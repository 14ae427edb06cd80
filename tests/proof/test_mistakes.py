"""Every named mistake is rejected by the checks that it breaks, and by no other.

By default each mistake meets one check that it breaks. With `-m thorough` it meets every check of
its operation, in both dtypes; so does `nn-conformance mistakes`, whose figures are in the docs.
"""

import re
from types import SimpleNamespace

import numpy as np
import pytest

import reference_impl
from cases.mistakes import MISTAKES
from conformance.implementation.implementation import Implementation
from conformance.implementation.overlay import made
from conformance.judge.check import judge_check, judge_checks
from conformance.judge.search import Plan
from conformance.run.run import Run
from conformance.tools.proof.proof import Score, score
from conformance.tools.proof.tables import score_data, score_table

# Part of the long proofs, which tox runs.
pytestmark = pytest.mark.proof

CHECKS = Run().checks
# A network is wrong where a call in it is: its own mistakes are in test_networks.py.
SINGLE = {name: check for name, check in CHECKS.items() if check.operation.network is None}
OWED = {
    mistake.id: [name for name in SINGLE if SINGLE[name].operation.name == mistake.operation]
    for mistake in MISTAKES
}


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.id)
def test_a_mistake_is_rejected(mistake):
    broken = [name for name in OWED[mistake.id] if mistake.breaks_check(name)]
    assert broken, "it breaks no check"
    # Not always the same check: which one follows from the mistake's place in its list.
    check = CHECKS[broken[MISTAKES.index(mistake) % len(broken)]]
    found = judge_checks([check], made(mistake, reference_impl), Plan(), first=True)
    assert found[check.id].rejects


def test_targets_that_are_no_probabilities_must_be_refused_too():
    def clipped(p, t, reduction="mean"):
        return reference_impl.binary_cross_entropy(p, np.clip(t, 0, 1), reduction=reduction)

    contender = Implementation(SimpleNamespace(binary_cross_entropy=clipped), "clipped")
    check = CHECKS["binary_cross_entropy/refusal[float32]"]
    found = judge_check(check, contender, Plan())
    assert found.rejects
    assert found.verdict == "convention"
    assert "; not: target must be at " in found.convention
    assert found.failure.finding.message.startswith("accepted bad input: target must be at ")


GROUPS = {
    group: [check for check in SINGLE.values() if check.group == group]
    for group in dict.fromkeys(check.group for check in SINGLE.values())
}


# As in a run, a warning that nobody listens to is no exception.
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.thorough
@pytest.mark.parametrize("name", GROUPS)
def test_checks_reject_the_mistakes_that_break_them_and_no_other(name):
    for found in score(GROUPS[name], MISTAKES, reference_impl, Plan()):
        assert (found.missed, found.wronged) == ((), ()), found.check


def test_every_operation_gradient_and_kind_of_check_is_represented():
    broken = {
        name for mistake in MISTAKES for name in OWED[mistake.id] if mistake.breaks_check(name)
    }
    assert {check.kind for check in SINGLE.values()} == {SINGLE[name].kind for name in broken}
    # What each check of another kind rejects is made by machine: test_mechanical_mistakes.py.
    numeric = {
        name for name, check in SINGLE.items() if check.kind in {"value", "gradient", "convention"}
    }
    assert numeric - broken == set()


def test_mistakes_are_told_apart_and_said_plainly():
    assert len({mistake.id for mistake in MISTAKES}) == len(MISTAKES) >= 120
    for mistake in MISTAKES:
        assert re.fullmatch(r"[a-z0-9_]+/[a-z0-9-]+", mistake.id)
        assert mistake.sentence.strip()
        assert mistake.hint.strip()


def test_a_miss_and_a_false_rejection_show_in_the_table():
    data = score_data([Score("f/value[float32]", ("f/a", "f/b"), ("f/b", "f/c"))])
    table = score_table({**data, "mistakes": {"f": 3}})
    assert "| f | 3 | 1 / 2 | 50 % |" in table
    assert "missed: f/value[float32] by f/a" in table
    assert "rejected without cause: f/c by f/value[float32]" in table
