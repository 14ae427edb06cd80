# ruff: noqa: A002  # `input` is torch's name for the argument.
"""Losses: scalars, each the mean or the sum of a term for every element or sample."""

from typing import Any, Literal, TypeAlias

import numpy as np
from scipy.special import expit

from ._arithmetic import Array, Scalar, ieee
from ._validation import (
    check_classes,
    check_floating,
    check_probabilities,
    check_shape,
)
from .activations import log_softmax, log_softmax_backward

Reduction: TypeAlias = Literal["mean", "sum"]

LOG_FLOOR = -100
"""The least logarithm in torch's binary cross-entropy, which makes log 0 finite."""

VARIANCE_FLOOR = float(np.float32(1e-12))
"""The least p (1 − p) in torch's gradient of it: a float32 constant in every precision."""


@ieee
def mse_loss(input: Array, target: Array, *, reduction: Reduction = "mean") -> Scalar:
    """Return L = (1/n) Σᵢ (xᵢ − tᵢ)², or the sum alone.

    Args:
        input: x, of any shape with n elements.
        target: t, of the same shape.
        reduction: "mean" or "sum". The mean of no elements is NaN, their sum 0.

    Returns:
        The loss, a scalar.

    Raises:
        TypeError: if an array is not floating-point, or the dtypes differ.
        ValueError: if the shapes differ, or for another reduction.

    Source: torch.nn.functional.mse_loss.
    """
    _check(input, target)
    return _reduce((input - target) ** 2, reduction)


@ieee
def mse_loss_backward(
    grad_output: Scalar,
    input: Array,
    target: Array,
    *,
    reduction: Reduction = "mean",
) -> Array:
    """Return ∂L/∂xᵢ = (2/n) (xᵢ − tᵢ) · grad_output; without 1/n for the sum.

    Args:
        grad_output: the upstream gradient, a scalar.
        input: x, of any shape with n elements.
        target: t, of the same shape.
        reduction: "mean" or "sum".

    Returns:
        The gradient of input.

    Raises:
        TypeError: as in `mse_loss`.
        ValueError: as in `mse_loss`.
    """
    _check(input, target)
    g = _upstream(grad_output, input)
    grad_input: Array = (2 / _terms(input.size, reduction)) * (input - target) * g
    return grad_input


@ieee
def binary_cross_entropy(
    input: Array,
    target: Array,
    *,
    reduction: Reduction = "mean",
) -> Scalar:
    """Return L = −(1/n) Σᵢ [tᵢ log pᵢ + (1 − tᵢ) log(1 − pᵢ)], or the sum alone.

    Each logarithm is at least −100, as in torch, so that the loss is finite at p = 0 and p = 1.

    Args:
        input: p, probabilities in [0, 1], of any shape with n elements.
        target: t, probabilities in [0, 1], of the same shape.
        reduction: "mean" or "sum". The mean of no elements is NaN, their sum 0.

    Returns:
        The loss, a scalar.

    Raises:
        TypeError: if an array is not floating-point, or the dtypes differ.
        ValueError: if the shapes differ, an element is outside [0, 1], or for another reduction.

    Source: torch.nn.functional.binary_cross_entropy.
    """
    _check(input, target)
    check_probabilities(input=input, target=target)
    log_p = np.maximum(np.log(input), LOG_FLOOR)
    log_1_p = np.maximum(np.log1p(-input), LOG_FLOOR)
    return _reduce((target - 1) * log_1_p - target * log_p, reduction)


@ieee
def binary_cross_entropy_backward(
    grad_output: Scalar,
    input: Array,
    target: Array,
    *,
    reduction: Reduction = "mean",
) -> Array:
    """Return ∂L/∂pᵢ = grad_output · (pᵢ − tᵢ) / (pᵢ (1 − pᵢ)) / n; without 1/n for the sum.

    The denominator p (1 − p) is at least 1e-12, as in torch.

    Args:
        grad_output: the upstream gradient, a scalar.
        input: p, probabilities in [0, 1], of any shape with n elements.
        target: t, probabilities in [0, 1], of the same shape.
        reduction: "mean" or "sum".

    Returns:
        The gradient of input.

    Raises:
        TypeError: as in `binary_cross_entropy`.
        ValueError: as in `binary_cross_entropy`.
    """
    _check(input, target)
    check_probabilities(input=input, target=target)
    g = _upstream(grad_output, input)
    variance = np.maximum(input * (1 - input), VARIANCE_FLOOR)
    grad_input: Array = g * (input - target) / variance / _terms(input.size, reduction)
    return grad_input


