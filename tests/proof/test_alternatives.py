"""What is computed right, but not as the reference computes it, conforms."""

from importlib import import_module

import numpy as np
import pytest

import reference_impl
from cases import OPERATIONS
from cases.alternatives import ALTERNATIVES
from conformance.implementation.implementation import Implementation
from conformance.implementation.load import load
from conformance.judge.check import judge_checks
from conformance.judge.search import Plan
from conformance.spec.check import checks_of

# Part of the long proofs, which tox runs.
pytestmark = pytest.mark.proof

SINGLE = {one.name: one for one in OPERATIONS if one.network is None}
PARTNER = {name: f"{name}_backward" for name, one in SINGLE.items() if one.gradients}
CONTRACT = {*SINGLE, *PARTNER.values()}
OFFERED = {
    alternative: [name for name in SINGLE if load(alternative).provides(name)]
    for alternative in ALTERNATIVES
}
EACH = [
    pytest.param(alternative, name, id=f"{alternative.rpartition('.')[2]}-{name}")
    for alternative in ALTERNATIVES
    for name in OFFERED[alternative]
]
NUMBERS = ("value", "gradient")
# A question of convention needs more cases than two.
KINDS = (*NUMBERS, "edge", "dtype", "pure", "refusal")


def offers(alternative):
    module = import_module(alternative)
    return getattr(module, "IMPLEMENTATION", module)


def found_in(function):
    return getattr(function, "__module__", "")  # a ufunc has none


def judged(name, kinds, dtype, contender):
    owed = [check for check in checks_of(SINGLE[name], (dtype,)) if check.kind in kinds]
    results = judge_checks(owed, contender, Plan(examples=2))
    found = {check: result.message or result.verdict for check, result in results.items()}
    assert found == dict.fromkeys(found, "conforms"), contender.name


class Beside:
    """An alternative, whose every call is repeated with the reference."""

    def __init__(self, alternative):
        self._alternative = offers(alternative)
        self.differs = False

    def __getattr__(self, name):
        ours, theirs = getattr(self._alternative, name), getattr(reference_impl, name)

        def both(*inputs, **parameters):
            result = ours(*inputs, **parameters)
            self.differs |= not same(result, theirs(*inputs, **parameters))
            return result

        return both


def same(a, b):
    if isinstance(a, (list, tuple)):
        return all(same(*pair) for pair in zip(a, b, strict=True))
    return np.array_equal(a, b, equal_nan=True)


@pytest.mark.parametrize("alternative", ALTERNATIVES)
def test_an_alternative_offers_functions_of_the_contract_and_no_other(alternative):
    found = offers(alternative)
    public = {name for name in dir(found) if name[0] != "_" and callable(getattr(found, name))}
    if found is import_module(alternative):
        # What a module imports is not what it offers.
        public = {name for name in public if found_in(getattr(found, name)) == alternative}
    assert public <= CONTRACT
    assert OFFERED[alternative]
    for name in OFFERED[alternative]:
        assert name not in PARTNER or callable(getattr(found, PARTNER[name]))


@pytest.mark.parametrize("alternative, name", EACH)
def test_an_alternative_conforms(alternative, name):
    contender = load(alternative)
    dtype = ("float32", "float64")[len(alternative + name) % 2]
    judged(name, KINDS, dtype, contender)


@pytest.mark.parametrize("alternative", ALTERNATIVES)
def test_an_alternative_is_not_the_reference_under_another_name(alternative):
    beside = Beside(alternative)
    contender = Implementation(beside, alternative)
    for name in OFFERED[alternative]:
        assert getattr(offers(alternative), name) is not getattr(reference_impl, name)
        if not beside.differs:
            judged(name, NUMBERS, "float32", contender)
    assert beside.differs


def test_the_reference_would_be_found_to_be_itself():
    beside = Beside("reference_impl")
    judged("linear", NUMBERS, "float32", Implementation(beside, "reference"))
    assert not beside.differs
