"""The adapter of MLX: parameters and layouts, on values computed by hand."""

import numpy as np
import pytest

pytest.importorskip("mlx.core")

from adapter_calls import calls_of

call, offers = calls_of("conformance.adapters.mlx")

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
    inputs = [np.float32(each) for each in (ROW, [[[[10.0, 1.0]]]], [0.5])]
    assert call("conv2d", *inputs, **parameters).tolist() == [[[result]]]


def test_conv2d_keeps_groups_apart():
    x, weight = np.float32([[[[1.0]], [[2.0]]]]), np.float32([[[[3.0]]], [[[5.0]]]])
    result = call("conv2d", x, weight, np.float32([0, 0]), groups=2)
    assert result.ravel().tolist() == [3.0, 10.0]


def test_pools_stride_by_their_kernel_and_pad():
    assert call("max_pool2d", ROW, kernel_size=(1, 2)).tolist() == [[[[2.0, 4.0]]]]
    parameters = {"kernel_size": (1, 2), "stride": 4, "padding": (0, 1)}
    assert call("avg_pool2d", ROW, **parameters).tolist() == [[[[0.5, 2.0]]]]


def test_what_mlx_lacks_is_not_offered():
    assert not offers("max_pool2d", ROW, kernel_size=(1, 2), dilation=(1, 2))
    assert not offers("max_pool2d", ROW, kernel_size=(1, 3), ceil_mode=True)
    padded = {"kernel_size": (1, 2), "padding": (0, 1), "count_include_pad": False}
    assert not offers("avg_pool2d", ROW, **padded)
    assert not offers("conv2d", ROW, ROW, np.zeros(1))
    assert not offers("batch_norm", np.zeros((2, 1, 1, 1, 1)), np.ones(1), np.ones(1))


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


def test_the_gates_of_an_lstm_come_in_torchs_order():
    x, h, c = np.zeros((1, 1, 1)), np.zeros((1, 1)), np.array([[2.0]])
    weights, large = np.zeros((4, 1)), 40.0
    # The input gate is shut, the forget gate and the output gate are open.
    bias = np.array([-large, large, 0.0, large])
    _, h, c = call("lstm", x, h, c, weights, weights, bias, np.zeros(4))
    assert c.tolist() == [[2.0]]
    assert h[0, 0] == pytest.approx(np.tanh(2.0))


def test_the_gates_of_a_gru_come_in_torchs_order():
    x, h, weights, large = np.zeros((1, 1, 1)), np.array([[2.0]]), np.zeros((3, 1)), 40.0
    # The reset gate is open, and the update gate shut: what comes out is tanh(0.5 + 0.25).
    b_ih, b_hh = np.array([large, -large, 0.5]), np.array([0.0, 0.0, 0.25])
    _, last = call("gru", x, h, weights, weights, b_ih, b_hh)
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


def test_results_share_no_memory_with_inputs():
    assert not np.shares_memory(call("flatten", ROW), ROW)


def test_the_version_is_told():
    assert set(call.implementation.versions) == {"mlx", "mlx-cpu"}
