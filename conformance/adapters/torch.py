"""torch as an implementation: `--implementation conformance.adapters.torch`.

Its own kernels, with the settings that it comes with: each operation's function is the one that
the cases hold results against, and gradients are torch's vector–Jacobian products.
"""

from typing import Any

import torch

from conformance.adapters._framework import implementation
from conformance.implementation.libraries import torch_library
from conformance.implementation.tensors import Function
from conformance.judge.oracle import native_kernels
from conformance.run.run import Run
from conformance.spec.operation import Operation


def _function(operation: Operation) -> Function:
    """Return torch's function. Recurrent networks alone go without oneDNN.

    Its LSTM looks at no shape of a weight, takes some wrong ones, and ends the process over
    others.
    """
    if operation.family != "recurrent":
        return operation.torch

    def without_onednn(*inputs: torch.Tensor) -> Any:
        with native_kernels():
            return operation.torch(*inputs)

    return without_onednn


FUNCTIONS = {name: _function(each) for name, each in Run().functions.items()}

IMPLEMENTATION = implementation(torch_library(), FUNCTIONS)
