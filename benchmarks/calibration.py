"""K: the worst error, in ulp, of the elementary functions that NumPy, SciPy and torch provide.

    error = |y − f(x)| / ulp(f(x)),   ulp(f) = 2^(max(e, e_min) − p + 1) where 2^e ≤ |f| < 2^(e+1)

float32: every argument where f varies, and each 61st where f is 1, x or a limit to within a
quarter ulp; on instruction sets older than the native one, each third of these. float64: seeded
draws, uniform over bit patterns. The truth is float64 for float32 and 80-bit long double for
float64, and mpmath restates each worst error with 60 digits. exp and expm1 end one argument short
of overflow. exp and sigmoid count where f ≥ N_min; below, the worst error and the largest f that
was flushed to zero are given in N_min, of which the bounds allow one.

K is the worst over all rows of a format and function, plus the format's headroom (float32 1/8 ulp,
for other machines; float64 1/2 ulp, because it is sampled), rounded up to the next half.
`python benchmarks/calibration.py --output FILE` writes the table `used`, which the bounds read.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from itertools import product
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    Array = np.ndarray[tuple[int, ...], np.dtype[np.floating[Any]]]
    Form = Callable[[Array], Array]
    Row = dict[str, Any]

FUNCTIONS = ("exp", "tanh", "log", "log1p", "expm1", "sigmoid", "sqrt")
HEADROOM = {"float32": 0.125, "float64": 0.5}  # in ulp, by format
DRAWS = 1 << 22  # float64 arguments of a dense span, where float32 takes all arguments
SPARSENESS, RESTRICTED, SAMPLE = 61, 3, 4097  # steps from one measured argument to the next
CHUNK = 1 << 16  # arguments at a time, so that they and their truths fit the second-level cache


@dataclass(frozen=True)
class Span:
    """The arguments with low ≤ |x| ≤ high and one sign: dense, sparse or below N_min."""

    sign: int
    low: float
    high: float
    kind: str = "dense"


@dataclass
class Worst:
    """The largest error seen so far, its argument and its result."""

    error: float = -1.0
    argument: float = math.nan
    result: float = math.nan
    arguments: int = 0

    def see(self, x: Array, y: Array, errors: Array) -> None:
        """Update the worst error from one chunk; an error that is NaN counts as infinite."""
        self.arguments += x.size
        i = int(errors.argmax())  # a NaN comes before every number
        if not errors[i] <= self.error:
            self.error = math.inf if np.isnan(errors[i]) else float(errors[i])
            self.argument, self.result = float(x[i]), float(y[i])


def spans(function: str, dtype: str) -> tuple[Span, ...]:
    """Return the spans on which f is measured: dense where f varies, sparse where it does not."""

    def beside(x: float, to: float) -> float:  # the next number, so that rounding cannot pass x
        return float(np.nextafter(np.array(x, dtype), np.array(to, dtype)))

    info = np.finfo(dtype)
    p, largest, smallest = info.nmant + 1, float(info.max), float(info.smallest_subnormal)
    still, saturated = 2.0 ** -(p + 2), (p + 3) * math.log(2)
    overflow, underflow = math.log(largest), -math.log(float(info.smallest_normal))
    up, down = (Span(sign, saturated, largest, "sparse") for sign in (1, -1))
    tiny = (Span(1, 0.0, still, "sparse"), Span(-1, 0.0, still, "sparse"))
    around = (Span(1, still, 1.0), Span(-1, still, 1.0), *tiny)
    growing = Span(1, 1.0, beside(overflow, 0))
    below = Span(-1, beside(underflow, math.inf), beside(-math.log(smallest), 0), "below")
    vanishing = (Span(-1, 1.0, beside(underflow, 0)), below)
    positive = (Span(1, smallest, 0.5), Span(1, 0.5, 2.0), Span(1, 2.0, largest))
    return {
        "exp": (*around, growing, *vanishing),
        "expm1": (*around, growing, Span(-1, 1.0, saturated), down),
        "tanh": (*around, Span(1, 1.0, saturated), Span(-1, 1.0, saturated), up, down),
        "sigmoid": (*around, Span(1, 1.0, saturated), *vanishing, up),
        "log1p": (*tiny, Span(-1, still, 1 - 2.0**-p), Span(1, still, 2.0), positive[2]),
        "log": positive,
        "sqrt": positive,
    }[function]


def arguments(span: Span, dtype: str, thinning: int) -> Iterator[Array]:
    """Yield the span's arguments in chunks: bit patterns of one sign have the floats' order."""
    drawn, integer = dtype == "float64", np.dtype(f"u{np.dtype(dtype).itemsize}")
    low, high = np.array([span.low, span.high], dtype).view(integer).tolist()
    step = thinning * (SPARSENESS if span.kind == "sparse" else 1)
    rng = np.random.default_rng(20)
    count = max(1, DRAWS // step) if drawn else len(range(low, high + 1, step))
    for done in range(0, count, CHUNK):
        size = min(CHUNK, count - done)
        bits = low + step * np.arange(done, done + size, dtype=np.int64)
        if drawn:
            bits = rng.integers(low, high, size, dtype=np.int64, endpoint=True)
        yield np.copysign(bits.astype(integer).view(dtype), np.array(span.sign, dtype))


def naive_sigmoid(x: Array) -> Array:
    """Return 1/(1 + exp(−x))."""
    y: Array = 1 / (1 + np.exp(-x))
    return y


def stable_sigmoid(x: Array) -> Array:
    """Return 1/(1 + exp(−x)) where x ≥ 0, and exp(x)/(1 + exp(x)) elsewhere."""
    z = np.exp(-np.abs(x))
    y: Array = np.where(x >= 0, np.ones_like(z), z) / (1 + z)
    return y


def forms(function: str) -> dict[tuple[str, str], Form]:
    """Return the ways in which implementations evaluate the function, by provider and name."""
    import torch  # noqa: PLC0415 - only a calibration needs it
    from scipy import special  # noqa: PLC0415 - as above

    def by_torch(x: Array) -> Array:
        y: Array = getattr(torch, function)(torch.from_numpy(x)).numpy()
        return y

    torch_form: dict[tuple[str, str], Form] = {("torch", f"torch.{function}"): by_torch}
    if function != "sigmoid":
        return torch_form | {("numpy", f"numpy.{function}"): getattr(np, function)}
    return torch_form | {
        ("numpy", "1/(1+exp(-x))"): naive_sigmoid,
        ("numpy", "1/(1+exp(-x)) or exp(x)/(1+exp(x)) by sign"): stable_sigmoid,
        ("scipy", "scipy.special.expit"): special.expit,
    }


def truth(function: str, x: Array) -> Array:
    """Return f(x) in the next wider format, whose own few ulp are below 2^-8 ulp of x's format."""
    wide: Array = x.astype(np.float64 if x.dtype == np.float32 else np.longdouble)
    if np.finfo(wide.dtype).nmant < np.finfo(x.dtype).nmant + 11:
        raise RuntimeError(
            f"long double has {np.finfo(wide.dtype).nmant + 1} bits, and 64 are needed to measure "
            f"{x.dtype}: calibrate where NumPy's long double is wider, as on x86-64 Linux"
        )
    y: Array = stable_sigmoid(wide) if function == "sigmoid" else getattr(np, function)(wide)
    return y


