"""What the shell offers to complete. A key is waited for: nothing here brings in torch."""

from collections.abc import Iterable

from conformance.report.views import FORMATS
from conformance.run import names


def everything(incomplete: str) -> list[str]:
    """Operations, sections and claims."""
    return _beginning(incomplete, names.everything())


def functions(incomplete: str) -> list[str]:
    """The functions of the contract."""
    return _beginning(incomplete, names.functions())


def formats(incomplete: str) -> list[str]:
    """Formats, with commas between; those that stand before the last one stay."""
    before, comma, last = incomplete.rpartition(",")
    given = before.split(",")
    return [f"{before}{comma}{name}" for name in _beginning(last, FORMATS) if name not in given]


def _beginning(incomplete: str, known: Iterable[str]) -> list[str]:
    return [name for name in known if name.startswith(incomplete)]
