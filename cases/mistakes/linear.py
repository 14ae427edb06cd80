"""Mistakes of the affine map: operands turned, sums over the wrong axis, traces left behind."""

from typing import Any

import numpy as np

from conformance.bounds import Array
from conformance.spec import Functions, Mistake

from ._images import with_inputs
from ._wrong import (
    dtype_checks,
    edge_checks,
    gradient_checks,
    in_memory_order,
    reused,
    value_checks,
)

_VALUE = value_checks("linear")


def _either_way_round(_right: Any) -> Functions:
    def linear(x: Array, weight: Array, bias: Array) -> Array:
        if weight.shape[0] != x.shape[1]:
            weight = weight.T
        return x @ weight + bias

    return {"linear": linear}


def _not_transposed(_right: Any) -> Functions:
    def linear(x: Array, weight: Array, bias: Array) -> Array:
        with np.errstate(all="ignore"):
            return x @ weight + bias

    return {"linear": linear}


def _bias_as_column(_right: Any) -> Functions:
    def linear(x: Array, weight: Array, bias: Array) -> Array:
        if len(bias) == len(x):
            bias = bias[:, np.newaxis]
        y: Array = x @ weight.T + bias
        return y

    return {"linear": linear}


def _whole_blocks(_right: Any) -> Functions:
    def linear(x: Array, weight: Array, bias: Array) -> Array:
        features, block = x.shape[1], 8
        y = np.tile(bias, (len(x), 1))
        for start in range(0, features - features % block, block):
            y += x[:, start : start + block] @ weight[:, start : start + block].T
        return y

    return {"linear": linear}


def _half_inside(_right: Any) -> Functions:
    def linear(x: Array, weight: Array, bias: Array) -> Array:
        y = x.astype(np.float16) @ weight.T.astype(np.float16) + bias.astype(np.float16)
        return y.astype(x.dtype)

    return {"linear": linear}


def _accumulates_in_float64(_right: Any) -> Functions:
    def linear(x: Array, weight: Array, bias: Array) -> Array:
        y = np.zeros((len(x), len(weight)))
        y += x @ weight.T
        y += bias
        return y

    return {"linear": linear}


def _row_by_row(right: Any) -> Functions:
    def linear(x: Array, weight: Array, bias: Array) -> Array:
        y = right.linear(x, weight, bias)
        return np.array(list(y), y.dtype)

    return {"linear": linear}


def _silences_numpy(right: Any) -> Functions:
    def linear(x: Array, weight: Array, bias: Array) -> Array:
        np.seterr(under="ignore")
        y: Array = right.linear(x, weight, bias)
        return y

    return {"linear": linear}


def _weight_gradient_as_in_by_out(right: Any) -> Functions:
    @np.errstate(all="ignore")
    def linear_backward(g: Array, x: Array, weight: Array, bias: Array) -> tuple[Array, ...]:
        grad_x, _, grad_bias = right.linear_backward(g, x, weight, bias)
        return grad_x, x.T @ g, grad_bias

    return {"linear_backward": linear_backward}


def _input_gradient_through_transpose(right: Any) -> Functions:
    @np.errstate(all="ignore")
    def linear_backward(g: Array, x: Array, weight: Array, bias: Array) -> tuple[Array, ...]:
        grad_x, grad_weight, grad_bias = right.linear_backward(g, x, weight, bias)
        out, features = weight.shape
        if out == features:
            grad_x = g @ weight.T
        return grad_x, grad_weight, grad_bias

    return {"linear_backward": linear_backward}


def _swapped(right: Any) -> Functions:
    @np.errstate(all="ignore")
    def linear_backward(g: Array, x: Array, weight: Array, bias: Array) -> tuple[Array, ...]:
        grad_x, grad_weight, grad_bias = right.linear_backward(g, x, weight, bias)
        return grad_weight, grad_x, grad_bias

    return {"linear_backward": linear_backward}


def _with_bias_gradient(of: Any) -> Any:
    """Compute the gradient of the bias in another way."""

    def replaced(right: Any) -> Functions:
        @np.errstate(all="ignore")
        def linear_backward(g: Array, x: Array, weight: Array, bias: Array) -> tuple[Array, ...]:
            grad_x, grad_weight, _ = right.linear_backward(g, x, weight, bias)
            return grad_x, grad_weight, of(g)

        return {"linear_backward": linear_backward}

    return replaced


def _weight_gradient_averaged(right: Any) -> Functions:
    @np.errstate(all="ignore")
    def linear_backward(g: Array, x: Array, weight: Array, bias: Array) -> tuple[Array, ...]:
        grad_x, grad_weight, grad_bias = right.linear_backward(g, x, weight, bias)
        return grad_x, grad_weight / max(len(x), 1), grad_bias

    return {"linear_backward": linear_backward}


