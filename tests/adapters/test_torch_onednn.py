"""The adapter of torch's tensors of oneDNN: parameters and layouts, on values computed by hand."""

import numpy as np
import pytest
import torch

if not torch.backends.mkldnn.is_available():
    pytest.skip("torch is built without oneDNN", allow_module_level=True)

from adapter_calls import calls_of

call, offers = calls_of("conformance.adapters.torch_onednn")


def image(*row):
    return np.array([[[row]]], np.float32)


def test_linear_multiplies_by_the_transposed_weight():
    x, weight = np.float32([[1.0, 2.0]]), np.float32([[3.0, 4.0], [5.0, 6.0]])
    bias = np.float32([1.0, 2.0])
    assert call("linear", x, weight, bias).tolist() == [[12.0, 19.0]]
    grads = call("linear_backward", np.float32([[1.0, 10.0]]), x, weight, bias)
    assert [grad.tolist() for grad in grads] == [
        [[53.0, 64.0]],
        [[1.0, 2.0], [10.0, 20.0]],
        [1.0, 10.0],
    ]


def test_weights_may_be_slices():
    bias = np.float32([1.0, 9.0, 2.0, 9.0])[::2]
    x, weight = np.zeros((1, 2), np.float32), np.zeros((2, 2), np.float32)
    assert call("linear", x, weight, bias).tolist() == [[1.0, 2.0]]


def test_conv2d_takes_its_parameters_by_axis():
    x, weight, bias = image(1.0, 2.0, 3.0, 4.0), image(10.0, 1.0), np.float32([0.5])
    assert call("conv2d", x, weight, bias, stride=(1, 2)).tolist() == [[[[12.5, 34.5]]]]
    assert call("conv2d", x, weight, bias, dilation=(1, 3)).tolist() == [[[[14.5]]]]
    padded = call("conv2d", x, weight, bias, padding=(0, 1))
    assert padded.tolist() == [[[[1.5, 12.5, 23.5, 34.5, 40.5]]]]
    two = np.float32([1.0, 2.0]).reshape(1, 2, 1, 1)
    weights = np.float32([3.0, 4.0]).reshape(2, 1, 1, 1)
    result = call("conv2d", two, weights, np.zeros(2, np.float32), groups=2)
    assert result.ravel().tolist() == [3.0, 8.0]


def test_pools_take_their_parameters_by_axis():
    x = image(1.0, 5.0, 2.0, 4.0, 3.0)
    assert call("max_pool2d", x, kernel_size=(1, 2)).tolist() == [[[[5.0, 4.0]]]]
    ceiled = call("max_pool2d", x, kernel_size=(1, 2), ceil_mode=True)
    assert ceiled.tolist() == [[[[5.0, 4.0, 3.0]]]]
    padding = {"kernel_size": (1, 2), "padding": (0, 1)}
    x = image(2.0, 4.0)
    assert call("avg_pool2d", x, **padding).tolist() == [[[[1.0, 2.0]]]]
    left_out = call("avg_pool2d", x, **padding, count_include_pad=False)
    assert left_out.tolist() == [[[[2.0, 4.0]]]]
    grad = call("max_pool2d_backward", image(7.0), x, kernel_size=(1, 2))
    assert grad.tolist() == [[[[0.0, 7.0]]]]


def test_batch_norm_adds_eps_to_the_variance():
    x = np.float32([1.0, 3.0]).reshape(2, 1, 1, 1)
    # The deviations are -1 and 1, and the variance is 1.
    result = call("batch_norm", x, np.float32([2.0]), np.float32([1.0]), eps=3.0)
    assert result.ravel().tolist() == [0.0, 2.0]


def test_softmax_and_flatten_look_at_the_right_axes():
    x = np.log(np.float32([[1.0, 3.0]]))
    assert call("softmax", x).ravel().tolist() == pytest.approx([0.25, 0.75])
    assert call("flatten", np.ones((2, 3, 1, 4), np.float32)).shape == (2, 12)
    assert call("relu_backward", np.float32([5.0, 7.0]), np.float32([-1.0, 1.0])).tolist() == [0, 7]


def test_what_onednn_lacks_is_not_offered():
    x, ones = image(1.0, 2.0, 3.0), np.ones(1, np.float32)
    assert not offers("max_pool2d", x, kernel_size=(1, 2), dilation=(1, 2))
    assert not offers("batch_norm", np.ones((2, 1), np.float32), ones, ones)
    assert not offers("tanh", np.array(1.0, np.float32))
    for name in ("sigmoid", "tanh", "softmax"):
        assert not offers(f"{name}_backward", x, x)
