"""Mistakes of the mean squared error: powers, signs, and what the sum is divided by."""

from typing import Any

import numpy as np

from conformance.bounds import Array
from conformance.spec import Functions, Mistake

from ._losses import loss, loss_gradient, sum_averaged_too
from ._wrong import dtype_checks, edge_checks, gradient_checks, value_checks

_VALUE = value_checks("mse_loss")
_GRADIENT = gradient_checks("mse_loss", "input")


def _root(right: Any) -> Functions:
    return {
        "mse_loss": lambda x, target, reduction="mean": np.sqrt(
            right.mse_loss(x, target, reduction=reduction)
        )
    }


def _mean_over_n_minus_one(_right: Any) -> Functions:
    def mse_loss(x: Array, target: Array, reduction: str = "mean") -> Any:
        total = np.sum((x - target) ** 2)
        return total / x.dtype.type(x.size - 1) if reduction == "mean" else total

    return {"mse_loss": mse_loss}


def _mean_over_batch(_right: Any) -> Functions:
    def mse_loss(x: Array, target: Array, reduction: str = "mean") -> Any:
        total = np.sum((x - target) ** 2)
        samples = len(x) if x.ndim else 1
        return total / x.dtype.type(samples) if reduction == "mean" else total

    return {"mse_loss": mse_loss}


def _as_float(right: Any) -> Functions:
    def mse_loss(x: Array, target: Array, reduction: str = "mean") -> float:
        return float(right.mse_loss(x, target, reduction=reduction))

    return {"mse_loss": mse_loss}


def _empty_mean_is_zero(right: Any) -> Functions:
    def mse_loss(x: Array, target: Array, reduction: str = "mean") -> Any:
        value = right.mse_loss(x, target, reduction=reduction)
        return value if x.size or reduction != "mean" else np.zeros_like(value)

    return {"mse_loss": mse_loss}


def _anything_but_mean_is_sum(right: Any) -> Functions:
    def mse_loss(x: Array, target: Array, reduction: str = "mean") -> Any:
        total = right.mse_loss(x, target, reduction="sum")
        with np.errstate(invalid="ignore"):
            return total / x.dtype.type(x.size) if reduction == "mean" else total

    return {"mse_loss": mse_loss}


def _shorter_of_two(right: Any) -> Functions:
    def mse_loss(x: Array, target: Array, reduction: str = "mean") -> Any:
        pairs = np.array(list(zip(x.flat, target.flat, strict=False)), x.dtype).reshape(-1, 2)
        return right.mse_loss(pairs[:, 0], pairs[:, 1], reduction=reduction)

    return {"mse_loss": mse_loss}


MISTAKES: tuple[Mistake, ...] = (
    Mistake(
        "mse_loss/absolute-difference",
        "differences are made positive instead of squared",
        "Double all differences: by what should the loss grow?",
        _VALUE,
        loss("mse_loss", lambda x, t: np.abs(x - t)),
    ),
    Mistake(
        "mse_loss/halved",
        "the loss is ½ d², as in the textbooks that want no 2 in the gradient",
        "What is the loss where every difference is 1?",
        _VALUE,
        loss("mse_loss", lambda x, t: (x - t) ** 2 / 2),
    ),
    Mistake(
        "mse_loss/root",
        "the root is taken of the mean square, which is another loss with another gradient",
        "Double all differences: by what should the loss grow?",
        _VALUE,
        _root,
    ),
    Mistake(
        "mse_loss/mean-over-n-minus-one",
        "the sum is divided by m − 1, as an estimate of a variance would be",
        "What is the mean of a single term?",
        _VALUE,
        _mean_over_n_minus_one,
    ),
    Mistake(
        "mse_loss/mean-over-batch",
        "the sum is divided by the number of samples, not by that of all elements",
        "Over how many terms does the sum run?",
        _VALUE,
        _mean_over_batch,
    ),
    Mistake(
        "mse_loss/reduction-ignored",
        "the loss is the sum whatever reduction says",
        "Repeat the batch, with reduction='mean': does the loss change?",
        _VALUE,
        lambda _: {"mse_loss": lambda x, t, reduction="mean": np.sum((x - t) ** 2)},  # noqa: ARG005 - the mistake
    ),
    Mistake(
        "mse_loss/python-float",
        "the loss is a Python float, and has lost the inputs' dtype",
        "What is the type of the result, and what becomes of it in the next operation?",
        dtype_checks("mse_loss"),
        _as_float,
    ),
    Mistake(
        "mse_loss/empty-mean-zero",
        "the mean of no terms is 0, so that a batch lost on its way looks like a perfect one",
        "What is 0 / 0?",
        edge_checks("mse_loss"),
        _empty_mean_is_zero,
    ),
    Mistake(
        "mse_loss/unknown-reduction-is-sum",
        "every reduction that is not 'mean' is taken for 'sum', a misspelt one too",
        "Call it with reduction='average'.",
        ("mse_loss/refusal[*]",),
        _anything_but_mean_is_sum,
    ),
    Mistake(
        "mse_loss/zip-stops-early",
        "zip pairs up as many elements as the shorter input has, and never says so",
        "What happens to the targets that are left over?",
        ("mse_loss/refusal[*]",),
        _shorter_of_two,
    ),
    Mistake(
        "mse_loss/gradient-sign",
        "the gradient is that of (t − x) with the sign of the inner derivative forgotten",
        "If x is too large, in which direction does the loss grow?",
        _GRADIENT,
        loss_gradient("mse_loss", lambda x, t: 2 * (t - x)),
    ),
    Mistake(
        "mse_loss/gradient-without-two",
        "the gradient lacks the factor 2",
        "What is the derivative of a square?",
        _GRADIENT,
        loss_gradient("mse_loss", lambda x, t: x - t),
    ),
    Mistake(
        "mse_loss/gradient-divided-twice",
        "the gradient is divided by the number of elements twice",
        "Where in the chain does the 1/m arise, and how often?",
        _GRADIENT,
        loss_gradient("mse_loss", lambda x, t: 2 * (x - t) / max(x.size, 1)),
    ),
    Mistake(
        "mse_loss/gradient-always-averaged",
        "the gradient of the sum is divided by the number of elements too",
        "Which of the two reductions has a 1/m in it?",
        _GRADIENT,
        lambda right: sum_averaged_too(right, "mse_loss", np.size),
    ),
)