def ulps(y: Array, f: Array) -> Array:
    """Return |y − f| in ulp of f, in the format of y."""
    info = np.finfo(y.dtype)
    if f.dtype == np.float64:  # f without its mantissa is the power of two, which is fast
        binade = (f.view(np.int64) & 0x7FF0_0000_0000_0000).view(np.float64)
    else:
        binade = np.ldexp(np.abs(np.sign(f)), np.frexp(f)[1] - 1)
    errors: Array = np.abs(y - f) / np.maximum(binade, info.smallest_normal) / info.eps
    return errors


def restated(function: str, dtype: str, worst: Worst) -> float:
    """Return the worst error, computed again with 60 digits."""
    import mpmath  # noqa: PLC0415 - only a calibration needs it

    if not math.isfinite(worst.error):
        return worst.error
    info = np.finfo(dtype)
    with mpmath.workdps(60):
        x, y = mpmath.mpf(worst.argument), mpmath.mpf(worst.result)
        f = 1 / (1 + mpmath.exp(-x)) if function == "sigmoid" else getattr(mpmath, function)(x)
        exponent = max(mpmath.frexp(f)[1] - 1, int(info.minexp)) if f else int(info.minexp)
        return float(abs(y - f) / mpmath.ldexp(1, exponent - int(info.nmant)))


