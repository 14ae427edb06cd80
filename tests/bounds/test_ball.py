"""Each rule is a theorem: no admissible evaluation of a formula lies outside its ball.

The points are drawn, and so are the balls around them; formulas are evaluated at the points in
the working precision, in several orders, and held against the exact value at the centres,
which are fractions.
"""

import itertools
import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance import bounds
from conformance.bounds import Ball, choices
from conformance.bounds.compare import compare
from conformance.bounds.floats import FORMATS, arithmetic

DTYPES = pytest.mark.parametrize("dtype", ["float32", "float64"])
proof = settings(max_examples=40, deadline=None, derandomize=True, database=None)


@pytest.fixture(autouse=True, scope="module")
def quiet():
    with np.errstate(all="ignore"):
        yield


def exactly(number):
    return Fraction(*number.as_integer_ratio())


@dataclass
class Operand:
    """A ball, and in it the points at which an implementation happens to be."""

    ball: Ball
    points: Any

    @property
    def centres(self):
        return [exactly(v) for v in self.ball.value.ravel()]


def scale_exponents(dtype):
    form = FORMATS[dtype]
    usual, least = -form.p, form.smallest_subnormal_exponent
    return [usual, usual, usual, least, form.e_min // 2 - form.p, form.e_max - form.p - 8]


@st.composite
def operands(draw, dtype, shape, *, carries=None):
    """Points of one scale; each at the edge of its ball, or inside, or known exactly."""
    base = draw(st.sampled_from(scale_exponents(dtype)))
    carries = draw(st.booleans()) if carries is None else carries
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    p, size = FORMATS[dtype].p, math.prod(shape)
    short, long = rng.integers(-9, 10, size), rng.integers(-(2**p) + 1, 2**p, size)
    whole = np.where(rng.random(size) < draw(st.sampled_from([0.0, 0.5, 1.0])), short, long)
    points = np.ldexp(whole.astype(np.float64), base + rng.integers(0, 8, size)).astype(dtype)
    if not carries:
        return Operand(Ball.exact(points.reshape(shape), arithmetic(dtype)), points.reshape(shape))
    return Operand(around(points, base, rng).reshape(*shape), points.reshape(shape))


def around(points, base, rng):
    """Balls whose edges lie at the points, or somewhat beyond them."""
    rules = arithmetic(points.dtype.name)
    values = points.astype(rules.arbiter)
    shares = rng.integers(-rules.form.p - 4, 3, points.size)
    offsets = np.ldexp(np.maximum(np.abs(values), math.ldexp(1, base)), shares)
    values = values + rng.choice([-1, 1], points.size) * offsets
    away = [float(abs(exactly(v) - exactly(x))) for v, x in zip(values, points, strict=True)]
    errors = np.nextafter(np.array(away) * rng.choice([1.0, 1.7], points.size), np.inf)
    return Ball(values, errors, rules)


def inside(ball, exact, results):
    """Every result lies in the ball: around the exact centre, and in the judge's own eyes."""
    slack = 1 + Fraction(ball.arithmetic.slack)
    for result in results:
        array = np.asarray(result, ball.arithmetic.dtype).reshape(ball.shape)
        assert compare(array, ball).agrees, (array, ball.value, ball.bound)
        for y, centre, bound in zip(array.ravel(), exact, ball.bound.ravel(), strict=True):
            if np.isfinite(bound) and centre is not None:
                assert abs(exactly(y) - centre) <= Fraction(float(bound)) * slack


def sums(terms, order):
    yield forward(terms)
    yield forward(terms[::-1])
    yield forward([terms[i] for i in order])
    yield pairwise(terms)


def forward(terms):
    result = terms[0]
    for term in terms[1:]:
        result = result + term
    return result


def pairwise(terms):
    if len(terms) == 1:
        return terms[0]
    middle = len(terms) // 2
    return pairwise(terms[:middle]) + pairwise(terms[middle:])


def fused(a, b, start):
    """A chain of fused multiply-adds: each is rounded once, from a wider format."""
    narrow, wide = start.dtype.type, arithmetic(start.dtype.name).arbiter
    for x, y in zip(a, b, strict=True):
        start = narrow(wide(x) * wide(y) + wide(start))
    return start


@DTYPES
@given(data=st.data())
@proof
def test_a_sum_of_two(dtype, data):
    a, b = (data.draw(operands(dtype, (2,))) for _ in range(2))
    exact = [x + y for x, y in zip(a.centres, b.centres, strict=True)]
    inside(a.ball + b.ball, exact, [a.points + b.points])
    exact = [x - y for x, y in zip(a.centres, b.centres, strict=True)]
    inside(a.ball - b.ball, exact, [a.points - b.points])


@DTYPES
@pytest.mark.parametrize("count", [2, 3, 4])
@given(data=st.data())
@proof
def test_a_product_in_any_association(dtype, count, data):
    factors = [data.draw(operands(dtype, ())) for _ in range(count)]
    points = [factor.points[()] for factor in factors]
    orders = [order for order in itertools.permutations(range(count)) if order[0] < order[1]]
    results = [math.prod((points[i] for i in o[1:]), start=points[o[0]]) for o in orders]
    if count == 4:
        results += [math.prod(points[:2]) * math.prod(points[2:])]
    ball = bounds.multiply(*(factor.ball for factor in factors))
    inside(ball, [math.prod(factor.centres[0] for factor in factors)], results)


@DTYPES
@given(data=st.data())
@proof
def test_a_quotient(dtype, data):
    a, b = (data.draw(operands(dtype, (2,))) for _ in range(2))
    exact = [x / y if y else None for x, y in zip(a.centres, b.centres, strict=True)]
    inside(a.ball / b.ball, exact, [a.points / b.points])


def quotients(total, divisor):
    one = total.dtype.type(1)
    return [total / total.dtype.type(divisor), total * (one / total.dtype.type(divisor))]


@DTYPES
@pytest.mark.parametrize("divisor", [None, 3, 7])
@given(data=st.data())
@proof
def test_a_sum_in_any_order_and_a_mean(dtype, divisor, data):
    x = data.draw(st.integers(1, 9).flatmap(lambda n: operands(dtype, (n,))))
    order = data.draw(st.permutations(range(x.points.size)))
    results = list(sums(list(x.points), order))
    if divisor:
        early = [y for term in x.points for y in quotients(term, divisor)]
        results = [y for total in results for y in quotients(total, divisor)]
        results += [*sums(early[::2], order), *sums(early[1::2], order)]
    ball = bounds.total(x.ball, axis=0, divisor=divisor)
    inside(ball, [sum(x.centres) / (divisor or 1)], results)


@DTYPES
@pytest.mark.parametrize("divisor", [1, 3])
@pytest.mark.parametrize("biased", [False, True])
@given(data=st.data())
@proof
def test_a_bilinear_form_in_any_order_fused_or_not(dtype, biased, divisor, data):
    n = data.draw(st.integers(1, 7))
    a, b = data.draw(operands(dtype, (1, n))), data.draw(operands(dtype, (n, 1)))
    plus = data.draw(operands(dtype, (1, 1))) if biased else None
    exact = sum(x * y for x, y in zip(a.centres, b.centres, strict=True))
    order = data.draw(st.permutations(range(n + biased)))
    rows, columns = a.points.ravel(), b.points.ravel()
    bias = [] if plus is None else [plus.points[0, 0]]
    zero = rows.dtype.type(0)
    results = list(sums([*(rows * columns), *bias], order))
    results += [fused(rows, columns, [zero, *bias][-1])]
    results += [fused(rows[::-1], columns[::-1], zero) + [zero, *bias][-1]]
    if divisor > 1:
        results = [y for total in results for y in quotients(total, divisor)]
    if divisor > 1 and plus is None:
        results += sums(list((rows / rows.dtype.type(divisor)) * columns), order)
        results += sums(list(rows * (columns / rows.dtype.type(divisor))), order)
    ball = bounds.matmul(a.ball, b.ball, plus and plus.ball, divisor)
    inside(ball, [(exact + (plus.centres[0] if plus else 0)) / divisor], results)


@DTYPES
@given(data=st.data())
@proof
def test_either_of_two_formulas(dtype, data):
    a, b, c = (data.draw(operands(dtype, ())) for _ in range(3))
    x, y, z = (one.points[()] for one in (a, b, c))
    exact = [a.centres[0] * (b.centres[0] + c.centres[0])]
    first = a.ball * (b.ball + c.ball)
    second = a.ball * b.ball + a.ball * c.ball
    for ball in (choices.either(first, second), choices.either(second, first)):
        inside(ball, exact, [x * (y + z), x * y + x * z])


@DTYPES
@given(data=st.data(), weight=st.sampled_from([0.0, 0.25, 1.0]))
@proof
def test_everything_between_two_numbers(dtype, data, weight):
    a, b = (data.draw(operands(dtype, ())) for _ in range(2))
    x, y = (exactly(one.points[()]) for one in (a, b))
    ball = choices.between(a.ball, b.ball)
    point = x + Fraction(weight) * (y - x)
    middle = exactly(ball.value[()])
    reach = Fraction(float(ball.bound)) if np.isfinite(ball.bound) else abs(point - middle)
    assert abs(point - middle) <= reach * (1 + Fraction(ball.arithmetic.slack))


@DTYPES
@given(data=st.data(), slope=st.sampled_from([0.0, 0.5, 1.0]))
@proof
def test_a_gate_whichever_side_of_the_kink_and_any_slope_at_it(dtype, data, slope):
    grad, x = data.draw(operands(dtype, (3,))), data.draw(operands(dtype, (3,)))
    share = np.where(x.points > 0, 1.0, np.where(x.points < 0, 0.0, slope)).astype(dtype)
    # Half of a subnormal number is no subnormal number: the slope is a mathematical one.
    open_ = np.where(np.abs(grad.points) < FORMATS[dtype].smallest_normal, share > 0, share)
    inside(choices.gate(grad.ball, x.ball), [None] * 3, [grad.points * open_.astype(dtype)])


@DTYPES
@given(data=st.data(), floor=st.sampled_from([0.0, 1.0, -0.5]))
@proof
def test_maxima_and_choices(dtype, data, floor):
    x, other = data.draw(operands(dtype, (3,))), data.draw(operands(dtype, (3,)))
    least = x.points.dtype.type(floor)
    inside(choices.maximum(x.ball, floor), [None] * 3, [np.maximum(x.points, least)])
    inside(choices.peak(x.ball, 0), [max(x.centres)], [x.points.max(keepdims=True)])
    condition = np.array([True, False, True])
    chosen = np.where(condition, x.points, other.points)
    inside(choices.select(condition, x.ball, other.ball), [None] * 3, [chosen])


def exact_ball(numbers, dtype="float32"):
    return Ball.exact(np.array(numbers, dtype), arithmetic(dtype))


def carrying(number, error, dtype="float32"):
    rules = arithmetic(dtype)
    return Ball(np.asarray(number, rules.arbiter), np.asarray(error, np.float64), rules)


@DTYPES
def test_the_bound_of_a_sum_is_attained(dtype):
    u = FORMATS[dtype].u
    terms = np.array([1.0] + [u] * 32, dtype)
    ball = bounds.total(exact_ball(terms, dtype))
    attained = abs(float(forward(list(terms)) - ball.value))
    assert 0.99 < attained / float(ball.bound) <= 1 + ball.arithmetic.slack
    row, ones = exact_ball(terms[None], dtype), exact_ball(np.ones((33, 1)), dtype)
    assert 0.95 < attained / float(bounds.matmul(row, ones).bound[0, 0]) <= 1
    assert 0.9 < attained / 33 / float(bounds.mean(exact_ball(terms, dtype)).bound) <= 1


@DTYPES
def test_the_bounds_of_one_rounding_are_attained(dtype):
    rng = np.random.default_rng(0)
    x, y = (1 + rng.random((2, 4000)) / 50).astype(dtype)
    a, b = exact_ball(x, dtype), exact_ball(y, dtype)
    for ball, result in ((a + b, x + y), (a * b, x * y), (a / b, x / y)):
        assert 0.9 < compare(result, ball).ratio <= 1


@pytest.mark.parametrize("error", [1e-4, 0.3])
def test_carried_errors_are_attained_at_the_edges(error):
    a, b = carrying(3.0, error), carrying(-2.0, error / 2)
    edges = [(a.value + error) * (b.value - error / 2), (a.value + error) / (b.value + error / 2)]
    for ball, edge in zip((a * b, a / b), edges, strict=True):
        assert 0.99 < abs(edge - ball.value) / ball.bound <= 1
    assert 0.99 < 1.5 * error / (a + b).bound <= 1


@DTYPES
def test_a_few_bounds_away_is_wrong(dtype):
    x = exact_ball([[0.1, 0.7], [0.3, 0.9]], dtype)
    for ball in (x + x[::-1], x * x[::-1], x / x[::-1], bounds.matmul(x, x), bounds.total(x, 0)):
        assert (ball.bound > 0).all()
        assert (ball.bound <= 8 * FORMATS[dtype].u * np.abs(ball.value)).all()
        for bounds_away in (3, -3):
            y = (ball.value + bounds_away * ball.bound).astype(dtype)
            assert compare(y, ball).flaw == "value"


@DTYPES
@given(data=st.data(), shift=st.sampled_from([-60, 0, 40]))
@proof
def test_small_integers_are_demanded_exactly(dtype, data, shift):
    numbers = st.lists(st.integers(-9, 9), min_size=6, max_size=6)
    scale = 2.0**shift
    x, y = (np.array(data.draw(numbers), dtype) * np.array(scale, dtype) for _ in range(2))
    a, b = exact_ball(x, dtype), exact_ball(y, dtype)
    balls = [a + b, a * b, bounds.total(a, 0), bounds.matmul(a[None], b[:, None])]
    results = [x + y, x * y, x[::-1].sum(), (x[::-1] @ y[::-1])[None, None]]
    for ball, result in zip(balls, results, strict=True):
        assert ball.error is None
        assert compare(np.asarray(result), ball).agrees
        off = np.nextafter(np.asarray(result), np.array(np.inf, dtype))
        assert compare(off, ball).flaw == "value"


@pytest.mark.parametrize(
    "numbers, least",
    [([3.0, 4.0], 0), ([4.0, 0.0], 2), ([0.75], -2), ([0.0], 10_000), ([2.0**-149], -149)],
)
def test_the_least_bit_of_an_array(numbers, least):
    assert exact_ball(numbers).least_bit == least


def test_equality_is_not_demanded_where_something_may_round():
    edge = 2.0**24
    assert (exact_ball([edge - 1]) + 1.0).error is None
    assert (exact_ball([edge]) + 1.0).bound[0] > 0
    assert bounds.total(exact_ball([edge, 1.0, -1.0])).bound > 0
    assert (exact_ball([3 * 2.0**-100]) * exact_ball([2.0**-50])).bound[0] > 0
    assert (exact_ball([2.0**-100]) * exact_ball([2.0**-49])).error is None


def test_a_product_of_three_is_exact_only_in_every_association():
    tiny, huge = exact_ball([2.0**-100]), exact_ball([2.0**100])
    assert bounds.multiply(tiny, tiny, huge).bound[0] > 0
    assert bounds.multiply(huge, huge, tiny).bound[0] == np.inf
    assert bounds.multiply(huge, huge, exact_ball([0.0])).bound[0] == np.inf
    assert bounds.multiply(exact_ball([3.0]), exact_ball([5.0]), tiny).error is None


def test_a_product_whose_parts_leave_the_range_of_float64():
    tiny, huge = exact_ball([1e-200], "float64"), exact_ball([1e300], "float64")
    ball = bounds.multiply(tiny, tiny, huge)
    assert ball.bound[0] > 0
    assert compare(np.array([0.0]), ball).agrees
    assert compare(np.array([1e-100]), ball).agrees


@DTYPES
def test_no_claim_where_the_working_format_overflows(dtype):
    large = exact_ball([FORMATS[dtype].largest], dtype)
    row = exact_ball([[FORMATS[dtype].largest] * 2], dtype)
    for ball in (large + large, large * large, large / exact_ball([0.1], dtype)):
        assert ball.bound[0] == np.inf
    assert bounds.total(row).bound == np.inf
    cancelling = bounds.matmul(row, exact_ball([[1.0], [-1.0]], dtype))
    assert cancelling.bound[0, 0] == np.inf
    assert compare(np.array([[np.nan]], dtype), cancelling).unjudged == 1


@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan])
def test_the_class_of_what_is_not_finite_is_compared(value):
    x = exact_ball([value, 0.1])
    for ball in (x + 0.5, x * x, bounds.total(x), bounds.matmul(x[None], x[:, None])):
        where = ~np.isfinite(ball.value)
        assert (ball.bound[where] == 0).all()
        assert compare(ball.value.astype("float32"), ball).agrees
        assert compare(np.zeros(ball.shape, "float32"), ball).flaw == "class"


