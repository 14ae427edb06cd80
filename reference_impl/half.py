"""The same functions, offered in the two formats of 16 bits.

    nn-conformance run reference_impl.half

Every one of them computes such inputs in float32 and rounds each result once, at the end. They
are offered here and not in the package, so that its own run stays as short as it is. NumPy has
float16; bfloat16 comes with a package such as ml_dtypes, which nothing here imports.
"""

import reference_impl
from reference_impl import *  # noqa: F403 - the very same names

DTYPES = ("float16", "bfloat16")

__all__ = ["DTYPES", *reference_impl.__all__]  # noqa: PLE0604 - a list of texts it is
