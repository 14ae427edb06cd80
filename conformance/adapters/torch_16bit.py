"""torch in its 16-bit formats: `--implementation conformance.adapters.torch_16bit`.

The kernels that torch itself has for float16 and for bfloat16, and their gradients.
"""

from conformance.adapters._framework import implementation
from conformance.adapters.torch import FUNCTIONS
from conformance.implementation.libraries import torch_library

IMPLEMENTATION = implementation(torch_library(), FUNCTIONS, DTYPES=("float16", "bfloat16"))
