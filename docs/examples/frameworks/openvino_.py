"""Differences of OpenVINO, without nn-conformance: `python openvino_.py`."""

import subprocess
import sys

import numpy as np
import openvino as ov
from openvino import opset13 as op


def computed(build, x):
    """Return what one node makes of one array."""
    parameter = op.parameter(list(x.shape), x.dtype)
    model = ov.Core().compile_model(ov.Model([build(parameter)], [parameter]), "CPU")
    return np.array(model([x])[0])


nan = np.float32(np.nan)
print("relu(nan) is", computed(op.relu, np.array([nan])), "due nan")
x = np.array([[nan, 0]], np.float32)
print("softmax(nan, 0) is", computed(lambda p: op.softmax(p, 1), x), "due nan twice")
image = np.array([[[[1, nan, 2]]]], np.float32)


def pooled(parameter, rounding="floor", kernel=(1, 3)):
    """Return a node of a maximum."""
    return op.max_pool(parameter, [1, 1], [1, 1], [0, 0], [0, 0], list(kernel), rounding).output(0)


print("the maximum of 1, nan, 2 is", computed(pooled, image).ravel(), "due nan")
lowest = np.full((1, 1, 1, 1), -np.inf, np.float32)
print("the maximum of -inf is", computed(lambda p: pooled(p, kernel=(1, 1)), lowest).ravel())
try:
    computed(lambda p: pooled(p, "ceil_torch", (2, 2)), lowest)
except RuntimeError as error:
    print("a kernel wider than the image raises", str(error).splitlines()[0][:40], "torch pools")
parameter = op.parameter([2], np.float32)
request = ov.Core().compile_model(ov.Model([op.relu(parameter)], [parameter]), "CPU")
first = request([np.ones(2, np.float32)])[0]
request([np.full(2, 5, np.float32)])
print("relu(1, 1) is", first, "after another call of the same model, due [1, 1]")
empty = """import numpy as np, openvino as ov
from openvino import opset14 as op
x, h = op.parameter([0, 1], np.float32), op.parameter([0, 1], np.float32)
weights = [np.zeros(shape, np.float32) for shape in ((3, 1), (3, 1), (3,))]
model = ov.Core().compile_model(ov.Model([op.gru_cell(x, h, *weights, 1)], [x, h]), "CPU")
model([np.zeros((0, 1), np.float32)] * 2)
"""
done = subprocess.run([sys.executable, "-c", empty], capture_output=True, check=False)
print("a GRU cell over a batch of no sample ends with", done.returncode, "due 0")
