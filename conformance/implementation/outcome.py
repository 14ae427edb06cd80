"""What became of one call of an implementation."""

from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True)
class Returned:
    """The call came back with a result, whatever it is, and the warnings that it gave."""

    result: Any
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Raised:
    """The call raised. `ordinary` tells an Exception from an attempt to end the process."""

    kind: str
    message: str
    ordinary: bool

    def __str__(self) -> str:
        return f"{self.kind}: {self.message}" if self.message else self.kind


@dataclass(frozen=True)
class NotProvided:
    """The implementation does not offer the function."""

    name: str


@dataclass(frozen=True)
class Ended:
    """The call did not come back: its process went down, or was ended when its time was up."""

    verdict: Literal["crashed", "timed out"]
    message: str


Outcome = Returned | Raised | NotProvided | Ended


class LoadError(ImportError):
    """The implementation could not be found or imported."""


def message_of(error: BaseException) -> str:
    """The exception's message; a __str__ that raises must not take the report down."""
    try:
        return str(error)
    except Exception:  # noqa: BLE001
        return "(its message cannot be printed)"
