"""The adapter of tinygrad: parameters and layouts, on values computed by hand."""

import numpy as np
import pytest

pytest.importorskip("tinygrad")

from adapter_calls import calls_of

call, _ = calls_of("conformance.adapters.tinygrad")

ROW = np.array([[[[1.0, 2.0, 3.0, 4.0]]]])


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


@pytest.mark.parametrize(
    "parameters, result",
    [
        ({"stride": 2}, [12.5, 34.5]),
        ({"padding": (0, 1)}, [1.5, 12.5, 23.5, 34.5, 40.5]),
        ({"dilation": (1, 2)}, [13.5, 24.5]),
    ],
)
def test_conv2d_takes_its_parameters_by_axis(parameters, result):
    weight, bias = np.array([[[[10.0, 1.0]]]]), np.array([0.5])
    assert call("conv2d", ROW, weight, bias, **parameters).tolist() == [[[result]]]


def test_conv2d_keeps_groups_apart():
    x, weight = np.array([[[[1.0]], [[2.0]]]]), np.array([[[[3.0]]], [[[5.0]]]])
    result = call("conv2d", x, weight, np.zeros(2), groups=2)
    assert result.ravel().tolist() == [3.0, 10.0]


def test_pools_stride_by_their_kernel_dilate_and_pad():
    assert call("max_pool2d", ROW, kernel_size=(1, 3), ceil_mode=True).tolist() == [[[[3.0, 4.0]]]]
    dilated = call("max_pool2d", -ROW, kernel_size=(1, 2), stride=1, dilation=(1, 3))
    assert dilated.tolist() == [[[[-1.0]]]]
    parameters = {"kernel_size": (1, 2), "stride": 4, "padding": (0, 1)}
    assert call("avg_pool2d", ROW, **parameters).tolist() == [[[[0.5, 2.0]]]]
    inside = call("avg_pool2d", ROW, **parameters, count_include_pad=False)
    assert inside.tolist() == [[[[1.0, 4.0]]]]


@pytest.mark.parametrize("name, x", [("batch_norm", [[1.0], [3.0]]), ("layer_norm", [[1.0, 3.0]])])
def test_eps_is_added_to_the_variance(name, x):
    weight, bias = np.full(np.shape(x)[1], 2.0), np.full(np.shape(x)[1], 1.0)
    # The deviations are -1 and 1, and the variance is 1.
    assert call(name, np.array(x), weight, bias, eps=3.0).ravel().tolist() == [0.0, 2.0]


def test_losses_are_reduced_as_asked():
    x, target = np.array([[1.0, 3.0]]), np.array([[0.0, 1.0]])
    assert call("mse_loss", x, target, reduction="sum") == 5.0
    assert call("mse_loss_backward", np.array(1.0), x, target).tolist() == [[1.0, 2.0]]
    assert call("cross_entropy", np.zeros((2, 1)), np.array([0, 0])) == 0.0


def test_the_gates_of_an_lstm_cell_come_in_torchs_order():
    x, h, c = np.zeros((1, 1)), np.zeros((1, 1)), np.array([[2.0]])
    weights, large = np.zeros((4, 1)), 40.0
    # The input gate is shut, the forget gate and the output gate are open.
    inputs = (x, h, c, weights, weights, np.array([-large, large, 0.0, large]), np.zeros(4))
    h, c = call("lstm_cell", *inputs)
    assert c[0, 0] == pytest.approx(2.0)
    assert h[0, 0] == pytest.approx(np.tanh(2.0))
    gradients = call("lstm_cell_backward", (0 * h, np.ones((1, 1))), *inputs)
    assert gradients[2][0, 0] == pytest.approx(1.0)


def test_results_share_no_memory_with_inputs():
    assert not np.shares_memory(call("flatten", ROW), ROW)


def test_the_version_is_told():
    assert set(call.implementation.versions) == {"tinygrad"}
