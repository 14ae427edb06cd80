"""Layers with state: a class, or a pair of functions with a cache, as functions of the contract.

Courses and libraries offer a layer as an object: its weights are attributes, its backward method
goes with the forward call before it, and gradients stand in attributes afterwards. `layer` tells
what stands where. Each call makes a new object, so that no call depends on another.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from inspect import Parameter, Signature, signature
from typing import Any

from conformance.implementation.signatures import BACKWARD, known
from conformance.implementation.signatures import Signature as Called

Function = Callable[..., Any]
# An attribute, "W"; a path of attributes and keys, "params.W"; or a function of the object.
Place = str | Function


@dataclass(frozen=True)
class Layer:
    """How a layer is made, called and read. `layer` makes it.

    Attributes:
        make: makes the object of the inputs and parameters that its signature names; None where
            forward and backward are functions.
        forward: the method, or the function.
        backward: the method, or the function; None where there is none.
        places: by input of the contract, where the object keeps it.
        grads: by input of the contract, where its gradient stands after the backward call.
        renames: by parameter of the contract, the name that it has here.
        shapes: by input of the contract, the shape that it has here.
        fixed: by parameter or input, the only value that is offered.
        layouts: names of other orders of axes.
        cache: whether the forward returns (out, cache), and the backward takes the cache.
    """

    make: Function | None
    forward: Place
    backward: Place | None
    places: Mapping[str, str]
    grads: Mapping[str, Place]
    renames: Mapping[str, str]
    shapes: Mapping[str, tuple[int, ...]]
    fixed: Mapping[str, Any]
    layouts: tuple[str, ...]
    cache: bool

    @property
    def parameters(self) -> dict[str, list[Any]]:
        """Return the values that are offered, as PARAMETERS has them for an operation."""
        return {name: [value] for name, value in self.fixed.items()}


def layer(
    make: Function | None = None,
    *,
    forward: Place = "forward",
    backward: Place | None = "backward",
    grads: Sequence[Place] | Mapping[str, Place] = (),
    renames: Mapping[str, str] | None = None,
    shapes: Mapping[str, tuple[int, ...]] | None = None,
    fixed: Mapping[str, Any] | None = None,
    layouts: str | Iterable[str] = (),
    cache: bool = False,
    **places: str,
) -> Layer:
    """Tell how a layer with state is made, called and read, so that it is judged as it is.

    conv2d = conformance.layer(MyConv, weight="W", bias="b", grads=("dW", "db"))

    Args:
        make: the class; or a function that makes the object of those inputs and parameters of the
            call that it names, as in lambda weight: Dense(*weight.shape). None where forward and
            backward are functions of their own.
        forward: the name of its method; or a function.
        backward: the same; None where there is none.
        grads: where gradients stand after the backward call: a place for each input that is kept
            in the object, in their order, or by name. Without it, the backward returns all.
        renames: by parameter of the contract, the name that it has here: {"padding": "pad"}.
        shapes: by input, the shape that it has here: {"bias": (1, -1)}.
        fixed: by parameter, the only value that is offered: {"eps": 1e-8}; or by input, 0, where
            there is no bias or no initial state.
        layouts: orders of axes: "nhwc", "hwio", "in, out".
        cache: whether the forward returns (out, cache), and the backward takes the cache.
        places: by input of the contract, where the object keeps it: an attribute, "W", or a path
            of attributes and keys, "params.W". It is handed to the constructor where that takes
            such a name, and put there otherwise.
    """
    names = [layouts] if isinstance(layouts, str) else list(layouts)
    by_name = grads if isinstance(grads, Mapping) else dict(zip(places, grads, strict=False))
    if not isinstance(grads, Mapping) and len(grads) > len(places):
        raise ValueError(
            f"grads has {len(grads)} places, but only {len(places)} inputs are kept in the object: "
            f"{', '.join(places) or 'none'}. Give one for each, or a dict by input."
        )
    if make is None and not callable(forward):
        raise ValueError(
            f"forward is {forward!r}, the name of a method, but there is nothing to make. Give a "
            f"class, or a function as forward."
        )
    return Layer(
        make, forward, backward, places, by_name, renames or {}, shapes or {}, fixed or {},
        tuple(names), cache,
    )  # fmt: skip


def is_layer(offered: Any) -> bool:
    """Return whether something is a layer; where a file is judged apart, the class has a copy."""
    kind = type(offered)
    return (kind.__module__, kind.__name__) == (Layer.__module__, Layer.__name__)


def unfolded(offers: Any) -> Any:
    """Return an object whose layers are functions of the contract, and of their gradients."""
    every: dict[str, Any] = {name: _layer_of(getattr(offers, name, None)) for name in known()}
    layers = {name: each for name, each in every.items() if each is not None}
    return _Unfolded(offers, layers) if layers else offers


def _layer_of(offered: Any) -> Layer | None:
    """Return a layer; of a class that is called once it is made, what it says by its names.

    An autograd.Function of torch is a class too, and is applied instead.
    """
    if is_layer(offered):
        known_as: Layer = offered
        return known_as
    if not isinstance(offered, type) or hasattr(offered, "setup_context"):
        return None
    is_called = any("__call__" in vars(each) for each in offered.__mro__)
    if not is_called and not callable(getattr(offered, "forward", None)):
        return None
    forward = "__call__" if is_called else "forward"
    backward = "backward" if callable(getattr(offered, "backward", None)) else None
    return layer(offered, forward=forward, backward=backward)


class _Unfolded:
    """An object, with functions in place of its layers."""

    def __init__(self, offers: Any, layers: Mapping[str, Layer]) -> None:
        self._offers = offers
        parameters, layouts = (getattr(offers, name, {}) for name in ("PARAMETERS", "LAYOUTS"))
        self.PARAMETERS = {**parameters, **{k: each.parameters for k, each in layers.items()}}
        self.LAYOUTS = {**layouts, **{k: v.layouts for k, v in layers.items() if v.layouts}}
        self._functions: dict[str, Function] = {}
        for name, each in layers.items():
            bound = _Bound(known()[name], each)
            self._functions[name] = bound.signed(bound.forward)
            if each.backward is not None:
                self._functions[name + BACKWARD] = bound.signed(bound.backward)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        functions = object.__getattribute__(self, "_functions")
        return functions[name] if name in functions else getattr(self._offers, name)


class _Bound:
    """A layer, called as the functions of one operation."""

    def __init__(self, signature: Called, own: Layer) -> None:
        self._inputs, self._differentiable, self._defaults = signature
        self._layer = own
        self._making = frozenset() if own.make is None else _names(own.make)

    def signed(self, function: Function) -> Function:
        """Return a function that says which parameters the layer takes."""

        def called(*inputs: Any, **parameters: Any) -> Any:
            return function(*inputs, **parameters)

        forward = self._layer.forward
        calling = _names(forward) if callable(forward) else self._names_of_method(forward)
        if self._making is not None and calling is not None:
            known = self._making | calling
            kept = [
                Parameter(name, Parameter.KEYWORD_ONLY)
                for name in self._defaults
                if self._layer.renames.get(name, name) in known or name in self._layer.fixed
            ]
            every = [Parameter("inputs", Parameter.VAR_POSITIONAL), *kept]
            called.__signature__ = Signature(every)  # type: ignore[attr-defined]
        return called

    def _names_of_method(self, name: str) -> frozenset[str] | None:
        """Return what a method takes; nothing more is known where a function makes the object."""
        make = self._layer.make
        return _names(getattr(make, name)) if hasattr(make, name) else frozenset()

    def forward(self, *inputs: Any, **parameters: Any) -> Any:
        """Return what a new object makes of the inputs."""
        return self._called(inputs, parameters)[1]

    def backward(self, grad_output: Any, *inputs: Any, **parameters: Any) -> Any:
        """Return the gradients, in the contract's order; None for one that there is none of."""
        made, _, cache = self._called(inputs, parameters)
        backward = self._layer.backward
        assert backward is not None
        function = backward if callable(backward) else getattr(made, backward)
        returned = function(*((grad_output, cache) if self._layer.cache else (grad_output,)))
        gradients = {name: _read(made, path) for name, path in self._layer.grads.items()}
        kept = {*gradients, *self._layer.fixed}
        rest = [name for name in self._differentiable if name not in kept]
        results = returned if isinstance(returned, tuple | list) else (returned,)
        gradients.update(zip(rest, results, strict=False))
        given = dict(zip(self._inputs, inputs, strict=True))
        ordered = [
            self._as_given(name, gradients.get(name), given[name]) for name in self._differentiable
        ]
        return ordered[0] if len(ordered) == 1 else tuple(ordered)

    def _called(self, inputs: Sequence[Any], parameters: Mapping[str, Any]) -> tuple[Any, Any, Any]:
        """Return the object, its result, and the cache that the forward returned beside it."""
        shapes = self._layer.shapes
        left = {
            name: value.reshape(shapes[name]) if name in shapes else value
            for name, value in zip(self._inputs, inputs, strict=True)
            if name not in self._layer.fixed
        }
        # All are given, for a default of its own may be another one.
        whole = {**self._defaults, **parameters}
        if "kernel_size" in whole and whole["stride"] is None:
            whole["stride"] = whole["kernel_size"]
        named = {self._layer.renames.get(name, name): value for name, value in whole.items()}
        made = None
        if self._layer.make is not None:
            made = self._made(self._layer.make, left, named)
        forward = self._layer.forward
        function = forward if callable(forward) else getattr(made, forward)
        accepted = _names(function)
        taken = {k: v for k, v in named.items() if accepted is None or k in accepted}
        result = function(*left.values(), **taken)
        return (made, *result) if self._layer.cache else (made, result, None)

    def _made(self, make: Function, left: dict[str, Any], named: dict[str, Any]) -> Any:
        """Return a new object with its inputs in place; what it has taken is left out then."""
        places = self._layer.places
        known = {places.get(name, name): value for name, value in left.items()} | left | named
        accepted = frozenset(known) if self._making is None else self._making
        made = make(**{name: known[name] for name in known if name in accepted})
        # The first input is what the forward is given, even where the sizes of it were read.
        for name in list(left)[1:]:
            path = places.get(name)
            # A function may have read no more than the size of it.
            is_placed = isinstance(make, type) and path in accepted
            if path is not None and not is_placed:
                _write(made, path, left[name])
            if path is not None or name in accepted:
                del left[name]
        for name in accepted & named.keys():
            del named[name]
        return made

    def _as_given(self, name: str, gradient: Any, like: Any) -> Any:
        is_other = name in self._layer.shapes and hasattr(gradient, "reshape")
        return gradient.reshape(like.shape) if is_other else gradient


def _names(function: Function) -> frozenset[str] | None:
    """Return the names that a function takes; None where it takes any."""
    try:
        parameters = signature(function).parameters.values()
    except (TypeError, ValueError):
        return None
    if any(each.kind is each.VAR_KEYWORD for each in parameters):
        return None
    return frozenset(each.name for each in parameters)


def _step(owner: Any, part: str) -> Any:
    return owner[part] if isinstance(owner, Mapping) else getattr(owner, part)


def _read(owner: Any, path: Place) -> Any:
    """Return what stands at a place of an object."""
    if callable(path):
        return path(owner)
    for part in path.split("."):
        owner = _step(owner, part)
    return owner


def _write(owner: Any, path: str, value: Any) -> None:
    """Put a value at a place of an object."""
    *parts, last = path.split(".")
    for part in parts:
        owner = _step(owner, part)
    if isinstance(owner, Mapping):
        owner[last] = value  # type: ignore[index]
        return
    # A torch module takes a tensor only where no parameter of its own has the name.
    getattr(owner, "_parameters", {}).pop(last, None)
    setattr(owner, last, value)
