"""Named mistakes: a file for each operation, or a folder; a few related ones share a file."""

from importlib import import_module
from pkgutil import iter_modules

from conformance.spec import Mistake

MISTAKES: tuple[Mistake, ...] = tuple(
    mistake
    for module in sorted(found.name for found in iter_modules(__path__))
    if not module.startswith("_")
    for mistake in import_module(f"{__name__}.{module}").MISTAKES
)
