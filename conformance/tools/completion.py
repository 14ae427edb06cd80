"""Complete words in the shell. A user waits, so nothing here imports torch."""

from collections.abc import Iterable

from conformance.report.views import FORMATS
from conformance.run import names


def everything(incomplete: str) -> list[str]:
    """Return the operations, sections and claims that begin so."""
    return _beginning(incomplete, names.everything())


def functions(incomplete: str) -> list[str]:
    """Return the functions of the contract that begin so."""
    return _beginning(incomplete, names.functions())


def formats(incomplete: str) -> list[str]:
    """Return the list of formats, its last word completed by each that is not in it yet."""
    before, comma, last = incomplete.rpartition(",")
    given = before.split(",")
    return [f"{before}{comma}{name}" for name in _beginning(last, FORMATS) if name not in given]


def _beginning(incomplete: str, known: Iterable[str]) -> list[str]:
    return [name for name in known if name.startswith(incomplete)]
