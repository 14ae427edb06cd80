"""Right implementations, each by another algorithm: none of them may be rejected.

    nn-conformance campaign cases.alternatives.kernel_loop cases.alternatives.im2col

A judge that rejects one of these demands an algorithm, not a right result.
"""

from pkgutil import iter_modules

ALTERNATIVES: tuple[str, ...] = tuple(
    sorted(f"{__name__}.{file.name}" for file in iter_modules(__path__) if file.name[0] != "_")
)
