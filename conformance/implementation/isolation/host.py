"""An implementation in a process of its own, which may hang, crash or take all memory by itself.

The implementation is loaded in a child process and nowhere else. Calls and results cross a pipe as
bytes (see `wire`). Bounds, torch and comparisons stay in this process, out of its reach. It is no
sandbox: code that means harm to the machine can do harm.
"""

import json
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from conformance.implementation.implementation import Implementation, Layouts
from conformance.implementation.isolation.hello import Hello, check_version, read_hello
from conformance.implementation.isolation.limits import LimitPassed, Limits
from conformance.implementation.isolation.process import Process, own
from conformance.implementation.isolation.trees import Packing, Unpacking, parameter_line
from conformance.implementation.isolation.wire import Lines, WireError, unescaped
from conformance.implementation.load import NUMPY, Arrays
from conformance.implementation.load_error import LoadError
from conformance.implementation.purity import Trace
from conformance.implementation.signatures import known
from conformance.record.vocabulary import Verdict
from conformance.spec.outcome import Ended, NotProvided, Outcome, Raised, Returned
from conformance.spec.tree import leaves

# Makes something of an answer.
Read = Callable[[Unpacking], Any]


class Isolated(Implementation):
    """An implementation that is called in another process: Python code in the suite's own child."""

    # What the other process does while its first answer is awaited, and what to do about it.
    _beginning = "while it was imported"
    _remedy = "Move what takes so long into the functions, or remove the endless loop."

    def __init__(self, spec: str, limits: Limits | None = None, arrays: Arrays = NUMPY) -> None:
        super().__init__(None, spec)
        self._arrays = arrays
        self._limits = limits or Limits()
        self._process: Process | None = None
        self._hello = Hello()
        self._provided: dict[str, bool] = {}
        self._keywords: dict[str, frozenset[str] | None] = {}
        self._running()

    @property
    def dtypes(self) -> tuple[str, ...]:
        """Return the dtypes that the implementation says it offers."""
        return self._hello.dtypes

    @property
    def parameters(self) -> dict[str, dict[str, Any]]:
        """Return the values of parameters that the implementation says it offers."""
        return self._hello.parameters

    @property
    def versions(self) -> dict[str, str]:
        """Return the versions of the packages that compute, where it names them."""
        return self._hello.versions

    @property
    def layouts(self) -> Layouts:
        """Return the orders of axes that the implementation says it has."""
        return self._hello.layouts

    def provides(self, function: str) -> bool:
        """Return whether there is a function of this name; True where the question is fatal."""
        if function not in self._provided:
            answer = self._asked("provides", [f"function {function}"], b"", _provides)
            self._provided[function] = isinstance(answer, Ended) or answer
        return self._provided[function]

    def accepts(self, function: str) -> frozenset[str] | None:
        """Return the keywords that a function takes; None where it takes any, or does not say."""
        if function not in self._keywords:
            answer = self._asked("accepts", [f"function {function}"], b"", _keywords)
            self._keywords[function] = None if isinstance(answer, Ended) else answer
        return self._keywords[function]

    def _start(self) -> Process:
        """Start the process; only here is it told what kind of process it is."""
        return Process(own(self.name, self._limits, self._arrays), self._limits.patience)

    def _introduction(self) -> Lines:
        """Return what the first message says besides the version of the protocol."""
        return [f"signatures {json.dumps(known())}"]

    def _running(self) -> Process:
        """Return the process; a new one if there is none."""
        if self._process is None:
            process = self._start()
            self._hello = self._greeted(process)
            self._process = process
        return self._process

    def _greeted(self, process: Process) -> Hello:
        try:
            greeting = process.greet(self._limits.loading, check_version, self._introduction())
            return read_hello(greeting)
        except LimitPassed as error:
            trouble = f"{self._beginning}, its process {error}. {self._remedy}"
        except (OSError, EOFError):
            trouble = f"{self._beginning}, {process.how_it_ended()}"
        except WireError as error:
            trouble = f"its process sent what is no answer: {error}"
        except LoadError as error:
            trouble = str(error)
        process.close()
        raise LoadError(self._named(trouble))

    def _named(self, trouble: str) -> str:
        """Return an error with the name of the implementation, where it has none yet."""
        name = repr(self.name)
        return trouble if name in trouble else f"{name}: {trouble}"

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
        packing = self._packing()
        lines = _request(function, parameters, ["listen"] * listen, packing, inputs)
        outcome: Outcome = self._asked("call", lines, packing.numbers, partial(_outcome, inputs))
        return outcome

    def _packing(self) -> Packing:
        """Return what packs the inputs of a call, with what the other process understands."""
        return Packing(layouts=True)

    def twice(
        self,
        watch: Callable[..., Any],  # noqa: ARG002 - the other process has its own
        function: str,
        first: tuple[Any, ...],
        second: tuple[Any, ...],
        parameters: dict[str, Any],
    ) -> Trace:
        """Call a function twice in the other process; return what the calls left behind."""
        packing = self._packing()
        lines = _request(function, parameters, [], packing, (first, second))
        trace = self._asked("twice", lines, packing.numbers, _trace)
        return Trace(ended=trace) if isinstance(trace, Ended) else trace

    def _asked(self, request: str, lines: Lines, numbers: bytes, read: Read) -> Any:
        """Return what `read` makes of the answer, or how the process ended instead."""
        try:
            process = self._running()
        except LoadError as error:
            return Ended(Verdict.CRASHED, f"it could be imported once, but not again: {error}")
        try:
            answer = process.ask(request, lines, numbers, self._limits.seconds)
            made = read(answer)
            answer.close()
        except LimitPassed as error:
            ended = Ended(Verdict.TIMED_OUT, f"the call {error}")
        except (EOFError, BrokenPipeError, ConnectionResetError):
            ended = Ended(Verdict.CRASHED, process.how_it_ended())
        except WireError as error:
            ended = Ended(Verdict.CRASHED, f"its process sent what is no answer: {error}")
        else:
            return made
        process.close()
        self._process = None
        return ended

    def __reduce__(self) -> Any:
        return type(self), (self.name, self._limits, self._arrays)


