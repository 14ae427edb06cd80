"""The same functions, offered in the two 16-bit formats.

    nn-conformance run reference_impl.half

Each function computes 16-bit inputs in float32, and rounds each result once, at the end. The
formats are offered by this module and not by the package, so that a run of the package stays short.
NumPy has float16. bfloat16 comes with a package such as ml_dtypes, which nothing here imports.
"""

from . import *  # noqa: F403 - the same names
from . import __all__ as _functions

DTYPES = ("float16", "bfloat16")

__all__ = ["DTYPES", *_functions]  # noqa: PLE0604 - it is a list of strings
