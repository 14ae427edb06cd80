"""Mistakes of the gradients of convolution: adjoints that are none, sums over too little."""

from collections.abc import Callable
from typing import Any

import numpy as np

from conformance.bounds import Array
from conformance.spec import Functions, Mistake, Wrong, pair

from .._images import Table, overwritten, table, with_inputs, without_strides
from .._wrong import dtype_checks, gradient_checks

_X = gradient_checks("conv2d", "x")
_WEIGHT = gradient_checks("conv2d", "weight")
_BIAS = gradient_checks("conv2d", "bias")
_ALL = gradient_checks("conv2d", "x", "weight", "bias")


def _with_gradients(change: Callable[..., tuple[Any, ...]]) -> Wrong:
    """Make something else of the gradients: change(gradients, g) says what."""

    def replaced(right: Any) -> Functions:
        def conv2d_backward(g: Array, *inputs: Array, **parameters: Any) -> Any:
            return change(right.conv2d_backward(g, *inputs, **parameters), g)

        return {"conv2d_backward": conv2d_backward}

    return replaced


def _with_grad_x(grad_x: Callable[..., Any]) -> Wrong:
    """Compute the gradient of x in another way."""

    def replaced(right: Any) -> Functions:
        def conv2d_backward(g: Array, *inputs: Array, **parameters: Any) -> Any:
            grads = right.conv2d_backward(g, *inputs, **parameters)
            return (grad_x(right, g, *inputs, **parameters), *grads[1:])

        return {"conv2d_backward": conv2d_backward}

    return replaced


def _with_grad_weight(grad_weight: Callable[..., Any]) -> Wrong:
    """Compute the gradient of the weight in another way."""

    def replaced(right: Any) -> Functions:
        def conv2d_backward(g: Array, *inputs: Array, **parameters: Any) -> Any:
            grad_x, _, grad_bias = right.conv2d_backward(g, *inputs, **parameters)
            return grad_x, grad_weight(right, g, *inputs, **parameters), grad_bias

        return {"conv2d_backward": conv2d_backward}

    return replaced


def _not_turned(
    right: Any, g: Array, x: Array, weight: Array, bias: Array, **parameters: Any
) -> Any:
    return right.conv2d_backward(g, x, weight[:, :, ::-1, ::-1], bias, **parameters)[0]


