"""Other people's code: what is right conforms; what is wrong fails, and its mistake has a name."""

import numpy as np
import pytest
from strangers import STRANGERS

from cases.mistakes import MISTAKES
from conformance.implementation.implementation import Implementation
from conformance.judge.check import judge_check
from conformance.judge.search import Plan
from conformance.run.run import Run

CHECKS = [
    check for check in Run().checks.values() if not check.operation.name.startswith("network")
]
QUICK = Plan(examples=6)
FINDINGS = {
    "batch",
    "border",
    "factor",
    "float32",
    "missing gradient",
    "shifted",
    "sign",
    "square",
    "sum",
    "transposed",
}


def concerning(stranger):
    """Every check of what the stranger offers, those of numbers first, float32 before float64."""
    mine = [check for check in CHECKS if check.provided_by(stranger)]
    return sorted(mine, key=lambda check: (check.dtype, check.kind not in {"value", "gradient"}))


def conforms(check, stranger):
    # Some of them change NumPy's error state; the next is to find it as it was.
    with np.errstate():
        return judge_check(check, stranger, QUICK).verdict == "conforms"


def named(*, right):
    return [
        pytest.param(cls, id=name)
        for name, cls in STRANGERS
        if getattr(cls, "RIGHT", False) == right
    ]


@pytest.mark.parametrize("cls", named(right=True))
def test_what_is_strange_but_right_conforms(cls):
    stranger = Implementation(cls(), cls.__name__)
    numbers = [
        check
        for check in concerning(stranger)
        if check.kind in {"value", "gradient"} and check.dtype == "float32"
    ]
    assert numbers
    assert [check.id for check in numbers if not conforms(check, stranger)] == []


def fails(cls):
    stranger = Implementation(cls(), cls.__name__)
    return any(not conforms(check, stranger) for check in concerning(stranger))


@pytest.mark.parametrize("cls", named(right=False)[::8])
def test_what_is_wrong_fails_a_check(cls):
    assert fails(cls)


@pytest.mark.thorough
@pytest.mark.parametrize("cls", named(right=False))
def test_each_that_is_wrong_fails_a_check(cls):
    assert fails(cls)


def test_every_mistake_that_is_named_is_one_of_those_that_have_a_name():
    known = {mistake.id for mistake in MISTAKES}
    assert {cls.MISTAKE for _, cls in STRANGERS} - {None} <= known


def test_what_has_no_name_says_itself_what_is_wrong():
    unnamed = [cls for _, cls in STRANGERS if cls.MISTAKE is None]
    assert all(cls.__doc__ for cls in unnamed if not getattr(cls, "RIGHT", False))
    assert {getattr(cls, "FINDING", None) for cls in unnamed} - {None} <= FINDINGS


def test_nobody_is_here_twice():
    assert len({name for name, _ in STRANGERS}) == len(STRANGERS)
    assert len({id(cls) for _, cls in STRANGERS}) == len(STRANGERS)
