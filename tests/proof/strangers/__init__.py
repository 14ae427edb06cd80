"""Implementations by strangers: each wrong in one way that people go wrong in, or right.

A stranger is a class that offers functions of the contract. `MISTAKE` names what is wrong, among
the mistakes that the suite can name, or is None where it has no name for it.
"""

import importlib
import pkgutil


def _strangers():
    modules = (m.name for m in pkgutil.iter_modules(__path__) if not m.name.startswith("_"))
    for name in sorted(modules):
        module = importlib.import_module(f"{__name__}.{name}")
        for label, value in vars(module).items():
            if isinstance(value, type) and "MISTAKE" in vars(value):
                yield f"{name}.{label}", value


STRANGERS = tuple(_strangers())
