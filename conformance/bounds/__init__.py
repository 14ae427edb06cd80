"""Numbers with bounds: balls, their arithmetic, and the comparison of an array with a ball.

May import the record room, and nothing else of the engine.
Those who write cases import what they need from here, and nothing deeper.
Begin reading with `ball`, then `sums`; `choices`, `elementary` and `storage` work on balls too.
"""

from conformance.bounds.ball import Ball, disclaim, multiply, settle, widen
from conformance.bounds.choices import (
    between,
    concatenate,
    either,
    gate,
    maximum,
    peak,
    relu,
    select,
    shut,
    stack,
)
from conformance.bounds.compare import Comparison, Flaw, compare
from conformance.bounds.elementary import exp, log, log1p, sigmoid, sqrt, tanh
from conformance.bounds.floats import FORMATS, Array, arithmetic
from conformance.bounds.masks import every, some
from conformance.bounds.rounding import gamma
from conformance.bounds.sums import Bilinear, bilinear, classes, matmul, mean, total

__all__ = [
    "FORMATS",
    "Array",
    "Ball",
    "Bilinear",
    "Comparison",
    "Flaw",
    "arithmetic",
    "between",
    "bilinear",
    "classes",
    "compare",
    "concatenate",
    "disclaim",
    "either",
    "every",
    "exp",
    "gamma",
    "gate",
    "log",
    "log1p",
    "matmul",
    "maximum",
    "mean",
    "multiply",
    "peak",
    "relu",
    "select",
    "settle",
    "shut",
    "sigmoid",
    "some",
    "sqrt",
    "stack",
    "tanh",
    "total",
    "widen",
]
