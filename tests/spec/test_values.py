import numpy as np
import pytest

from conformance.bounds import Ball, matmul
from conformance.bounds.floats import FORMATS, arithmetic
from conformance.spec import values as fills
from conformance.spec.case import Structure
from conformance.spec.values import REGIMES, SPECIAL_REGIMES

ALL = REGIMES + SPECIAL_REGIMES
SHAPES = [(), (0,), (1,), (7,), (3, 4), (2, 0, 3)]
DTYPES = pytest.mark.parametrize("dtype", ["float32", "float64"])
NONE = Structure({})


def drawn(regime, dtype="float32", shape=(5, 7), fill=fills.real, seeds=range(60)):
    generators = (np.random.default_rng(seed) for seed in seeds)
    return [fill(rng, shape, dtype, regime, NONE) for rng in generators]


@DTYPES
@pytest.mark.parametrize("regime", ALL)
@pytest.mark.parametrize("fill", [fills.real, fills.logits, fills.probabilities])
def test_a_fill_gives_an_array_of_the_shape_and_dtype(fill, regime, dtype):
    for shape in SHAPES:
        array = drawn(regime, dtype, shape, fill, [1])[0]
        assert type(array) is np.ndarray
        assert (array.shape, array.dtype) == (shape, dtype)


@pytest.mark.parametrize("regime", ALL)
def test_the_same_seed_gives_the_same_numbers_and_another_seed_others(regime):
    seeds = (range(9), range(9), range(9, 18))
    first, again, other = (drawn(regime, seeds=some) for some in seeds)
    assert [a.tobytes() for a in first] == [a.tobytes() for a in again]
    if regime != "nan":
        assert [a.tobytes() for a in first] != [a.tobytes() for a in other]


@DTYPES
@pytest.mark.parametrize("regime", [*REGIMES, "extreme"])
def test_only_the_regimes_named_so_are_not_finite(regime, dtype):
    assert all(np.isfinite(array).all() for array in drawn(regime, dtype))


@DTYPES
@pytest.mark.parametrize("regime", ["integers", "ties"])
def test_nothing_rounds_on_small_integers(regime, dtype):
    for array in drawn(regime, dtype, (6, 6)):
        ball = Ball.exact(array, arithmetic(dtype))
        assert matmul(ball, ball).error is None


def test_ties_hold_both_zeros_and_repeated_numbers():
    array = np.concatenate(drawn("ties"))
    assert {0.0, 1.0, -1.0, 0.5} == set(array.ravel().tolist())
    assert np.signbit(array[array == 0]).any()
    assert not np.signbit(array[array == 0]).all()


def test_mixed_scales_cancel_in_pairs():
    array = drawn("mixed", "float64", (40,))[0]
    sizes = np.abs(array[0::2] + array[1::2]) / np.abs(array[0::2])
    assert (sizes < 1e-5).all()
    assert (sizes == 0).any()
    assert (sizes > 0).any()
    assert np.ptp(np.frexp(array)[1]) > 12


@DTYPES
def test_tiny_numbers_reach_below_the_normal_range(dtype):
    arrays = drawn("tiny", dtype)
    normal = FORMATS[dtype].smallest_normal
    assert any(((array != 0) & (np.abs(array) < normal)).any() for array in arrays)
    assert any((np.abs(array) >= normal).all() for array in arrays)


@DTYPES
def test_products_of_huge_numbers_are_still_numbers(dtype):
    arrays = drawn("huge", dtype)
    assert all(np.isfinite(array * array).all() for array in arrays)
    assert max(np.abs(array).max() for array in arrays) > FORMATS[dtype].largest ** 0.4


def test_a_constant_array_is_constant():
    assert all(len(np.unique(array)) == 1 for array in drawn("constant"))


@pytest.mark.parametrize(
    "regime, found",
    [("infinite", np.isposinf), ("infinite", np.isneginf), ("nan", np.isnan)],
)
def test_special_values_stand_among_calm_ones_and_alone(regime, found):
    arrays = drawn(regime)
    shares = [found(array).mean() for array in arrays]
    assert any(0 < share < 0.3 for share in shares)
    assert max(np.mean(~np.isfinite(array)) for array in arrays) == 1


@DTYPES
def test_extreme_values_hold_subnormal_numbers_and_the_edges_of_the_exponential(dtype):
    values = set(np.concatenate(drawn("extreme", dtype)).ravel().tolist())
    assert 2.0 ** FORMATS[dtype].smallest_subnormal_exponent in values
    assert any(np.exp(min(value, 700.0)) < FORMATS[dtype].smallest_normal for value in values)
    assert any(value > np.log(FORMATS[dtype].largest) for value in values)


def test_logits_reach_where_the_exponential_overflows():
    assert any((np.abs(array) > 89).any() for array in drawn("normal", fill=fills.logits))


@DTYPES
@pytest.mark.parametrize("regime", ALL)
def test_probabilities_lie_in_their_interval(regime, dtype):
    arrays = drawn(regime, dtype, fill=fills.probabilities)
    assert all(((array >= 0) & (array <= 1)).all() for array in arrays)


def test_probabilities_reach_their_ends_and_the_numbers_beside_them():
    values = set(np.concatenate(drawn("ties", fill=fills.probabilities)).ravel().tolist())
    assert {0.0, 1.0, float(np.nextafter(np.float32(1), np.float32(0)))} <= values


def test_labels_are_classes():
    structure = Structure({"x": (4, 3), "target": (4,)})
    rng = np.random.default_rng(0)
    labels = [fills.labels(rng, (4,), "float32", "normal", structure) for _ in range(20)]
    assert labels[0].dtype == np.int64
    assert set(np.concatenate(labels).tolist()) == {0, 1, 2}


def test_a_list_of_shapes_gives_a_list_of_arrays():
    structure = Structure({"weights": [(2, 3), (3,)]})
    rng = np.random.default_rng(0)
    filled = fills.fill_all(fills.real, rng, structure, "weights", "float32", "normal")
    assert [array.shape for array in filled] == [(2, 3), (3,)]
