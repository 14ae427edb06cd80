"""The document's listings 4.1 and 4.2, taken literally: an implementation like any other.

The listings are kept with their faults. In 4.1 the weights are in × out. The list of weight
gradients starts with an array for each weight, all made from the last layer's delta; the recursion
puts its own in front of them. In 4.2 an image is H×W×C and a kernel f×f×C_in×C_out. Height and
width of a kernel are read into the same name, `padding` enlarges the output but never the image,
sizes are cut toward zero, and results are float64 whatever comes in.

`IMPLEMENTATION` offers the listings by the names and in the layouts of the contract. A parameter
that a listing lacks raises NotImplementedError. There are no backward functions.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
Size = int | tuple[int, int]


def sigmoid(z: Any) -> Any:
    """Return σ(z) = 1 / (1 + e^−z), in the form that overflows."""
    return 1 / (1 + np.exp(-z))


def sigmoid_derivative(a: Any) -> Any:
    """Return σ′ = a (1 − a)."""
    return a * (1 - a)


def forward_propagate(
    X: Array, weights: list[Array], biases: list[Array]
) -> tuple[list[Array], list[Array]]:
    """Return all Aˡ = σ(Zˡ), with A⁰ = X first, and all Zˡ = Aˡ⁻¹ Wˡ + bˡ."""
    activations, zs = [X], []
    for layer in range(len(weights)):
        zs.append(np.dot(activations[layer], weights[layer]) + biases[layer])
        activations.append(sigmoid(zs[layer]))
    return activations, zs


def backpropagate(
    y: Array, activations: list[Array], zs: list[Array], weights: list[Array]
) -> tuple[list[Array], list[Array]]:
    """Return gradients averaged over the samples, by δᴸ = Aᴸ − Y and δˡ = δˡ⁺¹ Wˡ⁺¹ᵀ ⊙ σ′."""
    del zs  # a parameter of the listing, which never reads it
    samples = y.shape[0]
    delta = activations[-1] - y
    # Before the recursion begins, an array for every weight is made from the last delta.
    grad_weights = [np.dot(activations[i].T, delta) / samples for i in range(len(weights))]
    grad_biases = [np.sum(delta, axis=0) / samples]
    delta = np.dot(delta, weights[-1].T) * sigmoid_derivative(activations[-2])
    for layer in range(len(weights) - 2, -1, -1):
        grad_weights.insert(0, np.dot(activations[layer].T, delta) / samples)
        grad_biases.insert(0, np.sum(delta, axis=0) / samples)
        delta = np.dot(delta, weights[layer].T) * sigmoid_derivative(activations[layer])
    return grad_weights, grad_biases


def output_size(n: int, f: int, p: int, s: int) -> int:
    """Return int((n − f + 2p) / s) + 1, cut toward zero."""
    return int((n - f + 2 * p) / s) + 1


def conv2d(X: Array, W: Array, b: Array, stride: int = 1, padding: int = 0) -> Array:
    """Return the sums of an image's windows (H×W×C) times a kernel (f×f×C_in×C_out)."""
    rows, columns, _ = X.shape
    # Height, then width, into the same name: the width stays.
    size, size, _, channels = W.shape  # noqa: PLW0128 - the listing's fault, kept
    height = output_size(rows, size, padding, stride)
    width = output_size(columns, size, padding, stride)
    out = np.zeros((height, width, channels))
    for i, j, k in np.ndindex(out.shape):
        top, left = i * stride, j * stride
        window = X[top : top + size, left : left + size, :]
        out[i, j, k] = np.sum(window * W[:, :, :, k]) + b[k]
    return out


def max_pool2d(X: Array, pool_size: int = 2, stride: int = 2) -> Array:
    """Return the largest element of each window, channel by channel."""
    rows, columns, channels = X.shape
    height = output_size(rows, pool_size, 0, stride)
    width = output_size(columns, pool_size, 0, stride)
    out = np.zeros((height, width, channels))
    for i, j, k in np.ndindex(out.shape):
        top, left = i * stride, j * stride
        out[i, j, k] = np.max(X[top : top + pool_size, left : left + pool_size, k])
    return out


