"""Code that offers a part of an operation is judged in that part, on as many calls as a whole one.

Each implementation here is the reference, but for what it does not offer.
"""

import inspect
from functools import cache, wraps
from pathlib import Path
from types import SimpleNamespace

import pytest

import reference_impl
from conformance.implementation.implementation import Implementation
from conformance.implementation.isolation.host import Isolated
from conformance.implementation.load import load
from conformance.implementation.load_error import LoadError
from conformance.judge.check import judge_check
from conformance.judge.coverage import coverage_of
from conformance.judge.search import Plan
from conformance.run.run import Run
from conformance.spec.coverage import WHOLE

RUN = Run()
PLAN = Plan(examples=8)
REFERENCE = Implementation(reference_impl, "reference")
# What must be given has no default, so that nobody could leave it out.
OPTIONAL = {
    name: {each: default for each, default in operation.parameters.items() if default is not ...}
    for name, operation in RUN.functions.items()
}
OPTIONAL = {name: parameters for name, parameters in OPTIONAL.items() if parameters}
EACH = [(name, each) for name, parameters in OPTIONAL.items() for each in parameters]
FUNCTIONS = pytest.mark.parametrize("operation", OPTIONAL)
PARAMETERS = pytest.mark.parametrize("operation, parameter", EACH)


def check(operation, kind="value"):
    return RUN.checks[f"{operation}/{kind}[float32]"]


def is_default(value, default):
    return value in (default, (default, default))


def refusing(operation, names, right=reference_impl):
    """The right function, which refuses all values but the default of these parameters."""
    function, defaults = getattr(right, operation), OPTIONAL[operation]

    @wraps(function)
    def partial(*inputs, **parameters):
        for name in names:
            if not is_default(parameters.get(name, defaults[name]), defaults[name]):
                raise NotImplementedError(f"{name} is not offered")
        return function(*inputs, **parameters)

    return Implementation(SimpleNamespace(**{operation: partial}), f"without {names}")


def lacking(operation, names, right=reference_impl):
    """The right function, whose signature has none of these parameters."""
    function = getattr(right, operation)
    signature = inspect.signature(function)
    kept = [each for each in signature.parameters.values() if each.name not in names]
    narrow = signature.replace(parameters=kept)

    def partial(*inputs, **parameters):
        narrow.bind(*inputs, **parameters)
        return function(*inputs, **parameters)

    partial.__signature__ = narrow
    return Implementation(SimpleNamespace(**{operation: partial}), f"lacks {names}")


@cache
def whole(operation):
    return judge_check(check(operation), REFERENCE, PLAN)


def missing(operation, contender):
    coverage = coverage_of(check(operation), contender).plain()
    return [] if coverage is None else coverage["missing"]


def is_named(parameter, words):
    return any(parameter in each for each in words)


def assert_judged_as_whole(operation, contender):
    result = judge_check(check(operation), contender, PLAN)
    assert result.verdict == "conforms", result.message
    assert result.tally.cases >= whole(operation).tally.cases > 0


@FUNCTIONS
def test_the_reference_offers_everything(operation):
    assert whole(operation).verdict == "conforms"
    assert coverage_of(check(operation), REFERENCE) == WHOLE


@pytest.mark.parametrize("without", [refusing, lacking])
@PARAMETERS
def test_one_parameter_that_is_not_offered_leaves_a_verdict(without, operation, parameter):
    contender = without(operation, [parameter])
    assert_judged_as_whole(operation, contender)
    assert is_named(parameter, missing(operation, contender))
    others = set(OPTIONAL[operation]) - {parameter}
    words = " ".join(missing(operation, contender)).replace(parameter, "")
    assert not any(other in words for other in others), words


@pytest.mark.parametrize("without", [refusing, lacking])
@FUNCTIONS
def test_without_any_of_its_parameters_it_is_judged_all_the_same(without, operation):
    contender = without(operation, list(OPTIONAL[operation]))
    assert_judged_as_whole(operation, contender)
    for parameter in OPTIONAL[operation]:
        assert is_named(parameter, missing(operation, contender)), parameter


@pytest.mark.parametrize("without", [refusing, lacking])
@pytest.mark.parametrize("kind", ["dtype", "pure", "edge", "special", "refusal"])
def test_every_kind_of_check_keeps_to_what_is_offered(without, kind):
    contender = without("conv2d", list(OPTIONAL["conv2d"]))
    result = judge_check(check("conv2d", kind), contender, PLAN)
    assert result.verdict == "conforms", result.message
    assert result.tally.cases > 0
    assert result.tally.declined == 0


@pytest.mark.parametrize("without", [refusing, lacking])
@pytest.mark.parametrize("operation", ["conv2d", "max_pool2d", "avg_pool2d"])
def test_a_few_calls_tell_what_is_offered_for_some_code_compiles_at_each(without, operation):
    names = list(OPTIONAL[operation])
    for absent in ([], names[:1], names[-1:]):
        contender, calls = without(operation, absent), []
        call = contender.call
        contender.call = lambda *given, call=call, calls=calls, **options: (
            calls.append(given) or call(*given, **options)
        )
        coverage_of(check(operation), contender)
        assert 0 < len(calls) <= 100, absent


