"""Differences of ONNX's ReferenceEvaluator, without nn-conformance: `python onnx_.py`."""

import numpy as np
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator


def node(kind, x, **attributes):
    """Return what one node of ONNX makes of one array."""
    given = helper.make_tensor_value_info("x", TensorProto.FLOAT, [None] * x.ndim)
    result = helper.make_tensor_value_info("y", TensorProto.FLOAT, None)
    graph = helper.make_graph(
        [helper.make_node(kind, ["x"], ["y"], **attributes)], "g", [given], [result]
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)
    return ReferenceEvaluator(model).run(None, {"x": x.astype(np.float32)})[0]


print(
    "log_softmax(0, 200) is", node("LogSoftmax", np.array([0.0, 200.0]), axis=-1), "due [-200, 0]"
)
x = np.array([[[[1.0, np.nan, 2.0]]]])
print("the maximum of 1, nan, 2 is", node("MaxPool", x, kernel_shape=[1, 3]), "due nan")
x = np.array([0.0, 0.0, 1.0]).reshape(1, 1, 3, 1)
mean = node(
    "AveragePool", x, kernel_shape=[4, 1], strides=[3, 1], pads=[1, 0, 1, 0], ceil_mode=1,
    count_include_pad=1,
)  # fmt: skip
print("the means of (0, 0, 0, 1) and (1, 0) are", mean.ravel(), "due [0.25, 0.5]")
try:
    print("flatten of an empty array is", node("Flatten", np.zeros((0, 3)), axis=1).shape)
except Exception as error:
    print("flatten of an array of no sample raises", type(error).__name__, "due an empty array")