def _reshaped_weight(
    right: Any, g: Array, x: Array, weight: Array, bias: Array, *, groups: int = 1, **others: Any
) -> Any:
    (out, c, kh, kw), n = weight.shape, groups
    # Wᵀ as it is wrongly written: reshaped to (c, out) instead of transposed.
    transposed = weight.reshape(n, c, out // n, kh, kw)
    wrong = transposed.swapaxes(1, 2).reshape(weight.shape)
    return right.conv2d_backward(g, x, wrong, bias, groups=groups, **others)[0]


def _windows(g: Array, weight: Array, **parameters: Any) -> Table:
    stride, dilation = parameters.get("stride", 1), parameters.get("dilation", 1)
    return table(g.shape[2:], weight.shape[2:], stride, dilation)


def _overlaps_lost(
    _right: Any, g: Array, x: Array, weight: Array, _bias: Array, *,
    padding: Any = 0, groups: int = 1, **others: Any,
) -> Any:  # fmt: skip
    W = weight.reshape(groups, -1, *weight.shape[1:])
    G = g.reshape(len(g), groups, W.shape[1], *g.shape[2:])
    columns = np.einsum("gocij,ngopq->ngcijpq", W, G)
    columns = columns.reshape(*x.shape[:2], *columns.shape[3:])
    return overwritten(columns, x, padding, _windows(g, weight, **others))


def _upstream_repeated(
    right: Any, g: Array, x: Array, weight: Array, bias: Array, **parameters: Any
) -> Any:
    (sh, sw), dense = pair(parameters.get("stride", 1)), {**parameters, "stride": 1}
    h, w = right.conv2d(x, weight, bias, **dense).shape[2:]
    # Between two upstream gradients belong stride − 1 zeros.
    spread = g.repeat(sh, axis=2).repeat(sw, axis=3)[:, :, :h, :w]
    return right.conv2d_backward(spread, x, weight, bias, **dense)[0]


def _cropped_from_the_end(
    right: Any, g: Array, x: Array, weight: Array, bias: Array, **parameters: Any
) -> Any:
    rows, columns = pair(parameters.pop("padding", 0))
    padded = np.pad(x, ((0, 0), (0, 0), (rows, rows), (columns, columns)))
    grad = right.conv2d_backward(g, padded, weight, bias, **parameters)[0]
    return grad[:, :, rows:-rows, columns:-columns]


def _rest_in_front(
    right: Any, g: Array, x: Array, weight: Array, bias: Array, **parameters: Any
) -> Any:
    grad = right.conv2d_backward(g, x, weight, bias, **parameters)[0]
    where, padding = _windows(g, weight, **parameters), pair(parameters.get("padding", 0))
    for axis, (index, p) in enumerate(zip(where, padding, strict=True), start=2):
        unseen = x.shape[axis] + 2 * p - 1 - int(index.max())
        grad = np.roll(grad, unseen, axis)
    return grad


def _last_image_only(
    right: Any, g: Array, x: Array, weight: Array, bias: Array, **parameters: Any
) -> Any:
    return right.conv2d_backward(g[-1:], x[-1:], weight, bias, **parameters)[1]


def _as_convolution(
    right: Any, g: Array, x: Array, _weight: Array, _bias: Array, *,
    stride: Any = 1, padding: Any = 0, dilation: Any = 1, groups: int = 1,
) -> Any:  # fmt: skip
    # grad_W is x ⋆ g, stride and dilation in each other's place; then the rest has to be cut off.
    roles = {"stride": dilation, "dilation": stride, "padding": padding}
    pairs = zip(np.split(x, groups, 1), np.split(g, groups, 1), strict=True)
    turned = ((X.swapaxes(0, 1), G.swapaxes(0, 1)) for X, G in pairs)
    grads = [right.conv2d(X, G, np.zeros(len(G), x.dtype), **roles) for X, G in turned]
    return np.concatenate([grad.swapaxes(0, 1) for grad in grads])


def _turned_weight_gradient(grads: tuple[Array, ...], _: Array) -> tuple[Array, ...]:
    return grads[0], grads[1][:, :, ::-1, ::-1], grads[2]


def _averaged_weight_gradient(grads: tuple[Array, ...], g: Array) -> tuple[Array, ...]:
    return grads[0], grads[1] / max(len(g), 1), grads[2]


def _with_bias_gradient(of: Callable[[Array], Any]) -> Wrong:
    return _with_gradients(lambda grads, g: (*grads[:2], of(g)))


MISTAKES: tuple[Mistake, ...] = (
    Mistake(
        "conv2d/input-gradient-kernel-not-turned",
        "the gradient of x is correlated with the kernel as it stands, where the adjoint turns it "
        "by half a turn",
        "Which outputs does the first pixel of the image reach, and through which taps?",
        _X,
        _with_grad_x(_not_turned),
    ),
    Mistake(
        "conv2d/input-gradient-weight-reshaped",
        "the weight is reshaped where its channel axes are to be transposed",
        "Print a two-by-three matrix beside its transpose and its reshape to three by two.",
        _X,
        _with_grad_x(_reshaped_weight),
    ),
    Mistake(
        "conv2d/input-gradient-overlaps-lost",
        "columns are added up with += at repeated indices, of which NumPy keeps the last alone",
        "What is a after a = numpy.zeros(1); a[[0, 0]] += 1?",
        _X,
        _with_grad_x(_overlaps_lost),
    ),
    Mistake(
        "conv2d/input-gradient-upstream-repeated",
        "under a stride the upstream gradients are repeated instead of set apart by zeros",
        "With a stride of two, which outputs does each pixel reach?",
        _X,
        _with_grad_x(_upstream_repeated),
    ),
    Mistake(
        "conv2d/input-gradient-cropped-from-end",
        "the padding is cut off with [p:-p], which leaves nothing where p is zero",
        "What is a[0:-0]?",
        _X,
        _with_grad_x(_cropped_from_the_end),
    ),
    Mistake(
        "conv2d/input-gradient-rest-in-front",
        "pixels that no window reaches are taken to lie at the near edges instead of the far ones",
        "Where on the image does the last window end, if the stride leaves a rest?",
        _X,
        _with_grad_x(_rest_in_front),
    ),
    Mistake(
        "conv2d/weight-gradient-turned",
        "the gradient of the weight comes out turned by half a turn",
        "Take one output pixel: which pixel of its window belongs to tap (0, 0)?",
        _WEIGHT,
        _with_gradients(_turned_weight_gradient),
    ),
    Mistake(
        "conv2d/weight-gradient-averaged",
        "the gradient of the weight is divided by the batch size, which is the loss's business",
        "Where would a 1/n come from, if the upstream gradient has its own already?",
        _WEIGHT,
        _with_gradients(_averaged_weight_gradient),
    ),
    Mistake(
        "conv2d/weight-gradient-of-last-image",
        "each image's gradient of the weight is assigned where it is to be added",
        "Swap the images of a batch: may the gradient of the weight change?",
        _WEIGHT,
        _with_grad_weight(_last_image_only),
    ),
    Mistake(
        "conv2d/weight-gradient-rest-not-cut-off",
        "computed as a convolution, the gradient of the weight is too large where the stride "
        "leaves a rest of pixels",
        "Compare the shapes of the weight and its gradient for a stride that does not divide "
        "the image.",
        _WEIGHT,
        _with_grad_weight(_as_convolution),
    ),
    Mistake(
        "conv2d/bias-gradient-of-batch-only",
        "the gradient of the bias is summed over the images but not over their pixels",
        "How many outputs does one entry of the bias reach?",
        _BIAS,
        _with_bias_gradient(lambda g: g.sum(axis=0)),
    ),
    Mistake(
        "conv2d/bias-gradient-mean-of-pixels",
        "the gradient of the bias is averaged over the pixels instead of summed",
        "Double the image by repeating it: what should become of the gradient?",
        _BIAS,
        _with_bias_gradient(lambda g: g.sum(axis=0).mean(axis=(1, 2))),
    ),
    Mistake(
        "conv2d/bias-gradient-counts-outputs",
        "the gradient of the bias is the number of outputs it reaches, without the upstream "
        "gradient",
        "Multiply the loss by ten: what should become of the gradient?",
        _BIAS,
        _with_bias_gradient(lambda g: np.ones_like(g).sum(axis=(0, 2, 3))),
    ),
    Mistake(
        "conv2d/bias-gradient-keeps-axes",
        "the gradient of the bias keeps the axes it was summed over, with size one",
        "Print the shape of the gradient beside that of the bias.",
        _BIAS,
        _with_bias_gradient(lambda g: g.sum(axis=(0, 2, 3), keepdims=True)),
    ),
    Mistake(
        "conv2d/bias-gradient-in-float64",
        "the gradient of the bias is summed and returned in float64",
        "A gradient has the dtype of what it is the gradient of.",
        dtype_checks("conv2d", "float32"),
        _with_bias_gradient(lambda g: g.sum(axis=(0, 2, 3), dtype=np.float64)),
    ),
    Mistake(
        "conv2d/gradients-in-other-order",
        "the gradients of the weight and of the bias are returned in each other's place",
        "Compare the order of what is returned with the order of the inputs.",
        gradient_checks("conv2d", "weight", "bias"),
        _with_gradients(lambda grads, _: (grads[0], grads[2], grads[1])),
    ),
    Mistake(
        "conv2d/gradients-clipped",
        "every gradient is clipped to ±5, as if a training loop had asked for it",
        "Multiply the upstream gradient by a thousand: what should become of the gradients?",
        _ALL,
        _with_gradients(lambda grads, _: tuple(np.clip(grad, -5, 5) for grad in grads)),
    ),
    Mistake(
        "conv2d/gradients-without-nan",
        "NaN in the gradients is replaced by zero, and infinity by the largest number",
        "If a pixel is not known, is the gradient of the weight?",
        tuple(f"conv2d/special/{name}[*]" for name in ("x", "weight", "bias")),
        _with_gradients(lambda grads, _: tuple(np.nan_to_num(grad) for grad in grads)),
    ),
    Mistake(
        "conv2d/upstream-strides-ignored",
        "the memory of the upstream gradient is read from its start on, without regard to its "
        "strides",
        "Pass the same upstream gradient once more as a copy with order='F'.",
        _ALL,
        with_inputs("conv2d_backward", lambda g, *inputs, **_: (without_strides(g), *inputs)),
    ),
)
