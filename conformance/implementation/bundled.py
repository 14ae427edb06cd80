"""Where the packages are that come with the engine: the cases, and the reference implementation.

In a wheel they are `conformance.cases` and `conformance.reference_impl`. In a clone they stand
beside the engine, and have short names. A stranger's package of such a name is another one.
"""

import importlib.util
from pathlib import Path

import conformance

_ENGINE = Path(conformance.__file__).resolve().parent
_BUNDLED = ("cases", "reference_impl")


def bundled(name: str) -> str:
    """Return the name by which a module of a bundled package is imported.

    >>> bundled("my_cases")
    'my_cases'
    """
    package = name.partition(".")[0]
    if package not in _BUNDLED or _place(package) == _ENGINE.parent / package:
        return name
    if not (_ENGINE / package).is_dir() and str(_ENGINE.parent) not in conformance.__path__:
        # In a clone whose short name is somebody else's here.
        conformance.__path__.append(str(_ENGINE.parent))
    return f"conformance.{name}"


def importable(name: str) -> str:
    """Return the name of a module, or of a bundled one where there is no other of that name.

    A user may mean a `reference_impl` of their own.
    """
    package = name.partition(".")[0]
    return bundled(name) if package in _BUNDLED and _place(package) is None else name


def _place(package: str) -> Path | None:
    """Return the directory that a package is imported from; None where there is none."""
    found = importlib.util.find_spec(package)
    return None if found is None or found.origin is None else Path(found.origin).resolve().parent
