"""Differences of MLX, without nn-conformance: `python mlx_.py`."""

import subprocess
import sys

import mlx.core as mx
import numpy as np
from mlx import nn

mx.set_default_device(mx.cpu)
x = mx.array([[1.0, 2.0]])
print("softmax(1, 2) is", nn.softmax(x), "due [0.2689, 0.7311]")
wide = mx.array([0.0, 1.0], mx.float64)
print("softmax(0, 1) in float64 is", repr(np.array(nn.softmax(wide))[0]), "due 0.2689414213699951")
print("sigmoid(-44) is", np.array(nn.sigmoid(mx.array(-44.0))), "due 7.78113224e-20")
slope = mx.grad(lambda p: nn.losses.binary_cross_entropy(p, mx.array(0.0), with_logits=False))
print("the gradient of binary cross-entropy at 0, target 0, is", slope(mx.array(0.0)), "due finite")
image = mx.array([1.0, float("nan"), 2.0]).reshape(1, 1, 3, 1)
print("the maximum of 1, nan, 2 is", nn.MaxPool2d((1, 3))(image).item(), "due nan")
CRASHES = {
    "conv2d without groups": "mx.conv2d(mx.ones((1, 1, 1, 1)), mx.ones((1, 1, 1, 1)), groups=0)",
    "the gradient of conv2d over no sample": (
        "mx.grad(lambda w: mx.conv2d(mx.zeros((0, 2, 2, 2)), w, groups=2).sum())"
        "(mx.ones((2, 1, 1, 1)))"
    ),
}
for what, code in CRASHES.items():
    program = f"import mlx.core as mx; mx.set_default_device(mx.cpu); mx.eval({code})"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
    print(what, "ends the process with signal", -done.returncode)
mx.eval(nn.softmax(mx.zeros((0, 2))))
print("after a softmax of an empty array it is", nn.softmax(x))
