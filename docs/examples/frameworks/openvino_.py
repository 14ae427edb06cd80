"""Differences of OpenVINO, without nn-conformance: `python openvino_.py`."""

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
