"""What a user may name: operations, claims and their sections, as the cases have them."""

from __future__ import annotations

import difflib
import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

CASES = "cases"


def operations(cases: str = CASES) -> tuple[str, ...]:
    """Return every operation: the functions of the contract, and the networks made of them."""
    return tuple(operation.name for operation in _package(cases).OPERATIONS)


def functions(cases: str = CASES) -> tuple[str, ...]:
    """Return the functions of the contract."""
    known = _package(cases).OPERATIONS
    return tuple(operation.name for operation in known if operation.network is None)


def claims(cases: str = CASES) -> tuple[str, ...]:
    """Return the document's claims."""
    return tuple(claim.id for claim in _package(cases).CLAIMS)


def everything(cases: str = CASES) -> tuple[str, ...]:
    """Return the operations, the sections of the document, and the claims."""
    sections = dict.fromkeys(claim.number for claim in _package(cases).CLAIMS)
    return (*operations(cases), *sections, *claims(cases))


def unknown(asked: Iterable[str], known: Collection[str], what: str) -> str:
    """Why one of the names asked for cannot be; empty where all are known."""
    for name in asked:
        if name not in known:
            near = difflib.get_close_matches(name.lower(), known, n=3)
            rest = f"; did you mean {' or '.join(near)}?" if near else "."
            return f"there is no {what} {name!r}{rest} `nn-conformance list` names them all."
    return ""


def _package(cases: str) -> Any:
    """Import the package of cases; neither torch nor scipy.signal comes with it."""
    return importlib.import_module(cases)