class Flipped:
    """The reference, but its kernel is flipped."""

    @staticmethod
    def conv2d(x, weight, bias, stride=1, padding=0, dilation=1, groups=1):
        flipped = weight[..., ::-1, ::-1]
        return reference_impl.conv2d(
            x, flipped, bias, stride=stride, padding=padding, dilation=dilation, groups=groups
        )


@pytest.mark.parametrize("without", [refusing, lacking])
@pytest.mark.parametrize("names", [[each] for each in OPTIONAL["conv2d"]] + [OPTIONAL["conv2d"]])
def test_a_part_that_is_wrong_fails(without, names):
    contender = without("conv2d", list(names), Flipped)
    result = judge_check(check("conv2d"), contender, PLAN)
    assert result.verdict == "fails"
    assert result.finding.ours.flaw == "value"


def test_parameters_that_are_offered_apart_and_not_together():
    def conv2d(x, weight, bias, stride=1, padding=0, dilation=1, groups=1):
        if not is_default(dilation, 1) and groups != 1:
            raise NotImplementedError("dilation with groups")
        return reference_impl.conv2d(
            x, weight, bias, stride=stride, padding=padding, dilation=dilation, groups=groups
        )

    contender = Implementation(SimpleNamespace(conv2d=conv2d), "apart")
    assert_judged_as_whole("conv2d", contender)
    words = missing("conv2d", contender)
    assert words[0] == "dilation with groups"
    assert all("dilation" in each and "groups" in each for each in words)


def only_integers(x, weight, bias, stride=1, padding=0, dilation=1, groups=1):
    if not all(isinstance(each, int) for each in (stride, padding, dilation, groups)):
        raise TypeError("an integer is required")
    return reference_impl.conv2d(
        x, weight, bias, stride=stride, padding=padding, dilation=dilation, groups=groups
    )


def test_a_pair_that_is_no_integer_is_not_offered():
    contender = Implementation(SimpleNamespace(conv2d=only_integers), "integers")
    assert_judged_as_whole("conv2d", contender)
    words = missing("conv2d", contender)
    for parameter in ("stride", "padding", "dilation"):
        assert f"{parameter} as a pair" in words
    assert not {"stride", "padding", "dilation", "groups"} & set(words)


def test_another_exception_is_no_refusal_to_offer():
    def conv2d(x, weight, bias, **parameters):
        if not is_default(parameters.get("dilation", 1), 1):
            raise ValueError("what is dilation?")
        return reference_impl.conv2d(x, weight, bias, **parameters)

    contender = Implementation(SimpleNamespace(conv2d=conv2d), "wrong")
    result = judge_check(check("conv2d"), contender, PLAN)
    assert result.verdict == "fails"
    assert "ValueError: what is dilation?" in result.message
    assert missing("conv2d", contender) == []


# What a file says of itself

DECLARING = """
import reference_impl
from reference_impl import *

PARAMETERS = {"conv2d": {"groups": [1], "dilation": [1], "padding": [0, 1]}}


def conv2d(x, weight, bias, *, stride=1, padding=0, dilation=1, groups=1):
    given = {*([padding] if isinstance(padding, int) else padding)}
    if groups != 1 or dilation not in (1, (1, 1)) or not given <= {0, 1}:
        raise ValueError("this is not meant to be called so")
    return reference_impl.conv2d(
        x, weight, bias, stride=stride, padding=padding, dilation=dilation, groups=groups
    )
"""


@pytest.fixture
def declaring(tmp_path):
    file = tmp_path / "declaring.py"
    file.write_text(DECLARING, "utf-8")
    return str(file)


@pytest.mark.parametrize("loaded", [load, Isolated])
def test_what_is_declared_to_be_offered_is_judged_alone(loaded, declaring):
    contender = loaded(declaring)
    assert contender.parameters["conv2d"]["padding"] == [0, 1]
    assert_judged_as_whole("conv2d", contender)
    words = missing("conv2d", contender)
    assert words == ["dilation other than 1", "groups other than 1", "padding other than 0 or 1"]
    refusal = judge_check(check("conv2d", "refusal"), contender, PLAN)
    assert (refusal.verdict, refusal.message) == ("conforms", "")


def test_networks_keep_to_what_is_declared(declaring):
    narrower = DECLARING.replace("[0, 1]", "[0]").replace("<= {0, 1}", "<= {0}")
    Path(declaring).write_text(narrower, "utf-8")
    network = RUN.checks["network_cnn/value[float32]"]
    result = judge_check(network, load(declaring), Plan(examples=20))
    assert result.verdict == "conforms", result.message
    assert result.tally.declined > 0


@pytest.mark.parametrize("loaded", [load, Isolated])
@pytest.mark.parametrize(
    "wrong",
    [
        "7",
        '["conv2d"]',
        '{"conv2d": ["groups"]}',
        '{"conv2d": {"groups": 1}}',
        '{"conv2d": {"groups": []}}',
        '{"conv2d": {"groups": [None]}}',
        '{1: {"groups": [1]}}',
    ],
)
def test_a_declaration_that_is_none_is_refused_with_the_remedy(loaded, wrong, tmp_path):
    file = tmp_path / "wrong.py"
    file.write_text(f"PARAMETERS = {wrong}\n", "utf-8")
    with pytest.raises(LoadError) as caught:
        loaded(str(file))
    assert "PARAMETERS is " in str(caught.value)
    assert 'as {"conv2d": {"groups": [1]}}' in str(caught.value)
    assert "\n" not in str(caught.value)
