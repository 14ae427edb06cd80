"""TensorFlow as an implementation: `--implementation conformance.adapters.tensorflow`.

Functions of tf.nn and tf.math, run as they are called, on one thread, and gradients of its tape.
Images and kernels are taken in TensorFlow's own order of axes.
"""

import os

# Read when TensorFlow is imported: errors alone are shown.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from conformance.adapters._framework import implementation, pair, unsupported
from conformance.bounds.floats import Array
from conformance.implementation.libraries import versions
from conformance.implementation.tensors import Function, Library

tf.config.threading.set_inter_op_parallelism_threads(1)
tf.config.threading.set_intra_op_parallelism_threads(1)

# How the CPU's gradients of a convolution say that they lack groups, or dilation.
_NO_KERNEL = ("not supported on CPU", "do not yet support")


def _tensor(array: Array) -> Any:
    return tf.constant(np.array(array, order="C"))


def _gradient(function: Function, count: int) -> Function:
    def pulled(upstream: Any, *inputs: Any) -> Sequence[Any]:
        with tf.GradientTape() as tape:
            tape.watch(inputs[:count])
            result = function(*inputs)
        try:
            gradients: Sequence[Any] = tape.gradient(
                result, inputs[:count], upstream, unconnected_gradients="zero"
            )
        except tf.errors.InvalidArgumentError as error:
            unsupported(gradient=any(phrase in error.message for phrase in _NO_KERNEL))
            raise
        return gradients

    return pulled


def _numpy(result: Any) -> Any:
    return result.numpy() if tf.is_tensor(result) else result


LIBRARY = Library("tensorflow", _tensor, _numpy, _gradient, versions=versions("tensorflow"))


def _reduced(loss: Function) -> Function:
    def reduced(x: Any, target: Any, *, reduction: str = "mean") -> Any:
        return {"mean": tf.reduce_mean, "sum": tf.reduce_sum}[reduction](loss(x, target))

    return reduced


def _padding(padding: Any) -> list[list[int]]:
    """Return the padding before and after each axis of a batch of images."""
    return [[0, 0], *([size, size] for size in pair(padding)), [0, 0]]


def _linear(x: Any, weight: Any, bias: Any) -> Any:
    return tf.nn.bias_add(tf.matmul(x, weight, transpose_b=True), bias)


def _conv2d(
    x: Any, weight: Any, bias: Any, *, stride: Any = 1, padding: Any = 0, dilation: Any = 1,
    groups: int = 1,
) -> Any:  # fmt: skip
    # The groups are not told: they follow from the channels.
    unsupported(groups=groups != 1 and groups * weight.shape[2] != x.shape[-1])
    summed = tf.nn.conv2d(x, weight, pair(stride), _padding(padding), dilations=pair(dilation))
    return tf.nn.bias_add(summed, bias)


def _max_pool2d(x: Any, *, kernel_size: Any, stride: Any = None, padding: Any = 0) -> Any:
    strides = pair(kernel_size if stride is None else stride)
    return tf.nn.max_pool2d(x, pair(kernel_size), strides, _padding(padding))


def _avg_pool2d(x: Any, *, kernel_size: Any, stride: Any = None) -> Any:
    strides = pair(kernel_size if stride is None else stride)
    return tf.nn.avg_pool2d(x, pair(kernel_size), strides, "VALID")


def _batch_norm(x: Any, weight: Any, bias: Any, *, eps: float = 1e-5) -> Any:
    by_channel = (-1, *(1,) * (len(x.shape) - 2))
    mean, variance = tf.nn.moments(x, [0, *range(2, len(x.shape))], keepdims=True)
    weight, bias = tf.reshape(weight, by_channel), tf.reshape(bias, by_channel)
    return tf.nn.batch_normalization(x, mean, variance, bias, weight, eps)


def _layer_norm(x: Any, weight: Any, bias: Any, *, eps: float = 1e-5) -> Any:
    mean, variance = tf.nn.moments(x, [-1], keepdims=True)
    return tf.nn.batch_normalization(x, mean, variance, bias, weight, eps)


def _flatten(x: Any) -> Any:
    return tf.reshape(x, (x.shape[0], int(np.prod(x.shape[1:]))))


def _gradient_descent(parameters: Any, gradients: Any, *, learning_rate: float) -> list[Any]:
    variables = [tf.Variable(each) for each in parameters]
    for variable, gradient in zip(variables, gradients, strict=True):
        tf.raw_ops.ResourceApplyGradientDescent(
            var=variable.handle, alpha=tf.constant(learning_rate, variable.dtype), delta=gradient
        )
    return [each.value() for each in variables]


IMPLEMENTATION = implementation(
    LIBRARY,
    {
        "linear": _linear,
        "sigmoid": tf.nn.sigmoid,
        "tanh": tf.nn.tanh,
        "relu": tf.nn.relu,
        "softmax": tf.nn.softmax,
        "log_softmax": tf.nn.log_softmax,
        "mse_loss": _reduced(tf.math.squared_difference),
        "binary_cross_entropy_with_logits": _reduced(
            lambda x, target: tf.nn.sigmoid_cross_entropy_with_logits(target, x)
        ),
        "cross_entropy": _reduced(
            lambda x, target: tf.nn.sparse_softmax_cross_entropy_with_logits(target, x)
        ),
        "conv2d": _conv2d,
        "max_pool2d": _max_pool2d,
        "avg_pool2d": _avg_pool2d,
        "batch_norm": _batch_norm,
        "layer_norm": _layer_norm,
        "flatten": _flatten,
        "gradient_descent": _gradient_descent,
    },
    LAYOUTS={"conv2d": ("nhwc", "hwio"), "max_pool2d": "nhwc", "avg_pool2d": "nhwc"},
)
