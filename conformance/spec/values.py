"""Regimes of values, and the fills that put them into arrays.

On normally distributed numbers alone no comparison ever catches a softmax that does not
subtract its maximum, a clipped logarithm, or the wrong winner of a tie. So every array is
drawn in one of these regimes: small integers (nothing rounds: results must be equal), normal,
tiny, huge, mixed scales with pairs that cancel, few distinct values with signed zeros, and
constants. Special regimes are not finite, or finite and extreme.
"""

from typing import Any

import numpy as np

from conformance.bounds.floats import FORMATS, Array, numpy_dtype
from conformance.spec.case import Shape, Structure
from conformance.spec.operation import Fill

REGIMES = ("integers", "normal", "ties", "mixed", "tiny", "constant", "huge")
SPECIAL_REGIMES = ("extreme", "infinite", "nan")


def real(rng: Any, shape: Shape, dtype: str, regime: str, _structure: Structure) -> Array:
    """Draw real numbers, of any size that the regime has."""
    make = _special if regime in SPECIAL_REGIMES else _ordinary
    # NumPy's generators give a scalar where the shape is ().
    return np.asarray(make(rng, shape, dtype, regime), numpy_dtype(dtype))


def _ordinary(rng: Any, shape: Shape, dtype: str, regime: str) -> Array:
    return _REGIMES[regime](rng, shape, dtype)


def _integers(rng: Any, shape: Shape, _dtype: str) -> Array:
    result: Array = rng.integers(-4, 5, shape).astype(np.float64)
    return result


def _normal(rng: Any, shape: Shape, _dtype: str) -> Array:
    result: Array = rng.standard_normal(shape)
    return result


def _ties(rng: Any, shape: Shape, _dtype: str) -> Array:
    result: Array = np.array([0.0, 1.0, -0.0, -1.0, 0.5])[rng.integers(0, 5, shape)]
    return result


def _mixed(rng: Any, shape: Shape, dtype: str) -> Array:
    flat = np.ldexp(rng.standard_normal(shape), rng.integers(-12, 13, shape)).ravel()
    partners = flat[0 : flat.size - flat.size % 2 : 2]
    apart = 2.0 ** -min(20, FORMATS[dtype].p - 4)
    flat[1::2] = -partners * (1.0 + rng.integers(-1, 2, partners.size) * apart)
    result: Array = flat.reshape(shape)
    return result


def _scaled(rng: Any, shape: Shape, dtype: str, low: float, high: float) -> Array:
    """Normal numbers times one power of two, its exponent a share of the format's range."""
    limit = FORMATS[dtype].e_max
    exponent = int(rng.integers(int(low * limit), int(high * limit) + 1))
    result: Array = np.ldexp(rng.standard_normal(shape), exponent)
    return result


def _tiny(rng: Any, shape: Shape, dtype: str) -> Array:
    return _scaled(rng, shape, dtype, -1.12, -0.2)


def _huge(rng: Any, shape: Shape, dtype: str) -> Array:
    return _scaled(rng, shape, dtype, 0.02, 0.47)


def _constant(rng: Any, shape: Shape, _dtype: str) -> Array:
    value = (1.0, -1.0, 0.0, rng.standard_normal(), 16.0 * rng.standard_normal())
    return np.full(shape, value[int(rng.integers(0, len(value)))])


_REGIMES = {
    "integers": _integers,
    "normal": _normal,
    "ties": _ties,
    "mixed": _mixed,
    "tiny": _tiny,
    "constant": _constant,
    "huge": _huge,
}


def _special_values(dtype: str, regime: str) -> Array:
    form = FORMATS[dtype]
    subnormal = 2.0**form.smallest_subnormal_exponent
    edge = float(np.log(form.largest))
    extreme = [0.0, -0.0, subnormal, -subnormal, form.smallest_normal, 20.0, -20.0, 1e4, -1e4]
    extreme += [edge - 1, -edge - 1, 8 * edge, -8 * edge, form.largest / 4, -form.largest / 4]
    chosen = {"extreme": extreme, "infinite": [np.inf, -np.inf], "nan": [np.nan]}[regime]
    return np.array(chosen)


