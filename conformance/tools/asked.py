"""What was typed, looked at before anything heavy: each function says in one line what is wrong.

An empty text says that nothing is.
"""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from conformance.record.expected_failures import ExpectationError, read
from conformance.record.shard import Shard
from conformance.record.vocabulary import DTYPES
from conformance.run import names

_ALL_CORES = ("auto", "logical")


def operations(asked: Iterable[str]) -> str:
    """Names of operations, sections and claims."""
    return names.unknown(asked, names.everything(), "operation or claim")


def pattern(select: str) -> str:
    """An expression for -k."""
    from _pytest.mark.expression import Expression  # noqa: PLC0415 - there is no public way

    try:
        Expression.compile(select)
    except Exception as error:  # noqa: BLE001 - its type is another one in every major version
        why = getattr(error, "msg", error)
        return (
            f"-k {select!r} is no expression: {why}. Give words with and, or, not and parentheses "
            f"between, such as 'conv2d and not special'."
        )
    return ""


def workers(count: str) -> str:
    """How many processes."""
    if count in _ALL_CORES or (count.isascii() and count.isdecimal()):
        return ""
    return f"-n is {count!r}; give a number of processes, 0 for none but this, or auto"


def processes(count: str) -> int:
    """Return how many processes are meant; 0 for none but this."""
    return os.cpu_count() or 1 if count in _ALL_CORES else int(count)


def shard(text: str | None) -> str:
    """A part of the checks."""
    try:
        Shard.read(text)
    except ValueError as error:
        return str(error)
    return ""


def dtypes(asked: Sequence[str]) -> str:
    """Names of dtypes that an implementation may offer."""
    for name in asked:
        if name not in DTYPES:
            return f"--dtype: there is no {name!r}; give one of {', '.join(DTYPES)}"
    return ""


def expected(file: str) -> str:
    """A file of expected failures."""
    try:
        if file:
            read(file)
    except ExpectationError as error:
        return str(error)
    return ""


def folder(place: str) -> str:
    """Where something is to be written: a directory, or one that can be made."""
    path = Path(place).absolute()
    standing = next(one for one in (path, *path.parents) if os.access(one, os.F_OK))
    if standing.is_dir() and os.access(standing, os.W_OK | os.X_OK):
        return ""
    why = "may not be written to" if standing.is_dir() else "is no directory"
    return f"{place} cannot be written: {standing} {why}. Give a place that can be."


def file(place: str) -> str:
    """Where a file is to be written, in a directory that is there; an empty name asks for none."""
    parent = Path(place).parent
    why = ""
    if place and Path(place).is_dir():
        why = "it is a directory"
    elif place and not parent.is_dir():
        why = f"there is no directory {parent}"
    elif place and not os.access(parent, os.W_OK | os.X_OK):
        why = f"{parent} may not be written to"
    return f"{place} cannot be written: {why}. Give a place that can be." if why else ""


def files(places: Iterable[str]) -> str:
    """Files to read, of which none is a directory."""
    for place in places:
        if Path(place).is_dir():
            return f"{place} is a directory; give the files in it, {Path(place) / '*.py'}"
    return ""


def new(place: str) -> str:
    """Where a file is to be written that must not be there yet; an empty name asks for none."""
    if place and Path(place).exists():
        return f"{place} is there already. Give another name, or move it away."
    return file(place)


def limits(given: Sequence[str]) -> str:
    """Limits of calls, where nothing keeps to them."""
    return f"{given[0]} goes with --isolate; give both, or neither" if given else ""
