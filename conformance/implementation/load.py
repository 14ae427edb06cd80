"""Find an implementation by path, module or object."""

import importlib
import importlib.util
import sys
import traceback
import warnings
import zlib
from pathlib import Path
from types import ModuleType
from typing import Any

from conformance.implementation.bundled import importable
from conformance.implementation.implementation import Implementation
from conformance.implementation.layers import unfolded
from conformance.implementation.libraries import library
from conformance.implementation.load_error import LoadError
from conformance.implementation.process_state import State, current, kept, set_state
from conformance.implementation.tensors import Converted
from conformance.spec.outcome import message_of

_ADAPTERS = "conformance.adapters."
# The library of the arrays that functions take, and their device.
Arrays = tuple[str, str]
NUMPY: Arrays = ("", "")
# The state that the import of each module left: a second import runs nothing, and leaves none.
_LEFT: dict[str, State] = {}


def load(spec: str, arrays: Arrays = NUMPY) -> Implementation:
    """Load an implementation by path/to/file.py, package.module, or either with :attribute.

    If a module has an IMPLEMENTATION, that object is the implementation. A class is instantiated
    without arguments. With `arrays`, its functions take those of another library.

    Raises:
        LoadError: with what was looked for, what went wrong, and the remedy.
    """
    target, _, attribute = spec.partition(":") if not _is_file(spec) else (spec, "", "")
    if trouble := missing(target):
        raise LoadError(trouble)
    with kept():
        offers: Any = _import_file(target) if _looks_like_path(target) else _import_module(target)
        if not attribute:
            return offered(getattr(offers, "IMPLEMENTATION", offers), spec, arrays)
        for part in attribute.split("."):
            if not hasattr(offers, part):
                name = getattr(offers, "__name__", type(offers).__name__)
                raise LoadError(f"{spec!r}: {name} has no attribute {part!r}")
            offers = getattr(offers, part)
        return offered(offers, spec, arrays)


def offered(offers: Any, name: str, arrays: Arrays = NUMPY) -> Implementation:
    """Make an implementation of an object; a class is instantiated without arguments.

    Its calls will begin in the state that the process is in now. What the instantiation changes of
    that state is part of it, and undone here.

    Raises:
        LoadError: if that raises, or if its DTYPES cannot be judged.
    """
    with kept():
        if isinstance(offers, type):
            offers = _guarded(f"instantiating {offers.__name__}()", name, offers)
        offers = unfolded(offers)
        if arrays != NUMPY:
            offers = Converted(offers, library(*arrays))
        implementation = Implementation(offers, name, current())
    # Raises here, before the first check.
    _ = implementation.dtypes, implementation.parameters, implementation.layouts
    return implementation


def missing(spec: str) -> str:
    """Return why nothing of this name can be imported; empty if something can.

    Nothing is imported. Of package.module only the package is looked for.
    """
    target = spec if _is_file(spec) else spec.partition(":")[0]
    if _looks_like_path(target):
        if Path(target).is_file():
            return ""
        return (
            f"no such file: {target!r}. Give the path of a Python file, the name of an importable "
            f"module, or module:attribute."
        )
    parts = importable(target).split(".")
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
    # Two files of the same name are two modules.
    name = f"_implementation_{path.stem}_{zlib.crc32(str(path.resolve()).encode()):08x}"
    found_spec = importlib.util.spec_from_file_location(name, path)
    if found_spec is None or found_spec.loader is None:
        raise LoadError(f"{target!r} is not a Python file: its name must end in .py")
    module = importlib.util.module_from_spec(found_spec)
    sys.modules[name] = module
    # As for a script, modules beside it can be imported.
    beside = str(path.resolve().parent)
    sys.path.insert(0, beside)
    try:
        _guarded("importing it", target, found_spec.loader.exec_module, module)
    finally:
        # The file may have put entries of its own before this one.
        sys.path.remove(beside)
    return module


def _import_module(target: str) -> ModuleType:
    name = importable(target)
    is_new = name not in sys.modules
    module: ModuleType = _guarded("importing it", target, importlib.import_module, name)
    if is_new:
        _LEFT[name] = current()
    elif name in _LEFT:
        set_state(_LEFT[name])
    return module


def _guarded(doing: str, spec: str, function: Any, *args: Any) -> Any:
    """Call foreign code, unaffected by the warning filters that are set; name what it raises."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return function(*args)
    except KeyboardInterrupt:
        raise
    except ModuleNotFoundError as error:
        extra = spec.removeprefix(_ADAPTERS).partition(":")[0]
        remedy = "Install it, or run where it can be imported from."
        if spec.startswith(_ADAPTERS):
            remedy = f"Install it with: pip install 'nn-conformance[{extra}]'"
        raise LoadError(
            f"{spec!r}: {doing} failed, no module named {error.name!r}. {remedy}"
        ) from error
    except BaseException as error:
        raise LoadError(
            f"{spec!r}: {doing} raised {type(error).__name__}: {message_of(error)}{_place(error)}"
        ) from error


def _place(error: BaseException) -> str:
    """Return the file name and line of an error; nothing for a syntax error, which has them."""
    if isinstance(error, SyntaxError):
        return ""
    frames = traceback.extract_tb(error.__traceback__)
    theirs = [f for f in frames if f.filename != __file__ and not f.filename.startswith("<frozen")]
    last = theirs[-1:]
    return "".join(f" ({Path(frame.filename).name}, line {frame.lineno})" for frame in last)
