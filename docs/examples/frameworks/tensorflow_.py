"""Differences of TensorFlow, without nn-conformance: `python tensorflow_.py`."""

import numpy as np
import tensorflow as tf

x = tf.constant([[[[1.0], [np.nan], [2.0]]]])
print(
    "the maximum of 1, nan, 2 is",
    tf.nn.max_pool2d(x, (1, 3), 1, "VALID").numpy().ravel(),
    "due nan",
)
print("softmax(nan, 0) is", tf.nn.softmax([[np.nan, 0.0]]).numpy(), "due nan twice")
loss = tf.nn.sigmoid_cross_entropy_with_logits(labels=[0.0], logits=[np.inf])
print("binary cross-entropy of the logit inf at the target 0 is", loss.numpy(), "due inf")
tiny = tf.constant([1e-40])
print("1e-40 · 1 is", (tiny * tf.constant([1.0])).numpy(), "due 1e-40")
x, w = tf.Variable(tf.ones((1, 3, 3, 2), tf.float64)), tf.ones((2, 2, 1, 2), tf.float64)
with tf.GradientTape() as tape:
    y = tf.nn.conv2d(x, w, 1, "VALID")
try:
    print("the gradient of a grouped convolution is", tape.gradient(y, x).shape)
except tf.errors.InvalidArgumentError as error:
    print("in float64 the gradient of a grouped convolution raises", type(error).__name__)
