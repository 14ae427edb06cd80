"""Floating-point formats, their ulp, and the arithmetic in which a result is judged."""

import importlib
import json
from dataclasses import dataclass, replace
from functools import cache, cached_property
from importlib import resources
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Format:
    """A binary floating-point format: precision p and exponent range, in Higham's letters.

    With `flushes`, results below the normal range are flushed to zero, as some libraries do.

    >>> FORMATS["float32"].u == 2.0**-24, FORMATS["float32"].largest
    (True, 3.4028234663852886e+38)
    """

    name: str
    p: int
    e_min: int
    e_max: int
    flushes: bool = False

    @cached_property
    def u(self) -> float:
        """Return the unit roundoff, 2^−p."""
        return 2.0**-self.p

    @cached_property
    def smallest_subnormal_exponent(self) -> int:
        """Return the exponent of the smallest subnormal number, e_min − p + 1; e_min if flushed."""
        return self.e_min if self.flushes else self.e_min - self.p + 1

    @cached_property
    def smallest_normal(self) -> float:
        """Return the smallest normal number, N_min = 2^e_min."""
        return 2.0**self.e_min

    @cached_property
    def largest(self) -> float:
        """Return the largest finite number, (2 − 2^(1−p)) · 2^e_max."""
        return (2.0 - 2.0 ** (1 - self.p)) * 2.0**self.e_max

    @cached_property
    def underflow(self) -> float:
        """Return ω, the largest error of a rounding below the normal range: half a subnormal.

        In float64 half of the smallest subnormal is not a number: ω is a whole one. Where results
        are flushed, it is the smallest normal number.
        """
        if self.flushes:
            return self.smallest_normal
        return 2.0 ** max(self.smallest_subnormal_exponent - 1, -1074)


FORMATS = {
    "float16": Format("float16", 11, -14, 15),
    "bfloat16": Format("bfloat16", 8, -126, 127),
    "float32": Format("float32", 24, -126, 127),
    "float64": Format("float64", 53, -1022, 1023),
}


@cache
def numpy_dtype(name: str) -> np.dtype[Any]:
    """Return NumPy's dtype of a format. For bfloat16 the package ml_dtypes must be installed.

    >>> numpy_dtype("float32")
    dtype('float32')
    """
    if name == "bfloat16":
        importlib.import_module("ml_dtypes")
    return np.dtype(name)


def is_real(dtype: np.dtype[Any]) -> bool:
    """Return whether a dtype holds floating-point numbers.

    >>> is_real(np.dtype("float32")), is_real(np.dtype("int64"))
    (True, False)
    """
    # ml_dtypes registers bfloat16 with the kind "V".
    return dtype.kind == "f" or dtype.name == "bfloat16"


def is_narrow(dtype: np.dtype[Any]) -> bool:
    """Return whether a dtype holds floating-point numbers of 16 bits.

    >>> is_narrow(np.dtype("float16")), is_narrow(np.dtype("float32"))
    (True, False)
    """
    return is_real(dtype) and dtype.itemsize == 2


def ulp(x: Array | float, form: Format) -> Array:
    """Return the unit in the last place of x: 2^(max(e, e_min) − p + 1), e the exponent of x.

    x is finite. Below the normal range, and at zero, the ulp is the smallest subnormal number.

    >>> (ulp(np.array([1.0, 3.0]), FORMATS["float32"]) * 2**23).tolist()
    [1.0, 2.0]
    """
    # frexp's mantissa is one half at least, so that its exponent is e + 1.
    exponent = np.frexp(np.maximum(np.abs(x), form.smallest_normal))[1]
    result: Array = np.ldexp(1.0, exponent - form.p)
    return result


def rounded(x: Array, form: Format) -> Array:
    """Return float64 numbers rounded to nearest in a narrower format, ties to even.

    A number that rounds beyond the format's largest becomes infinite. ml_dtypes is not used: it
    rounds twice, since it converts float64 to bfloat16 by way of float32.

    >>> rounded(np.array([1.001, 1e39]), FORMATS["bfloat16"]).tolist()
    [1.0, inf]
    """
    spacing = ulp(x, form)
    near: Array = np.rint(x / spacing) * spacing
    return np.where(np.abs(near) > form.largest, np.copysign(np.inf, near), near)


def stored(x: Array, dtype: np.dtype[Any]) -> Array:
    """Return float64 numbers in a dtype of 16 bits, rounded to nearest, once.

    >>> stored(np.array([1.0001, 1e39]), np.dtype("float16")).tolist()
    [1.0, inf]
    """
    with np.errstate(all="ignore"):
        return rounded(x, FORMATS[dtype.name]).astype(dtype)


@cache
def _calibrated() -> dict[str, dict[str, float]]:
    text = resources.files("conformance").joinpath("bounds/calibration.json").read_text("utf-8")
    used: dict[str, dict[str, float]] = json.loads(text)["used"]
    return used


@dataclass(frozen=True, eq=False)
class Arithmetic:
    """A working format with the errors that it is allowed, and the arbiter that judges it.

    Attributes:
        form: the working format, whose roundings the bounds admit.
        arbiter: the wider NumPy type in which values are computed.
        slack: the share by which a bound is widened, for the arbiter's own roundings.
        accuracies: K of each elementary function, in ulp of the working format.
        store: the narrower format to which results are rounded once, at the end; or None.
    """

    form: Format
    arbiter: type[np.floating[Any]]
    slack: float
    accuracies: dict[str, float]
    store: Format | None = None

    @property
    def dtype(self) -> np.dtype[Any]:
        """Return the NumPy dtype of the working format."""
        return np.dtype(self.form.name)

    @property
    def result(self) -> Format:
        """Return the format of results: the stored format where there is one."""
        return self.store or self.form

    def within(self, ulps: float) -> "Arithmetic":
        """Return the arithmetic whose elementary functions may be so many ulp from the truth.

        None becomes more accurate than it was measured. Square roots are rounded rightly by all.
        """
        accuracies = {
            name: k if name == "sqrt" else max(k, ulps) for name, k in self.accuracies.items()
        }
        return replace(self, accuracies=accuracies)

    def flushing(self) -> "Arithmetic":
        """Return the arithmetic that may flush what lies below the normal range to zero."""
        return replace(self, form=replace(self.form, flushes=True))


@cache
def arithmetic(dtype: str) -> Arithmetic:
    """Return the arithmetic in which results of a dtype, a key of `FORMATS`, are judged.

    The arbiter of float32 is float64. That of float64 is the x87 long double. Where the machine's
    long double is no wider than float64, the arbiter makes the same errors that it judges: a slack
    of 1 then makes the bound twice as wide. The 16-bit formats are only stored in: everything
    before the store is computed in float32.

    >>> arithmetic("float32").arbiter.__name__, arithmetic("float16").store.name
    ('float64', 'float16')
    """
    form = FORMATS[dtype]
    if form.p < 24:
        return replace(arithmetic("float32"), store=form)
    if form.p == 24:
        return Arithmetic(form, np.float64, 2.0**-20, _calibrated()[dtype])
    wide = np.finfo(np.longdouble).nmant >= 63
    return Arithmetic(form, np.longdouble, 2.0**-10 if wide else 1.0, _calibrated()[dtype])
