"""The adapter of HIPS autograd: parameters and layouts, on values computed by hand."""

import numpy as np
import pytest

pytest.importorskip("autograd")

from adapter_calls import calls_of

call, offers = calls_of("conformance.adapters.autograd")


def test_linear_multiplies_by_the_transposed_weight():
    x, weight, bias = (
        np.array([[1.0, 2.0]]),
        np.array([[3.0, 4.0], [5.0, 6.0]]),
        np.array([1.0, 2.0]),
    )
    assert call("linear", x, weight, bias).tolist() == [[12.0, 19.0]]
    grads = call("linear_backward", np.array([[1.0, 10.0]]), x, weight, bias)
    assert [grad.tolist() for grad in grads] == [
        [[53.0, 64.0]],
        [[1.0, 2.0], [10.0, 20.0]],
        [1.0, 10.0],
    ]


def test_conv2d_does_not_flip_the_kernel():
    x = np.array([[[[1.0, 2.0, 3.0]]]])
    weight, bias = np.array([[[[10.0, 1.0]]]]), np.array([0.5])
    assert call("conv2d", x, weight, bias).tolist() == [[[[12.5, 23.5]]]]


@pytest.mark.parametrize("parameter", ["stride", "padding", "dilation", "groups"])
def test_what_convolve_lacks_is_not_offered(parameter):
    x, weight = np.ones((1, 2, 4, 4)), np.ones((2, 1 if parameter == "groups" else 2, 2, 2))
    assert not offers("conv2d", x, weight, np.zeros(2), **{parameter: 2})


def test_the_states_of_an_lstm_cell_come_out_in_torchs_order():
    x, h, c = np.zeros((1, 1)), np.zeros((1, 1)), np.array([[2.0]])
    weights, large = np.zeros((4, 1)), 40.0
    # The input gate is shut, the forget gate and the output gate are open.
    bias = np.array([-large, large, 0.0, large])
    h, c = call("lstm_cell", x, h, c, weights, weights, bias, np.zeros(4))
    assert c.tolist() == [[2.0]]
    assert h.tolist() == [[np.tanh(2.0)]]


def test_losses_are_reduced_as_asked():
    x, target = np.array([[1.0, 3.0]]), np.array([[0.0, 1.0]])
    assert call("mse_loss", x, target, reduction="sum") == 5.0
    assert call("mse_loss_backward", np.array(1.0), x, target).tolist() == [[1.0, 2.0]]


def test_the_version_is_told():
    assert set(call.implementation.versions) == {"autograd"}
