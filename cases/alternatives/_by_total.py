"""Operations for any way of summing: every sum is written out, term by term.

A `Sums` is made of two functions. The first sums terms along the first axis. The second returns a
product as terms: several where it splits the product.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from conformance.bounds import Array

from ._common import (
    along_channels,
    check_batch,
    check_classes,
    check_elements,
    check_layer,
    check_linear,
    check_rows,
    quiet,
)
from ._windows import average, convolution

Total = Callable[[Array], Array]
Split = Callable[[Array, Array], Array]


def plain(a: Array, b: Array) -> Array:
    """Return a product as a single term, rounded."""
    return a * b


class Sums:
    """The operations, with a way of summing and a way of multiplying."""

    def __init__(self, total: Total, products: Split = plain) -> None:
        self._total, self._products = total, products

    def _dot(self, a: Array, b: Array, *plus: Array) -> Array:
        """Sum the products of a and b along the first axis, and further terms."""
        terms = self._products(a, b)
        more = [np.broadcast_to(term, terms.shape[1:])[None] for term in plus]
        return self._total(np.concatenate([terms, *more]))

    def _over(self, x: Array, axes: tuple[int, ...]) -> Array:
        """Sum over some axes, which keep the size one."""
        moved = np.moveaxis(x, axes, tuple(range(len(axes))))
        rest = moved.shape[len(axes) :]
        terms = moved.reshape(int(np.prod([x.shape[axis] for axis in axes])), *rest)
        return np.expand_dims(self._total(terms), axes)

    @quiet
    def linear(self, x: Array, weight: Array, bias: Array) -> Array:
        """Return Σ x w + b, with the bias as a term of the sum."""
        check_linear(x, weight, bias)
        return self._dot(x.T[:, :, None], weight.T[:, None], bias)

    @quiet
    def linear_backward(
        self, g: Array, x: Array, weight: Array, bias: Array
    ) -> tuple[Array, Array, Array]:
        """Return Σ g w, Σ g x and Σ g."""
        check_linear(x, weight, bias, g)
        grad_x = self._dot(g.T[:, :, None], weight[:, None])
        return grad_x, self._dot(g[:, :, None], x[:, None]), self._total(g)

    @quiet
    def conv2d(self, x: Array, weight: Array, bias: Array, **parameters: Any) -> Array:
        """Return the sum over channels and kernel positions, with the bias as a term."""
        windows = convolution(x, weight, bias, **parameters)
        padded = windows.grouped(windows.pad(x), 1)
        taps = [padded[cut] for _, _, cut in windows.taps()]
        pixels = np.concatenate(np.moveaxis(np.stack(taps), 3, 1))[:, :, :, None]
        kernels = np.moveaxis(windows.grouped(weight, 0), (3, 4, 2), (0, 1, 2))
        kernels = kernels.reshape(-1, 1, *kernels.shape[3:], 1, 1)
        shift = windows.grouped(bias, 0)[:, :, None, None]
        return self._dot(pixels, kernels, shift).reshape(len(x), len(weight), *windows.counts)

    @quiet
    def conv2d_backward(
        self, g: Array, x: Array, weight: Array, bias: Array, **parameters: Any
    ) -> tuple[Array, Array, Array]:
        """Return sums over outputs and kernel positions, over samples and windows, and of g."""
        windows = convolution(x, weight, bias, g, **parameters)
        padded, kernels = windows.grouped(windows.pad(x), 1), windows.grouped(weight, 0)
        by_output = np.moveaxis(windows.grouped(g, 1), 2, 0)[:, :, :, None]
        grad_weight, terms = np.empty_like(kernels), []
        by_pixel = np.moveaxis(by_output, (1, 4, 5), (0, 1, 2)).reshape(-1, *kernels.shape[1::-1])
        for i, j, cut in windows.taps():
            grads = self._products(
                by_output, np.moveaxis(kernels, 1, 0)[:, None, ..., i, j, None, None]
            )
            blank = np.zeros((len(grads), *padded.shape), x.dtype)
            blank[cut] = grads
            terms.append(blank)
            pixels = np.moveaxis(padded[cut], (0, 3, 4), (0, 1, 2))
            pixels = pixels.reshape(len(by_pixel), *pixels.shape[3:])
            by_group = np.moveaxis(by_pixel, 1, 2)[..., None]
            grad_weight[..., i, j] = self._dot(by_group, pixels[:, :, None])
        grad_padded = self._total(np.concatenate(terms)).reshape(windows.blank(x).shape)
        grad_bias = self._over(g, (0, 2, 3)).ravel()
        return grad_padded[windows.within], grad_weight.reshape(weight.shape), grad_bias

    @quiet
    def avg_pool2d(self, x: Array, **parameters: Any) -> Array:
        """Return the sum over kernel positions, divided by the count."""
        windows, count = average(x, **parameters)
        padded = windows.pad(x)
        return self._total(np.stack([padded[cut] for _, _, cut in windows.taps()])) / count

    @quiet
    def avg_pool2d_backward(self, g: Array, x: Array, **parameters: Any) -> Array:
        """Return for each pixel the sum of the shares of its windows."""
        windows, count = average(x, g, **parameters)
        terms = []
        for _, _, cut in windows.taps():
            terms.append(windows.blank(x))
            terms[-1][cut] = g / count
        return self._total(np.stack(terms))[windows.within]

    @quiet
    def softmax(self, x: Array) -> Array:
        """Return e^(x − m) / Σ e^(x − m)."""
        check_rows(x)
        e = np.exp(x - x.max(axis=-1, keepdims=True, initial=-np.inf))
        y: Array = e / self._over(e, (-1,))
        return y

    @quiet
    def softmax_backward(self, g: Array, x: Array) -> Array:
        """Return p (g − Σ g p)."""
        check_rows(x, g)
        p = self.softmax(x)
        grad_x: Array = p * (g - self._over(g * p, (-1,)))
        return grad_x

    @quiet
    def log_softmax(self, x: Array) -> Array:
        """Return (x − m) − log Σ e^(x − m)."""
        check_rows(x)
        d = x - x.max(axis=-1, keepdims=True, initial=-np.inf)
        y: Array = d - np.log(self._over(np.exp(d), (-1,)))
        return y

    @quiet
    def log_softmax_backward(self, g: Array, x: Array) -> Array:
        """Return g − p Σ g."""
        check_rows(x, g)
        grad_x: Array = g - self.softmax(x) * self._over(g, (-1,))
        return grad_x

    @quiet
    def mse_loss(self, x: Array, target: Array, *, reduction: str = "mean") -> Array:
        """Return Σ d² / n; where products are split, d² is not rounded."""
        count = check_elements(x, target, reduction)
        d = (x - target).ravel()
        return self._mean(self._products(d, d), count)

    @quiet
    def mse_loss_backward(
        self, g: Array, x: Array, target: Array, *, reduction: str = "mean"
    ) -> Array:
        """Return (d + d) g / n, divided last."""
        count = check_elements(x, target, reduction)
        d = x - target
        grad_x: Array = (d + d) * g / x.dtype.type(max(count, 1))
        return grad_x

    @quiet
    def binary_cross_entropy_with_logits(
        self, x: Array, target: Array, *, reduction: str = "mean"
    ) -> Array:
        """Return Σ (1 − t) x + max(−x, 0) + log(1 + e^−|x|), each element summed first."""
        count = check_elements(x, target, reduction)
        logs = np.log1p(np.exp(-np.abs(x)))
        terms = np.stack([(1 - target) * x, np.maximum(-x, 0), logs])
        return self._mean(self._total(terms).ravel(), count)

    @quiet
    def binary_cross_entropy_with_logits_backward(
        self, g: Array, x: Array, target: Array, *, reduction: str = "mean"
    ) -> Array:
        """Return (σ − t) (g / n), with σ = 1 / (1 + e^−x)."""
        count = check_elements(x, target, reduction)
        grad_x: Array = (1 / (1 + np.exp(-x)) - target) * (g / x.dtype.type(max(count, 1)))
        return grad_x

    @quiet
    def cross_entropy(self, x: Array, target: Array, *, reduction: str = "mean") -> Array:
        """Return the sum of −log softmax at the true classes."""
        count = check_classes(x, target, reduction)
        log_p = self.log_softmax(x)
        return self._mean(-np.take_along_axis(log_p, target[:, None], axis=1).ravel(), count)

    @quiet
    def cross_entropy_backward(
        self, g: Array, x: Array, target: Array, *, reduction: str = "mean"
    ) -> Array:
        """Return p g / n, and g / n less at the true class."""
        share = g / x.dtype.type(max(check_classes(x, target, reduction), 1))
        grad_x: Array = self.softmax(x) * share
        grad_x[np.arange(len(target)), target] -= share
        return grad_x

    @quiet
    def batch_norm(self, x: Array, weight: Array, bias: Array, *, eps: float = 1e-5) -> Array:
        """Return γ (X − μ) s + β of each channel."""
        axes = check_batch(x, weight, bias, eps)
        x_hat, _ = self._standardized(x, axes, eps)
        y: Array = x_hat * along_channels(weight, x) + along_channels(bias, x)
        return y

    @quiet
    def batch_norm_backward(
        self, g: Array, x: Array, weight: Array, bias: Array, *, eps: float = 1e-5
    ) -> tuple[Array, Array, Array]:
        """Return s (γG − mean γG − X̂ mean(γG X̂)), Σ G X̂ and Σ G of each channel."""
        axes = check_batch(x, weight, bias, eps, g)
        x_hat, s = self._standardized(x, axes, eps)
        grad_x = self._back(g * along_channels(weight, x), x_hat, s, axes)
        return grad_x, self._over(g * x_hat, axes).ravel(), self._over(g, axes).ravel()

    @quiet
    def layer_norm(self, x: Array, weight: Array, bias: Array, *, eps: float = 1e-5) -> Array:
        """Return γ (X − μ) s + β of each row."""
        check_layer(x, weight, bias)
        y: Array = self._standardized(x, (-1,), eps)[0] * weight + bias
        return y

    @quiet
    def layer_norm_backward(
        self, g: Array, x: Array, weight: Array, bias: Array, *, eps: float = 1e-5
    ) -> tuple[Array, Array, Array]:
        """Return s (γG − mean γG − X̂ mean(γG X̂)) of each row; Σ G X̂ and Σ G over all rows."""
        axes = check_layer(x, weight, bias, g)
        x_hat, s = self._standardized(x, (-1,), eps)
        grad_x = self._back(g * weight, x_hat, s, (-1,))
        return grad_x, self._over(g * x_hat, axes).ravel(), self._over(g, axes).ravel()

    def _standardized(self, x: Array, axes: tuple[int, ...], eps: float) -> tuple[Array, Array]:
        """Return X̂ and s; the variance Σ d² − (Σ d)² / m corrects an error of the mean."""
        mean = self._over(x, axes)
        count = x.size // max(mean.size, 1)
        d = x - mean / count
        squares = self._over(d * d, axes) - self._over(d, axes) ** 2 / count
        s = 1 / np.sqrt(squares / count + eps)
        return d * s, s

    def _back(self, g: Array, x_hat: Array, s: Array, axes: tuple[int, ...]) -> Array:
        """Return s / m (m g − Σ g − X̂ Σ g X̂)."""
        count = x_hat.size // max(s.size, 1)
        bracket = count * g - self._over(g, axes) - x_hat * self._over(g * x_hat, axes)
        grad_x: Array = s / count * bracket
        return grad_x

    def _mean(self, terms: Array, count: int) -> Array:
        mean: Array = np.asarray(self._total(terms) / terms.dtype.type(count))
        return mean
