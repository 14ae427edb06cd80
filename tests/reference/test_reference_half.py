"""What the reference promises of 16 bits: computed in float32, and rounded once."""

import ml_dtypes
import numpy as np
import pytest
from reference_calls import CALLS, LISTS, backward, call, call_lists, forward, lists, upstream

import reference_impl
from reference_impl import half as in_half

HALVES = pytest.mark.parametrize("half", [np.float16, ml_dtypes.bfloat16])


@HALVES
@pytest.mark.parametrize("operation", CALLS)
def test_16_bits_are_computed_in_32_and_rounded_once(operation, half):
    inputs, parameters = call(operation, half)
    if operation == "flatten":
        pytest.skip("nothing is computed")
    wide = {k: v.astype("float32") if v.dtype == half else v for k, v in inputs.items()}
    same(forward(operation, inputs, parameters), forward(operation, wide, parameters), half)
    grad = upstream(operation, half)
    several = isinstance(grad, tuple)
    wide_grad = tuple(g.astype("float32") for g in grad) if several else grad.astype("float32")
    narrow = backward(operation, grad, inputs, parameters)
    same(narrow, backward(operation, wide_grad, wide, parameters), half)
    by_name = getattr(reference_impl, operation)(**inputs, **parameters)
    same(by_name, forward(operation, wide, parameters), half)


@HALVES
@pytest.mark.parametrize("operation", LISTS)
def test_lists_of_16_bits_are_too(operation, half):
    inputs = {k: [one.astype(half) for one in v] for k, v in lists(operation).items()}
    wide = {k: [one.astype("float32") for one in v] for k, v in inputs.items()}
    same(call_lists(operation, inputs), call_lists(operation, wide), half)


def test_the_functions_of_16_bits_are_the_same():
    assert in_half.DTYPES == ("float16", "bfloat16")
    assert in_half.__all__ == ["DTYPES", *reference_impl.__all__]
    assert all(
        getattr(in_half, name) is getattr(reference_impl, name) for name in reference_impl.__all__
    )


def same(narrow, wide, half):
    if isinstance(wide, tuple | list):
        assert type(narrow) is type(wide)
        assert len(narrow) == len(wide)
        for one, other in zip(narrow, wide, strict=True):
            same(one, other, half)
        return
    assert wide.dtype == np.float32
    assert narrow.dtype == half
    assert np.array_equal(narrow, wide.astype(half))
