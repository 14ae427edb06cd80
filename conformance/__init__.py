"""A spec-conformance suite for neural-network operations.

The engine: it draws inputs, calls an implementation and PyTorch, derives how far a right
result may lie from the truth, compares, and records a verdict. It knows no operation by
name; operations and claims arrive from a package of cases.

Importing this package costs nothing: neither NumPy nor torch is imported until a check runs.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from conformance.api import Verdict, check, layer

__all__ = ["Verdict", "check", "layer"]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    if name in __all__:
        from conformance import api  # noqa: PLC0415 - with it come NumPy and torch

        return getattr(api, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
