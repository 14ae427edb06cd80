"""The adapter of ONNX's evaluator: parameters and layouts, on values computed by hand."""

import numpy as np
import pytest

pytest.importorskip("onnx")

from adapter_calls import calls_of

call, offers = calls_of("conformance.adapters.onnx")


def image(*rows):
    return np.array([[rows]], np.float64)


def test_linear_multiplies_by_the_transposed_weight():
    x, weight = np.array([[1.0, 2.0]]), np.array([[3.0, 4.0], [5.0, 6.0]])
    assert call("linear", x, weight, np.array([1.0, 2.0])).tolist() == [[12.0, 19.0]]


def test_the_parameters_of_conv2d_are_torchs():
    x, weight = image([1.0, 2.0, 3.0, 4.0]), image([10.0, 1.0])
    zero = np.zeros(1)
    assert call("conv2d", x, weight, zero + 0.5).tolist() == [[[[12.5, 23.5, 34.5]]]]
    assert call("conv2d", x, weight, zero, stride=(1, 2)).tolist() == [[[[12.0, 34.0]]]]
    assert call("conv2d", x, weight, zero, dilation=(1, 3)).tolist() == [[[[14.0]]]]
    padded = call("conv2d", x, weight, zero, padding=(1, 0))
    assert padded.tolist() == [[[[0.0] * 3, [12.0, 23.0, 34.0], [0.0] * 3]]]


def test_groups_of_conv2d_see_their_own_channels():
    x, weight = np.array([1.0, 2.0]).reshape(1, 2, 1, 1), np.array([3.0, 4.0]).reshape(2, 1, 1, 1)
    assert call("conv2d", x, weight, np.zeros(2), groups=2).ravel().tolist() == [3.0, 8.0]


def test_the_parameters_of_max_pool2d_are_torchs():
    x = image([1.0, 5.0, 2.0, 4.0, 3.0])
    assert call("max_pool2d", x, kernel_size=(1, 2)).tolist() == [[[[5.0, 4.0]]]]
    ceiled = call("max_pool2d", x, kernel_size=(1, 2), ceil_mode=True)
    assert ceiled.tolist() == [[[[5.0, 4.0, 3.0]]]]
    dilated = call("max_pool2d", x, kernel_size=(1, 2), stride=1, dilation=(1, 3))
    assert dilated.tolist() == [[[[4.0, 5.0]]]]
    # The padding is −∞, not 0.
    padded = call("max_pool2d", -x, kernel_size=(1, 2), padding=(0, 1))
    assert padded.tolist() == [[[[-1.0, -2.0, -3.0]]]]


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


def test_losses_are_reduced_as_asked():
    x, target = np.array([[1.0, 3.0]]), np.array([[0.0, 1.0]])
    assert call("mse_loss", x, target) == 2.5
    assert call("mse_loss", x, target, reduction="sum") == 5.0
    loss = call("cross_entropy", np.zeros((2, 2)), np.array([0, 1]), reduction="sum")
    assert float(loss) == pytest.approx(2 * np.log(2.0))


def test_the_gates_of_lstm_are_reordered():
    x, h, c = np.zeros((1, 2, 1)), np.zeros((1, 1)), np.array([[2.0]])
    weights, large = np.zeros((4, 1)), 40.0
    # The input gate is shut, the forget gate and the output gate are open.
    bias = np.array([-large, large, 0.0, large])
    y, h, c = call("lstm", x, h, c, weights, weights, bias, np.zeros(4))
    assert (y.shape, c.tolist()) == ((1, 2, 1), [[2.0]])
    assert h.tolist() == [[pytest.approx(np.tanh(2.0))]]


def test_the_gates_of_gru_are_reordered():
    x, h = np.zeros((1, 1, 1)), np.array([[2.0]])
    weights, large = np.zeros((3, 1)), 40.0
    # The reset gate is open, and the update gate is shut: what is new is tanh(b_in + b_hn).
    b_ih, b_hh = np.array([large, -large, 0.25]), np.array([0.0, 0.0, 0.5])
    y, h = call("gru", x, h, weights, weights, b_ih, b_hh)
    assert y.tolist() == [[[pytest.approx(np.tanh(0.75))]]]
    assert h.tolist() == y[:, 0].tolist()


def test_there_are_no_gradients_and_no_recurrent_relu():
    assert not call.implementation.provides("relu_backward")
    assert not call.implementation.provides("rnn_relu")


def test_the_version_is_told():
    assert set(call.implementation.versions) == {"onnx"}