def mlp_example(X: Array, y: Array, weights: list[Array], biases: list[Array]) -> Any:
    """Run the example of use of 4.1, forward and backward; return all gradients."""
    activations, zs = forward_propagate(X, weights, biases)
    return backpropagate(y, activations, zs, weights)


def cnn_example(X: Array, W: Array, b: Array, *, sizes_only: bool = False) -> Any:
    """Run the example of use of 4.2: a padded convolution, then pooling by two.

    Return both outputs, or only their sizes.
    """
    if sizes_only:
        height, width = (output_size(n, W.shape[0], 2, 1) for n in X.shape[:2])
        pooled = (output_size(height, 2, 0, 2), output_size(width, 2, 0, 2))
        return (height, width, W.shape[3]), (*pooled, W.shape[3])
    conv_out = conv2d(X, W, b, stride=1, padding=2)
    return conv_out, max_pool2d(conv_out, pool_size=2, stride=2)


def _one(name: str, value: Size) -> int:
    """Return the single number for both axes; raise where they differ, as no listing has two."""
    numbers = (value,) if isinstance(value, int) else tuple(value)
    if len(set(numbers)) > 1:
        raise NotImplementedError(f"{name} is {value}; the listing takes one number for both axes")
    return numbers[0]


def _default(**given: tuple[object, object]) -> None:
    """Raise for a parameter that the listings lack, unless it has its default."""
    for name, (value, default) in given.items():
        if value not in (default, (default, default)):
            raise NotImplementedError(f"{name} is {value!r}; the listing has no such parameter")


def _image_by_image(listing: Any, x: Array) -> Array:
    """Apply a listing for a single H×W×C image to N×C×H×W; return N×C×H×W."""
    images = x.transpose(0, 2, 3, 1)
    # Without images, a blank one gives the output's shape.
    outputs = [listing(image) for image in images] or [listing(np.zeros(images.shape[1:]))]
    return np.stack(outputs).transpose(0, 3, 1, 2)[: len(x)]


class AsDocumented:
    """The listings by the names and in the layouts of the contract."""

    def sigmoid(self, x: Array) -> Array:
        """Return the sigmoid of listing 4.1."""
        result: Array = sigmoid(x)
        return result

    def forward_propagate(
        self, x: Array, weights: list[Array], biases: list[Array], *, activation: str = "sigmoid"
    ) -> tuple[list[Array], list[Array]]:
        """Return activations and zs by listing 4.1, which has no activation but the sigmoid."""
        _default(activation=(activation, "sigmoid"))
        return forward_propagate(x, weights, biases)

    def backpropagate(
        self,
        y: Array,
        activations: list[Array],
        zs: list[Array],
        weights: list[Array],
        *,
        activation: str = "sigmoid",
    ) -> tuple[list[Array], list[Array]]:
        """Return all gradients by listing 4.1, which has no activation but the sigmoid."""
        _default(activation=(activation, "sigmoid"))
        return backpropagate(y, activations, zs, weights)

    def conv2d(
        self,
        x: Array,
        weight: Array,
        bias: Array,
        *,
        stride: Size = 1,
        padding: Size = 0,
        dilation: Size = 1,
        groups: int = 1,
    ) -> Array:
        """Return the convolution of listing 4.2, image by image."""
        _default(dilation=(dilation, 1), groups=(groups, 1))
        s, p = _one("stride", stride), _one("padding", padding)
        kernel = weight.transpose(2, 3, 1, 0)
        return _image_by_image(lambda image: conv2d(image, kernel, bias, s, p), x)

    def max_pool2d(
        self,
        x: Array,
        *,
        kernel_size: Size,
        stride: Size | None = None,
        padding: Size = 0,
        dilation: Size = 1,
        ceil_mode: bool = False,
    ) -> Array:
        """Return the pooling of listing 4.2, image by image."""
        _default(padding=(padding, 0), dilation=(dilation, 1), ceil_mode=(ceil_mode, False))
        f = _one("kernel_size", kernel_size)
        s = f if stride is None else _one("stride", stride)
        return _image_by_image(lambda image: max_pool2d(image, f, s), x)


IMPLEMENTATION = AsDocumented()
