"""The names that a user may give: operations, claims, and sections of the document."""

from __future__ import annotations

import difflib
import importlib
from typing import TYPE_CHECKING, Any

from conformance.implementation.bundled import bundled

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

CASES = "cases"


def operations(cases: str = CASES) -> tuple[str, ...]:
    """Return the names of all operations: functions of the contract, and networks of them."""
    return tuple(operation.name for operation in _package(cases).OPERATIONS)


def functions(cases: str = CASES) -> tuple[str, ...]:
    """Return the names of the contract's functions."""
    known = _package(cases).OPERATIONS
    return tuple(operation.name for operation in known if operation.network is None)


def claims(cases: str = CASES) -> tuple[str, ...]:
    """Return the ids of the document's claims."""
    return tuple(claim.id for claim in _package(cases).CLAIMS)


def sections(cases: str = CASES) -> tuple[str, ...]:
    """Return the numbers of the document's sections that have claims."""
    return tuple(dict.fromkeys(claim.number for claim in _package(cases).CLAIMS))


def everything(cases: str = CASES) -> tuple[str, ...]:
    """Return all names: of operations, of the document's sections, and of its claims."""
    return (*operations(cases), *sections(cases), *claims(cases))


def unknown(names: Iterable[str], known: Collection[str], what: str) -> str:
    """Return an error for the first name that is not known; empty where all are."""
    for name in names:
        if name not in known:
            near = difflib.get_close_matches(name.lower(), known, n=3)
            rest = f"; did you mean {' or '.join(near)}?" if near else "."
            return f"there is no {what} {name!r}{rest} `nn-conformance list` names them all."
    return ""


def _package(cases: str) -> Any:
    """Import the package of cases; neither torch nor scipy.signal comes with it."""
    return importlib.import_module(bundled(cases))
