"""The adapter of Keras: parameters and layouts, on values computed by hand."""

import numpy as np
import pytest

pytest.importorskip("keras")
pytest.importorskip("tensorflow")

from adapter_calls import calls_of

call, offers = calls_of("conformance.adapters.keras")
LARGE = 40.0


def image(*rows):
    """An image of one channel, which comes last."""
    return np.array(rows, np.float64)[None, :, :, None]


def kernel(*rows):
    return np.array(rows, np.float64)[:, :, None, None]


def test_linear_multiplies_by_the_transposed_weight():
    x, weight = np.array([[1.0, 2.0]]), np.array([[3.0, 4.0], [5.0, 6.0]])
    assert call("linear", x, weight, np.array([1.0, 2.0])).tolist() == [[12.0, 19.0]]


def test_the_parameters_of_conv2d_are_torchs():
    x, weight, zero = image([1.0, 2.0, 3.0, 4.0]), kernel([10.0, 1.0]), np.zeros(1)
    assert call("conv2d", x, weight, zero, stride=(1, 2)).ravel().tolist() == [12.0, 34.0]
    assert call("conv2d", x, weight, zero, dilation=(1, 3)).ravel().tolist() == [14.0]
    assert "padding" not in call.implementation.accepts("conv2d")


def test_groups_of_conv2d_follow_from_the_channels():
    x, weight = np.array([1.0, 2.0]).reshape(1, 1, 1, 2), np.array([3.0, 4.0]).reshape(1, 1, 1, 2)
    assert call("conv2d", x, weight, np.zeros(2), groups=2).ravel().tolist() == [3.0, 8.0]
    assert not offers("conv2d", x, weight, np.zeros(2), groups=4)


def test_pools_step_by_their_window_unless_told_otherwise():
    x = image([2.0, 4.0, 9.0])
    assert call("max_pool2d", x, kernel_size=(1, 2)).ravel().tolist() == [4.0]
    assert call("avg_pool2d", x, kernel_size=(1, 2), stride=1).ravel().tolist() == [3.0, 6.5]


def test_layers_normalize_by_their_own_statistics():
    x = np.array([[1.0, 10.0], [3.0, 10.0]])
    weight, bias = np.array([2.0, 2.0]), np.array([0.0, 1.0])
    # The variance is 1, and eps makes a half of the result.
    normal = call("batch_norm", x, weight, bias, eps=3.0)
    assert normal.tolist() == [[pytest.approx(-1.0), 1.0], [pytest.approx(1.0), 1.0]]
    rows = call("layer_norm", x[:, :1] * [1.0, 3.0], weight, bias, eps=3.0)
    assert rows[0].tolist() == [pytest.approx(-1.0), pytest.approx(2.0)]


def test_losses_are_reduced_as_asked():
    x, target = np.array([[1.0, 3.0]]), np.array([[0.0, 1.0]])
    assert call("mse_loss", x, target, reduction="sum") == 5.0
    assert call("mse_loss_backward", np.array(1.0), x, target).tolist() == [[1.0, 2.0]]
    half, label = np.full((1, 2), 0.5), np.ones((1, 2))
    loss = call("binary_cross_entropy", half, label, reduction="sum")
    assert float(loss) == pytest.approx(2 * np.log(2.0))
    loss = call("cross_entropy", np.zeros((2, 2)), np.array([0, 1]))
    assert float(loss) == pytest.approx(np.log(2.0))


def test_the_gates_and_states_of_an_lstm_are_torchs():
    x, h, c, weights = np.zeros((1, 1)), np.zeros((1, 1)), np.array([[2.0]]), np.zeros((1, 4))
    # The input gate is shut, the forget gate and the output gate are open.
    bias = np.array([-LARGE, LARGE, 0.0, LARGE])
    h, c = call("lstm_cell", x, h, c, weights, weights, bias, np.zeros(4))
    assert c.tolist() == [[pytest.approx(2.0)]]
    assert h.tolist() == [[pytest.approx(np.tanh(2.0))]]


def test_the_gates_of_a_gru_are_reordered():
    x, h, weights = np.zeros((1, 1)), np.array([[2.0]]), np.zeros((1, 3))
    # The reset gate is open, and the update gate is shut: what is new is tanh(b_in + b_hn).
    b_ih, b_hh = np.array([LARGE, -LARGE, 0.25]), np.array([0.0, 0.0, 0.5])
    new = call("gru_cell", x, h, weights, weights, b_ih, b_hh)
    assert new.tolist() == [[pytest.approx(np.tanh(0.75))]]
    grads = call("gru_cell_backward", np.ones((1, 1)), x, h, weights, weights, b_ih, b_hh)
    slope = 1 - np.tanh(0.75) ** 2
    assert grads[4].tolist() == [pytest.approx(0.0), pytest.approx(0.0), pytest.approx(slope)]


def test_a_recurrent_cell_has_both_biases():
    number = np.ones((1, 1))
    new = call("rnn_relu_cell", number, number, number, -number, number[0], number[0])
    assert new.tolist() == [[2.0]]


def test_the_versions_are_told():
    assert {"keras", "tensorflow"} <= set(call.implementation.versions)
