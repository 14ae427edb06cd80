import json
import math
from importlib import resources
from itertools import pairwise

import calibration
import numpy as np
import pytest

RECORD = json.loads(
    resources.files("conformance").joinpath("bounds/calibration.json").read_text("utf-8")
)
PAIRS = [(f, dtype) for dtype in calibration.HEADROOM for f in calibration.FUNCTIONS]


@pytest.mark.parametrize("function, dtype", PAIRS)
def test_a_sample_stays_within_the_used_k(function, dtype):
    with np.errstate(all="ignore"):
        rows = calibration.measure(function, dtype, 8191)
    assert {row["provider"] for row in rows} >= {"numpy", "torch"}
    for row in rows:
        assert row["arguments"] > 1000, row
        assert 0.25 < row["worst_ulp"] <= RECORD["used"][dtype][function], row


@pytest.mark.parametrize("function, dtype", PAIRS)
def test_strided_arguments_stay_within_the_used_k(function, dtype):
    dense = [span for span in calibration.spans(function, dtype) if span.kind == "dense"]
    with np.errstate(all="ignore"):
        for span in dense:
            x = next(calibration.arguments(span, dtype, 16381))
            f = calibration.truth(function, x)
            for form, evaluate in calibration.forms(function).items():
                y = evaluate(np.repeat(x, 2)[::2])
                worst = calibration.ulps(y, f).max()
                assert worst <= RECORD["used"][dtype][function], (form, span)


def test_used_follows_from_measured_by_the_rule():
    assert RECORD["headroom"] == calibration.HEADROOM
    assert calibration.used(RECORD["measured"]) == RECORD["used"]
    for function, dtype in PAIRS:
        worst = max(
            row["worst_ulp"]
            for row in RECORD["measured"]
            if (row["function"], row["dtype"]) == (function, dtype)
        )
        k = RECORD["used"][dtype][function]
        headroom = k - worst
        assert (2 * k).is_integer()
        assert RECORD["headroom"][dtype] <= headroom < RECORD["headroom"][dtype] + 0.5


def test_one_worse_row_raises_the_used_k():
    worse = [*RECORD["measured"], {**RECORD["measured"][0], "worst_ulp": 7.01}]
    first = RECORD["measured"][0]
    assert calibration.used(worse)[first["dtype"]][first["function"]] == 7.5


@pytest.mark.parametrize("function, dtype", PAIRS)
def test_every_form_was_measured_on_every_instruction_set(function, dtype):
    for instruction_set in RECORD["environment"]["instruction_sets"]:
        rows = [
            row
            for row in RECORD["measured"]
            if (row["function"], row["dtype"], row["instruction_set"])
            == (function, dtype, instruction_set)
        ]
        forms = {(row["provider"], row["form"]) for row in rows}
        assert forms == set(calibration.forms(function))
        native_float32 = (dtype, instruction_set) == ("float32", "native")
        assert all(row["exhaustive"] is native_float32 for row in rows)
        assert all(row["arguments"] >= 1_000_000 for row in rows)


def test_recorded_worst_errors_are_those_of_their_argument_and_result():
    for row in RECORD["measured"]:
        x, y = (np.array([float.fromhex(row[name])]) for name in ("argument", "result"))
        f = calibration.truth(row["function"], x.astype(row["dtype"]))
        again = calibration.ulps(y.astype(row["dtype"]), f)[0]
        assert abs(again - row["worst_ulp"]) < 2**-8, row


def test_below_the_normal_range_the_error_is_less_than_the_smallest_normal():
    rows = [row for row in RECORD["measured"] if row["function"] in {"exp", "sigmoid"}]
    assert all(row["below_normal"]["worst"] < 1 for row in rows)
    assert all(0 <= row["below_normal"]["largest_flushed"] < 1 for row in rows)
    naive = [row for row in rows if row["form"] == "1/(1+exp(-x))"]
    assert all(row["below_normal"]["largest_flushed"] > 0 for row in naive)


def test_versions_and_processor_are_recorded():
    environment = RECORD["environment"]
    assert set(environment["versions"]) == {
        "numpy", "scipy", "torch", "mpmath", "python", "libc",
    }  # fmt: skip
    assert all(environment["versions"].values())
    assert environment["cpu"]
    assert environment["torch_capability"]
    assert RECORD["method"] == calibration.__doc__


def test_an_error_that_is_not_a_number_is_infinite():
    worst = calibration.Worst()
    x = np.array([1.0, 2.0])
    worst.see(x, x, np.array([0.5, math.nan]))
    worst.see(x, x, np.array([3.0, 0.5]))
    assert (worst.error, worst.argument, worst.arguments) == (math.inf, 2.0, 4)


@pytest.mark.parametrize("dtype", calibration.HEADROOM)
def test_ulps_are_those_of_the_format(dtype):
    info = np.finfo(dtype)
    f = np.array([1.0, 1.5, 0.75, info.smallest_normal / 2, 0.0], dtype)
    y = f + np.array([2, 1, 1, 0, 0], dtype) * info.eps
    y[3:] += info.smallest_subnormal
    wide = f.astype(np.float64 if dtype == "float32" else np.longdouble)
    assert calibration.ulps(y, wide).tolist() == [2, 1, 2, 1, 1]


@pytest.mark.parametrize("function", calibration.FUNCTIONS)
@pytest.mark.parametrize("sign", [1, -1])
def test_float32_spans_leave_out_at_most_the_argument_nearest_to_the_smallest_normal(
    function, sign
):
    spans = sorted(
        (np.float32(span.low), np.float32(span.high))
        for span in calibration.spans(function, "float32")
        if span.sign == sign
    )
    for (_, high), (low, _) in pairwise(spans):
        if low > np.nextafter(high, np.float32(np.inf)):
            x = -np.nextafter(high, low).reshape(1)
            assert function in {"exp", "sigmoid"}
            assert x == -np.nextafter(low, high)
            f = calibration.truth(function, x)
            for evaluate in calibration.forms(function).values():
                worst = calibration.ulps(evaluate(x), f)
                assert worst <= RECORD["used"]["float32"][function]


def test_thinning_by_one_visits_every_float32_of_a_span():
    span = calibration.Span(-1, 1.0, 1.5)
    x = np.concatenate(list(calibration.arguments(span, "float32", 1)))
    assert x.size == 2**22 + 1
    assert (x[0], x[-1]) == (-1.0, -1.5)
    assert (np.diff(x) == -np.finfo("float32").eps).all()


@pytest.mark.parametrize("dtype", calibration.HEADROOM)
def test_draws_are_repeatable(dtype):
    span = calibration.Span(1, 0.5, 2.0)
    first, second = (next(calibration.arguments(span, dtype, 4097)) for _ in range(2))
    assert first.dtype == dtype
    assert (first == second).all()
    assert ((first >= span.low) & (first <= span.high)).all()
