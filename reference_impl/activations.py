"""Activation functions: elementwise, and softmax over the last axis."""

import numpy as np
from scipy.special import expit

from ._arithmetic import Array, ieee
from ._validation import check_floating, check_shape


@ieee
def sigmoid(x: Array) -> Array:
    """Return y = σ(x) = 1 / (1 + e⁻ˣ).

    Args:
        x: an array of any shape.

    Returns:
        An array of the same shape.

    Raises:
        TypeError: if x is not a floating-point array.

    Source: torch.sigmoid. SciPy's `expit` is σ without the overflow of e⁻ˣ.
    """
    check_floating(x=x)
    y: Array = expit(x)
    return y


@ieee
def sigmoid_backward(grad_output: Array, x: Array) -> Array:
    """Return ∂L/∂x = ∂L/∂a · a (1 − a), where a = σ(x).

    Args:
        grad_output: ∂L/∂a, of x's shape.
        x: an array of any shape.

    Returns:
        The gradient of x.

    Raises:
        TypeError: if x is not a floating-point array.
        ValueError: if the shapes differ.
    """
    _check(grad_output, x)
    a = expit(x)
    grad_x: Array = grad_output * a * (1 - a)
    return grad_x


@ieee
def tanh(x: Array) -> Array:
    """Return y = (eˣ − e⁻ˣ) / (eˣ + e⁻ˣ).

    Args:
        x: an array of any shape.

    Returns:
        An array of the same shape.

    Raises:
        TypeError: if x is not a floating-point array.

    Source: torch.tanh.
    """
    check_floating(x=x)
    return np.tanh(x)


@ieee
def tanh_backward(grad_output: Array, x: Array) -> Array:
    """Return ∂L/∂x = ∂L/∂a · (1 − a²), where a = tanh(x).

    Args:
        grad_output: ∂L/∂a, of x's shape.
        x: an array of any shape.

    Returns:
        The gradient of x.

    Raises:
        TypeError: if x is not a floating-point array.
        ValueError: if the shapes differ.
    """
    _check(grad_output, x)
    a = np.tanh(x)
    grad_x: Array = grad_output * (1 - a**2)
    return grad_x


@ieee
def relu(x: Array) -> Array:
    """Return y = max(x, 0).

    Args:
        x: an array of any shape.

    Returns:
        An array of the same shape; NaN where x is NaN.

    Raises:
        TypeError: if x is not a floating-point array.

    Source: torch.relu.
    """
    check_floating(x=x)
    return np.maximum(x, 0)


@ieee
def relu_backward(grad_output: Array, x: Array) -> Array:
    """Return ∂L/∂x = 0 where x ≤ 0, else ∂L/∂a, where a = max(x, 0).

    At the kink, x = 0, any slope from 0 to 1 is a subgradient; torch's is 0. At NaN the comparison
    is false and the slope is 1, as in torch.

    Args:
        grad_output: ∂L/∂a, of x's shape.
        x: an array of any shape.

    Returns:
        The gradient of x.

    Raises:
        TypeError: if x is not a floating-point array.
        ValueError: if the shapes differ.
    """
    _check(grad_output, x)
    return np.where(x <= 0, 0, grad_output)


@ieee
def softmax(x: Array) -> Array:
    """Return yᵢ = e^(xᵢ − m) / Σⱼ e^(xⱼ − m), where m = maxⱼ xⱼ.

    The quotient is the same for every number m. With the maximum no power overflows.

    Args:
        x: an array of shape (…, classes).

    Returns:
        An array of the same shape, which sums to 1 along the last axis.

    Raises:
        TypeError: if x is not a floating-point array.
        ValueError: if x has no axis.

    Source: torch.nn.functional.softmax with dim=-1.
    """
    _check_classes(x)
    e = np.exp(x - _maximum(x))
    p: Array = e / e.sum(axis=-1, keepdims=True)
    return p


@ieee
def softmax_backward(grad_output: Array, x: Array) -> Array:
    """Return ∂L/∂xᵢ = pᵢ (gᵢ − Σⱼ gⱼ pⱼ), where p = softmax(x) and g = ∂L/∂p.

    Args:
        grad_output: g, of x's shape.
        x: an array of shape (…, classes).

    Returns:
        The gradient of x.

    Raises:
        TypeError: if x is not a floating-point array.
        ValueError: if x has no axis, or the shapes differ.
    """
    _check(grad_output, x)
    p = softmax(x)
    grad_x: Array = p * (grad_output - (grad_output * p).sum(axis=-1, keepdims=True))
    return grad_x


@ieee
def log_softmax(x: Array) -> Array:
    """Return yᵢ = (xᵢ − m) − log Σⱼ e^(xⱼ − m), where m = maxⱼ xⱼ.

    The sum is at least 1, so that its logarithm neither overflows nor is that of zero.

    Args:
        x: an array of shape (…, classes).

    Returns:
        An array of the same shape.

    Raises:
        TypeError: if x is not a floating-point array.
        ValueError: if x has no axis.

    Source: torch.nn.functional.log_softmax with dim=-1.
    """
    _check_classes(x)
    d = x - _maximum(x)
    log_p: Array = d - np.log(np.exp(d).sum(axis=-1, keepdims=True))
    return log_p


@ieee
def log_softmax_backward(grad_output: Array, x: Array) -> Array:
    """Return ∂L/∂xᵢ = gᵢ − pᵢ Σⱼ gⱼ, where p = softmax(x) and g = ∂L/∂y.

    Args:
        grad_output: g, of x's shape.
        x: an array of shape (…, classes).

    Returns:
        The gradient of x.

    Raises:
        TypeError: if x is not a floating-point array.
        ValueError: if x has no axis, or the shapes differ.
    """
    _check(grad_output, x)
    p = softmax(x)
    grad_x: Array = grad_output - p * grad_output.sum(axis=-1, keepdims=True)
    return grad_x


def _check(grad_output: Array, x: Array) -> None:
    check_floating(x=x)
    check_shape("grad_output", grad_output, x.shape, "x")


def _check_classes(x: Array) -> None:
    check_floating(x=x)
    if x.ndim == 0:
        raise ValueError(
            "x has no axes, shape (); its last axis must be the classes: reshape it to (1,)"
        )


def _maximum(x: Array) -> Array:
    # Without classes the maximum is the initial value; otherwise that makes no difference.
    m: Array = x.max(axis=-1, keepdims=True, initial=-np.inf)
    return m
