"""torch in its 16-bit formats, on values computed by hand."""

import numpy as np
import pytest

pytest.importorskip("ml_dtypes")

from adapter_calls import calls_of

call, _ = calls_of("conformance.adapters.torch_16bit")


@pytest.mark.parametrize("name", ["float16", "bfloat16"])
def test_results_and_gradients_have_the_format_of_the_inputs(name):
    dtype = np.dtype(getattr(pytest.importorskip("ml_dtypes"), name, name))
    x = np.array([-1.0, 2.0], dtype)
    for result in (call("relu", x), call("relu_backward", x, x)):
        assert (result.dtype, result.tolist()) == (dtype, [0.0, 2.0])


def test_the_formats_and_the_version_are_told():
    assert call.implementation.dtypes == ("float16", "bfloat16")
    assert set(call.implementation.versions) == {"torch"}
