"""What adapters share: functions of a framework, made an implementation of the contract.

An adapter gives a library, which knows how the framework's arrays cross and how it differentiates,
and a table with one function for each operation that the framework has. It is then an
implementation like any other: NumPy arrays go in and come out.
"""

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

from conformance.implementation.tensors import Converted, Function, Library


def implementation(
    library: Library, functions: Mapping[str, Function], **declared: Any
) -> Converted:
    """Return an implementation of the operations that the framework has a function for.

    Args:
        library: the framework's arrays, and its differentiation.
        functions: by operation, the function over the framework's arrays. What a framework cannot
            express raises NotImplementedError.
        declared: what an implementation declares: DTYPES, PARAMETERS.
    """
    return Converted(SimpleNamespace(**functions, **declared), library)


def pair(value: Any) -> tuple[Any, Any]:
    """Return a parameter that is given as one number, or as one for each axis, as the latter."""
    return (value, value) if isinstance(value, int) else tuple(value)


def unsupported(**offending: Any) -> None:
    """Raise NotImplementedError if any of these is true: what the framework cannot express."""
    names = [name for name, is_wrong in offending.items() if is_wrong]
    if names:
        raise NotImplementedError(", ".join(names))
