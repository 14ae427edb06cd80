"""The adapter of torch.compile: it compiles, and once for many shapes."""

import shutil

import numpy as np
import pytest
import torch

if shutil.which("g++") is None:
    pytest.skip("torch.compile needs a C++ compiler", allow_module_level=True)

from adapter_calls import calls_of

call, _ = calls_of("conformance.adapters.torch_compile")

# Each compilation takes seconds.
pytestmark = pytest.mark.proof


def test_a_function_and_its_gradient_are_compiled_once_for_many_shapes():
    counted, graphs = torch._dynamo.utils.counters["stats"], []
    for size in (2, 3, 5, 7):
        x = np.linspace(-1, 1, 2 * size).reshape(2, size)
        assert call("relu", x).tolist() == np.maximum(x, 0).tolist()
        assert call("relu_backward", 0 * x + 3, x).tolist() == (3.0 * (x > 0)).tolist()
        graphs.append(counted["unique_graphs"])
    assert 0 < graphs[1] == graphs[-1]


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


def test_conv2d_takes_its_parameters_by_axis():
    x, weight = np.array([[[[1.0, 2.0, 3.0, 4.0]]]]), np.array([[[[10.0, 1.0]]]])
    result = call("conv2d", x, weight, np.array([0.5]), stride=(1, 2))
    assert result.tolist() == [[[[12.5, 34.5]]]]
