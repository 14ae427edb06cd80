"""Every named mistake is rejected by the checks that it breaks, and by no other.

By default each mistake meets one check that it breaks. With `-m thorough` it meets every check of
its operation, in both dtypes.
"""

import re

import pytest

import reference_impl
from cases.mistakes import MISTAKES
from conformance.run import Run
from conformance.runner import Plan, run_check

CHECKS = Run().checks
OWED = {
    mistake.id: [name for name in CHECKS if CHECKS[name].operation.name == mistake.operation]
    for mistake in MISTAKES
}


def verdict(mistake, name):
    return run_check(CHECKS[name], mistake.made(reference_impl), Plan(small=False)).verdict


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.id)
def test_a_mistake_is_rejected(mistake):
    broken = [name for name in OWED[mistake.id] if mistake.breaks_check(name)]
    assert broken, "it breaks no check"
    # Not always the same check: which one follows from the mistake's place in its list.
    assert verdict(mistake, broken[MISTAKES.index(mistake) % len(broken)]) == "fails"


@pytest.mark.thorough
@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.id)
def test_a_mistake_breaks_exactly_what_it_says(mistake):
    found = {name for name in OWED[mistake.id] if verdict(mistake, name) == "fails"}
    assert found == {name for name in OWED[mistake.id] if mistake.breaks_check(name)}


def test_every_operation_gradient_and_kind_of_check_is_represented():
    broken = {
        name for mistake in MISTAKES for name in OWED[mistake.id] if mistake.breaks_check(name)
    }
    # A question of convention is broken by what answers it in no valid way.
    assert {name for name in CHECKS if name not in broken} == set()


def test_mistakes_are_told_apart_and_said_plainly():
    assert len({mistake.id for mistake in MISTAKES}) == len(MISTAKES) >= 120
    for mistake in MISTAKES:
        assert re.fullmatch(r"[a-z0-9_]+/[a-z0-9-]+", mistake.id)
        assert mistake.sentence.strip()
        assert mistake.hint.strip()
