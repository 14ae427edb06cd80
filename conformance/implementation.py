"""Find an implementation by path, module or object, and call it: every exit is an Outcome."""

import importlib
import importlib.util
import sys
import traceback
import warnings
from collections.abc import Callable, Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

from conformance.outcome import NotProvided, Outcome, Raised, Returned
from conformance.timing import stopwatch

# Warnings about the future of some library say nothing about the numbers.
_IRRELEVANT = (DeprecationWarning, PendingDeprecationWarning, FutureWarning, ImportWarning)


# The dtypes that an implementation may offer, in the order of reports; and those of one that
# says nothing.
DTYPES = ("float16", "bfloat16", "float32", "float64")
USUAL_DTYPES = ("float32", "float64")


class LoadError(ImportError):
    """The implementation could not be found or imported."""


class Implementation:
    """Whatever offers functions of the contract: a module, a class's instance, an object."""

    def __init__(self, offers: object, name: str) -> None:
        self._offers = offers
        self.name = name

    @property
    def dtypes(self) -> tuple[str, ...]:
        """The dtypes it says that it offers: DTYPES, or float32 and float64.

        Raises:
            LoadError: where DTYPES is anything but names of dtypes that can be judged.
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
        """Whether it offers a function of this name."""
        return callable(self.offered(function))

    def offered(self, function: str) -> Any:
        """The function itself; None where there is none."""
        return getattr(self._offers, function, None)

    def call(
        self,
        function: str,
        inputs: tuple[Any, ...],
        parameters: dict[str, Any],
        *,
        listen: bool = False,
    ) -> Outcome:
        """Call a function of the contract. Nothing it does comes out as an exception.

        With `listen`, the warnings that it gives are kept. A KeyboardInterrupt is the user's.
        """
        offered = self.offered(function)
        if not callable(offered):
            return NotProvided(function)
        with stopwatch.lap("implementation"):
            if not listen:
                return _attempt(offered, inputs, parameters)
            with warnings.catch_warnings(record=True) as heard:
                warnings.simplefilter("always")
                outcome = _attempt(offered, inputs, parameters)
        if isinstance(outcome, Returned):
            told = [str(w.message) for w in heard if not issubclass(w.category, _IRRELEVANT)]
            return Returned(outcome.result, tuple(dict.fromkeys(told)))
        return outcome

    def twice(
        self,
        watch: Callable[..., Any],
        function: str,
        first: tuple[Any, ...],
        second: tuple[Any, ...],
        parameters: dict[str, Any],
    ) -> Any:
        """Let `watch` call a function on two sets of inputs, where the function is."""
        return watch(function, first, second, parameters, self)


def _attempt(function: Any, inputs: tuple[Any, ...], parameters: dict[str, Any]) -> Outcome:
    try:
        return Returned(function(*inputs, **parameters))
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - SystemExit and pytest's own exits included
        return Raised(type(error).__name__, said(error), isinstance(error, Exception))


def said(error: BaseException) -> str:
    """The exception's message; a __str__ that raises must not take the report down."""
    try:
        return str(error)
    except Exception:  # noqa: BLE001
        return "(its message cannot be printed)"


def load(spec: str) -> Implementation:
    """Find an implementation: path/to/file.py, package.module, or either with :attribute.

    A module that defines IMPLEMENTATION hands over that object in its own place. A class is
    instantiated without arguments.

    Raises:
        LoadError: naming what was looked for, what went wrong, and the remedy.
    """
    target, _, attribute = spec.partition(":") if not _is_file(spec) else (spec, "", "")
    offers: Any = _import_file(target) if _looks_like_path(target) else _import_module(target)
    if attribute:
        return offered(_descend(offers, attribute, spec), spec)
    return offered(getattr(offers, "IMPLEMENTATION", offers), spec)


def offered(offers: Any, name: str) -> Implementation:
    """Make an implementation of an object; a class is instantiated without arguments.

    Raises:
        LoadError: where that raises, or where its DTYPES cannot be judged.
    """
    if isinstance(offers, type):
        offers = _guarded(f"instantiating {offers.__name__}()", name, offers)
    implementation = Implementation(offers, name)
    # What cannot be judged is said before the first check.
    _ = implementation.dtypes
    return implementation


def missing(spec: str) -> str:
    """Why there is nothing of this name to import, found without importing; empty where there is.

    A module that its package's own import brings in is taken to be there.
    """
    target = spec if _is_file(spec) else spec.partition(":")[0]
    if _looks_like_path(target):
        if Path(target).is_file():
            return ""
        return (
            f"no such file: {target!r}. Give the path of a Python file, the name of an importable "
            f"module, or module:attribute."
        )
    parts = target.split(".")
    if not all(part.isidentifier() for part in parts):
        return (
            f"{target!r} is neither the path of a Python file nor the name of a module. "
            f"Give my_ops.py, my_package.my_module, or my_module:attribute."
        )
    if parts[0] not in sys.modules and importlib.util.find_spec(parts[0]) is None:
        return (
            f"{spec!r}: importing it failed, no module named {parts[0]!r}. Install it, or run "
            f"where it can be imported from."
        )
    return ""


def _is_file(spec: str) -> bool:
    return Path(spec).is_file()


def _looks_like_path(target: str) -> bool:
    return target.endswith(".py") or "/" in target or "\\" in target


def _import_file(target: str) -> ModuleType:
    path = Path(target)
    if trouble := missing(target):
        raise LoadError(trouble)
    name = f"_implementation_{path.stem}"
    found = importlib.util.spec_from_file_location(name, path)
    if found is None or found.loader is None:
        raise LoadError(f"{target!r} is not a Python file: its name must end in .py")
    module = importlib.util.module_from_spec(found)
    sys.modules[name] = module
    # As with a script, its neighbours can be imported.
    beside = str(path.resolve().parent)
    sys.path.insert(0, beside)
    try:
        _guarded("importing it", target, found.loader.exec_module, module)
    finally:
        # The file may have put entries of its own before this one.
        sys.path.remove(beside)
    return module


def _import_module(target: str) -> ModuleType:
    if trouble := missing(target):
        raise LoadError(trouble)
    module: ModuleType = _guarded("importing it", target, importlib.import_module, target)
    return module


def _descend(offers: Any, attribute: str, spec: str) -> Any:
    for part in attribute.split("."):
        if not hasattr(offers, part):
            raise LoadError(f"{spec!r}: {_name_of(offers)} has no attribute {part!r}")
        offers = getattr(offers, part)
    return offers


def _name_of(value: Any) -> str:
    return str(getattr(value, "__name__", type(value).__name__))


def _guarded(doing: str, spec: str, function: Any, *args: Any) -> Any:
    try:
        return function(*args)
    except KeyboardInterrupt:
        raise
    except ModuleNotFoundError as error:
        raise LoadError(
            f"{spec!r}: {doing} failed, no module named {error.name!r}. Install it, or run "
            f"where it can be imported from."
        ) from error
    except BaseException as error:
        raise LoadError(
            f"{spec!r}: {doing} raised {type(error).__name__}: {said(error)}{_place(error)}"
        ) from error


def _place(error: BaseException) -> str:
    """The line at which it was raised, by file name alone; a syntax error says it itself."""
    if isinstance(error, SyntaxError):
        return ""
    frames = traceback.extract_tb(error.__traceback__)
    theirs = [f for f in frames if f.filename != __file__ and not f.filename.startswith("<frozen")]
    last = theirs[-1:]
    return "".join(f" ({Path(frame.filename).name}, line {frame.lineno})" for frame in last)
