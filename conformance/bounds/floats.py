"""Floating-point formats, their ulp, and the arithmetic that a result is judged in."""

import importlib
import json
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Format:
    """A binary floating-point format: precision p and exponent range, in Higham's letters."""

    name: str
    p: int
    e_min: int
    e_max: int

    @property
    def u(self) -> float:
        """Unit roundoff, 2^−p."""
        return 2.0**-self.p

    @property
    def smallest_subnormal_exponent(self) -> int:
        """Exponent of the smallest subnormal, e_min − p + 1."""
        return self.e_min - self.p + 1

    @property
    def smallest_normal(self) -> float:
        """N_min = 2^e_min."""
        return 2.0**self.e_min

    @property
    def largest(self) -> float:
        """The largest finite number, (2 − 2^(1−p)) · 2^e_max."""
        return (2.0 - 2.0 ** (1 - self.p)) * 2.0**self.e_max

    @property
    def underflow(self) -> float:
        """ω, the largest error of a rounding below the normal range: half a subnormal.

        In float64 that half is itself below the smallest number, so a whole one stands for it.
        """
        return 2.0 ** max(self.smallest_subnormal_exponent - 1, -1074)


FORMATS = {
    "float16": Format("float16", 11, -14, 15),
    "bfloat16": Format("bfloat16", 8, -126, 127),
    "float32": Format("float32", 24, -126, 127),
    "float64": Format("float64", 53, -1022, 1023),
}


def numpy_dtype(name: str) -> np.dtype[Any]:
    """NumPy's dtype of a format; of bfloat16 it knows once ml_dtypes has been imported."""
    if name == "bfloat16":
        importlib.import_module("ml_dtypes")
    return np.dtype(name)


def is_real(dtype: np.dtype[Any]) -> bool:
    """Whether a dtype is one of floating-point numbers; bfloat16's kind, V, does not tell."""
    return dtype.kind == "f" or dtype.name == "bfloat16"


def is_narrow(dtype: np.dtype[Any]) -> bool:
    """Whether a dtype is one of floating-point numbers of 16 bits."""
    return is_real(dtype) and dtype.itemsize == 2


def ulp(x: Array | float, form: Format) -> Array:
    """Unit in the last place of x in a format: 2^(max(e, e_min) − p + 1), e the exponent of x."""
    # frexp gives zero the exponent of one.
    exponent = np.where(np.equal(x, 0), form.e_min, np.frexp(np.abs(x))[1] - 1)
    result: Array = np.ldexp(1.0, np.maximum(exponent, form.e_min) - form.p + 1)
    return result


def rounded(x: Array, form: Format) -> Array:
    """Float64 numbers rounded to nearest in a narrower format, ties to even; then infinity.

    ml_dtypes goes from float64 to bfloat16 by way of float32, and so rounds twice.
    """
    spacing = ulp(x, form)
    near: Array = np.rint(x / spacing) * spacing
    return np.where(np.abs(near) > form.largest, np.copysign(np.inf, near), near)


@cache
def _calibrated() -> dict[str, dict[str, float]]:
    text = resources.files("conformance").joinpath("bounds/calibration.json").read_text("utf-8")
    used: dict[str, dict[str, float]] = json.loads(text)["used"]
    return used


@dataclass(frozen=True)
class Arithmetic:
    """What a working precision is allowed, and the wider precision that arbitrates it.

    Attributes:
        form: the working format, whose roundings the bounds admit.
        arbiter: the NumPy type in which the value itself is computed.
        slack: the share by which a bound is widened for the arbiter's own roundings.
        accuracies: K of each elementary function, in ulp of the working format.
        store: the narrower format that results are rounded to, once, at the end; or None.
    """

    form: Format
    arbiter: type[np.floating[Any]]
    slack: float
    accuracies: dict[str, float]
    store: Format | None = None

    @property
    def dtype(self) -> np.dtype[Any]:
        """The NumPy dtype of the working precision."""
        return np.dtype(self.form.name)

    @property
    def result(self) -> Format:
        """The format of results."""
        return self.store or self.form


@cache
def arithmetic(dtype: str) -> Arithmetic:
    """The arithmetic in which results of a dtype are judged.

    float32 is arbitrated by float64. float64 is arbitrated by the x87 long double; where the
    machine has none wider than float64, the arbiter commits the errors that it judges, and a
    slack of one makes the bound twice as wide. 16 bits are a format to store in: what comes
    before the store is float32's.
    """
    form = FORMATS[dtype]
    if form.p < 24:
        return replace(arithmetic("float32"), store=form)
    if form.p == 24:
        return Arithmetic(form, np.float64, 2.0**-20, _calibrated()[dtype])
    wide = np.finfo(np.longdouble).nmant >= 63
    return Arithmetic(form, np.longdouble, 2.0**-10 if wide else 1.0, _calibrated()[dtype])
