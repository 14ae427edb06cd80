"""The adapter of PyTensor: layouts and reductions, on values computed by hand."""

import numpy as np
import pytest

pytest.importorskip("pytensor")

from adapter_calls import calls_of

call, _ = calls_of("conformance.adapters.pytensor")


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


def test_eps_is_added_to_the_variance():
    weight = np.float32([2.0, 2.0])
    # The deviations are -1 and 1, and the variance is 1.
    result = call("layer_norm", np.float32([[1.0, 3.0]]), weight, weight / 2, eps=3.0)
    assert (result.dtype, result.tolist()) == (np.float32, [[0.0, 2.0]])


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
    gradients = call("lstm_cell_backward", (np.ones((1, 1)), 0 * c), *inputs)
    assert gradients[2][0, 0] == pytest.approx(1 - np.tanh(2.0) ** 2)


def test_results_share_no_memory_with_inputs():
    x = np.ones((2, 3))
    assert not np.shares_memory(call("flatten", x), x)


def test_what_pytensor_lacks_is_not_offered():
    assert not call.implementation.provides("max_pool2d")


def test_the_version_is_told():
    assert set(call.implementation.versions) == {"pytensor"}
