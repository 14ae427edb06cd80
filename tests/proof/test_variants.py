"""What is computed right, but not as the reference computes it, conforms."""

from importlib import import_module
from pkgutil import iter_modules

import numpy as np
import pytest

import cases.variants
import reference_impl
from cases import OPERATIONS
from cases.variants import VARIANTS
from conformance.implementation.implementation import Implementation
from conformance.implementation.load import load
from conformance.judge.check import Plan, run_check
from conformance.spec.check import Check, checks_of

SINGLE = {one.name: one for one in OPERATIONS if one.network is None}
PARTNER = {name: f"{name}_backward" for name, one in SINGLE.items() if one.gradients}
CONTRACT = {*SINGLE, *PARTNER.values()}
OFFERED = {
    variant: [name for name in SINGLE if load(variant).provides(name)] for variant in VARIANTS
}
EACH = [
    pytest.param(variant, name, id=f"{variant.rpartition('.')[2]}-{name}")
    for variant in VARIANTS
    for name in OFFERED[variant]
]
# One check that judges the value and all gradients at once, and one that judges what is refused.
KINDS = ("dtype", "refusal")


def offers(variant):
    module = import_module(variant)
    return getattr(module, "IMPLEMENTATION", module)


def found_in(function):
    return getattr(function, "__module__", "")  # a ufunc has none


def judged(variant, name, kind, dtype, contender):
    owed = [check.kind for check in checks_of(SINGLE[name], (dtype,))]
    if kind in owed:
        plan = Plan(examples=2, small=False)
        result = run_check(Check(SINGLE[name], kind, None, dtype), contender, plan)
        assert (result.verdict, result.message) == ("conforms", ""), (variant, name, kind)


class Beside:
    """A variant, whose every call is repeated with the reference."""

    def __init__(self, variant):
        self._variant = offers(variant)
        self.differs = False

    def __getattr__(self, name):
        ours, theirs = getattr(self._variant, name), getattr(reference_impl, name)

        def both(*inputs, **parameters):
            result = ours(*inputs, **parameters)
            self.differs |= not same(result, theirs(*inputs, **parameters))
            return result

        return both


def same(a, b):
    if isinstance(a, (list, tuple)):
        return all(same(*pair) for pair in zip(a, b, strict=True))
    return np.array_equal(a, b, equal_nan=True)


def test_every_variant_is_listed_and_there():
    found = {module.name for module in iter_modules(cases.variants.__path__)}
    assert {f"cases.variants.{name}" for name in found if name[0] != "_"} == set(VARIANTS)
    assert list(VARIANTS) == sorted(set(VARIANTS))


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_variant_offers_functions_of_the_contract_and_no_other(variant):
    found = offers(variant)
    public = {name for name in dir(found) if name[0] != "_" and callable(getattr(found, name))}
    if found is import_module(variant):
        # What a module imports is not what it offers.
        public = {name for name in public if found_in(getattr(found, name)) == variant}
    assert public <= CONTRACT
    assert OFFERED[variant]
    for name in OFFERED[variant]:
        assert name not in PARTNER or callable(getattr(found, PARTNER[name]))


@pytest.mark.parametrize("variant, name", EACH)
def test_a_variant_conforms(variant, name):
    contender = load(variant)
    dtype = ("float32", "float64")[len(variant + name) % 2]
    for kind in KINDS:
        judged(variant, name, kind, dtype, contender)


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_variant_is_not_the_reference_under_another_name(variant):
    beside = Beside(variant)
    contender = Implementation(beside, variant)
    for name in OFFERED[variant]:
        assert getattr(offers(variant), name) is not getattr(reference_impl, name)
        if not beside.differs:
            judged(variant, name, "dtype", "float32", contender)
    assert beside.differs


def test_the_reference_would_be_found_to_be_itself():
    beside = Beside("reference_impl")
    judged("reference_impl", "linear", "dtype", "float32", Implementation(beside, "reference"))
    assert not beside.differs
