"""The answer to the first message: what a process says of the implementation in it."""

from dataclasses import dataclass, field
from typing import Any

from conformance.implementation.implementation import Layouts, declared, in_order
from conformance.implementation.isolation.trees import Unpacking, value_of, value_text
from conformance.implementation.isolation.wire import (
    VERSION,
    Lines,
    WireError,
    escaped,
    shown,
    unescaped,
)
from conformance.implementation.load_error import LoadError
from conformance.record.vocabulary import DTYPES, USUAL_DTYPES


@dataclass(frozen=True)
class Hello:
    """What an implementation offers.

    Attributes:
        functions: the keywords that each function takes, by its name; None for any.
        dtypes: the dtypes that it can be judged in.
        parameters: PARAMETERS, as of a module.
        layouts: LAYOUTS, as of a module.
        versions: the versions of what computes, by name.
    """

    functions: dict[str, frozenset[str] | None] = field(default_factory=dict)
    dtypes: tuple[str, ...] = USUAL_DTYPES
    parameters: dict[str, dict[str, Any]] = field(default_factory=dict)
    layouts: Layouts = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)

    def lines(self) -> Lines:
        """Return the message, as the suite's own process sends it."""
        parameters = [
            f"parameter {operation} {name} {value_text(value)}"
            for operation, by_name in self.parameters.items()
            for name, values in by_name.items()
            for value in values
        ]
        return [
            f"hello {VERSION}",
            *(f"dtype {name}" for name in self.dtypes),
            *parameters,
            *(
                f"layout {name} {order}"
                for name, orders in self.layouts.items()
                for order in orders
            ),
            *(f"version {escaped(name)} {escaped(text)}" for name, text in self.versions.items()),
        ]


def check_version(line: str) -> None:
    """Check the first line of the answer.

    Raises:
        LoadError: if it names another version of the protocol.
        WireError: if it is no greeting at all.
    """
    name, _, version = line.partition(" ")
    if name != "hello":
        raise WireError(f"its first line is {shown(line)}, and not 'hello {VERSION}'")
    if version != str(VERSION):
        raise LoadError(
            f"it speaks version {shown(version)} of the protocol, and this nn-conformance speaks "
            f"version {VERSION}. Let it answer 'hello {VERSION}', as docs/protocol.md says."
        )


def read_hello(message: Unpacking) -> Hello:
    """Return what the answer says.

    Raises:
        LoadError: if it says that the implementation cannot be used, and why.
        WireError: if it cannot be read.
    """
    message.take()
    reading = _Reading()
    while name := message.name:
        if name not in _READERS:
            raise WireError(f"there is no line {shown(name)} in an answer to hello")
        _READERS[name](reading, message.take())
    parameters, layouts = declared(reading.parameters), in_order(reading.layouts)
    if parameters is None or layouts is None:
        lost = reading.parameters if parameters is None else reading.layouts
        raise WireError(f"what it declares cannot be meant: {shown(repr(lost))}")
    dtypes = tuple(reading.dtypes) or USUAL_DTYPES
    if strange := [name for name in dtypes if name not in DTYPES]:
        raise WireError(f"dtype {shown(strange[0])} cannot be judged; name some of {_DTYPES}")
    return Hello(reading.functions, dtypes, parameters, layouts, reading.versions)


_DTYPES = ", ".join(DTYPES)


class _Reading:
    """What the lines so far have said."""

    def __init__(self) -> None:
        self.functions: dict[str, frozenset[str] | None] = {}
        self.dtypes: list[str] = []
        self.parameters: dict[str, dict[str, Any]] = {}
        self.layouts: dict[str, list[str]] = {}
        self.versions: dict[str, str] = {}

    def function(self, value: str) -> None:
        name, *keywords = value.split()
        self.functions[name] = frozenset(keywords) or None

    def dtype(self, value: str) -> None:
        self.dtypes.append(value)

    def parameter(self, value: str) -> None:
        operation, name, text = _parts(value, 3)
        values = self.parameters.setdefault(operation, {}).setdefault(name, [])
        values.append(value_of(text))

    def layout(self, value: str) -> None:
        operation, order = _parts(value, 2)
        self.layouts.setdefault(operation, []).append(order)

    def version(self, value: str) -> None:
        name, text = _parts(value, 2)
        self.versions[name] = unescaped(text)

    def error(self, value: str) -> None:
        raise LoadError(unescaped(value))


_READERS = {
    name: getattr(_Reading, name)
    for name in ("function", "dtype", "parameter", "layout", "version", "error")
}


def _parts(value: str, count: int) -> list[str]:
    parts = value.split(" ", count - 1)
    if len(parts) < count:
        raise WireError(f"{shown(value)} is too short for its line")
    return parts
