"""Conventions without a question of their own, and valid splits that have no name."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

import reference_impl
from conformance.implementation.implementation import Implementation
from conformance.implementation.load import offered
from conformance.implementation.process_state import kept
from conformance.judge.check import judge_check
from conformance.judge.search import Plan
from conformance.run.run import Run

CHECKS = Run().checks
PLAN = Plan(examples=60)
FLUSHES, ROUNDS_EPS = "flushes subnormal numbers", "rounds eps to float32"


def judged(name, **functions):
    return judge_check(CHECKS[name], Implementation(SimpleNamespace(**functions), "mine"), PLAN)


@pytest.fixture
def flushing():
    with kept():
        torch.set_flush_denormal(True)
        return offered(reference_impl, "flushing")


@pytest.mark.parametrize(
    "name",
    [
        "sigmoid/value[float32]",
        "relu/special/x[float32]",
        "linear/special/weight[float64]",
        "max_pool2d/special/x[float32]",
        "binary_cross_entropy/special/input[float32]",
        "network_mlp/gradient[float32]",
    ],
)
def test_what_flushes_subnormal_numbers_follows_one_convention(flushing, name):
    result = judge_check(CHECKS[name], flushing, Plan(examples=100))
    assert result.verdict in {"convention", "conforms"}
    assert result.convention in {FLUSHES, ""}


def test_a_flushed_value_is_named(flushing):
    result = judge_check(CHECKS["relu/special[float32]"], flushing, PLAN)
    assert (result.verdict, result.convention) == ("convention", FLUSHES)


def test_small_normal_numbers_must_not_be_flushed():
    def relu(x):
        kept = np.maximum(x, 0)
        return np.where(kept < 64 * np.finfo(x.dtype).tiny, x.dtype.type(0), kept)

    assert judged("relu/special[float32]", relu=relu).verdict == "fails"


def rounding_eps(function):
    def rounded(*inputs, eps=1e-5):
        return function(*inputs, eps=float(np.float32(eps)))

    return rounded


def test_an_eps_of_float32_is_named():
    rounded = rounding_eps(reference_impl.layer_norm)
    result = judged("layer_norm/value[float64]", layer_norm=rounded)
    assert (result.verdict, result.convention) == ("convention", ROUNDS_EPS)
    assert judged("layer_norm/value[float32]", layer_norm=rounded).verdict == "conforms"


def test_another_eps_fails():
    def layer_norm(*inputs, eps=1e-5):
        return reference_impl.layer_norm(*inputs, eps=eps * (1 + 1e-6))

    assert judged("layer_norm/value[float64]", layer_norm=layer_norm).verdict == "fails"


def relu_backward(slope):
    return lambda grad_output, x: (
        grad_output * np.where(x == 0, slope, np.where(x < 0, 0, 1)).astype(x.dtype)
    )


@pytest.mark.parametrize(
    "slope, verdict, convention",
    [
        (0.25, "convention", "between zero and one"),
        (0.5, "convention", "one-half"),
        (1.25, "fails", ""),
        (-0.25, "fails", ""),
    ],
)
def test_a_slope_between_those_of_both_sides_is_valid(slope, verdict, convention):
    result = judged("relu/convention/slope-at-zero[float32]", relu_backward=relu_backward(slope))
    assert (result.verdict, result.convention or "") == (verdict, convention)


def shared(rule):
    """Return a backward of max pooling that gives each tied pixel a share of its window's."""

    def max_pool2d_backward(
        grad_output, x, kernel_size, *, stride=None, padding=0, dilation=1, ceil_mode=False
    ):
        # The upstream gradient has as many windows as there are.
        del ceil_mode

        def pair(value):
            return (value, value) if np.isscalar(value) else value

        kernel, pad, step = pair(kernel_size), pair(padding), pair(dilation)
        stride = kernel if stride is None else pair(stride)
        (n, c, h, w), grad = x.shape, np.zeros_like(x)
        for i, j in np.ndindex(grad_output.shape[2:]):
            rows = i * stride[0] - pad[0] + step[0] * np.arange(kernel[0])
            columns = j * stride[1] - pad[1] + step[1] * np.arange(kernel[1])
            at = np.ix_(
                range(n), range(c), rows[(rows >= 0) & (rows < h)],
                columns[(columns >= 0) & (columns < w)],
            )  # fmt: skip
            taps = x[at]
            largest = taps.max(axis=(2, 3), keepdims=True)
            tied = np.where(np.isnan(largest), np.isnan(taps), taps == largest)
            g = grad_output[:, :, i, j, None, None]
            grad[at] += (g * rule(tied.reshape(n, c, -1)).reshape(tied.shape)).astype(x.dtype)
        return grad

    return max_pool2d_backward


