"""Check what was typed, before anything heavy is imported.

Each function but `processes` returns an error in one line, or an empty text where there is none.
"""

import os
import shlex
import shutil
from collections.abc import Iterable, Sequence
from importlib.util import find_spec
from pathlib import Path

from conformance.record.expected_failures import ExpectationError, read
from conformance.record.shard import Shard
from conformance.record.vocabulary import DTYPES
from conformance.run import names

_ALL_CORES = ("auto", "logical")


def operations(given: Iterable[str]) -> str:
    """Check names of operations, sections and claims."""
    return names.unknown(given, names.everything(), "operation or claim")


def pattern(select: str) -> str:
    """Check an expression for -k."""
    from _pytest.mark.expression import Expression  # noqa: PLC0415 - there is no public way

    try:
        Expression.compile(select)
    except Exception as error:  # noqa: BLE001 - its type changes with every major version
        why = getattr(error, "msg", error)
        return (
            f"-k {select!r} is no expression: {why}. Give words with and, or, not and parentheses "
            f"between, such as 'conv2d and not special'."
        )
    return ""


def workers(count: str) -> str:
    """Check a number of processes."""
    if count in _ALL_CORES or (count.isascii() and count.isdecimal()):
        return ""
    return f"-n is {count!r}; give a number of processes, 0 for none but this, or auto"


def processes(count: str) -> int:
    """Return the number of processes; 0 means this process alone."""
    return os.cpu_count() or 1 if count in _ALL_CORES else int(count)


def shard(text: str | None) -> str:
    """Check a shard, such as 1/3."""
    try:
        Shard.read(text)
    except ValueError as error:
        return str(error)
    return ""


def dtypes(given: Sequence[str]) -> str:
    """Check names of dtypes."""
    for name in given:
        if name not in DTYPES:
            return f"--dtype: there is no {name!r}; give one of {', '.join(DTYPES)}"
    return ""


def expected(file: str) -> str:
    """Check a file of expected failures, if one is given."""
    try:
        if file:
            read(file)
    except ExpectationError as error:
        return str(error)
    return ""


def folder(name: str) -> str:
    """Check a directory to write to, which may still have to be made."""
    path = Path(name).absolute()
    existing = next(parent for parent in (path, *path.parents) if os.access(parent, os.F_OK))
    if existing.is_dir() and os.access(existing, os.W_OK | os.X_OK):
        return ""
    why = "may not be written to" if existing.is_dir() else "is no directory"
    return f"{name} cannot be written: {existing} {why}. Give a place that can be."


def file(name: str) -> str:
    """Check a file to write, in a directory that exists; an empty name means no file."""
    parent = Path(name).parent
    why = ""
    if name and Path(name).is_dir():
        why = "it is a directory"
    elif name and not parent.is_dir():
        why = f"there is no directory {parent}"
    elif name and not os.access(parent, os.W_OK | os.X_OK):
        why = f"{parent} may not be written to"
    return f"{name} cannot be written: {why}. Give a place that can be." if why else ""


def files(paths: Iterable[str]) -> str:
    """Check files to read: none may be a directory."""
    for path in paths:
        if Path(path).is_dir():
            return f"{path} is a directory; give the files in it, {Path(path) / '*.py'}"
    return ""


def new(name: str) -> str:
    """Check a file to write that must not exist yet; an empty name means no file."""
    if name and Path(name).exists():
        return f"{name} is there already. Give another name, or move it away."
    return file(name)


def tensors(library: str, device: str) -> str:
    """Check the library of arrays, and the device, of which neither is imported."""
    if device and library != "torch":
        return f"--device {device} goes with --tensors torch; give both, or neither"
    package = library.partition(".")[0]
    if library and not (package.isidentifier() and find_spec(package)):
        return (
            f"--tensors: there is no package {library!r} here; install it, or give torch, jax, or "
            f"another package of the array API standard"
        )
    return ""


def command(line: str, library: str = "") -> str:
    """Check a command line that starts a program, which takes no library's arrays; if any."""
    if line and library:
        return "--tensors is for Python code, and --command for other programs; give one of them"
    try:
        words = shlex.split(line)
    except ValueError as error:
        return f"--command {line!r} is no command line: {error}. Close every quote in it."
    if not line or (words and shutil.which(words[0])):
        return ""
    return (
        f"--command {line!r}: there is no program {words[0] if words else ''!r}. Give a command "
        f"line such as './my_ops' or 'node my_ops.js', as it would be started in this directory."
    )


def limits(given: Sequence[str]) -> str:
    """Check that no limit of calls is given without --isolate or --command."""
    return f"{given[0]} goes with --isolate or --command; give both, or neither" if given else ""
