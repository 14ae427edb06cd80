import numpy as np
import pytest

from conformance.implementation.layouts import LAYOUTS, NAMES, arrange

ARRAYS = [
    np.arange(24, dtype="float32").reshape(2, 3, 4),
    np.arange(3, dtype="int64"),
    np.zeros((0, 3)),
    np.zeros((3, 0), "int64"),
    np.array(5.0),
]
EVERY = pytest.mark.parametrize("layout", NAMES)


@EVERY
@pytest.mark.parametrize("array", ARRAYS, ids=lambda a: str(a.shape))
def test_the_numbers_are_the_same_and_the_memory_another(layout, array):
    arranged = arrange(array, layout)
    assert type(arranged) is np.ndarray
    assert (arranged.dtype, arranged.shape) == (array.dtype, array.shape)
    assert np.array_equal(arranged, array)
    assert not np.shares_memory(arranged, array)


@EVERY
def test_a_layout_of_the_same_array_twice_shares_nothing(layout):
    assert not np.shares_memory(arrange(ARRAYS[0], layout), arrange(ARRAYS[0], layout))


def test_each_layout_is_what_it_says():
    arranged = {layout: arrange(ARRAYS[0], layout) for layout in LAYOUTS}
    assert arranged["contiguous"].flags.c_contiguous
    assert arranged["transposed"].flags.f_contiguous
    assert not arranged["transposed"].flags.c_contiguous
    assert arranged["sliced"].strides[-1] == 8
    assert max(arranged["reversed"].strides) < 0
    assert [name for name, array in arranged.items() if not array.flags.writeable] == ["read-only"]


@pytest.mark.parametrize("array, gap", [(ARRAYS[0], np.nan), (ARRAYS[1], -1)])
def test_what_lies_between_a_slices_elements_spoils_a_result(array, gap):
    buffer = arrange(array, "sliced").base
    assert np.array_equal(buffer[..., 1::2], np.full(array.shape, gap), equal_nan=True)


@EVERY
def test_nested_arrays_keep_their_nesting(layout):
    tree = [ARRAYS[0], (ARRAYS[1], [ARRAYS[2]])]
    arranged = arrange(tree, layout)
    assert isinstance(arranged[1], tuple)
    assert np.array_equal(arranged[1][0], ARRAYS[1])
    assert arranged[1][1][0].shape == (0, 3)
