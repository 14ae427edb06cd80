"""An object that offers functions of the contract; whatever a call does is an Outcome."""

import importlib
import importlib.util
import inspect
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from conformance.implementation.load_error import LoadError
from conformance.implementation.process_state import State, current, set_state
from conformance.record.vocabulary import DTYPES, USUAL_DTYPES
from conformance.spec.axis_order import ORDERS
from conformance.spec.outcome import NotProvided, Outcome, attempt

Layouts = dict[str, tuple[str, ...]]


class Implementation:
    """A module, an instance of a class, or another object with functions of the contract.

    Each call begins in the state of the process that the import left, where it is given. The state
    of the caller is not changed by it.
    """

    def __init__(self, offers: object, name: str, state: State | None = None) -> None:
        self._offers = offers
        self.name = name
        self._state = state or State()
        self._is_entered = False
        # What is offered of each function, once it has been found out.
        self.coverage: dict[tuple[str, str], Any] = {}
        self._accepted: dict[str, tuple[Any, frozenset[str] | None]] = {}
        self._layouts: Layouts | None = None

    @property
    def dtypes(self) -> tuple[str, ...]:
        """Return the dtypes of its DTYPES; float32 and float64 if it has none.

        Raises:
            LoadError: if DTYPES is not a tuple of names of dtypes that can be judged.
        """
        declared = getattr(self._offers, "DTYPES", USUAL_DTYPES)
        rule = f"must be a tuple of names out of {', '.join(DTYPES)}"
        if isinstance(declared, str) or not isinstance(declared, Iterable):
            raise LoadError(
                f"{self.name!r}: DTYPES is {declared!r}, but {rule}. "
                f'Write DTYPES = ("float32",), with its comma, where it is one.'
            )
        names = tuple(declared)
        strange = [name for name in names if not isinstance(name, str) or name not in DTYPES]
        if strange or not names:
            what = f"has {strange[0]!r}" if strange else "is empty"
            raise LoadError(
                f"{self.name!r}: DTYPES {what}, but it {rule}. "
                f"Leave it out to be judged in {' and '.join(USUAL_DTYPES)}."
            )
        if "bfloat16" in names:
            self._import_bfloat16()
        return names

    @property
    def parameters(self) -> dict[str, dict[str, Any]]:
        """Return its PARAMETERS: by operation and parameter, the values that are offered.

        Raises:
            LoadError: if PARAMETERS is no such mapping.
        """
        given = getattr(self._offers, "PARAMETERS", {})
        parameters = declared(given)
        if parameters is None:
            raise LoadError(
                f"{self.name!r}: PARAMETERS is {given!r}, but it must map operations to parameters "
                f'to lists of numbers, texts or booleans, as {{"conv2d": {{"groups": [1]}}}}.'
            )
        return parameters

    @property
    def layouts(self) -> Layouts:
        """Return its LAYOUTS: by operation, the names of the orders of axes that it has.

        Raises:
            LoadError: if LAYOUTS is no such mapping.
        """
        if self._layouts is None:
            given = getattr(self._offers, "LAYOUTS", {})
            self._layouts = in_order(given)
            if self._layouts is None:
                raise LoadError(
                    f"{self.name!r}: LAYOUTS is {given!r}, but it must map operations to one of "
                    f"{', '.join(map(repr, ORDERS))}, or to a tuple of them, as "
                    f'{{"conv2d": ("nhwc", "hwio")}}.'
                )
        return self._layouts

    @property
    def versions(self) -> dict[str, str]:
        """Return the versions of the packages that compute, where it names them."""
        given = getattr(self._offers, "versions", {})
        return {str(k): str(v) for k, v in given.items()} if isinstance(given, dict) else {}

    def accepts(self, function: str) -> frozenset[str] | None:
        """Return the keywords that a function takes; None where it takes any, or does not say."""
        offered = self.offered(function)
        known = self._accepted.get(function)
        if known is None or known[0] is not offered:
            known = self._accepted[function] = (offered, _keywords(offered))
        return known[1]

    def _import_bfloat16(self) -> None:
        try:
            # With this import NumPy knows the name.
            importlib.import_module("ml_dtypes")
        except ImportError as error:
            raise LoadError(
                f"{self.name!r}: DTYPES has 'bfloat16', which NumPy knows only with the package "
                f"ml_dtypes. Install nn-conformance[bfloat16], or take bfloat16 out."
            ) from error

    def provides(self, function: str) -> bool:
        """Return whether there is a function of this name."""
        return callable(self.offered(function))

    def offered(self, function: str) -> Any:
        """Return the function of this name; None if there is none."""
        return getattr(self._offers, function, None)

    def call(
        self,
        function: str,
        inputs: tuple[Any, ...],
        parameters: dict[str, Any],
        *,
        listen: bool = False,
    ) -> Outcome:
        """Call a function of the contract; return the outcome. Only a KeyboardInterrupt is raised.

        With `listen`, the outcome has the warnings that the call gave.
        """
        offered = self.offered(function)
        if not callable(offered):
            return NotProvided(function)
        with self._in_its_state():
            return attempt(offered, inputs, parameters, listen=listen)

    @contextmanager
    def _in_its_state(self) -> Iterator[None]:
        if self._is_entered:
            # What watches the calls sees what they change.
            yield
            return
        before = current()
        self._is_entered = True
        try:
            with warnings.catch_warnings():
                set_state(self._state, before)
                yield
        finally:
            after = current()
            set_state(before, after)
            # torch may be set up at the first call. An error state is not handed on: it would
            # hide the warnings of later calls.
            self._state = replace(self._state, torch=after.torch, flushes=after.flushes)
            self._is_entered = False

    def twice(
        self,
        watch: Callable[..., Any],
        function: str,
        first: tuple[Any, ...],
        second: tuple[Any, ...],
        parameters: dict[str, Any],
    ) -> Any:
        """Call `watch` with a function and two sets of inputs, in the function's own process."""
        with self._in_its_state():
            return watch(function, first, second, parameters, self)


def declared(parameters: Any) -> dict[str, dict[str, Any]] | None:
    """Return PARAMETERS of an implementation as they are meant to be; None where they are not."""

    def is_list(values: Any) -> bool:
        plain = isinstance(values, list | tuple) and len(values) > 0
        return plain and all(isinstance(each, int | float | str) for each in values)

    is_right = isinstance(parameters, dict) and all(
        isinstance(name, str)
        and isinstance(by_name, dict)
        and all(isinstance(key, str) and is_list(values) for key, values in by_name.items())
        for name, by_name in parameters.items()
    )
    return parameters if is_right else None


def in_order(layouts: Any) -> Layouts | None:
    """Return LAYOUTS of an implementation as they are meant to be; None where they are not."""
    if not isinstance(layouts, dict):
        return None
    known = {name: (names,) if isinstance(names, str) else names for name, names in layouts.items()}
    is_right = all(
        isinstance(name, str)
        and isinstance(names, tuple | list)
        and all(isinstance(each, str) and each in ORDERS for each in names)
        for name, names in known.items()
    )
    return {name: tuple(names) for name, names in known.items()} if is_right else None


def _keywords(function: Any) -> frozenset[str] | None:
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return None
    if any(each.kind is each.VAR_KEYWORD for each in parameters):
        return None
    return frozenset(each.name for each in parameters if each.kind is not each.POSITIONAL_ONLY)
