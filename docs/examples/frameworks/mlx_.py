"""Differences of MLX, without nn-conformance: `python mlx_.py`."""

import mlx.core as mx
from mlx import nn

mx.set_default_device(mx.cpu)
x = mx.array([[1.0, 2.0]])
print("softmax(1, 2) is", nn.softmax(x), "due [0.2689, 0.7311]")
mx.eval(nn.softmax(mx.zeros((0, 2))))
print("after a softmax of an empty array it is", nn.softmax(x))
