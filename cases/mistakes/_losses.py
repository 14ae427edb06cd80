"""Make a wrong loss, or its gradient, of a formula for its terms."""

from collections.abc import Callable
from typing import Any

from conformance.bounds import Array
from conformance.spec import Functions, Wrong

Terms = Callable[[Array, Array], Array]


def reduced(terms: Array, reduction: str) -> Any:
    """Return the mean or the sum of the terms."""
    return terms.mean() if reduction == "mean" else terms.sum()


def loss(name: str, terms: Terms) -> Wrong:
    """Make a loss of its terms, as a function of input and target."""

    def wrong(x: Array, target: Array, reduction: str = "mean") -> Any:
        return reduced(terms(x, target), reduction)

    return lambda _right: {name: wrong}


def loss_gradient(name: str, slope: Terms) -> Wrong:
    """Return a loss's wrong backward function; `slope` is the derivative of each element."""

    def backward(g: Array, x: Array, target: Array, reduction: str = "mean") -> Array:
        grad: Array = g * slope(x, target) / (max(x.size, 1) if reduction == "mean" else 1)
        return grad

    return lambda _right: {f"{name}_backward": backward}


def sum_averaged_too(right: Any, name: str, count: Callable[[Array], int]) -> Functions:
    """Make the gradient of the sum that of the mean, over a number of terms."""

    def backward(g: Array, x: Array, target: Array, reduction: str = "mean") -> Array:  # noqa: ARG001 - which is the mistake
        whole: Array = getattr(right, f"{name}_backward")(g, x, target, reduction="sum")
        return whole / max(count(x), 1)

    return {f"{name}_backward": backward}
