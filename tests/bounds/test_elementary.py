"""Elementary functions of balls: K ulp of their own, and no less than what they carry."""

import math
from fractions import Fraction

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.bounds import elementary
from conformance.bounds.ball import Ball
from conformance.bounds.compare import compare
from conformance.bounds.floats import FORMATS, arithmetic, ulp

DTYPES = pytest.mark.parametrize("dtype", ["float32", "float64"])
proof = settings(max_examples=40, deadline=None, derandomize=True, database=None)

# Arguments as (mantissa's sign, least exponent, largest exponent), by function.
DOMAINS = {
    "exp": (-1, -30, 7),
    "log": (1, -140, 120),
    "log1p": (1, -40, 60),
    "sqrt": (1, -148, 120),
    "tanh": (-1, -148, 5),
    "sigmoid": (-1, -148, 7),
}
TRUTHS = {
    "exp": mpmath.exp,
    "log": mpmath.log,
    "log1p": lambda x: mpmath.log(1 + x),
    "sqrt": mpmath.sqrt,
    "tanh": mpmath.tanh,
    "sigmoid": lambda x: 1 / (1 + mpmath.exp(-x)),
}
NUMPYS = {
    "exp": np.exp,
    "log": np.log,
    "log1p": np.log1p,
    "sqrt": np.sqrt,
    "tanh": np.tanh,
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
}
FUNCTIONS = pytest.mark.parametrize("name", DOMAINS)


@pytest.fixture(autouse=True, scope="module")
def quiet():
    with np.errstate(all="ignore"), mpmath.workdps(60):
        yield


def precise(number):
    fraction = Fraction(*number.as_integer_ratio())
    return mpmath.mpf(fraction.numerator) / fraction.denominator


@st.composite
def arguments(draw, name, dtype):
    """A point of the domain, and a ball that has it at its edge."""
    sign, low, high = DOMAINS[name]
    rules = arithmetic(dtype)
    bits = draw(st.integers(2 ** (rules.form.p - 1), 2**rules.form.p - 1))
    exponent = draw(st.integers(low, high)) - rules.form.p + 1
    signed = bits * draw(st.sampled_from([1, sign]))
    point = np.array(math.ldexp(signed, exponent), dtype)
    share = draw(st.sampled_from([None, -rules.form.p, -rules.form.p + 3, -8, -1, 3]))
    if share is None:
        return Ball.exact(point, rules), point
    value = point.astype(rules.arbiter)
    value = value + draw(st.sampled_from([1, -1])) * np.ldexp(value, share)
    away = abs(Fraction(*value[()].as_integer_ratio()) - Fraction(*point[()].as_integer_ratio()))
    return Ball(value, np.nextafter(np.array(float(away)), np.inf), rules), point


def admissible(name, dtype, point):
    """NumPy's result, and the farthest that K ulp allow to either side."""
    rules = arithmetic(dtype)
    truth = TRUTHS[name](precise(point[()]))
    yield NUMPYS[name](point)
    if truth == 0:
        return
    size = np.array(float(truth))
    reach = mpmath.mpf(rules.accuracies[name]) * mpmath.mpf(float(ulp(size, rules.form)))
    for extreme in (truth + reach, truth - reach):
        result = np.array(float(extreme), dtype)
        if abs(precise(result[()]) - truth) <= reach:
            yield result
    if name in {"exp", "sigmoid"} and truth < rules.form.smallest_normal:
        yield np.zeros((), dtype)


@FUNCTIONS
@DTYPES
@given(data=st.data())
@proof
def test_no_admissible_result_lies_outside(name, dtype, data):
    x, point = data.draw(arguments(name, dtype))
    ball = getattr(elementary, name)(x)
    if np.isinf(ball.bound) or not np.isfinite(ball.value):
        return
    centre = TRUTHS[name](precise(x.value[()]))
    slack = 1 + ball.arithmetic.slack
    for result in admissible(name, dtype, point):
        if not np.isfinite(result):
            continue
        assert compare(result, ball).agrees, (result, ball.value, ball.bound)
        assert abs(precise(result[()]) - centre) <= mpmath.mpf(float(ball.bound)) * slack


