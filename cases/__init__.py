"""The cases: every operation of the contract, and every claim of the document.

Each file beside this one has OPERATIONS: one operation, or a few that share their formulas. All
such files are found. ORDER is a file's position in lists and in the contract; a file without one
comes last. Operations of one family stay together.
"""

from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules

from conformance.spec import Operation

from .document import CLAIMS, DOCUMENT
from .document.expected import EXPECTATIONS

__all__ = ["CLAIMS", "DOCUMENT", "EXPECTATIONS", "OPERATIONS"]


def _in_order() -> Iterator[Operation]:
    """Yield the operations of all files, in the order of the files."""
    names = [file.name for file in iter_modules(__path__) if not file.ispkg]
    modules = [import_module(f".{name}", __name__) for name in names if name[0] != "_"]
    for module in sorted(modules, key=lambda module: getattr(module, "ORDER", float("inf"))):
        yield from module.OPERATIONS


def _by_family(operations: tuple[Operation, ...]) -> tuple[Operation, ...]:
    families = list(dict.fromkeys(operation.family for operation in operations))
    return tuple(sorted(operations, key=lambda operation: families.index(operation.family)))


OPERATIONS = _by_family(tuple(_in_order()))