def test_what_is_not_known_stays_so():
    unknown = carrying([np.inf, 1.0], [np.inf, np.inf])
    for ball in (
        unknown + 1.0,
        unknown * 0.0,
        unknown / 2.0,
        exact_ball([2.0, 2.0]) / unknown,
        bounds.multiply(unknown, unknown, unknown),
        bounds.total(unknown),
        bounds.matmul(unknown[None], exact_ball([[0.0], [1.0]])),
        choices.either(unknown, unknown),
        choices.maximum(unknown, 0.0),
    ):
        assert np.isinf(ball.bound).all()


def test_infinity_times_what_may_be_zero_is_anything():
    infinite, wavering = exact_ball([np.inf]), carrying([1e-9], [1e-8])
    assert np.isinf((infinite * wavering).bound).all()
    assert np.isinf(bounds.matmul(infinite[None], wavering[:, None]).bound).all()
    assert not (infinite * carrying([1.0], [1e-8])).bound.any()


def test_formulas_that_disagree_are_both_admitted_even_where_exact():
    ball = choices.either(exact_ball([0.0, 1.0]), exact_ball([2.0, 1.0]))
    assert ball.bound.tolist() == [2.0, 0.0]


def test_between_a_number_and_an_infinity_lies_everything():
    ball = choices.between(exact_ball([0.0, np.inf, 1.0]), exact_ball([np.inf, np.inf, np.nan]))
    assert ball.bound.tolist() == [np.inf, 0.0, np.inf]


