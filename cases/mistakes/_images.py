"""Changed calls, and tables of windows, which wrong convolutions and pools share."""

from collections.abc import Callable
from typing import Any

import numpy as np

from conformance.bounds import Array
from conformance.spec import Functions, Wrong, pair

# The rows and the columns in the padded image of each tap (i, j) of each window (p, q). The two
# broadcast to (kh, kw, h′, w′).
Table = tuple[Array, Array]


def table(counts: Any, kernel: Any, stride: Any, dilation: Any = 1) -> Table:
    """Return the table of so many windows."""
    rows, columns = (
        d * np.arange(k)[:, np.newaxis] + s * np.arange(n)
        for n, k, s, d in zip(counts, pair(kernel), pair(stride), pair(dilation), strict=True)
    )
    return rows[:, np.newaxis, :, np.newaxis], columns[np.newaxis, :, np.newaxis, :]


def without_strides(array: Array) -> Array:
    """Read an array's memory without its strides, as compiled code may do."""
    memory = array if array.base is None else np.asarray(array.base)
    result: Array = memory.ravel(order="K")[: array.size].reshape(array.shape)
    return result


def laid(parameters: dict[str, Any]) -> tuple[tuple[int, int], ...]:
    """Return kernel size, stride, padding and dilation of a pool, each for rows and columns."""
    kernel = parameters["kernel_size"]
    stride, padding = parameters.get("stride", kernel), parameters.get("padding", 0)
    return pair(kernel), pair(stride), pair(padding), pair(parameters.get("dilation", 1))


def frame(x: Array, padding: Any, where: Table, fill: float = 0.0) -> Array:
    """Return the image in a border that is as large as the windows reach."""
    (above, left), (h, w) = pair(padding), x.shape[2:]
    height = max(h + 2 * above, int(where[0].max()) + 1)
    width = max(w + 2 * left, int(where[1].max()) + 1)
    framed = np.full((*x.shape[:2], height, width), fill, x.dtype)
    framed[:, :, above : above + h, left : left + w] = x
    return framed


def taps(x: Array, padding: Any, where: Table, fill: float = 0.0) -> Array:
    """Return the pixels at each tap of each window, (n, c, kh, kw, h′, w′)."""
    result: Array = frame(x, padding, where, fill)[:, :, where[0], where[1]]
    return result


def crop(framed: Array, x: Array, padding: Any) -> Array:
    """Return the image without its border."""
    (above, left), (h, w) = pair(padding), x.shape[2:]
    return framed[:, :, above : above + h, left : left + w]


def summed(contributions: Array, x: Array, padding: Any, where: Table) -> Array:
    """Return for each pixel the sum of the contributions of its taps."""
    framed = frame(np.zeros_like(x), padding, where)
    # A view with the index's axes first, as add.at needs them.
    pixels = framed.transpose(2, 3, 0, 1)
    np.add.at(pixels, where, contributions.transpose(2, 3, 4, 5, 0, 1))
    return crop(framed, x, padding)


def overwritten(contributions: Array, x: Array, padding: Any, where: Table) -> Array:
    """Return for each pixel its last contribution: += with a repeated index keeps no other."""
    framed = frame(np.zeros_like(x), padding, where)
    framed[:, :, where[0], where[1]] += contributions
    return crop(framed, x, padding)


def with_parameters(function: str, change: Callable[..., dict[str, Any]]) -> Wrong:
    """Return a mistake that calls the function with the parameters change(inputs, **parameters)."""

    def replaced(right: Any) -> Functions:
        def wrong(*inputs: Array, **parameters: Any) -> Any:
            return getattr(right, function)(
                *inputs, **{**parameters, **change(inputs, **parameters)}
            )

        return {function: wrong}

    return replaced


def with_inputs(function: str, change: Callable[..., tuple[Array, ...]]) -> Wrong:
    """Return a mistake that calls the function with the inputs change(*inputs, **parameters)."""

    def replaced(right: Any) -> Functions:
        def wrong(*inputs: Array, **parameters: Any) -> Any:
            return getattr(right, function)(*change(*inputs, **parameters), **parameters)

        return {function: wrong}

    return replaced


def with_result(function: str, change: Callable[..., Any]) -> Wrong:
    """Return a mistake that returns change(result, *inputs) instead of the result."""

    def replaced(right: Any) -> Functions:
        def wrong(*inputs: Array, **parameters: Any) -> Any:
            return change(getattr(right, function)(*inputs, **parameters), *inputs)

        return {function: wrong}

    return replaced


def one_by_one(function: str) -> Wrong:
    """Return a mistake that collects results image by image in a list, which tells no shape."""

    def replaced(right: Any) -> Functions:
        def wrong(x: Array, *others: Array, **parameters: Any) -> Any:
            whole = getattr(right, function)
            images = [whole(image[np.newaxis], *others, **parameters)[0] for image in x]
            return np.array(images, x.dtype)

        return {function: wrong}

    return replaced
