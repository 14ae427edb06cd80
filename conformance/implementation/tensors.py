"""Arrays of another library: functions over them, called with NumPy's arrays as any others.

A `Library` knows how arrays cross, and how the library differentiates. `Converted` makes an
implementation of the contract out of functions over its arrays. Where there is no backward
function, gradients are the library's own: its vector–Jacobian product of the function.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from inspect import Parameter, Signature, signature
from typing import Any

from conformance.implementation.signatures import BACKWARD, differentiable, operation_of
from conformance.spec.tree import nested

Function = Callable[..., Any]
_POSITIONAL = Parameter.POSITIONAL_OR_KEYWORD


def _as_it_is(function: Function) -> Function:
    return function


@dataclass(frozen=True)
class Library:
    """What has to be known of a library of arrays.

    Attributes:
        name: the name of its package.
        array: makes an array of the library of a NumPy array.
        numpy: makes a NumPy array of an array of the library.
        gradient: (function, n) -> the function (upstream, *inputs) -> the gradients of the first n
            inputs; None where the library does not differentiate.
        compiled: compiles a function of arrays alone, for libraries that are meant to be compiled.
        versions: the versions of what computes, by package.
    """

    name: str
    array: Function
    numpy: Function
    gradient: Callable[[Function, int], Callable[..., Sequence[Any]]] | None = None
    compiled: Callable[[Function], Function] = _as_it_is
    versions: Mapping[str, str] = field(default_factory=dict)


class Converted:
    """Functions over arrays of a library, offered as functions over NumPy's arrays.

    Args:
        offers: a module or an object with functions of the contract over arrays of the library;
            DTYPES and all other declarations are taken over.
        library: the library.
    """

    def __init__(self, offers: Any, library: Library) -> None:
        self._offers = offers
        self._library = library
        self._made: dict[str, Function] = {}
        # What is compiled, is compiled once for each set of parameters.
        self._compiled: dict[Any, Function] = {}

    @property
    def versions(self) -> Mapping[str, str]:
        """Return the versions of what computes, by package."""
        return self._library.versions

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        made = self._made
        if name not in made:
            made[name] = self._make(name)
        return made[name]

    def _make(self, name: str) -> Any:
        offered = getattr(self._offers, name, None)
        if callable(offered):
            return self._forward(name, callable_of(offered))
        if offered is not None:
            return offered
        forward = getattr(self._offers, operation_of(name), None)
        is_differentiated = name.endswith(BACKWARD) and differentiable(operation_of(name))
        if self._library.gradient is None or not is_differentiated or not callable(forward):
            raise AttributeError(name)
        return self._pulled(name, callable_of(forward), self._library.gradient)

    def _forward(self, name: str, function: Function) -> Function:
        def call(*inputs: Any, **parameters: Any) -> Any:
            arrays = nested(self._library.array, inputs)
            called = self._prepared(name, parameters, lambda: partial(function, **parameters))
            return nested(self._library.numpy, called(*arrays))

        return _signed(call, function)

    def _pulled(self, name: str, function: Function, gradient: Function) -> Function:
        count = len(differentiable(operation_of(name)))

        def pull(*inputs: Any, **parameters: Any) -> Any:
            arrays = nested(self._library.array, inputs)
            pulled = self._prepared(
                name, parameters, lambda: gradient(partial(function, **parameters), count)
            )
            gradients = nested(self._library.numpy, tuple(pulled(*arrays)))
            return gradients[0] if count == 1 else gradients

        return _signed(pull, function, before=(Parameter("grad_output", _POSITIONAL),))

    def _prepared(self, name: str, parameters: Any, make: Callable[[], Function]) -> Function:
        if self._library.compiled is _as_it_is:
            return make()
        key = (name, *sorted(parameters.items()))
        if key not in self._compiled:
            self._compiled[key] = self._library.compiled(make())
        return self._compiled[key]


def callable_of(offered: Any) -> Function:
    """Return what is called: of an autograd.Function of torch, its `apply` with keywords."""
    if isinstance(offered, type) and callable(getattr(offered, "apply", None)):
        return _Applied(offered)
    called: Function = offered
    return called


class _Applied:
    """An autograd.Function of torch, whose `apply` takes no keywords, as a function that does."""

    def __init__(self, function: Any) -> None:
        self._function = function
        every = list(signature(function.forward).parameters.values())
        # In the older style the context comes first; in the newer one setup_context has it.
        own = every if "setup_context" in vars(function) else every[1:]
        self.__signature__ = Signature([each.replace(kind=_POSITIONAL) for each in own])

    def __call__(self, *inputs: Any, **parameters: Any) -> Any:
        bound = self.__signature__.bind(*inputs, **parameters)
        bound.apply_defaults()
        return self._function.apply(*bound.args)


def _signed(call: Function, function: Function, before: tuple[Parameter, ...] = ()) -> Function:
    """Return the call with the signature of the function, where it has one that can be read."""
    with suppress(TypeError, ValueError):
        parameters = signature(function).parameters.values()
        call.__signature__ = Signature([*before, *parameters])  # type: ignore[attr-defined]
    return call
