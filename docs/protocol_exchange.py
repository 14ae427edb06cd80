"""Make the exchange of docs/protocol.md: what the suite and a program really send each other.

The suite's messages are those that it sends itself; the program is a harness of docs/examples.
"""

import sys
from pathlib import Path

import numpy as np

from conformance.implementation.isolation.limits import Limits
from conformance.implementation.isolation.process import Process, Started, program
from conformance.implementation.isolation.program import Program
from conformance.spec.outcome import Returned

HARNESS = Path(__file__).parent / "examples/harness/linear.py"
_NUMBERS_IN_A_ROW = 4
X = np.array([[1.0, -2.0]], np.float32)
WEIGHT = np.array([[3.0, 0.5]], np.float32)
BIAS = np.array([0.25], np.float32)


class _Overheard(Process):
    """A process whose messages are kept, those that it is sent and those that it sends."""

    def __init__(self, started: Started, patience: float) -> None:
        super().__init__(started, patience)
        self.messages: list[tuple[str, bytes]] = []

    def _write(self, data: bytes) -> None:
        self.messages.append(("suite", data))
        super()._write(data)

    def line(self, longest: int) -> bytes:
        line = super().line(longest)
        if self.messages[-1][0] == "suite":
            self.messages.append(("program", b""))
        self._add(line + b"\n")
        return line

    def exactly(self, size: int) -> bytes:
        data = super().exactly(size)
        self._add(data)
        return data

    def _add(self, data: bytes) -> None:
        who, so_far = self.messages[-1]
        self.messages[-1] = (who, so_far + data)


class _Overhearing(Program):
    def _start(self) -> Process:
        return _Overheard(program(self.name), self._limits.patience)


def exchange() -> str:
    """Return a greeting and a call, each byte of them."""
    contender = _Overhearing(f"{sys.executable} {HARNESS}", Limits())
    outcome = contender.call("linear", (X, WEIGHT, BIAS), {})
    assert isinstance(outcome, Returned)
    assert isinstance(contender._process, _Overheard)  # noqa: SLF001 - to show what it sent
    messages = contender._process.messages  # noqa: SLF001
    return "\n\n".join(_shown(who, data) for who, data in messages)


def _shown(who: str, data: bytes) -> str:
    """Return the lines of a header as they are, then the bytes of the numbers, four a row."""
    header, _, rest = data.partition(b"\nend ")
    size, _, numbers = rest.partition(b"\n")
    lines = [*header.decode().split("\n"), f"end {size.decode()}"]
    words = [numbers[at : at + 4] for at in range(0, len(numbers), 4)]
    rows = [
        "  ".join(word.hex(" ") for word in words[at : at + _NUMBERS_IN_A_ROW])
        for at in range(0, len(words), _NUMBERS_IN_A_ROW)
    ]
    total = len(data)
    return "\n".join([f"{who}, {total} bytes:", "", "```text", *lines, *rows, "```"])
