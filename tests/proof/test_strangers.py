"""Other people's code: what is right conforms; what is wrong fails, and its mistake has a name."""

import numpy as np
import pytest
from strangers import STRANGERS

from cases import OPERATIONS
from cases.mistakes import MISTAKES
from conformance.implementation.implementation import Implementation
from conformance.judge.check import judge_checks
from conformance.judge.search import Plan
from conformance.record.vocabulary import Kind
from conformance.spec.check import checks_of

# Part of the long proofs, which tox runs.
pytestmark = pytest.mark.proof

SINGLE = [operation for operation in OPERATIONS if operation.network is None]
QUICK = Plan(examples=12)
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


def results(stranger, kinds=tuple(Kind), dtypes=("float32", "float64")):
    """What becomes of the stranger in every check of what it offers; a dtype at a time."""
    for dtype in dtypes:
        for operation in SINGLE:
            owed = [check for check in checks_of(operation, (dtype,)) if check.kind in kinds]
            mine = [check for check in owed if check.provided_by(stranger)]
            # Some of them change NumPy's error state; the next is to find it as it was.
            with np.errstate():
                yield from judge_checks(mine, stranger, QUICK, first=True).items()


def named(*, right):
    return [
        pytest.param(cls, id=name)
        for name, cls in STRANGERS
        if getattr(cls, "RIGHT", False) == right
    ]


@pytest.mark.parametrize("cls", named(right=True))
def test_what_is_strange_but_right_conforms(cls):
    stranger = Implementation(cls(), cls.__name__)
    found = dict(results(stranger, {"value", "gradient"}, ("float32",)))
    assert found
    assert [name for name, result in found.items() if result.verdict != "conforms"] == []


def fails(cls):
    stranger = Implementation(cls(), cls.__name__)
    return any(result.rejects for _, result in results(stranger))


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
