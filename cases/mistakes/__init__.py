"""Named mistakes: each operation has a file or a folder; a few related ones share a file."""

from importlib import import_module
from pkgutil import iter_modules

from conformance.spec import Mistake

MISTAKES: tuple[Mistake, ...] = tuple(
    mistake
    for name in sorted(module.name for module in iter_modules(__path__))
    if not name.startswith("_")
    for mistake in import_module(f"{__name__}.{name}").MISTAKES
)
