"""torch as an implementation: `--implementation conformance.adapters.torch`.

Its own kernels, with the settings that it comes with: each operation's function is the one that
the cases hold results against, and gradients are torch's vector–Jacobian products. Inputs are
copied: torch takes no negative strides, and shares memory with what it takes.
"""

from typing import Any

import numpy as np
import torch

from conformance.adapters._framework import Framework, Function, implementation
from conformance.judge.oracle import native_kernels
from conformance.run.run import Run
from conformance.spec.operation import Operation


def _pull(
    function: Function, inputs: list[torch.Tensor], upstream: Any
) -> tuple[torch.Tensor, ...]:
    leaves = [tensor.requires_grad_() for tensor in inputs]
    return torch.autograd.grad(function(*leaves), leaves, upstream, materialize_grads=True)


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


_TORCH = Framework(
    lambda array: torch.from_numpy(np.array(array, order="C")),
    lambda tensor: tensor.detach().numpy(),
    _pull,
)
IMPLEMENTATION = implementation(_TORCH, Run().functions.values(), _function)
