"""The other side of `isolation.host`: a process with one implementation in it.

    python -m conformance.implementation.isolation.child FROM TO MEMORY SPEC

It reads requests from one file descriptor and writes answers to another. All that it needs of this
package is imported before the implementation, and then hidden: an implementation that imports and
patches the package patches a copy of its own.
"""

import contextlib
import os
import sys
from typing import Any

from conformance.implementation.implementation import Implementation
from conformance.implementation.isolation import wire
from conformance.implementation.isolation.wire import Packing, Unpacking, WireError, parameter
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

    def answer(self, request: dict[str, Any], numbers: Unpacking) -> tuple[Any, Packing]:
        """Return the answer to one request, and the numbers that go with it."""
        packing = Packing()
        if request["do"] == "load":
            declare(request["signatures"])
            return self._load(), packing
        assert self._offers is not None
        if request["do"] == "provides":
            return {"provided": self._offers.provides(request["function"])}, packing
        if request["do"] in {"parameters", "layouts", "versions"}:
            return {request["do"]: getattr(self._offers, request["do"])}, packing
        if request["do"] == "accepts":
            accepted = self._offers.accepts(request["function"])
            return {"accepted": None if accepted is None else sorted(accepted)}, packing
        parameters = {name: parameter(value) for name, value in request["parameters"].items()}
        if request["do"] == "twice":
            return {"trace": _twice(self._offers, request, numbers, parameters)}, packing
        inputs = numbers.tree(request["inputs"])
        before = _bits(inputs)
        function, listen = request["function"], request["listen"]
        outcome: Outcome = _INTERRUPT
        with contextlib.suppress(KeyboardInterrupt):
            outcome = self._offers.call(function, inputs, parameters, listen=listen)
        return _plain(outcome, inputs if _bits(inputs) != before else None, packing)

    def _load(self) -> dict[str, Any]:
        try:
            self._offers = load(self._spec, self._arrays)
            dtypes = self._offers.dtypes
        except LoadError as error:
            return {"error": str(error)[:_LONGEST_MESSAGE]}
        except KeyboardInterrupt:
            return {"error": f"{self._spec!r}: importing it raised KeyboardInterrupt"}
        _limit_memory(self._memory)
        return {"dtypes": list(dtypes)}


# Nobody presses Ctrl-C here: it is the implementation's own.
_INTERRUPT = Raised("KeyboardInterrupt", "", ordinary=False)


def _twice(
    offers: Implementation, request: Any, numbers: Unpacking, parameters: Any
) -> dict[str, Any]:
    first, second = numbers.tree(request["first"]), numbers.tree(request["second"])
    try:
        trace = offers.twice(watch, request["function"], first, second, parameters)
    except KeyboardInterrupt:
        trace = Trace(ended=_INTERRUPT)
    raised = trace.ended if isinstance(trace.ended, Raised) else None
    return {
        "raised": raised and _error(raised),
        "changed": list(trace.changed),
        "same": trace.same,
        "overwritten": trace.overwritten,
    }


def _error(raised: Raised) -> list[Any]:
    return [raised.kind, raised.message[:_LONGEST_MESSAGE], raised.ordinary]


def _bits(tree: Any) -> list[bytes]:
    return [leaf.tobytes() for leaf in leaves(tree) if hasattr(leaf, "tobytes")]


def _plain(outcome: Outcome, changed: Any, packing: Packing) -> tuple[Any, Packing]:
    if isinstance(outcome, NotProvided):
        return {"absent": outcome.name}, packing
    if isinstance(outcome, Raised):
        return {"raised": _error(outcome)}, packing
    assert isinstance(outcome, Returned)
    try:
        answer = {
            "returned": packing.tree(outcome.result),
            "warnings": [text[:_LONGEST_MESSAGE] for text in outcome.warnings[:10]],
        }
        if changed is not None:
            answer["inputs"] = packing.tree(changed)
    except (WireError, MemoryError) as error:
        reason = f"its result does not cross: {error}"
        return {"raised": ["MemoryError", reason, True]}, Packing()
    return answer, packing


def _serve(server: Server, incoming: Any, outgoing: Any) -> None:
    def read(size: int) -> bytes:
        data: bytes = incoming.read(size)
        if len(data) < size:
            raise EOFError
        return data

    while True:
        try:
            request, numbers = wire.receive(read)
        except EOFError:
            return
        answer, packing = server.answer(request, numbers)
        wire.send(outgoing, {**answer, "number": request["number"]}, packing)


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