def test_a_gate_routes_exactly_where_no_kink_is_near():
    grad = exact_ball([3.0, 5.0])
    assert choices.gate(grad, exact_ball([-1.0, 2.0])).error is None
    assert choices.gate(grad, exact_ball([0.0, 2.0])).bound.tolist() == [1.5, 0.0]
    assert choices.gate(grad, carrying([-1.0, 2.0], [0.5, 3.0])).bound.tolist() == [0.0, 2.5]


def test_a_constant_may_be_rounded_to_the_working_format_first():
    sum_of_two = exact_ball([1e-9]) + 1e-5
    rounded = abs(float(np.float32(1e-5)) - 1e-5)
    assert sum_of_two.bound[0] >= rounded + FORMATS["float32"].u * 1e-5
    assert (exact_ball([3.0]) * 0.5).error is None
    assert (exact_ball([1e-9], "float64") + 1e-5).bound[0] <= 2.0**-53 * 1.01e-5


@pytest.mark.parametrize(
    "evaluate",
    [
        lambda big, bit: big + bit,
        lambda big, bit: bounds.total(choices.stack([big, bit]), axis=0),
        lambda big, bit: bounds.matmul(
            choices.stack([big, bit], axis=1), big.like(np.ones((2, 1)))
        ),
        lambda big, bit: bounds.multiply(big + bit * 2.0, big.like(1.0 - 2.0**-53)),
    ],
    ids=["add", "total", "matmul", "multiply"],
)
def test_at_the_very_limit_a_magnitude_rounded_in_float64_proves_nothing(evaluate):
    # 1/2 + 2⁻⁵⁴ needs 54 bits, and rounds to the limit itself.
    rules = arithmetic("float64")
    result = evaluate(Ball.exact([0.5], rules), Ball.exact([2.0**-54], rules))
    assert (result.bound > 0).all()
