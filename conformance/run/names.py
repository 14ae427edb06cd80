"""What a user may name: operations, claims and their sections, read without NumPy or torch.

The cases bring in torch; their data files name all that there is.
"""

from __future__ import annotations

import difflib
import importlib.util
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

CASES = "cases"


def operations(cases: str = CASES) -> tuple[str, ...]:
    """Every operation: the functions of the contract, and the networks made of them."""
    known = _data(cases, "contract.toml")
    return (*functions(cases), *known["networks"])


def functions(cases: str = CASES) -> tuple[str, ...]:
    """The functions of the contract."""
    known = _data(cases, "contract.toml")
    return tuple(name for name, value in known.items() if isinstance(value, dict))


def claims(cases: str = CASES) -> tuple[str, ...]:
    """The document's claims."""
    return tuple(_data(cases, "document/verdicts.toml"))


def everything(cases: str = CASES) -> tuple[str, ...]:
    """Operations, sections of the document, and claims."""
    found = claims(cases)
    sections = dict.fromkeys(name.partition("/")[0] for name in found)
    return (*operations(cases), *sections, *found)


def is_of(name: str, chosen: Collection[str]) -> bool:
    """Whether an id is among what was chosen, by its operation, its section, or as a claim."""
    return name in chosen or name.partition("/")[0] in chosen


def unknown(asked: Iterable[str], known: Collection[str], what: str) -> str:
    """Why one of the names asked for cannot be; empty where all are known."""
    for name in asked:
        if name not in known:
            near = difflib.get_close_matches(name.lower(), known, n=3)
            rest = f"; did you mean {' or '.join(near)}?" if near else "."
            return f"there is no {what} {name!r}{rest} `nn-conformance list` names them all."
    return ""


def _data(cases: str, file: str) -> dict[str, Any]:
    """A data file of the cases, found without importing them."""
    found = importlib.util.find_spec(cases)
    if found is None or not found.submodule_search_locations:
        raise ModuleNotFoundError(f"there is no package {cases!r}", name=cases)
    return tomllib.loads(Path(found.submodule_search_locations[0], file).read_text("utf-8"))