@ieee
def binary_cross_entropy_with_logits(
    input: Array,
    target: Array,
    *,
    reduction: Reduction = "mean",
) -> Scalar:
    """Return L = (1/n) Σᵢ [(1 − tᵢ) xᵢ − log σ(xᵢ)], or the sum alone.

    This is the binary cross-entropy of p = σ(x), since log(1 − σ(x)) = log σ(x) − x. It is computed
    with log σ(x) = min(x, 0) − log(1 + e^−|x|), in which nothing overflows.

    Args:
        input: x, logits, of any shape with n elements.
        target: t, of the same shape.
        reduction: "mean" or "sum". The mean of no elements is NaN, their sum 0.

    Returns:
        The loss, a scalar.

    Raises:
        TypeError: if an array is not floating-point, or the dtypes differ.
        ValueError: if the shapes differ, or for another reduction.

    Source: torch.nn.functional.binary_cross_entropy_with_logits.
    """
    _check(input, target)
    log_sigmoid = np.minimum(input, 0) - np.log1p(np.exp(-np.abs(input)))
    return _reduce((1 - target) * input - log_sigmoid, reduction)


@ieee
def binary_cross_entropy_with_logits_backward(
    grad_output: Scalar,
    input: Array,
    target: Array,
    *,
    reduction: Reduction = "mean",
) -> Array:
    """Return ∂L/∂xᵢ = (σ(xᵢ) − tᵢ) · grad_output / n; without 1/n for the sum.

    Args:
        grad_output: the upstream gradient, a scalar.
        input: x, logits, of any shape with n elements.
        target: t, of the same shape.
        reduction: "mean" or "sum".

    Returns:
        The gradient of input.

    Raises:
        TypeError: as in `binary_cross_entropy_with_logits`.
        ValueError: as in `binary_cross_entropy_with_logits`.
    """
    _check(input, target)
    g = _upstream(grad_output, input)
    grad_input: Array = (expit(input) - target) * g / _terms(input.size, reduction)
    return grad_input


@ieee
def cross_entropy(input: Array, target: Array, *, reduction: Reduction = "mean") -> Scalar:
    """Return L = −(1/n) Σᵢ log softmax(xᵢ)[tᵢ], or the sum alone.

    Args:
        input: x, logits, of shape (n, classes).
        target: t, the true class of each sample: int64, of shape (n,), from 0 to classes − 1.
        reduction: "mean" or "sum". The mean of no samples is NaN, their sum 0.

    Returns:
        The loss, a scalar.

    Raises:
        TypeError: if input is not floating-point, or target not int64.
        ValueError: if the shapes do not agree, a target names no class, or for another reduction.

    Source: torch.nn.functional.cross_entropy, without its ignore_index.
    """
    check_classes(input, target)
    log_p = log_softmax(input)
    return _reduce(-log_p[np.arange(len(target)), target], reduction)


@ieee
def cross_entropy_backward(
    grad_output: Scalar,
    input: Array,
    target: Array,
    *,
    reduction: Reduction = "mean",
) -> Array:
    """Return ∂L/∂xᵢ = (softmax(xᵢ) − onehot(tᵢ)) · grad_output / n; without 1/n for the sum.

    The chain rule gives it: the gradient with respect to log softmax(xᵢ) is −grad_output / n at the
    true class, and 0 elsewhere.

    Args:
        grad_output: the upstream gradient, a scalar.
        input: x, logits, of shape (n, classes).
        target: t, the true class of each sample: int64, of shape (n,), from 0 to classes − 1.
        reduction: "mean" or "sum".

    Returns:
        The gradient of input.

    Raises:
        TypeError: as in `cross_entropy`.
        ValueError: as in `cross_entropy`.
    """
    check_classes(input, target)
    g = _upstream(grad_output, input)
    grad_log_p = np.zeros(input.shape, input.dtype)
    grad_log_p[np.arange(len(target)), target] = -g / _terms(len(target), reduction)
    return log_softmax_backward(grad_log_p, input)


def _reduce(terms: Array, reduction: Reduction) -> Scalar:
    """Return the mean or the sum of the terms; the mean of no terms is 0/0, which is NaN."""
    _check_reduction(reduction)
    total: np.floating[Any] = np.sum(terms)
    return total / total.dtype.type(terms.size) if reduction == "mean" else total


def _terms(count: int, reduction: Reduction) -> int:
    """Return the number that each term's gradient is divided by: at least 1, never zero."""
    _check_reduction(reduction)
    return max(count, 1) if reduction == "mean" else 1


def _upstream(grad_output: Scalar, like: Array) -> np.floating[Any]:
    if np.shape(grad_output) != ():
        raise ValueError(
            f"grad_output has shape {np.shape(grad_output)}; a loss is a scalar and so is its "
            f"gradient: pass one number"
        )
    scalar: np.floating[Any] = like.dtype.type(grad_output)
    return scalar


def _check(input: Array, target: Array) -> None:
    check_floating(input=input, target=target)
    check_shape("target", target, input.shape, "input")


def _check_reduction(reduction: str) -> None:
    if reduction not in ("mean", "sum"):
        raise ValueError(
            f'reduction is {reduction!r}; it must be "mean" or "sum": pass one of these'
        )
