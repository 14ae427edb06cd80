"""Normalization to mean 0 and variance 1, followed by a scale and a shift."""

import numpy as np

from ._arithmetic import Array, ieee
from ._validation import check_floating, check_shape


@ieee
def batch_norm(x: Array, weight: Array, bias: Array, *, eps: float = 1e-5) -> Array:
    """Return Y = γ (X − μ) / √(v + ε) + β, where μ = mean X and v = mean (X − μ)² of each channel.

    The means of a channel are taken over all samples and, where there are any, all pixels. The
    variance v is the biased one. It is the mean of squares of centred values, so that no large
    squares cancel.

    Args:
        x: X, of shape (n, c, …), with more than one value in each channel.
        weight: γ, of shape (c,).
        bias: β, of shape (c,).
        eps: ε, positive.

    Returns:
        Y, of X's shape. Without pixels, as in shape (n, c, 0), it is empty.

    Raises:
        TypeError: if an array is not floating-point, or the dtypes differ.
        ValueError: if the shapes do not agree, there is no channel, a channel has a single value,
            or eps is not positive.

    Source: torch.nn.functional.batch_norm with training=True and no running statistics.
    """
    axes = _check_batch(x, weight, bias, eps)
    gamma, beta = _along_channels(weight, x), _along_channels(bias, x)
    x_hat, _ = _standardize(x, axes, eps)
    return gamma * x_hat + beta


@ieee
def batch_norm_backward(
    grad_output: Array, x: Array, weight: Array, bias: Array, *, eps: float = 1e-5
) -> tuple[Array, Array, Array]:
    """Return ∂L/∂X = γ s (G − mean G − X̂ mean(G X̂)), ∂L/∂γ = Σ G X̂ and ∂L/∂β = Σ G.

    Here G = ∂L/∂Y, s = 1 / √(v + ε) and X̂ = (X − μ) s. Sums and means are those of each channel.

    Args:
        grad_output: G, of X's shape.
        x: X, of shape (n, c, …), with more than one value in each channel.
        weight: γ, of shape (c,).
        bias: β, of shape (c,).
        eps: ε, positive.

    Returns:
        The gradients of x, weight and bias.

    Raises:
        TypeError: as in `batch_norm`.
        ValueError: as in `batch_norm`.
    """
    axes = _check_batch(x, weight, bias, eps)
    check_shape("grad_output", grad_output, x.shape, "x")
    x_hat, s = _standardize(x, axes, eps)
    grad_x = _along_channels(weight, x) * _standardize_backward(grad_output, x_hat, s, axes)
    grad_weight = (grad_output * x_hat).sum(axis=axes)
    grad_bias = grad_output.sum(axis=axes)
    return grad_x, grad_weight, grad_bias


@ieee
def layer_norm(x: Array, weight: Array, bias: Array, *, eps: float = 1e-5) -> Array:
    """Return Y = γ (X − μ) / √(v + ε) + β, where μ = mean X and v = mean (X − μ)².

    The means are taken along the last axis. The variance v is the biased one. It is the mean of
    squares of centred values, so that no large squares cancel.

    Args:
        x: X, of shape (…, d).
        weight: γ, of shape (d,).
        bias: β, of shape (d,).
        eps: ε.

    Returns:
        Y, of X's shape.

    Raises:
        TypeError: if an array is not floating-point, or the dtypes differ.
        ValueError: if the shapes do not agree, or x has no axis.

    Source: torch.nn.functional.layer_norm with normalized_shape=(d,).
    """
    _check_layer(x, weight, bias)
    x_hat, _ = _standardize(x, (-1,), eps)
    return weight * x_hat + bias


@ieee
def layer_norm_backward(
    grad_output: Array, x: Array, weight: Array, bias: Array, *, eps: float = 1e-5
) -> tuple[Array, Array, Array]:
    """Return ∂L/∂X = s (γG − mean γG − X̂ mean(γG X̂)), ∂L/∂γ = Σ G X̂ and ∂L/∂β = Σ G.

    Here G = ∂L/∂Y, s = 1 / √(v + ε) and X̂ = (X − μ) s. The means are taken along the last axis,
    the sums over all others.

    Args:
        grad_output: G, of X's shape.
        x: X, of shape (…, d).
        weight: γ, of shape (d,).
        bias: β, of shape (d,).
        eps: ε.

    Returns:
        The gradients of x, weight and bias.

    Raises:
        TypeError: as in `layer_norm`.
        ValueError: as in `layer_norm`.
    """
    _check_layer(x, weight, bias)
    check_shape("grad_output", grad_output, x.shape, "x")
    x_hat, s = _standardize(x, (-1,), eps)
    others = tuple(range(x.ndim - 1))
    grad_x = _standardize_backward(weight * grad_output, x_hat, s, (-1,))
    grad_weight = (grad_output * x_hat).sum(axis=others)
    grad_bias = grad_output.sum(axis=others)
    return grad_x, grad_weight, grad_bias


def _standardize(x: Array, axes: tuple[int, ...], eps: float) -> tuple[Array, Array]:
    """Return X̂ = (X − μ) s and s = 1 / √(v + ε), with means over the axes."""
    centred = x - _mean(x, axes)
    v = _mean(centred**2, axes)
    s = 1 / np.sqrt(v + float(eps))
    return centred * s, s


def _standardize_backward(grad: Array, x_hat: Array, s: Array, axes: tuple[int, ...]) -> Array:
    """Return s (g − mean g − X̂ mean(g X̂)), the gradient of X, where g = ∂L/∂X̂."""
    grad_x: Array = s * (grad - _mean(grad, axes) - x_hat * _mean(grad * x_hat, axes))
    return grad_x


def _mean(x: Array, axes: tuple[int, ...]) -> Array:
    # The mean of no values is 0/0, which is NaN. np.mean gives it too, but with a RuntimeWarning.
    count = 1
    for axis in axes:
        count *= x.shape[axis]
    mean: Array = x.sum(axis=axes, keepdims=True) / count
    return mean


def _along_channels(parameter: Array, x: Array) -> Array:
    """Return γ or β, of shape (c,), reshaped to broadcast along x's second axis."""
    return parameter.reshape(x.shape[1], *(1,) * (x.ndim - 2))


def _check_batch(x: Array, weight: Array, bias: Array, eps: float) -> tuple[int, ...]:
    """Check the arguments, and return the axes of x that make up the batch."""
    check_floating(x=x, weight=weight, bias=bias)
    if x.ndim < 2 or x.shape[1] < 1:
        raise ValueError(
            f"x has shape {x.shape}; it must be (n, c, …) with one channel at least: reshape it "
            f"to (n, 1) if it has samples alone"
        )
    check_shape("weight", weight, x.shape[1:2], "x's second axis")
    check_shape("bias", bias, x.shape[1:2], "x's second axis")
    if x.size == x.shape[1]:
        raise ValueError(
            f"x has shape {x.shape}, one value in each channel, whose variance says nothing; "
            f"there must be more: pass more samples, or use layer_norm"
        )
    if eps <= 0:
        raise ValueError(
            f"eps is {eps}; it must be positive, lest a constant channel be divided by zero: "
            f"pass a small number such as 1e-5"
        )
    return (0, *range(2, x.ndim))


def _check_layer(x: Array, weight: Array, bias: Array) -> None:
    check_floating(x=x, weight=weight, bias=bias)
    if x.ndim == 0:
        raise ValueError("x has no axes, shape (); its last axis is normalized: reshape it to (1,)")
    check_shape("weight", weight, x.shape[-1:], "x's last axis")
    check_shape("bias", bias, x.shape[-1:], "x's last axis")
