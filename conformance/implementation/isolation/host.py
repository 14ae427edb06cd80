"""An implementation in a process of its own, which may hang, crash or take all memory by itself.

The implementation is loaded in a child process and nowhere else. Calls and results cross a pipe as
bytes (see `wire`). Bounds, torch and comparisons stay in this process, out of its reach. It is no
sandbox: code that means harm to the machine can do harm.
"""

import contextlib
import os
import signal
import subprocess
import sys
import weakref
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from conformance.implementation.implementation import Implementation, Layouts, declared, in_order
from conformance.implementation.isolation import wire
from conformance.implementation.isolation.limits import LimitPassed, Limits, Watch
from conformance.implementation.isolation.wire import Packing, Unpacking, WireError, plain_parameter
from conformance.implementation.load import NUMPY, Arrays
from conformance.implementation.load_error import LoadError
from conformance.implementation.purity import Trace
from conformance.implementation.signatures import known
from conformance.record.vocabulary import DTYPES, USUAL_DTYPES, Verdict
from conformance.spec.outcome import Ended, NotProvided, Outcome, Raised, Returned
from conformance.spec.tree import leaves

_MEBIBYTE = 1 << 20
# Makes something of an answer: of its fields, and of its numbers.
Read = Callable[[dict[str, Any], Unpacking], Any]


class _Child:
    """One process with the implementation in it."""

    def __init__(self, spec: str, limits: Limits, arrays: Arrays) -> None:
        here, theirs = os.pipe(), os.pipe()
        command = [sys.executable, "-m", "conformance.implementation.isolation.child"]
        command += [str(theirs[0]), str(here[1]), str(limits.memory), *arrays, spec]
        # Its output is nobody's: a hundred megabytes of it cost nothing.
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=(theirs[0], here[1]),
            start_new_session=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )
        os.close(theirs[0])
        os.close(here[1])
        self._incoming, self._outgoing = here[0], os.fdopen(theirs[1], "wb")
        self._patience = limits.patience
        self._number = 0
        self.close = weakref.finalize(self, _end, self._process, self._incoming, self._outgoing)

    def ask(self, header: Any, packing: Packing, seconds: float, read: Read) -> Any:
        """Send a request, wait, and return what `read` makes of the answer.

        Raises:
            LimitPassed, EOFError, BrokenPipeError, WireError: if none comes.
        """
        self._number += 1
        watch = Watch(self._process, seconds, self._patience)
        wire.send(self._outgoing, {**header, "number": self._number}, packing)
        answer, numbers = wire.receive(lambda size: self._read(size, watch))
        if not isinstance(answer, dict) or answer.get("number") != self._number:
            raise WireError("it answers another call")
        try:
            return read(answer, numbers)
        except (KeyError, TypeError, ValueError) as error:
            raise WireError(error) from error

    def _read(self, size: int, watch: Watch) -> bytes:
        parts: list[bytes] = []
        while size:
            watch.wait(self._incoming)
            part = os.read(self._incoming, min(size, _MEBIBYTE))
            if not part:
                raise EOFError
            parts.append(part)
            size -= len(part)
        return b"".join(parts)

    def how_it_ended(self) -> str:
        """Return how the process ended, in words made of its exit status."""
        try:
            status = self._process.wait(timeout=2)
        except subprocess.TimeoutExpired:
            return "its process closed the connection"
        if status >= 0:
            return f"its process ended itself with exit status {status}"
        name = signal.Signals(-status).name if -status in set(signal.Signals) else "a signal"
        return f"its process crashed with {name}"


