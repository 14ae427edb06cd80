"""torch.compile as an implementation: `--implementation conformance.adapters.torch_compile`.

The functions of the adapter of torch, each compiled whole by Inductor with shapes that may change;
gradients are of the compiled function. It needs a C++ compiler.
"""

import os
import shutil

import torch
from torch._dynamo import config

from conformance.adapters._framework import implementation
from conformance.implementation.libraries import torch_library
from conformance.run.run import Run

if shutil.which(os.environ.get("CXX", "g++")) is None:
    raise ImportError("torch.compile needs a C++ compiler: install g++, or name another in CXX")

# Past its limit torch would call the function as it is, and nothing compiled would be judged.
config.recompile_limit = config.accumulated_recompile_limit = 1 << 20

IMPLEMENTATION = implementation(
    torch_library(),
    # Compiled when first called, and again where ranks or parameters differ.
    {name: torch.compile(each.torch, dynamic=True) for name, each in Run().functions.items()},
)
