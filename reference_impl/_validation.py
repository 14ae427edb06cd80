"""Checks of arguments: floating-point arrays of the right rank and shape, and integers in range."""

from collections.abc import Sequence
from operator import index

import numpy as np

from ._arithmetic import Array, Scalar


def check_floating(**arrays: Array) -> None:
    """Raise TypeError unless each argument is a floating-point array, all of one dtype."""
    dtype: np.dtype[np.generic] | None = None
    for name, array in arrays.items():
        if not isinstance(array, (np.ndarray, np.generic)):
            raise TypeError(
                f"{name} is a {type(array).__name__}; it must be a NumPy array: "
                f"pass numpy.asarray({name}, dtype=float)"
            )
        if array.dtype.kind != "f":
            raise TypeError(
                f"{name} has dtype {array.dtype}; it must be floating-point: "
                f"convert it with {name}.astype(numpy.float64)"
            )
        if dtype is None:
            dtype = array.dtype
        elif array.dtype != dtype:
            raise TypeError(
                f"{name} has dtype {array.dtype} where {next(iter(arrays))} has {dtype}; all "
                f"arrays must share one dtype: convert one with astype"
            )


def check_axes(name: str, array: Array, axes: str) -> None:
    """Raise ValueError unless the array has exactly these axes, named as in "n, c, h, w"."""
    rank = axes.count(",") + 1
    if array.ndim != rank:
        raise ValueError(
            f"{name} has {array.ndim} axes, shape {array.shape}; it must have {rank}, ({axes}): "
            f"reshape it, with a size of one for each axis that it lacks"
        )


def check_shape(name: str, array: Scalar, shape: tuple[int, ...], owner: str) -> None:
    """Raise ValueError unless the array has this very shape: nothing broadcasts.

    `owner` names the argument that determines the shape.
    """
    if array.shape != shape:
        raise ValueError(
            f"{name} has shape {array.shape}; {owner} asks for {shape}: "
            f"reshape or broadcast {name} to it first"
        )


def check_lengths(**lists: Sequence[Array]) -> None:
    """Raise ValueError unless the lists have one length, with an item for every layer."""
    if len({len(items) for items in lists.values()}) > 1:
        lengths = ", ".join(f"{name}: {len(items)}" for name, items in lists.items())
        raise ValueError(
            f"the lists have different lengths ({lengths}); each must have one array where "
            f"the others have one: pass lists of the same length"
        )


def check_probabilities(**arrays: Array) -> None:
    """Raise ValueError if an element is outside [0, 1] or NaN."""
    for name, p in arrays.items():
        inside = (p >= 0) & (p <= 1)
        if not inside.all():
            raise ValueError(
                f"{name} has the element {p[~inside].flat[0]}; probabilities must be between "
                f"0 and 1: apply sigmoid first, or use binary_cross_entropy_with_logits"
            )


def check_classes(input: Array, target: Array) -> None:  # noqa: A002
    """Raise an error unless input has the shape (n, classes), and target a class for each sample.

    Raises:
        TypeError: if input is not floating-point, or target not int64.
        ValueError: if the shapes do not agree, or a target names no class.
    """
    check_floating(input=input)
    check_axes("input", input, "n, classes")
    dtype = getattr(target, "dtype", type(target).__name__)
    if dtype != np.int64:
        raise TypeError(
            f"target is of {dtype}; class numbers must be an int64 array: "
            f"convert it with numpy.asarray(target, dtype=numpy.int64)"
        )
    n, classes = input.shape
    check_shape("target", target, (n,), "input's first axis")
    outside = (target < 0) | (target >= classes)
    if outside.any():
        raise ValueError(
            f"target has the element {target[outside][0]}; class numbers must be from 0 to "
            f"classes − 1, and input has {classes} classes: correct the target, or give input "
            f"a column for each class"
        )


def pair(name: str, value: int | Sequence[int], minimum: int) -> tuple[int, int]:
    """Return a parameter for rows and columns, which is given as one integer or as a pair."""
    rows, columns = value if isinstance(value, (tuple, list)) and len(value) == 2 else (value,) * 2
    return integer(name, rows, minimum), integer(name, columns, minimum)


def integer(name: str, value: object, minimum: int) -> int:
    """Return an integer parameter.

    Raises:
        TypeError: if it is not an integer; a boolean is not.
        ValueError: if it is less than the minimum.
    """
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise TypeError(
            f"{name} is {value!r}; it must be an integer, or two for rows and columns where the "
            f"operation has both: pass an int of at least {minimum}"
        )
    number = index(value)
    if number < minimum:
        raise ValueError(
            f"{name} is {number}; it must be at least {minimum}: pass {minimum} or more"
        )
    return number
