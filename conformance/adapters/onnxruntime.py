"""ONNX Runtime as an implementation: `--implementation conformance.adapters.onnxruntime`.

Its CPU kernels, on one thread. An operator that has no kernel for a dtype is not offered in it.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import onnxruntime
from onnx import ModelProto
from onnxruntime.capi.onnxruntime_pybind11_state import NotImplemented as NoKernel
from onnxruntime.capi.onnxruntime_pybind11_state import RuntimeException

from conformance.adapters._framework import implementation, unsupported
from conformance.adapters._onnx import Evaluate, array, functions
from conformance.bounds.floats import Array
from conformance.implementation.libraries import versions
from conformance.implementation.tensors import Library

_FATAL = 4


def _options() -> Any:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = _FATAL
    return options


@contextmanager
def _no_kernel() -> Iterator[None]:
    """Raise NotImplementedError where there is no kernel, or one that says so when it is run."""
    try:
        yield
    except NoKernel as error:
        raise NotImplementedError(str(error)) from error
    except RuntimeException as error:
        unsupported(dtype="does not support" in str(error))
        raise


def _evaluator(model: ModelProto) -> Evaluate:
    def evaluate(feeds: Mapping[str, Array]) -> Any:
        with _no_kernel():
            return session.run(None, dict(feeds))

    with _no_kernel():
        session = onnxruntime.InferenceSession(
            model.SerializeToString(), _options(), providers=["CPUExecutionProvider"]
        )
    return evaluate


_ONNXRUNTIME = Library(
    "onnxruntime", array, lambda result: result, versions=versions("onnxruntime")
)

IMPLEMENTATION = implementation(_ONNXRUNTIME, functions(_evaluator))