def _provides(answer: Unpacking) -> bool:
    answer.take()
    return answer.take() == "true"


def _keywords(answer: Unpacking) -> frozenset[str] | None:
    answer.take()
    if answer.name == "any":
        answer.take()
        return None
    names = set()
    while answer.name == "keyword":
        names.add(answer.take())
    return frozenset(names)


def _request(
    function: str, parameters: dict[str, Any], more: Lines, packing: Packing, inputs: Any
) -> Lines:
    values = [line for value in inputs for line in packing.lines(value)]
    named = [parameter_line(name, value) for name, value in parameters.items()]
    return [f"function {function}", *more, *values, *named]


def _outcome(inputs: tuple[Any, ...], answer: Unpacking) -> Outcome:
    """Return the outcome of a call. What the call wrote into its inputs is written into ours."""
    kind = answer.name
    answer.take()
    if kind == "not-offered":
        if answer.name == "function":
            return NotProvided(answer.take())
        message = unescaped(answer.take()) if answer.name == "message" else ""
        return Raised(NotImplementedError.__name__, message, ordinary=True)
    if kind == "raised":
        return _raised(answer)
    if kind != "returned":
        raise WireError(f"a call is not answered by {kind!r}")
    result = answer.value()
    heard = []
    while answer.name == "warning":
        heard.append(unescaped(answer.take()))
    if answer.name == "written":
        answer.take()
        for ours, theirs in zip(leaves(list(inputs)), leaves(answer.values()), strict=False):
            is_alike = isinstance(theirs, np.ndarray) and ours.shape == theirs.shape
            if is_alike and ours.flags.writeable:
                ours[...] = theirs
    return Returned(result, tuple(heard))


def _raised(answer: Unpacking) -> Raised:
    kind = unescaped(answer.take()) if answer.name == "kind" else "Error"
    message = unescaped(answer.take()) if answer.name == "message" else ""
    abrupt = answer.name == "abrupt"
    if abrupt:
        answer.take()
    return Raised(kind, message, ordinary=not abrupt)


def _trace(answer: Unpacking) -> Trace:
    answer.take()
    ended = _raised(answer) if answer.name == "kind" else None
    changed, different, overwritten = [], False, False
    while name := answer.name:
        value = answer.take()
        changed += [unescaped(value)] * (name == "changed")
        different = different or name == "different"
        overwritten = overwritten or name == "overwritten"
    return Trace(ended, tuple(changed), not different, overwritten)