MISTAKES: tuple[Mistake, ...] = (
    Mistake(
        "linear/weight-not-transposed",
        "x is multiplied by the weight, not by its transpose: an error where it is not square",
        "Which axis of the weight belongs to the features of x?",
        _VALUE,
        _not_transposed,
    ),
    Mistake(
        "linear/weight-either-way-round",
        "the weight is transposed only where it would not fit otherwise, so never where it is "
        "square",
        "Try a layer with as many outputs as inputs, and a weight that is not symmetric.",
        _VALUE,
        _either_way_round,
    ),
    Mistake(
        "linear/bias-missing",
        "the bias is not added",
        "What is the output where the weight is zero?",
        _VALUE,
        lambda _: {"linear": lambda x, weight, _bias: x @ weight.T},
    ),
    Mistake(
        "linear/bias-along-batch",
        "in a batch of as many samples as outputs the bias is added along the samples",
        "Compare the rows of the output: what distinguishes two samples with the same x?",
        _VALUE,
        _bias_as_column,
    ),
    Mistake(
        "linear/remainder-dropped",
        "the sum runs over whole blocks of eight features and leaves out the remainder",
        "Which features does the last block hold where their number is not a multiple of it?",
        _VALUE,
        _whole_blocks,
    ),
    Mistake(
        "linear/float16-inside",
        "the product is computed in float16 and converted back",
        "How many digits survive each conversion between here and the result?",
        _VALUE,
        _half_inside,
        noisy=True,
    ),
    Mistake(
        "linear/float64-output",
        "the result is float64 whatever the inputs are, for np.zeros is unless it is told",
        "Look at the dtype of the array that the result is collected in.",
        dtype_checks("linear", "float32"),
        _accumulates_in_float64,
    ),
    Mistake(
        "linear/memory-order",
        "x is read in the order in which it lies in memory, which for a transposed or a reversed "
        "view is not that of its rows",
        "Pass the same numbers once as x and once as x.T.copy().T: is the result the same?",
        _VALUE,
        lambda right: {"linear": lambda x, w, b: right.linear(in_memory_order(x), w, b)},
    ),
    Mistake(
        "linear/empty-batch-flat",
        "a batch of no samples gives an array of shape (0,), as an empty list of rows does",
        "What is the shape of the output of a batch of n samples, for every n that can occur?",
        edge_checks("linear"),
        _row_by_row,
    ),
    Mistake(
        "linear/unchecked",
        "shapes are not checked, so that whatever broadcasts is accepted",
        "Give it a bias of three entries and a weight of one row.",
        ("linear/refusal[*]",),
        lambda _: {"linear": lambda x, weight, bias: x @ weight.T + bias},
    ),
    Mistake(
        "linear/output-reused",
        "outputs of one shape share one buffer, and each call overwrites the one before",
        "Keep a result, call again, and look at the first result.",
        ("linear/pure[*]",),
        lambda right: {"linear": reused(right.linear)},
    ),
    Mistake(
        "linear/error-state-changed",
        "NumPy's floating-point error state is changed for the whole program",
        "Compare np.geterr() before and after a call.",
        ("linear/pure[*]",),
        _silences_numpy,
    ),
    Mistake(
        "linear/input-gradient-through-transpose",
        "where the weight is square the gradient of x goes back through the transposed weight",
        "The forward pass uses the weight's transpose; which way round does its adjoint use it?",
        gradient_checks("linear", "x"),
        _input_gradient_through_transpose,
    ),
    Mistake(
        "linear/weight-gradient-transposed",
        "the gradient of the weight is in × out where the weight is out × in",
        "A gradient has the shape of what it is the gradient of.",
        gradient_checks("linear", "weight"),
        _weight_gradient_as_in_by_out,
    ),
    Mistake(
        "linear/upstream-ignored",
        "the upstream gradient is left out, as if it were ones",
        "Double the upstream gradient: what becomes of yours?",
        gradient_checks("linear", "x", "weight", "bias"),
        with_inputs("linear_backward", lambda g, *inputs: (np.ones_like(g), *inputs)),
    ),
    Mistake(
        "linear/weight-gradient-averaged",
        "the gradient of the weight is divided by the batch size, which is the loss's business",
        "Where would a 1/n come from, if the upstream gradient has its own already?",
        gradient_checks("linear", "weight"),
        _weight_gradient_averaged,
    ),
    Mistake(
        "linear/gradients-in-other-order",
        "the gradients of x and of the weight are returned in each other's place",
        "Compare the order of what is returned with the order of the inputs.",
        gradient_checks("linear", "x", "weight"),
        _swapped,
    ),
    Mistake(
        "linear/bias-gradient-of-other-axis",
        "the gradient of the bias is summed over the outputs instead of the samples",
        "How many entries has the bias, and which axis of the upstream gradient has as many?",
        gradient_checks("linear", "bias"),
        _with_bias_gradient(lambda g: g.sum(axis=1)),
    ),
    Mistake(
        "linear/bias-gradient-averaged",
        "the gradient of the bias is the mean over the batch instead of the sum",
        "Double the batch by repeating it: what should become of the gradient?",
        gradient_checks("linear", "bias"),
        _with_bias_gradient(lambda g: g.sum(axis=0) / max(len(g), 1)),
    ),
    Mistake(
        "linear/bias-gradient-keeps-axis",
        "the gradient of the bias keeps the batch as an axis of one, which broadcasts unnoticed",
        "Print the shape of the gradient beside that of the bias.",
        gradient_checks("linear", "bias"),
        _with_bias_gradient(lambda g: g.sum(axis=0, keepdims=True)),
    ),
)
