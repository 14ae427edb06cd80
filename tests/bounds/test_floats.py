import ml_dtypes
import numpy as np
import pytest

from conformance.bounds.floats import FORMATS, arithmetic, ulp


@pytest.mark.parametrize("name", FORMATS)
def test_a_format_agrees_with_its_dtype(name):
    form, info = FORMATS[name], ml_dtypes.finfo(name)
    assert form.u == float(info.eps) / 2
    assert form.largest == float(info.max)
    assert form.smallest_normal == float(info.smallest_normal)
    assert 2.0**form.smallest_subnormal_exponent == float(info.smallest_subnormal)


@pytest.mark.parametrize("name", ["float16", "bfloat16", "float32"])
def test_the_largest_error_below_the_normal_range_is_half_a_subnormal(name):
    assert FORMATS[name].underflow == 2.0 ** FORMATS[name].smallest_subnormal_exponent / 2


def test_half_a_subnormal_of_float64_is_no_number():
    assert FORMATS["float64"].underflow == np.nextafter(0.0, 1.0)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_ulp_is_the_spacing_of_the_numbers(dtype):
    rng = np.random.default_rng(0)
    exponents = rng.integers(FORMATS[dtype].e_min - 30, FORMATS[dtype].e_max, 2000)
    x = np.ldexp(rng.uniform(-1, 1, 2000), exponents).astype(dtype)
    x[:3] = 0.0, FORMATS[dtype].smallest_normal, 1.0
    assert np.array_equal(ulp(x, FORMATS[dtype]), np.spacing(np.abs(x)).astype(np.float64))


def test_ulp_of_a_narrower_format():
    numbers = np.array([0.0, 1.0, -1.5, 2.0**-14, 2.0**-16, 3e4])
    spacing = np.spacing(np.abs(numbers).astype(np.float16)).astype(np.float64)
    assert np.array_equal(ulp(numbers, FORMATS["float16"]), spacing)


def test_a_wider_precision_arbitrates():
    assert arithmetic("float32").arbiter is np.float64
    assert arithmetic("float64").arbiter is np.longdouble
    assert arithmetic("float32").dtype == np.float32


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_slack_covers_the_roundings_of_the_arbiter(dtype):
    rules = arithmetic(dtype)
    per_rounding = np.finfo(rules.arbiter).eps / 2 / rules.form.u
    assert per_rounding < rules.slack < 0.01


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_every_elementary_function_is_calibrated(dtype):
    accuracies = arithmetic(dtype).accuracies
    assert set(accuracies) == {"exp", "log", "log1p", "expm1", "sqrt", "tanh", "sigmoid"}
    assert all(0.5 <= k <= 5 for k in accuracies.values())
