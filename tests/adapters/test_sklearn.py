"""The adapter of scikit-learn: what its perceptron is made of, on values computed by hand."""

import numpy as np
import pytest

pytest.importorskip("sklearn")

from adapter_calls import calls_of

call, offers = calls_of("conformance.adapters.sklearn")
ROW = np.array([[0.0, 2.0]])


def test_activations_are_not_done_in_the_callers_array():
    x = np.array([-1.0, 2.0])
    assert call("relu", x).tolist() == [0.0, 2.0]
    assert x.tolist() == [-1.0, 2.0]
    assert call("tanh_backward", np.array([3.0]), np.zeros(1)).tolist() == [3.0]
    assert call("sigmoid_backward", np.array([4.0]), np.zeros(1)).tolist() == [1.0]


def test_softmax_has_two_axes():
    assert call("softmax", np.zeros((1, 2))).tolist() == [[0.5, 0.5]]
    assert not offers("softmax", np.zeros(2))


def test_losses_are_means():
    assert call("mse_loss", ROW, np.zeros((1, 2))) == 2.0
    assert not offers("mse_loss", ROW, ROW, reduction="sum")
    loss = call("binary_cross_entropy", np.full((1, 2), 0.5), np.ones((1, 2)))
    assert float(loss) == pytest.approx(np.log(2.0))
    assert not offers("binary_cross_entropy", ROW[0], ROW[0])


def test_the_perceptron_goes_forwards():
    weights, biases = [np.array([[1.0], [-1.0]]), np.array([[3.0]])], [np.ones(1), np.ones(1)]
    activations, zs = call("forward_propagate", ROW, weights, biases, activation="relu")
    assert [z.tolist() for z in zs] == [[[-1.0]], [[1.0]]]
    assert [a.tolist() for a in activations] == [ROW.tolist(), [[0.0]], [[1.0]]]


def test_the_perceptron_goes_backwards():
    weights = [np.array([[1.0]]), np.array([[3.0]])]
    activations = [np.array([[2.0], [0.0]]), np.array([[4.0], [0.0]]), np.array([[5.0], [1.0]])]
    zs = [np.array([[4.0], [0.0]]), np.array([[5.0], [1.0]])]
    of_weights, of_biases = call(
        "backpropagate", np.zeros((2, 1)), activations, zs, weights, activation="relu"
    )
    # δ² = (5, 1) and δ¹ = (15, 0), and gradients are means of two samples.
    assert [each.tolist() for each in of_weights] == [[[15.0]], [[10.0]]]
    assert [each.tolist() for each in of_biases] == [[7.5], [3.0]]


def test_gradient_descent_takes_a_step_against_the_gradient():
    (result,) = call("gradient_descent", [np.ones(2)], [np.array([1.0, 2.0])], learning_rate=0.5)
    assert result.tolist() == [0.5, 0.0]


def test_the_version_is_told():
    assert set(call.implementation.versions) == {"scikit-learn"}
