"""Differences of ONNX Runtime, without nn-conformance: `python onnxruntime_.py`."""

import subprocess
import sys

import numpy as np
import onnxruntime
from onnx import TensorProto, helper

TYPES = {"float32": TensorProto.FLOAT, "float64": TensorProto.DOUBLE}


def node(kind, x, **attributes):
    """Return what one node of ONNX makes of one array."""
    element = TYPES[x.dtype.name]
    given = helper.make_tensor_value_info("x", element, [None] * x.ndim)
    result = helper.make_tensor_value_info("y", element, None)
    graph = helper.make_graph(
        [helper.make_node(kind, ["x"], ["y"], **attributes)], "g", [given], [result]
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    return session.run(None, {"x": x})[0]


x = np.array([-9.0, -18.1], np.float32)
print("sigmoid(-9, -18.1) is", node("Sigmoid", x), "due", 1 / (1 + np.exp(-x.astype(float))))
x = np.array([0.0, 0.0, np.nan, 0.0])
print("log_softmax(0, 0, nan, 0) is", node("LogSoftmax", x, axis=-1), "due nan everywhere")
x = np.array([[[[np.nan]]]], np.float32)
print("the maximum of a window of NaN is", node("MaxPool", x, kernel_shape=[1, 1]), "due nan")
x = np.array([[[[-np.inf]]]], np.float32)
print("the maximum of -inf is", node("MaxPool", x, kernel_shape=[1, 1], ceil_mode=1), "due -inf")
made = [
    helper.make_tensor_value_info(name, TensorProto.FLOAT, [None] * 3) for name in ("x", "w", "r")
]
result = helper.make_tensor_value_info("y", TensorProto.FLOAT, None)
lstm = helper.make_node("LSTM", ["x", "w", "r"], ["y"], hidden_size=1)
model = helper.make_model(
    helper.make_graph([lstm], "g", made, [result]),
    opset_imports=[helper.make_opsetid("", 21)],
    ir_version=10,
)
empty = """import sys, numpy, onnxruntime
session = onnxruntime.InferenceSession(sys.stdin.buffer.read(), providers=["CPUExecutionProvider"])
x, w = numpy.zeros((2, 0, 1), "f"), numpy.zeros((1, 4, 1), "f")
print(session.run(None, {"x": x, "w": w, "r": w})[0].shape)
"""
done = subprocess.run(
    [sys.executable, "-c", empty], input=model.SerializeToString(), capture_output=True, check=False
)
print("an LSTM over a batch of no sample ends the process with signal", -done.returncode)