def measure(function: str, dtype: str, thinning: int) -> list[Row]:
    """Return the worst error of each form of the function in the format."""
    worst = {form: (call, Worst(), Worst(), Worst()) for form, call in forms(function).items()}
    smallest = np.finfo(dtype).smallest_normal
    for span in spans(function, dtype):
        for x in arguments(span, dtype, thinning):
            f = truth(function, x)
            for call, normal, below, zero in worst.values():
                y = call(x)
                if span.kind == "below":
                    below.see(x, y, np.abs(y - f) / smallest)
                    zero.see(x, y, np.where(y == 0, f, 0) / smallest)
                else:
                    normal.see(x, y, ulps(y, f))
    rows = []
    for (provider, form), (_, normal, below, zero) in worst.items():
        row: Row = {"provider": provider, "form": form, "dtype": dtype, "function": function}
        row |= {"worst_ulp": restated(function, dtype, normal), "argument": normal.argument.hex()}
        row |= {"result": normal.result.hex(), "arguments": normal.arguments}
        row |= {"exhaustive": dtype == "float32" and thinning == 1}
        if below.arguments:
            row["below_normal"] = {"worst": below.error, "argument": below.argument.hex()}
            row["below_normal"]["largest_flushed"] = zero.error
        rows.append(row)
    return rows


def measure_all(thinning: int) -> list[Row]:
    """Measure every function in every format, in this process, on one thread."""
    import torch  # noqa: PLC0415 - only a calibration needs it

    torch.set_num_threads(1)
    with np.errstate(all="ignore"):
        pairs = product(HEADROOM, FUNCTIONS)
        return [row for dtype, function in pairs for row in measure(function, dtype, thinning)]


def measure_on(instruction_set: str, thinning: int) -> list[Row]:
    """Measure everything in a new process, since libraries choose their kernels when they load."""
    os.environ.update(instruction_sets()[instruction_set])
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        rows = pool.submit(measure_all, thinning).result()
    return [{"instruction_set": instruction_set} | row for row in rows]


def used(rows: Iterable[Row]) -> dict[str, dict[str, float]]:
    """Return K = ⌈2 (worst + headroom)⌉ / 2 for each format and function."""
    worst = dict.fromkeys(product(HEADROOM, FUNCTIONS), 0.0)
    for row in rows:
        key = row["dtype"], row["function"]
        worst[key] = max(worst[key], row["worst_ulp"])
    return {
        dtype: {f: math.ceil(2 * (worst[dtype, f] + HEADROOM[dtype])) / 2 for f in FUNCTIONS}
        for dtype in HEADROOM
    }


def instruction_sets() -> dict[str, dict[str, str]]:
    """Return the environment variables that restrict the libraries to each instruction set."""
    config: Any = np.show_config(mode="dicts")
    extensions = config["SIMD Extensions"].get("found", [])
    newest = [name for name in extensions if "AVX512" in name or name == "X86_V4"]
    names = ("NPY_DISABLE_CPU_FEATURES", "ATEN_CPU_CAPABILITY", "MKL_ENABLE_INSTRUCTIONS")
    return {
        "native": {},
        "avx2": dict(zip(names, (" ".join(newest), "avx2", "AVX2"), strict=True)),
        "baseline": dict(zip(names, (" ".join(extensions), "default", "SSE4_2"), strict=True))
        | {"GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2,-FMA,-FMA4,-AVX512F"},
    }


def environment() -> dict[str, Any]:
    """Return the date, versions and processor of the measurement."""
    import torch  # noqa: PLC0415 - only a calibration needs it

    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    versions = {name: version(name) for name in ("numpy", "scipy", "torch", "mpmath")}
    versions |= {"python": platform.python_version(), "libc": " ".join(platform.libc_ver())}
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "versions": versions,
        "cpu": names[0] if names else platform.processor() or platform.machine(),
        "machine": platform.machine(),
        "torch_capability": torch.backends.cpu.get_cpu_capability(),
        "instruction_sets": instruction_sets(),
    }


def main(argv: Sequence[str] | None = None) -> None:
    """Measure every function, and write the result as JSON."""
    parser = argparse.ArgumentParser(prog="python benchmarks/calibration.py")
    parser.add_argument("--output", type=Path, help="the file to write (default: standard output)")
    parser.add_argument("--sample", action="store_true", help="a quick look, not a calibration")
    options = parser.parse_args(argv)
    rows, about = [], environment()
    for name in instruction_sets():
        full = 1 if name == "native" else RESTRICTED
        rows += measure_on(name, SAMPLE if options.sample else full)
    record = {"used": used(rows), "headroom": HEADROOM, "measured": rows}
    text = json.dumps(record | {"environment": about, "method": __doc__}, indent=1) + "\n"
    if options.output is None:
        sys.stdout.write(text)
    else:
        options.output.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
