"""The other side of `isolation.host`: a process with one implementation in it.

    python -m conformance.implementation.isolation.child FROM TO MEMORY SPEC

It reads requests from one file descriptor and writes answers to another. All that it needs of this
package is imported before the implementation, and then hidden: an implementation that imports and
patches the package patches a copy of its own.
"""

import contextlib
import json
import os
import sys
from typing import Any

from conformance.implementation.implementation import Implementation
from conformance.implementation.isolation import wire
from conformance.implementation.isolation.hello import Hello
from conformance.implementation.isolation.trees import Packing, Unpacking, value_of
from conformance.implementation.isolation.wire import Lines, WireError, escaped
from conformance.implementation.load import Arrays, load
from conformance.implementation.load_error import LoadError
from conformance.implementation.purity import Trace, watch
from conformance.implementation.signatures import declare
from conformance.spec.outcome import NotProvided, Outcome, Raised, Returned
from conformance.spec.tree import leaves

_LONGEST_MESSAGE = 2000
_MEBIBYTE = 1 << 20


def _die_with_the_parent() -> None:
    """End with the parent process; only on Linux, elsewhere an endless loop may stay behind."""
    if sys.platform == "linux":
        import ctypes  # noqa: PLC0415 - only here

        set_parent_death_signal, kill = 1, 9
        ctypes.CDLL(None).prctl(set_parent_death_signal, kill)


def _limit_memory(mebibytes: int) -> None:
    """Limit memory to so much beyond what the process has now."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource  # noqa: PLC0415 - Unix only

        with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123 - a Path would do no more
            pages = int(file.read().split()[0])
        most = pages * resource.getpagesize() + mebibytes * _MEBIBYTE
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


class Server:
    """Answers requests, one after the other."""

    def __init__(self, spec: str, memory: int, arrays: Arrays) -> None:
        self._spec = spec
        self._arrays = arrays
        self._memory = memory
        self._offers: Implementation | None = None

    def answer(self, request: str, message: Unpacking) -> tuple[Lines, bytes]:
        """Return the answer to one request: its lines, without the number, and its numbers."""
        if request == "hello":
            declare(json.loads(message.take()))
            return self._greeting(), b""
        offers = self._offers
        assert offers is not None
        function = message.take()
        if request == "provides":
            return ["answer", f"provided {str(offers.provides(function)).lower()}"], b""
        if request == "accepts":
            accepted = offers.accepts(function)
            names = (
                ["any"] if accepted is None else [f"keyword {name}" for name in sorted(accepted)]
            )
            return ["answer", *names], b""
        if listen := message.name == "listen":
            message.take()
        inputs = tuple(message.values())
        parameters = _parameters(message)
        if request == "twice":
            first, second = inputs
            return _twice(offers, function, first, second, parameters), b""
        before = _bits(inputs)
        outcome: Outcome = _INTERRUPT
        with contextlib.suppress(KeyboardInterrupt):
            outcome = offers.call(function, inputs, parameters, listen=listen)
        return _message(outcome, inputs if _bits(inputs) != before else None)

    def _greeting(self) -> Lines:
        offers = None
        try:
            offers = load(self._spec, self._arrays)
            dtypes, parameters, layouts = offers.dtypes, offers.parameters, offers.layouts
        except LoadError as error:
            return [f"hello {wire.VERSION}", f"error {escaped(str(error)[:_LONGEST_MESSAGE])}"]
        except KeyboardInterrupt:
            why = f"{self._spec!r}: importing it raised KeyboardInterrupt"
            return [f"hello {wire.VERSION}", f"error {escaped(why)}"]
        versions: dict[str, str] = {}
        # Whose versions cannot be had is judged all the same.
        with contextlib.suppress(Exception):
            versions = offers.versions
        self._offers = offers
        _limit_memory(self._memory)
        return Hello({}, dtypes, parameters, layouts, versions).lines()


# Nobody presses Ctrl-C here: it is the implementation's own.
_INTERRUPT = Raised("KeyboardInterrupt", "", ordinary=False)


def _parameters(content: Unpacking) -> dict[str, Any]:
    parameters = {}
    while content.name:
        name, _, text = content.take().partition(" ")
        parameters[name] = value_of(text)
    return parameters


def _twice(
    offers: Implementation, function: str, first: Any, second: Any, parameters: Any
) -> Lines:
    try:
        trace = offers.twice(watch, function, first, second, parameters)
    except KeyboardInterrupt:
        trace = Trace(ended=_INTERRUPT)
    return [
        "answer",
        *(_error(trace.ended) if isinstance(trace.ended, Raised) else []),
        *(f"changed {escaped(name)}" for name in trace.changed),
        *["different"] * (not trace.same),
        *["overwritten"] * trace.overwritten,
    ]


def _error(raised: Raised) -> Lines:
    message = escaped(raised.message[:_LONGEST_MESSAGE])
    lines = [f"kind {escaped(raised.kind[:_LONGEST_MESSAGE])}", f"message {message}"]
    return lines if raised.ordinary else [*lines, "abrupt"]


def _bits(tree: Any) -> list[bytes]:
    return [leaf.tobytes() for leaf in leaves(tree) if hasattr(leaf, "tobytes")]


def _message(outcome: Outcome, changed: Any) -> tuple[Lines, bytes]:
    if isinstance(outcome, NotProvided):
        return ["not-offered", f"function {outcome.name}"], b""
    if isinstance(outcome, Raised):
        return ["raised", *_error(outcome)], b""
    assert isinstance(outcome, Returned)
    packing = Packing(layouts=True)
    heard = [f"warning {escaped(text[:_LONGEST_MESSAGE])}" for text in outcome.warnings[:10]]
    try:
        lines = ["returned", *packing.lines(outcome.result), *heard]
        if changed is not None:
            lines += ["written", *(line for value in changed for line in packing.lines(value))]
    except (WireError, MemoryError) as error:
        reason = f"its result does not cross: {error}"
        return ["raised", *_error(Raised("MemoryError", reason, ordinary=True))], b""
    return lines, packing.numbers


class _Stream:
    """The requests, as they are read from a stream."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def line(self, longest: int) -> bytes:
        line: bytes = self._stream.readline(longest)
        if not line.endswith(b"\n"):
            raise EOFError
        return line[:-1]

    def exactly(self, size: int) -> bytes:
        data: bytes = self._stream.read(size)
        if len(data) < size:
            raise EOFError
        return data


def _serve(server: Server, incoming: Any, outgoing: Any) -> None:
    stream = _Stream(incoming)
    while True:
        try:
            message = Unpacking(*wire.receive(stream))
        except EOFError:
            return
        request = message.name
        number = message.take()
        (first, *lines), numbers = server.answer(request, message)
        first = first if request == "hello" else f"{first} {number}"
        outgoing.write(wire.message([first, *lines], numbers))
        outgoing.flush()


def main() -> None:
    """Read and answer requests until the other process closes the connection."""
    reading, writing, memory, tensors, device, spec = sys.argv[1:]
    _die_with_the_parent()
    server = Server(spec, int(memory), (tensors, device))
    with os.fdopen(int(reading), "rb") as incoming, os.fdopen(int(writing), "wb") as outgoing:
        # What this package has imported is hidden, so that nobody can change it.
        for name in [name for name in sys.modules if name.partition(".")[0] == "conformance"]:
            del sys.modules[name]
        _serve(server, incoming, outgoing)
    # Threads of the implementation are not waited for.
    os._exit(0)


if __name__ == "__main__":
    main()
