"""What torch computes, as an expression that a script can hold: the oracle, called with symbols."""

from collections.abc import Mapping
from types import FunctionType
from typing import Any

from conformance.spec.operation import Operation
from conformance.spec.tensors import TorchFunction
from conformance.tools.reproduce.literals import call_code, quoted


class Symbol:
    """A tensor, or torch itself: attributes, indices and calls become code.

    Whatever needs a number, as a loop or a comparison does, raises TypeError.
    """

    __iter__ = __bool__ = __eq__ = __hash__ = None  # type: ignore[assignment]

    def __init__(self, code: str) -> None:
        self._code = code

    def __repr__(self) -> str:
        return self._code

    def __getattr__(self, name: str) -> "Symbol":
        return Symbol(f"{self}.{name}")

    def __getitem__(self, key: Any) -> "Symbol":
        ends = (key.start, key.stop) if isinstance(key, slice) else (key,)
        return Symbol(f"{self}[{':'.join('' if end is None else quoted(end) for end in ends)}]")

    def __call__(self, *inputs: Any, **parameters: Any) -> "Symbol":
        """Return the call as code."""
        return Symbol(call_code(str(self), map(quoted, inputs), parameters))


def oracle_code(operation: Operation, variables: list[str], parameters: Mapping[str, Any]) -> str:
    """Return a call of torch on variables; empty where the oracle does more than that."""
    oracle: Any = operation.torch
    if isinstance(oracle, TorchFunction):
        oracle = Symbol(oracle.name)
    else:
        names, defaults = {**oracle.__globals__, "torch": Symbol("torch")}, oracle.__defaults__
        oracle = FunctionType(oracle.__code__, names, None, defaults, oracle.__closure__)
    try:
        code = oracle(*map(Symbol, variables), **parameters)
    except Exception:  # noqa: BLE001 - torch's functions raise many kinds on what is no tensor
        return ""
    return str(code) if isinstance(code, Symbol) else ""
