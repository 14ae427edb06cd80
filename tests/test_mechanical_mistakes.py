"""Every check of every operation rejects what no right implementation returns."""

import pytest
from mechanical import MISTAKES, Mistaken

from conformance.implementation import Implementation
from conformance.run import Run
from conformance.runner import Plan, run_check

CHECKS = Run().checks


@pytest.mark.parametrize("mistake", MISTAKES)
@pytest.mark.parametrize("name", CHECKS)
def test_every_check_rejects(name, mistake):
    check = CHECKS[name]
    mistaken = Mistaken(check, MISTAKES[mistake])
    result = run_check(check, Implementation(mistaken, mistake), Plan(examples=40, small=False))
    if mistake == "transposed where square" and not mistaken.changed:
        assert max(mistaken.ranks) < 2, "no square result was drawn"
        return
    assert mistaken.changed
    assert result.verdict == "fails", result
