"""What becomes of a call: it returns or raises; or there is nothing to call, or it never ends."""

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from conformance.record.vocabulary import Verdict


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

    verdict: Literal[Verdict.CRASHED, Verdict.TIMED_OUT]
    message: str


Outcome = Returned | Raised | NotProvided | Ended


# Warnings about the future of some library say nothing about the numbers.
_IRRELEVANT = (DeprecationWarning, PendingDeprecationWarning, FutureWarning, ImportWarning)


def attempt(
    function: Callable[..., Any],
    inputs: Sequence[Any],
    parameters: Mapping[str, Any],
    *,
    listen: bool = False,
) -> Returned | Raised:
    """Call a function and return its outcome. Nothing it does comes out as an exception.

    With `listen`, the warnings that it gives are kept. A KeyboardInterrupt is the user's.
    """
    if not listen:
        return _attempt(function, inputs, parameters)
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        outcome = _attempt(function, inputs, parameters)
    if isinstance(outcome, Raised):
        return outcome
    messages = [str(w.message) for w in heard if not issubclass(w.category, _IRRELEVANT)]
    return Returned(outcome.result, tuple(dict.fromkeys(messages)))


def _attempt(
    function: Callable[..., Any], inputs: Sequence[Any], parameters: Mapping[str, Any]
) -> Returned | Raised:
    try:
        return Returned(function(*inputs, **parameters))
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - SystemExit and pytest's own exits included
        return Raised(type(error).__name__, message_of(error), isinstance(error, Exception))


def message_of(error: BaseException) -> str:
    """Return the exception's message; a __str__ that raises must not take the report down."""
    try:
        return str(error)
    except Exception:  # noqa: BLE001
        return "(its message cannot be printed)"
