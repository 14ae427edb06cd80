"""An implementation that is a program of any language: it answers on its standard output."""

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from conformance.implementation.isolation.hello import Hello
from conformance.implementation.isolation.host import Isolated
from conformance.implementation.isolation.process import Process, program
from conformance.implementation.isolation.trees import Packing
from conformance.implementation.isolation.wire import Lines
from conformance.implementation.load_error import LoadError
from conformance.implementation.purity import Trace, bits
from conformance.spec.outcome import Outcome, Returned

_MEBIBYTE = 1 << 20


class Program(Isolated):
    """An implementation that is called by docs/protocol.md; its name is its command line."""

    _beginning = "before it answered hello"
    _remedy = "Let it answer hello at once, and flush its output after each answer."

    def _start(self) -> Process:
        return Process(program(self.name), self._limits.patience)

    def _greeted(self, process: Process) -> Hello:
        hello = super()._greeted(process)
        if not hello.functions:
            process.close()
            raise LoadError(
                f"{self.name!r}: it offers no function. Let its answer to hello have a line such "
                f"as 'function conv2d' for each function that it has."
            )
        if "bfloat16" in hello.dtypes:
            self._import_bfloat16()
        _limit_memory(process.id, self._limits.memory)
        return hello

    def _introduction(self) -> Lines:
        # It knows the contract by itself.
        return []

    def provides(self, function: str) -> bool:
        """Return whether it has said that it has a function of this name."""
        return function in self._hello.functions

    def accepts(self, function: str) -> frozenset[str] | None:
        """Return the keywords that it has said a function takes; None where it has not."""
        return self._hello.functions.get(function)

    def call(
        self,
        function: str,
        inputs: tuple[Any, ...],
        parameters: dict[str, Any],
        *,
        listen: bool = False,  # noqa: ARG002 - a program gives no warnings
    ) -> Outcome:
        """Call a function of the program; return the outcome."""
        return super().call(function, inputs, parameters)

    def _packing(self) -> Packing:
        # Its arrays are its own: it is sent the numbers alone.
        return Packing()

    def twice(
        self,
        watch: Callable[..., Any],  # noqa: ARG002 - the state of a program cannot be seen
        function: str,
        first: tuple[Any, ...],
        second: tuple[Any, ...],
        parameters: dict[str, Any],
    ) -> Trace:
        """Call a function twice; return whether the results have the same bits."""
        outcomes = [self.call(function, inputs, parameters) for inputs in (first, second)]
        results = [bits(each.result) for each in outcomes if isinstance(each, Returned)]
        if len(results) < 2:
            ended = next(each for each in outcomes if not isinstance(each, Returned))
            return Trace(ended=ended)
        return Trace(same=results[0] == results[1])


def _limit_memory(process: int, mebibytes: int) -> None:
    """Limit a program's memory to so much beyond what it has now; only Linux can."""
    with contextlib.suppress(ImportError, AttributeError, OSError, ValueError):
        import resource  # noqa: PLC0415 - Unix only

        pages = int(Path(f"/proc/{process}/statm").read_text("ascii").split()[0])
        most = pages * resource.getpagesize() + mebibytes * _MEBIBYTE
        resource.prlimit(process, resource.RLIMIT_AS, (most, most))
