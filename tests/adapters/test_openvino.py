"""The adapter of OpenVINO: parameters and layouts, on values computed by hand."""

import numpy as np
import pytest

pytest.importorskip("openvino")

from adapter_calls import calls_of

call, _ = calls_of("conformance.adapters.openvino")

ROW = np.float32([[[[1.0, 2.0, 3.0, 4.0]]]])


def zeros(*shape):
    return np.zeros(shape, np.float32)


def test_linear_multiplies_by_the_transposed_weight():
    x, weight = np.float32([[1.0, 2.0]]), np.float32([[3.0, 4.0], [5.0, 6.0]])
    assert call("linear", x, weight, np.float32([1.0, 2.0])).tolist() == [[12.0, 19.0]]


@pytest.mark.parametrize(
    "parameters, result",
    [
        ({"stride": 2}, [12.5, 34.5]),
        ({"padding": (0, 1)}, [1.5, 12.5, 23.5, 34.5, 40.5]),
        ({"dilation": (1, 2)}, [13.5, 24.5]),
    ],
)
def test_conv2d_takes_its_parameters_by_axis(parameters, result):
    weight, bias = np.float32([[[[10.0, 1.0]]]]), np.float32([0.5])
    assert call("conv2d", ROW, weight, bias, **parameters).tolist() == [[[result]]]


def test_conv2d_keeps_groups_apart():
    x, weight = np.float32([[[[1.0]], [[2.0]]]]), np.float32([[[[3.0]]], [[[5.0]]]])
    result = call("conv2d", x, weight, zeros(2), groups=2)
    assert result.ravel().tolist() == [3.0, 10.0]


def test_pools_stride_by_their_kernel_dilate_and_pad():
    assert call("max_pool2d", ROW, kernel_size=(1, 3), ceil_mode=True).tolist() == [[[[3.0, 4.0]]]]
    dilated = call("max_pool2d", -ROW, kernel_size=(1, 2), stride=1, dilation=(1, 3))
    assert dilated.tolist() == [[[[-1.0]]]]
    parameters = {"kernel_size": (1, 2), "stride": 4, "padding": (0, 1)}
    assert call("avg_pool2d", ROW, **parameters).tolist() == [[[[0.5, 2.0]]]]
    inside = call("avg_pool2d", ROW, **parameters, count_include_pad=False)
    assert inside.tolist() == [[[[1.0, 4.0]]]]


def test_no_window_begins_in_the_far_padding():
    pooled = call("max_pool2d", zeros(1, 1, 1, 1), kernel_size=2, padding=1, ceil_mode=True)
    assert pooled.shape == (1, 1, 1, 1)


@pytest.mark.parametrize("name, x", [("batch_norm", [[1.0], [3.0]]), ("layer_norm", [[1.0, 3.0]])])
def test_eps_is_added_to_the_variance(name, x):
    weight = np.full(np.shape(x)[1], 2.0, np.float32)
    # The deviations are -1 and 1, and the variance is 1.
    result = call(name, np.float32(x), weight, weight / 2, eps=3.0)
    assert result.ravel() == pytest.approx([0.0, 2.0])


@pytest.mark.parametrize("name", ["lstm_cell", "lstm"])
def test_the_gates_of_an_lstm_come_in_torchs_order(name):
    x, h, c, weights, large = zeros(1, 1), zeros(1, 1), np.float32([[2.0]]), zeros(4, 1), 40.0
    # The input gate is shut, the forget gate and the output gate are open.
    bias = np.float32([-large, large, 0.0, large])
    x = x if name == "lstm_cell" else x[None]
    *_, h, c = call(name, x, h, c, weights, weights, bias, zeros(4))
    assert c[0, 0] == pytest.approx(2.0)
    assert h[0, 0] == pytest.approx(np.tanh(2.0))


@pytest.mark.parametrize("name", ["gru_cell", "gru"])
def test_the_gates_of_a_gru_come_in_torchs_order(name):
    x, h, weights = zeros(1, 1), np.float32([[2.0]]), zeros(3, 1)
    x = x if name == "gru_cell" else x[None]
    # The reset gate halves the bias 0.5 of the state, and the update gate is shut.
    b_ih, b_hh = np.float32([0.0, -40.0, 0.5]), np.float32([0.0, 0.0, 0.5])
    result = call(name, x, h, weights, weights, b_ih, b_hh)
    last = result if name == "gru_cell" else result[1]
    assert last[0, 0] == pytest.approx(np.tanh(0.75))


@pytest.mark.parametrize("kind, following", [("tanh", np.tanh(3.5)), ("relu", 3.5)])
def test_networks_return_all_states_and_the_last(kind, following):
    x, one = np.float32([[[1.0], [3.0]]]), np.float32([[1.0]])
    weights = (one, 0 * one, zeros(1), np.float32([0.5]))
    every, last = call(f"rnn_{kind}", x, 0 * one, *weights)
    assert (every.shape, last.shape) == ((1, 2, 1), (1, 1))
    assert last[0, 0] == every[0, 1, 0] == pytest.approx(following)
    cell = call(f"rnn_{kind}_cell", x[:, 1], 0 * one, *weights)
    assert cell[0, 0] == pytest.approx(following)


def test_results_share_no_memory_with_inputs_nor_with_each_other():
    results = [call("flatten", ROW) for _ in range(2)]
    assert not np.shares_memory(results[0], ROW)
    assert not np.shares_memory(*results)


def test_no_gradient_is_offered():
    assert not call.implementation.provides("relu_backward")


def test_the_version_is_told():
    assert set(call.implementation.versions) == {"openvino"}