def halving(tied):
    """Half to the first tied pixel, a quarter to the second, and so on; the rest to the last."""
    order = tied.cumsum(axis=-1)
    is_last = order == order[..., -1:]
    return np.where(tied, 0.5 ** np.where(is_last, np.maximum(order - 1, 0), order), 0.0)


def to_all(tied):
    return tied.astype(float)


def beyond(tied):
    """Twice to the first, minus one to the second: their sum is right, and the shares are not."""
    order = tied.cumsum(axis=-1)
    several = order[..., -1:] > 1
    shares = np.where(order == 1, 2.0, np.where(order == 2, -1.0, 0.0))
    return np.where(tied, np.where(several, shares, 1.0), 0.0)


@pytest.mark.parametrize(
    "rule, verdict",
    [(halving, "convention"), (to_all, "fails"), (beyond, "fails")],
)
def test_a_window_may_be_split_in_any_way_that_adds_up(rule, verdict):
    backward = shared(rule)
    result = judged("max_pool2d/convention/tie[float64]", max_pool2d_backward=backward)
    assert result.verdict == verdict
    assert result.convention == ("another split" if verdict == "convention" else "")


def masked(grad_output, x):
    return grad_output * (x > 0)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_shut_gate_may_multiply_by_zero(dtype):
    name = f"relu/special/x[{dtype}]"
    result = judged(name, relu=reference_impl.relu, relu_backward=masked)
    assert result.verdict == "convention"
    assert result.convention == "an infinite gradient times zero is NaN"


def test_nan_at_an_open_gate_fails():
    def wrong(grad_output, x):
        return np.where(np.isinf(grad_output), x.dtype.type(np.nan), masked(grad_output, x))

    result = judged("relu/special/x[float64]", relu=reference_impl.relu, relu_backward=wrong)
    assert result.verdict == "fails"


def test_losers_of_a_window_may_be_multiplied_by_zero():
    def first(tied):
        order = tied.cumsum(axis=-1)
        return np.where(tied & (order == 1), 1.0, 0.0)

    backward = shared(first)
    functions = {"max_pool2d": reference_impl.max_pool2d, "max_pool2d_backward": backward}
    result = judged("max_pool2d/special/x[float64]", **functions)
    assert result.verdict == "convention"
    assert result.convention == "an infinite gradient times zero is NaN"


def numbers_only(x):
    return np.where(np.isnan(x), x.dtype.type(-np.inf), x)


def test_a_maximum_may_ignore_nan():
    def max_pool2d(x, **parameters):
        return reference_impl.max_pool2d(numbers_only(x), **parameters)

    result = judged("max_pool2d/special[float32]", max_pool2d=max_pool2d)
    assert (result.verdict, result.convention) == ("convention", "a maximum ignores NaN")


def test_a_maximum_must_not_ignore_nan_in_the_first_place_alone():
    def max_pool2d(x, **parameters):
        given = x.copy()
        given[..., ::2, :] = numbers_only(given)[..., ::2, :]
        return reference_impl.max_pool2d(given, **parameters)

    assert judged("max_pool2d/special[float32]", max_pool2d=max_pool2d).verdict == "fails"
