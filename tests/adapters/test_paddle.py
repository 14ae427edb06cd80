"""The adapter of PaddlePaddle: parameters and layouts, on values computed by hand."""

import warnings

import numpy as np
import pytest

with warnings.catch_warnings():
    # On its import it warns of programs that it misses.
    warnings.simplefilter("ignore")
    pytest.importorskip("paddle")

from adapter_calls import calls_of

call, offers = calls_of("conformance.adapters.paddle")

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
        ({}, [12.5, 23.5, 34.5]),
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


def test_pools_stride_by_their_kernel_and_pad():
    assert call("max_pool2d", ROW, kernel_size=(1, 2)).tolist() == [[[[2.0, 4.0]]]]
    assert call("max_pool2d", ROW, kernel_size=(1, 3), ceil_mode=True).tolist() == [[[[3.0, 4.0]]]]
    parameters = {"kernel_size": (1, 2), "stride": 4, "padding": (0, 1)}
    assert call("avg_pool2d", ROW, **parameters).tolist() == [[[[0.5, 2.0]]]]
    inside = call("avg_pool2d", ROW, **parameters, count_include_pad=False)
    assert inside.tolist() == [[[[1.0, 4.0]]]]


def test_what_paddle_lacks_is_not_offered():
    assert not offers("max_pool2d", ROW, kernel_size=(1, 2), dilation=(1, 2))
    assert not offers("batch_norm", np.zeros((2, 1, 1, 1, 1, 1)), np.ones(1), np.ones(1))
    weight = np.ones(2)
    assert not offers("layer_norm", weight, weight, weight)
    assert not offers("layer_norm", weight[None], weight, weight, eps=0.1)


@pytest.mark.parametrize("name, x", [("batch_norm", [[1.0], [3.0]]), ("layer_norm", [[1.0, 3.0]])])
def test_eps_is_added_to_the_variance(name, x):
    weight, bias = np.full(np.shape(x)[1], 2.0), np.full(np.shape(x)[1], 1.0)
    # The deviations are -1 and 1, and the variance is 1.
    result = call(name, np.array(x), weight, bias, eps=1e-3).ravel()
    assert result == pytest.approx([1 - 2 / 1.001**0.5, 1 + 2 / 1.001**0.5])


def test_losses_are_reduced_as_asked():
    x, target = np.array([[1.0, 3.0]]), np.array([[0.0, 1.0]])
    assert call("mse_loss", x, target, reduction="sum") == 5.0
    assert call("mse_loss_backward", np.array(1.0), x, target).tolist() == [[1.0, 2.0]]
    assert call("cross_entropy", np.zeros((2, 1)), np.array([0, 0])) == 0.0


@pytest.mark.parametrize("name", ["lstm_cell", "lstm"])
def test_the_gates_of_an_lstm_come_in_torchs_order(name):
    x, h, c = np.zeros((1, 1)), np.zeros((1, 1)), np.array([[2.0]])
    weights, large = np.zeros((4, 1)), 40.0
    # The input gate is shut, the forget gate and the output gate are open.
    bias = np.array([-large, large, 0.0, large])
    x = x if name == "lstm_cell" else x[None]
    *_, h, c = call(name, x, h, c, weights, weights, bias, np.zeros(4))
    assert c.tolist() == [[2.0]]
    assert h[0, 0] == pytest.approx(np.tanh(2.0))


@pytest.mark.parametrize("name", ["gru_cell", "gru"])
def test_the_gates_of_a_gru_come_in_torchs_order(name):
    x, h, weights, large = np.zeros((1, 1)), np.array([[2.0]]), np.zeros((3, 1)), 40.0
    x = x if name == "gru_cell" else x[None]
    # The reset gate is open, and the update gate shut: what comes out is tanh(0.5 + 0.25).
    b_ih, b_hh = np.array([large, -large, 0.5]), np.array([0.0, 0.0, 0.25])
    result = call(name, x, h, weights, weights, b_ih, b_hh)
    last = result if name == "gru_cell" else result[1]
    assert last[0, 0] == pytest.approx(np.tanh(0.75))


@pytest.mark.parametrize("kind, following", [("tanh", np.tanh(3.5)), ("relu", 3.5)])
def test_networks_return_all_states_and_the_last(kind, following):
    x, one, zero = np.array([[[1.0], [3.0]]]), np.ones((1, 1)), np.zeros(1)
    weights = (one, 0 * one, zero, zero + 0.5)
    every, last = call(f"rnn_{kind}", x, 0 * one, *weights)
    assert (every.shape, last.shape) == ((1, 2, 1), (1, 1))
    assert last[0, 0] == every[0, 1, 0] == pytest.approx(following)
    upstream = (np.zeros((1, 2, 1)), one)
    gradients = call(f"rnn_{kind}_backward", upstream, x, 0 * one, *weights)
    slope = 1.0 if kind == "relu" else 1 - np.tanh(3.5) ** 2
    assert gradients[0].ravel() == pytest.approx([0.0, slope])
    cell = call(f"rnn_{kind}_cell", x[:, 1], 0 * one, *weights)
    assert cell[0, 0] == pytest.approx(following)


def test_a_gradient_of_another_shape_is_refused():
    with pytest.raises(AssertionError, match="another shape"):
        call("relu_backward", np.zeros(1), np.zeros(2))


def test_results_share_no_memory_with_inputs():
    assert not np.shares_memory(call("flatten", ROW), ROW)


def test_the_version_is_told():
    assert set(call.implementation.versions) == {"paddlepaddle"}
