"""Differences of ONNX Runtime, without nn-conformance: `python onnxruntime_.py`."""

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