@FUNCTIONS
@DTYPES
def test_an_exact_argument_gives_k_ulp_and_no_more(name, dtype):
    rules = arithmetic(dtype)
    x = np.array([0.1, 0.7, 1.3, 3.0], dtype)
    ball = getattr(elementary, name)(Ball.exact(x, rules))
    assert np.array_equal(ball.bound, rules.accuracies[name] * ulp(ball.value, rules.form))
    assert compare(NUMPYS[name](x), ball).agrees
    for away in (-3, 3):
        assert not compare((ball.value + away * ball.bound).astype(dtype), ball).agrees


# Where a slope is bounded by its largest in the ball, a wide ball is not attained.
@FUNCTIONS
@pytest.mark.parametrize("error, share", [(1e-3, 0.99), (0.25, 0.7)])
def test_what_is_carried_is_attained(name, error, share):
    rules = arithmetic("float32")
    x = Ball(np.array(0.6), np.array(error), rules)
    ball = getattr(elementary, name)(x)
    centre = TRUTHS[name](mpmath.mpf(0.6))
    edges = [TRUTHS[name](mpmath.mpf(0.6) + way * error) for way in (-1, 1)]
    attained = max(abs(edge - centre) for edge in edges)
    assert share < attained / float(ball.bound) <= 1


@pytest.mark.parametrize("name, argument, value", [("exp", 0.0, 1.0), ("log", 1.0, 0.0)])
def test_well_known_values(name, argument, value):
    ball = getattr(elementary, name)(Ball.exact(argument, arithmetic("float64")))
    assert compare(np.array(value), ball).agrees


@pytest.mark.parametrize("name", ["log", "sqrt", "tanh", "log1p"])
def test_a_zero_is_demanded_exactly(name):
    x = Ball.exact(np.float32(name == "log"), arithmetic("float32"))
    ball = getattr(elementary, name)(x)
    assert (ball.value, ball.bound) == (0, 0)


def test_an_exponential_below_every_number_has_no_room():
    ball = elementary.exp(Ball.exact(np.array([-1000.0]), arithmetic("float64")))
    assert ball.bound[0] <= 2 * FORMATS["float64"].smallest_normal


def test_a_small_carried_error_of_a_float64_root_does_not_cancel():
    rules = arithmetic("float64")
    ball = elementary.sqrt(Ball(np.array([2.0], rules.arbiter), np.array([2.0**-53]), rules))
    own = rules.accuracies["sqrt"] * 2.0**-52
    assert ball.bound[0] - own == pytest.approx(2.0**-53 / (2 * math.sqrt(2)))


def test_a_result_that_may_be_flushed_although_its_centre_is_normal():
    rules = arithmetic("float32")
    argument = math.log(FORMATS["float32"].smallest_normal)
    ball = elementary.exp(Ball(np.array([argument + 1e-4]), np.array([3e-4]), rules))
    assert ball.value[0] > FORMATS["float32"].smallest_normal
    assert compare(np.zeros(1, "float32"), ball).agrees


@pytest.mark.parametrize("name", ["log", "sqrt"])
@pytest.mark.parametrize("value, error, known", [(-1.0, 0.5, True), (-1.0, 2.0, False)])
def test_a_ball_that_reaches_out_of_the_domain(name, value, error, known):
    x = Ball(np.array([value]), np.array([error]), arithmetic("float32"))
    ball = getattr(elementary, name)(x)
    assert np.isnan(ball.value[0])
    assert ball.bound[0] == (0.0 if known else np.inf)


def test_a_logarithm_of_what_may_be_zero_claims_nothing():
    rules = arithmetic("float32")
    for value in (0.0, 1e-9, 9e-9):
        x = Ball(np.array([value]), np.array([1e-8]), rules)
        assert elementary.log(x).bound[0] == np.inf
        assert elementary.log1p(Ball(x.value - 1, x.error, rules)).bound[0] == np.inf


@FUNCTIONS
@pytest.mark.parametrize("value", [0.5, np.inf, np.nan])
def test_what_is_not_known_stays_so(name, value):
    x = Ball(np.array([value]), np.array([np.inf]), arithmetic("float32"))
    assert getattr(elementary, name)(x).bound[0] == np.inf


@FUNCTIONS
def test_infinities_and_nan_by_their_class(name):
    x = np.array([np.inf, -np.inf, np.nan], "float32")
    ball = getattr(elementary, name)(Ball.exact(x, arithmetic("float32")))
    assert compare(NUMPYS[name](x), ball).agrees
    assert compare(np.full(3, 7, "float32"), ball).flaw in {"class", "value"}
