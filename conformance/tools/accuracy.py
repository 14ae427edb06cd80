"""How accurate an implementation's elementary functions are, in units in the last place.

The bounds allow what NumPy, SciPy and torch were measured to need. What another library needs is
measured here, and shown as its accuracy. No bound is made of it.
"""

import json
import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from conformance.bounds.floats import FORMATS, Array, ulp
from conformance.implementation.implementation import Implementation
from conformance.implementation.isolation.host import Isolated
from conformance.implementation.isolation.limits import Limits
from conformance.implementation.load_error import LoadError
from conformance.spec.outcome import Returned

FILE = "accuracy.json"
FUNCTIONS = ("sigmoid", "tanh")
_POINTS, _CHUNK = 1 << 19, 1 << 16
# Beyond these, a function is 0, 1 or x to within rounding; sigmoid is small before it is zero.
_SPANS = {"sigmoid": (-80.0, 20.0), "tanh": (-10.0, 10.0)}


def measured(implementation: Implementation, dtype: str) -> dict[str, float]:
    """Return the worst error of each function that is offered, in ulp of the result.

    Half of the arguments are spread evenly, half by their exponents. A NaN, or a result of another
    shape, is an infinite error.
    """
    errors = {}
    for name in FUNCTIONS:
        if not implementation.provides(name) or dtype not in implementation.dtypes:
            continue
        worst = 0.0
        for points in _points(name, dtype):
            outcome = implementation.call(name, (points,), {})
            worst = max(worst, _error(name, points, outcome))
        errors[name] = worst
    return errors


def _points(name: str, dtype: str) -> Iterator[Array]:
    low, high = _SPANS[name]
    rng = np.random.Generator(np.random.PCG64(0))
    for _ in range(_POINTS // _CHUNK):
        even = rng.uniform(low, high, _CHUNK // 2)
        sizes = 2.0 ** rng.uniform(-30, math.log2(high), _CHUNK // 2)
        signed = np.copysign(sizes, rng.uniform(-1, 1, sizes.size))
        yield np.concatenate([even, signed]).astype(dtype)


def _error(name: str, points: Array, outcome: object) -> float:
    result = outcome.result if isinstance(outcome, Returned) else None
    if not isinstance(result, np.ndarray) or result.shape != points.shape:
        return math.inf
    x = points.astype(np.longdouble)
    with np.errstate(all="ignore"):
        truth = np.tanh(x) if name == "tanh" else 1 / (1 + np.exp(-x))
        form = FORMATS[points.dtype.name]
        # Below the normal range numbers may be flushed.
        is_normal = np.abs(truth) >= form.smallest_normal
        units = ulp(truth.astype(np.float64), form)
        error = np.abs(result.astype(np.longdouble) - truth) / units
    worst = float(np.where(is_normal, error, 0).max())
    return math.inf if math.isnan(worst) else worst


def write(spec: str, folder: Path) -> dict[str, dict[str, float | str]]:
    """Measure an implementation in a process of its own; write and return its accuracy."""
    try:
        implementation = Isolated(spec, Limits(60.0, 16384, 360.0))
    except LoadError:
        return {}
    figures: dict[str, dict[str, float | str]] = {}
    for dtype in ("float32", "float64"):
        errors = measured(implementation, dtype)
        if errors:
            rounded = {k: round(v, 2) if math.isfinite(v) else "inf" for k, v in errors.items()}
            figures[dtype] = rounded
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(figures, indent=1) + "\n"
    (folder / FILE).write_text(text, encoding="utf-8")
    return figures


def read(folder: Path) -> dict[str, dict[str, float | str]]:
    """Return the accuracy that was measured last; none where none was."""
    try:
        known: dict[str, dict[str, float | str]] = json.loads((folder / FILE).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return known
