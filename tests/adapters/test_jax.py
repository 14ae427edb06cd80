"""The adapter of JAX: parameters and layouts, on values computed by hand."""

import numpy as np
import pytest

pytest.importorskip("jax")

from adapter_calls import calls_of

call, offers = calls_of("conformance.adapters.jax")


def image(*rows):
    return np.array([[rows]], np.float64)


def test_linear_multiplies_by_the_transposed_weight():
    x, weight = np.array([[1.0, 2.0]]), np.array([[3.0, 4.0], [5.0, 6.0]])
    bias = np.array([1.0, 2.0])
    assert call("linear", x, weight, bias).tolist() == [[12.0, 19.0]]
    grads = call("linear_backward", np.array([[1.0, 10.0]]), x, weight, bias)
    assert [grad.tolist() for grad in grads] == [
        [[53.0, 64.0]],
        [[1.0, 2.0], [10.0, 20.0]],
        [1.0, 10.0],
    ]


def test_the_parameters_of_conv2d_are_torchs():
    x, weight, zero = image([1.0, 2.0, 3.0, 4.0]), image([10.0, 1.0]), np.zeros(1)
    assert call("conv2d", x, weight, zero, stride=(1, 2)).tolist() == [[[[12.0, 34.0]]]]
    assert call("conv2d", x, weight, zero, dilation=(1, 3)).tolist() == [[[[14.0]]]]
    padded = call("conv2d", x, weight, zero + 0.5, padding=(1, 0))
    assert padded.tolist() == [[[[0.5] * 3, [12.5, 23.5, 34.5], [0.5] * 3]]]


def test_groups_of_conv2d_see_their_own_channels():
    x, weight = np.array([1.0, 2.0]).reshape(1, 2, 1, 1), np.array([3.0, 4.0]).reshape(2, 1, 1, 1)
    assert call("conv2d", x, weight, np.zeros(2), groups=2).ravel().tolist() == [3.0, 8.0]


def test_max_pool2d_pads_with_minus_infinity_and_dilates():
    x = image([1.0, 5.0, 2.0, 4.0])
    padded = call("max_pool2d", -x, kernel_size=(1, 2), padding=(0, 1))
    assert padded.tolist() == [[[[-1.0, -2.0, -4.0]]]]
    dilated = call("max_pool2d", x, kernel_size=(1, 2), stride=1, dilation=(1, 2))
    assert dilated.tolist() == [[[[2.0, 5.0]]]]
    grad = call("max_pool2d_backward", image([1.0, 10.0]), x, kernel_size=(1, 2))
    assert grad.tolist() == [[[[0.0, 1.0, 0.0, 10.0]]]]


def test_avg_pool2d_counts_the_padding_or_does_not():
    x = image([2.0, 4.0])
    counted = call("avg_pool2d", x, kernel_size=(1, 2), padding=(0, 1))
    assert counted.tolist() == [[[[1.0, 2.0]]]]
    left_out = call("avg_pool2d", x, kernel_size=(1, 2), padding=(0, 1), count_include_pad=False)
    assert left_out.tolist() == [[[[2.0, 4.0]]]]


def test_layers_normalize_by_their_own_statistics():
    x = np.array([[1.0, 10.0], [3.0, 10.0]])
    weight, bias = np.array([2.0, 2.0]), np.array([0.0, 1.0])
    # The variance is 1, and eps makes a half of the result.
    assert call("batch_norm", x, weight, bias, eps=3.0).tolist() == [[-1.0, 1.0], [1.0, 1.0]]
    rows = call("layer_norm", x[:, :1] * [1.0, 3.0], weight, bias, eps=3.0)
    assert rows[0].tolist() == [-1.0, 2.0]


def test_rounding_up_and_losses_are_not_offered():
    assert "ceil_mode" not in call.implementation.accepts("max_pool2d")
    assert not call.implementation.provides("mse_loss")


def test_results_keep_the_dtype_and_share_no_memory():
    for dtype in (np.float32, np.float64):
        x = np.ones((2, 2), dtype)
        result = call("flatten", x)
        assert result.dtype == dtype
        assert not np.shares_memory(result, x)


def test_the_versions_are_told():
    assert set(call.implementation.versions) == {"jax", "jaxlib"}
