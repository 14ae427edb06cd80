"""The adapter of ONNX Runtime: what it has kernels for, on values computed by hand."""

import numpy as np
import pytest

pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")

from adapter_calls import calls_of

call, offers = calls_of("conformance.adapters.onnxruntime")
SINGLE = np.float32


def test_conv2d_and_pools_have_torchs_parameters():
    x, weight = np.arange(1, 5, dtype=SINGLE).reshape(1, 1, 1, 4), np.array([[[[10, 1]]]], SINGLE)
    result = call("conv2d", x, weight, np.zeros(1, SINGLE), padding=(0, 1), stride=(1, 2))
    assert result.tolist() == [[[[1.0, 23.0, 40.0]]]]
    ceiled = call("max_pool2d", x, kernel_size=(1, 3), ceil_mode=True)
    assert ceiled.tolist() == [[[[3.0, 4.0]]]]
    left_out = call("avg_pool2d", x, kernel_size=(1, 2), padding=(0, 1), count_include_pad=False)
    assert left_out.tolist() == [[[[1.0, 2.5, 4.0]]]]


def test_a_kernel_for_one_dtype_is_offered_in_no_other():
    x = np.ones((1, 1, 2, 2))
    inputs = (x, x, np.zeros(1))
    assert offers("conv2d", *(each.astype(SINGLE) for each in inputs))
    assert not offers("conv2d", *inputs)


def test_a_kernel_that_refuses_a_dtype_when_it_is_run_is_not_offered_in_it():
    weights = np.ones((4, 1))
    inputs = (np.ones((1, 1, 1)), weights[:1], weights[:1], weights, weights, weights[:, 0])
    inputs = (*inputs, weights[:, 0])
    assert offers("lstm", *(each.astype(SINGLE) for each in inputs))
    assert not offers("lstm", *inputs)


def test_a_recurrent_relu_is_offered():
    number = np.ones((1, 1), SINGLE)
    y, h = call("rnn_relu", number[None], number, number, -number, number[0], number[0])
    assert (y.tolist(), h.tolist()) == ([[[2.0]]], [[2.0]])


def test_the_version_is_told():
    assert set(call.implementation.versions) == {"onnxruntime"}
