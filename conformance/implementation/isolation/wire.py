"""Messages between two processes: a header of plain lines, then raw numbers. See docs/protocol.md.

A line is a name, a space and a value. The last line of a header says how many bytes of numbers
follow it. No pickle: nothing of what arrives is run.
"""

import re
from collections.abc import Callable, Iterator
from typing import Protocol

VERSION = 1
"""The version of the protocol, which both sides name in their first message."""

LARGEST_RESULT = 1 << 28
# Of bytes: a header holds names and shapes only.
_LONGEST_HEADER = 1 << 24
_LONGEST_LINE = 1 << 16
_LONGEST_SHOWN = 60
_ESCAPED = {"\\": "\\\\", "\n": "\\n", "\r": "\\r"}
_PLAIN = {escape: letter for letter, escape in _ESCAPED.items()}

Lines = list[str]


class WireError(Exception):
    """The bytes that arrived are no message, or a result cannot be sent."""


class Source(Protocol):
    """Where messages are read from. Both methods raise EOFError where nothing more comes."""

    def line(self, longest: int) -> bytes:
        """Return the bytes up to the next end of a line, without it; at most so many."""

    def exactly(self, size: int) -> bytes:
        """Return exactly so many bytes."""


def escaped(text: str) -> str:
    r"""Return a text that stands on one line.

    >>> escaped("two" + chr(10) + "lines")
    'two\\nlines'
    """
    return re.sub(r"[\\\n\r]", lambda match: _ESCAPED[match[0]], text)


def unescaped(text: str) -> str:
    """Return the text that `escaped` was given."""
    return re.sub(r"\\[\\nr]", lambda match: _PLAIN[match[0]], text)


def message(lines: Lines, numbers: bytes = b"") -> bytes:
    r"""Return the bytes of one message.

    >>> message(["call 7", "function relu"], b"1234")
    b'call 7\nfunction relu\nend 4\n1234'
    """
    header = "".join(f"{line}\n" for line in (*lines, f"end {len(numbers)}"))
    # Half a character of UTF-16, which no text should have, is written as its escape.
    return header.encode("utf-8", "backslashreplace") + numbers


def receive(source: Source, check: Callable[[str], None] = lambda _: None) -> tuple[Lines, bytes]:
    """Read one message; return its lines without the last, and its numbers.

    Args:
        source: where the bytes come from.
        check: called with the first line as soon as it is there; may raise a WireError.

    Raises:
        WireError: if the bytes are no message.
    """
    lines: Lines = []
    for line in _header(source):
        if not lines:
            check(line)
        name, _, value = line.partition(" ")
        if name == "end":
            return lines, source.exactly(_size(value))
        lines.append(line)
    raise WireError("its header is longer than any")


def _header(source: Source) -> Iterator[str]:
    length = 0
    while length <= _LONGEST_HEADER:
        line = source.line(_LONGEST_LINE)
        length += len(line)
        yield line.decode("utf-8", "replace").removesuffix("\r")


def _size(value: str) -> int:
    size = whole(value, "the bytes after its header")
    if size > 2 * LARGEST_RESULT:
        raise WireError(f"{size} bytes are more than any message has")
    return size


def whole(text: str, what: str) -> int:
    """Return a whole number that is not negative.

    Raises:
        WireError: if the text is none; `what` says what it is.
    """
    if not re.fullmatch("[0-9]{1,18}", text):
        raise WireError(f"{what} must be a whole number, but is {shown(text)}")
    return int(text)


def shown(text: str) -> str:
    """Return a text of the other side's in quotes, cut where it is long."""
    return repr(text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…")