def _special(rng: Any, shape: Shape, dtype: str, regime: str) -> Array:
    """A calm array with a few special values in it; sometimes nothing but those."""
    array = rng.integers(-4, 5, shape) + rng.integers(0, 4, shape) / 4.0
    values = _special_values(dtype, regime)
    share = (0.15, 0.4, 1.0)[int(rng.integers(0, 3))]
    where = rng.random(shape) < share
    result: Array = np.where(where, values[rng.integers(0, values.size, shape)], array)
    return result


def logits(rng: Any, shape: Shape, dtype: str, regime: str, structure: Structure) -> Array:
    """Draw real numbers, often of a size at which e^x overflows or leaves one class alone."""
    array = real(rng, shape, dtype, regime, structure)
    if regime == "normal":
        scale = (1.0, 8.0, 40.0, 500.0, 3e4)[int(rng.integers(0, 5))]
        offset = (0.0, 0.0, 100.0, -1e3)[int(rng.integers(0, 4))]
        # 3e4 standard deviations are more than float16 holds.
        scale = min(scale, FORMATS[dtype].largest / 16.0)
        array = np.asarray(array * scale + offset, array.dtype)
    return array


def calm(rng: Any, shape: Shape, dtype: str, regime: str, structure: Structure) -> Array:
    """Draw real numbers of which a product of four is still within the format's range."""
    array = real(rng, shape, dtype, regime, structure)
    if regime in {"huge", "tiny"}:
        return (np.sign(array) * np.sqrt(np.abs(array))).astype(dtype)
    return array


def mostly_normal(rng: Any, shape: Shape, dtype: str, regime: str, structure: Structure) -> Array:
    """Draw calm numbers; in a special regime, as a rule one special number among normal ones.

    For operations in which one NaN or infinity reaches all that comes after it.
    """
    if regime not in SPECIAL_REGIMES or rng.random() < 0.3:
        return calm(rng, shape, dtype, regime, structure)
    array = calm(rng, shape, dtype, "normal", structure)
    chosen = rng.permutation(array.size)[:1]
    array.flat[chosen] = real(rng, (chosen.size,), dtype, regime, structure)
    return array


def probabilities(rng: Any, shape: Shape, dtype: str, regime: str, _structure: Structure) -> Array:
    """Draw numbers in [0, 1], often 0, 1, or within a few ulp of them."""
    array = rng.random(shape)
    form = FORMATS[dtype]
    eps = form.u
    subnormal = 2.0**form.smallest_subnormal_exponent
    # About 1e-12 stands torch's floor of p (1 − p); below e^−100 its floor of the logarithm.
    edges = np.array([0.0, 1.0, 1.0 - eps, eps, 2e-12, 5e-13, form.smallest_normal, subnormal])
    if regime in SPECIAL_REGIMES or regime in {"ties", "tiny", "huge", "mixed"}:
        share = 1.0 if regime == "ties" else 0.4
        where = rng.random(shape) < share
        array = np.where(where, edges[rng.integers(0, edges.size, shape)], array)
    elif regime in {"integers", "constant"}:
        array = np.array([0.0, 0.25, 0.5, 0.75, 1.0])[rng.integers(0, 5, shape)]
    return np.asarray(array, numpy_dtype(dtype))


def labels(rng: Any, shape: Shape, _dtype: str, _regime: str, structure: Structure) -> Array:
    """Draw indices of classes, as int64; the first input has the shape (..., classes)."""
    classes = next(iter(structure.shapes.values()))[-1]
    assert isinstance(classes, int)
    result: Array = rng.integers(0, max(classes, 1), shape).astype(np.int64)
    return result


def fill_all(fill: Fill, rng: Any, structure: Structure, name: str, dtype: str, regime: str) -> Any:
    """Fill one input: an array, or a list of arrays where the structure has a list of shapes."""
    shape = structure.shapes[name]
    if isinstance(shape, list):
        return [fill(rng, each, dtype, regime, structure) for each in shape]
    return fill(rng, shape, dtype, regime, structure)
