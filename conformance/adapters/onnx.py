"""ONNX's own evaluator as an implementation: `--implementation conformance.adapters.onnx`.

The ReferenceEvaluator, which runs each operator as the standard's authors wrote it in NumPy.
"""

from onnx import ModelProto
from onnx.reference import ReferenceEvaluator

from conformance.adapters._framework import implementation
from conformance.adapters._onnx import Evaluate, array, functions
from conformance.implementation.libraries import versions
from conformance.implementation.tensors import Library


def _evaluator(model: ModelProto) -> Evaluate:
    evaluator = ReferenceEvaluator(model)
    return lambda feeds: evaluator.run(None, dict(feeds))


_ONNX = Library("onnx", array, lambda result: result, versions=versions("onnx"))

# Its RNN knows no Relu.
_OFFERED = {name: each for name, each in functions(_evaluator).items() if name != "rnn_relu"}

IMPLEMENTATION = implementation(_ONNX, _OFFERED)
