"""The adapter of Flax: parameters and layouts, on values computed by hand."""

import numpy as np
import pytest

pytest.importorskip("flax")
pytest.importorskip("optax")

from adapter_calls import calls_of

call, offers = calls_of("conformance.adapters.flax")
LARGE = 40.0


def image(*rows):
    """An image of one channel, which comes last."""
    return np.array(rows, np.float64)[None, :, :, None]


def kernel(*rows):
    return np.array(rows, np.float64)[:, :, None, None]


def test_linear_takes_its_weight_as_in_out():
    x, weight = np.array([[1.0, 2.0]]), np.array([[3.0, 5.0], [4.0, 6.0]])
    assert call("linear", x, weight, np.array([1.0, 2.0])).tolist() == [[12.0, 19.0]]


def test_the_parameters_of_conv2d_are_torchs():
    x, weight, zero = image([1.0, 2.0, 3.0, 4.0]), kernel([10.0, 1.0]), np.zeros(1)
    assert call("conv2d", x, weight, zero, stride=(1, 2)).ravel().tolist() == [12.0, 34.0]
    assert call("conv2d", x, weight, zero, dilation=(1, 3)).ravel().tolist() == [14.0]
    padded = call("conv2d", x, weight, zero + 0.5, padding=(1, 0))
    assert padded[0, :, :, 0].tolist() == [[0.5] * 3, [12.5, 23.5, 34.5], [0.5] * 3]


def test_groups_of_conv2d_see_their_own_channels():
    x, weight = np.array([1.0, 2.0]).reshape(1, 1, 1, 2), np.array([3.0, 4.0]).reshape(1, 1, 1, 2)
    assert call("conv2d", x, weight, np.zeros(2), groups=2).ravel().tolist() == [3.0, 8.0]


def test_pools_pad_as_torch_does():
    x = image([2.0, 4.0])
    largest = call("max_pool2d", -x, kernel_size=(1, 2), padding=(0, 1))
    assert largest.ravel().tolist() == [-2.0, -4.0]
    counted = call("avg_pool2d", x, kernel_size=(1, 2), padding=(0, 1))
    assert counted.ravel().tolist() == [1.0, 2.0]
    left_out = call("avg_pool2d", x, kernel_size=(1, 2), padding=(0, 1), count_include_pad=False)
    assert left_out.ravel().tolist() == [2.0, 4.0]
    assert "ceil_mode" not in call.implementation.accepts("max_pool2d")


def test_layers_normalize_by_their_own_statistics():
    x = np.array([[1.0, 10.0], [3.0, 10.0]])
    weight, bias = np.array([2.0, 2.0]), np.array([0.0, 1.0])
    # The variance is 1, and eps makes a half of the result.
    assert call("batch_norm", x, weight, bias, eps=3.0).tolist() == [[-1.0, 1.0], [1.0, 1.0]]
    rows = call("layer_norm", x[:, :1] * [1.0, 3.0], weight, bias, eps=3.0)
    assert rows[0].tolist() == [-1.0, 2.0]


def test_losses_are_reduced_as_asked():
    x, target = np.array([[1.0, 3.0]]), np.array([[0.0, 1.0]])
    assert call("mse_loss", x, target, reduction="sum") == 5.0
    assert call("mse_loss_backward", np.array(1.0), x, target).tolist() == [[1.0, 2.0]]
    loss = call("cross_entropy", np.zeros((2, 2)), np.array([0, 1]), reduction="sum")
    assert float(loss) == pytest.approx(2 * np.log(2.0))
    loss = call("binary_cross_entropy_with_logits", np.zeros(4), np.ones(4))
    assert float(loss) == pytest.approx(np.log(2.0))


@pytest.mark.parametrize("name, steps", [("lstm_cell", ()), ("lstm", (2,))])
def test_the_gates_and_states_of_an_lstm_are_torchs(name, steps):
    x, h, c = np.zeros((1, *steps, 1)), np.zeros((1, 1)), np.array([[2.0]])
    weights = np.zeros((1, 4))
    # The input gate is shut, the forget gate and the output gate are open.
    bias = np.array([-LARGE, LARGE, 0.0, LARGE])
    *_, h, c = call(name, x, h, c, weights, weights, bias, np.zeros(4))
    assert c.tolist() == [[pytest.approx(2.0)]]
    assert h.tolist() == [[pytest.approx(np.tanh(2.0))]]


def test_the_gates_of_a_gru_are_torchs():
    x, h, weights = np.zeros((1, 1)), np.array([[2.0]]), np.zeros((1, 3))
    # The reset gate is open, and the update gate is shut: what is new is tanh(b_in + b_hn).
    b_ih, b_hh = np.array([LARGE, -LARGE, 0.25]), np.array([0.0, 0.0, 0.5])
    new = call("gru_cell", x, h, weights, weights, b_ih, b_hh)
    assert new.tolist() == [[pytest.approx(np.tanh(0.75))]]
    # With a shut reset gate the second bias is out of it.
    b_ih[0] = -LARGE
    y, _ = call("gru", x[None], h, weights, weights, b_ih, b_hh)
    assert y.tolist() == [[[pytest.approx(np.tanh(0.25))]]]


def test_a_recurrent_network_has_both_biases():
    number = np.ones((1, 1))
    y, h = call("rnn_relu", number[None], number, number, -number, number[0], number[0])
    assert (y.tolist(), h.tolist()) == ([[[2.0]]], [[2.0]])


def test_gradient_descent_takes_a_step_against_the_gradient():
    (result,) = call("gradient_descent", [np.ones(2)], [np.array([1.0, 2.0])], learning_rate=0.5)
    assert result.tolist() == [0.5, 0.0]


def test_the_versions_are_told():
    assert set(call.implementation.versions) == {"flax", "optax", "jax", "jaxlib"}
