"""The adapter of TensorFlow: parameters and layouts, on values computed by hand."""

import numpy as np
import pytest

pytest.importorskip("tensorflow")

from adapter_calls import calls_of

call, offers = calls_of("conformance.adapters.tensorflow")


def image(*rows):
    """An image of one channel, which comes last."""
    return np.array(rows, np.float64)[None, :, :, None]


def kernel(*rows):
    return np.array(rows, np.float64)[:, :, None, None]


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
    x, weight, zero = image([1.0, 2.0, 3.0, 4.0]), kernel([10.0, 1.0]), np.zeros(1)
    assert call("conv2d", x, weight, zero, stride=(1, 2)).ravel().tolist() == [12.0, 34.0]
    assert call("conv2d", x, weight, zero, dilation=(1, 3)).ravel().tolist() == [14.0]
    padded = call("conv2d", x, weight, zero + 0.5, padding=(1, 0))
    assert padded[0, :, :, 0].tolist() == [[0.5] * 3, [12.5, 23.5, 34.5], [0.5] * 3]


def test_groups_of_conv2d_follow_from_the_channels():
    x, weight = np.array([1.0, 2.0]).reshape(1, 1, 1, 2), np.array([3.0, 4.0]).reshape(1, 1, 1, 2)
    assert call("conv2d", x, weight, np.zeros(2), groups=2).ravel().tolist() == [3.0, 8.0]
    assert not offers("conv2d", x, weight, np.zeros(2), groups=4)


@pytest.mark.parametrize("parameter", ["groups", "dilation"])
def test_gradients_that_the_cpu_lacks_are_not_offered(parameter):
    x, weight = np.ones((1, 3, 3, 2)), np.ones((2, 2, 1 if parameter == "groups" else 2, 2))
    result = call("conv2d", x, weight, np.zeros(2), **{parameter: 2})
    assert not offers("conv2d_backward", result, x, weight, np.zeros(2), **{parameter: 2})


def test_max_pool2d_pads_with_minus_infinity():
    x = image([2.0, 4.0])
    padded = call("max_pool2d", -x, kernel_size=(1, 2), padding=(0, 1))
    assert padded.ravel().tolist() == [-2.0, -4.0]
    assert not {"dilation", "ceil_mode"} & call.implementation.accepts("max_pool2d")


def test_avg_pool2d_pads_nothing():
    assert call("avg_pool2d", image([2.0, 4.0]), kernel_size=(1, 2)).ravel().tolist() == [3.0]
    assert "padding" not in call.implementation.accepts("avg_pool2d")


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
    loss = call("cross_entropy", np.zeros((2, 2)), np.array([0, 1]), reduction="sum")
    assert float(loss) == pytest.approx(2 * np.log(2.0))


def test_gradient_descent_takes_a_step_against_the_gradient():
    (result,) = call("gradient_descent", [np.ones(2)], [np.array([1.0, 2.0])], learning_rate=0.5)
    assert result.tolist() == [0.5, 0.0]


def test_results_share_no_memory_with_inputs():
    x = np.ones((2, 2))
    assert not np.shares_memory(call("flatten", x), x)


def test_the_version_is_told():
    assert set(call.implementation.versions) == {"tensorflow"}