def _end(process: "subprocess.Popen[bytes]", incoming: int, outgoing: Any) -> None:
    """End a process and whatever it started."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.wait()
    os.close(incoming)
    with contextlib.suppress(OSError):
        outgoing.close()


class Isolated(Implementation):
    """An implementation that is called in another process."""

    def __init__(self, spec: str, limits: Limits | None = None, arrays: Arrays = NUMPY) -> None:
        super().__init__(None, spec)
        self._arrays = arrays
        self._limits = limits or Limits()
        self._child: _Child | None = None
        self._dtypes: tuple[str, ...] = USUAL_DTYPES
        self._provided: dict[str, bool] = {}
        self._keywords: dict[str, frozenset[str] | None] = {}
        self._parameters: dict[str, dict[str, Any]] | None = None
        self._running()

    @property
    def dtypes(self) -> tuple[str, ...]:
        """Return the dtypes that the implementation says it offers."""
        return self._dtypes

    def provides(self, function: str) -> bool:
        """Return whether there is a function of this name; True where the question is fatal."""
        if function not in self._provided:
            header = {"do": "provides", "function": function}
            answer = self._asked(header, Packing(), lambda fields, _: bool(fields.get("provided")))
            self._provided[function] = isinstance(answer, Ended) or answer
        return self._provided[function]

    def accepts(self, function: str) -> frozenset[str] | None:
        """Return the keywords that a function takes; None where it takes any, or does not say."""
        if function not in self._keywords:
            header = {"do": "accepts", "function": function}
            answer = self._asked(header, Packing(), lambda fields, _: fields.get("accepted"))
            names = answer if isinstance(answer, list) else None
            self._keywords[function] = None if names is None else frozenset(map(str, names))
        return self._keywords[function]

    @property
    def parameters(self) -> dict[str, dict[str, Any]]:
        """Return the values of parameters that the implementation says it offers."""
        if self._parameters is None:
            header = {"do": "parameters"}
            answer = self._asked(header, Packing(), lambda fields, _: fields.get("parameters"))
            self._parameters = declared(answer) or {}
        return self._parameters

    @property
    def versions(self) -> dict[str, str]:
        """Return the versions of the packages that compute, where it names them."""
        answer = self._asked({"do": "versions"}, Packing(), lambda each, _: each.get("versions"))
        return {str(k): str(v) for k, v in answer.items()} if isinstance(answer, dict) else {}

    @property
    def layouts(self) -> Layouts:
        """Return the orders of axes that the implementation says it has."""
        if self._layouts is None:
            header = {"do": "layouts"}
            answer = self._asked(header, Packing(), lambda fields, _: fields.get("layouts"))
            self._layouts = in_order(answer) or {}
        return self._layouts

    def _running(self) -> _Child:
        """Return the process; a new one if there is none."""
        if self._child is None:
            child = _Child(self.name, self._limits, self._arrays)
            self._dtypes = self._load(child)
            self._child = child
        return self._child

    def _load(self, child: _Child) -> tuple[str, ...]:
        try:
            dtypes: tuple[str, ...] = child.ask(
                {"do": "load", "signatures": known()}, Packing(), self._limits.loading, _loaded
            )
        except LimitPassed as error:
            trouble = (
                f"{self.name!r}: while it was imported, its process {error}. Move what takes so "
                f"long into the functions, or remove the endless loop."
            )
        except (OSError, EOFError, WireError):
            trouble = f"{self.name!r}: while it was imported, {child.how_it_ended()}"
        except LoadError as error:
            trouble = str(error)
        else:
            return dtypes
        child.close()
        raise LoadError(trouble)

    def call(
        self,
        function: str,
        inputs: tuple[Any, ...],
        parameters: dict[str, Any],
        *,
        listen: bool = False,
    ) -> Outcome:
        """Call a function of the contract in the other process; return the outcome."""
        if not self.provides(function):
            return NotProvided(function)
        packing = Packing()
        sent = packing.tree(inputs)
        header = _request("call", function, parameters, listen=listen, inputs=sent)
        outcome: Outcome = self._asked(header, packing, partial(_outcome, inputs))
        return outcome

    def twice(
        self,
        watch: Callable[..., Any],  # noqa: ARG002 - the other process has its own
        function: str,
        first: tuple[Any, ...],
        second: tuple[Any, ...],
        parameters: dict[str, Any],
    ) -> Trace:
        """Call a function twice in the other process; return what the calls left behind."""
        packing = Packing()
        sent = {"first": packing.tree(first), "second": packing.tree(second)}
        header = _request("twice", function, parameters, **sent)
        trace = self._asked(header, packing, lambda fields, _: _trace(fields["trace"]))
        return Trace(ended=trace) if isinstance(trace, Ended) else trace

    def _asked(self, header: dict[str, Any], packing: Packing, read: Read) -> Any:
        """Return what `read` makes of the answer, or how the process ended instead."""
        try:
            child = self._running()
        except LoadError as error:
            return Ended(Verdict.CRASHED, f"it could be imported once, but not again: {error}")
        try:
            return child.ask(header, packing, self._limits.seconds, read)
        except LimitPassed as error:
            ended = Ended(Verdict.TIMED_OUT, f"the call {error}")
        except (EOFError, BrokenPipeError):
            ended = Ended(Verdict.CRASHED, child.how_it_ended())
        except WireError as error:
            ended = Ended(Verdict.CRASHED, f"its process sent what is no answer: {error}")
        child.close()
        self._child = None
        return ended

    def __reduce__(self) -> Any:
        return Isolated, (self.name, self._limits, self._arrays)


def _loaded(answer: dict[str, Any], _numbers: Unpacking) -> tuple[str, ...]:
    """Return the dtypes that it offers; raise a LoadError where it could not be loaded."""
    if "error" in answer:
        raise LoadError(str(answer["error"]))
    names = answer.get("dtypes")
    if not isinstance(names, list) or not names or not set(map(str, names)) <= set(DTYPES):
        raise WireError(f"it names no dtypes that can be judged: {names!r}")
    return tuple(map(str, names))


def _request(
    do: str, function: str, parameters: dict[str, Any], **others: object
) -> dict[str, Any]:
    plain = {name: plain_parameter(value) for name, value in parameters.items()}
    return {"do": do, "function": function, "parameters": plain, **others}


def _outcome(inputs: tuple[Any, ...], answer: dict[str, Any], numbers: Unpacking) -> Outcome:
    """Return the outcome of a call. What the call wrote into its inputs is written into ours."""
    if "raised" in answer:
        return _raised(*answer["raised"])
    if "absent" in answer:
        return NotProvided(str(answer["absent"]))
    result = numbers.tree(answer["returned"])
    written = numbers.tree(answer["inputs"]) if "inputs" in answer else ()
    for ours, theirs in zip(leaves(list(inputs)), leaves(written), strict=False):
        if isinstance(theirs, np.ndarray) and ours.flags.writeable and ours.shape == theirs.shape:
            ours[...] = theirs
    return Returned(result, tuple(map(str, answer["warnings"])))


def _raised(kind: Any, message: Any, ordinary: Any) -> Raised:
    return Raised(str(kind), str(message), bool(ordinary))


def _trace(answer: dict[str, Any]) -> Trace:
    ended = None if answer["raised"] is None else _raised(*answer["raised"])
    changed = tuple(map(str, answer["changed"]))
    return Trace(ended, changed, bool(answer["same"]), bool(answer["overwritten"]))
