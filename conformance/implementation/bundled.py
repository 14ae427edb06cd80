"""Find the packages that come with the engine: the cases and the reference implementation.

In a wheel they are `conformance.cases` and `conformance.reference_impl`. In a clone they are beside
the engine, as `cases` and `reference_impl`. A user's own package of such a name is another one.
"""

import importlib.util
from pathlib import Path

import conformance

_ENGINE = Path(conformance.__file__).resolve().parent
_BUNDLED = ("cases", "reference_impl")


def bundled(name: str) -> str:
    """Return the name by which a module is imported; it differs only for a bundled one.

    >>> bundled("my_cases")
    'my_cases'
    """
    package = name.partition(".")[0]
    if package not in _BUNDLED or _place(package) == _ENGINE.parent / package:
        return name
    if not (_ENGINE / package).is_dir() and str(_ENGINE.parent) not in conformance.__path__:
        # In a clone, but the short name is that of a user's own package.
        conformance.__path__.append(str(_ENGINE.parent))
    return f"conformance.{name}"


def importable(name: str) -> str:
    """Return the name by which a module is imported; a user's own precedes a bundled one."""
    package = name.partition(".")[0]
    return bundled(name) if package in _BUNDLED and _place(package) is None else name


def _place(package: str) -> Path | None:
    """Return the directory that a package is imported from; None if there is none."""
    spec = importlib.util.find_spec(package)
    return None if spec is None or spec.origin is None else Path(spec.origin).resolve().parent
