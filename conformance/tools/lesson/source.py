"""A student's file as code: what it defines, what depends on what, and where it is broken."""

import ast
import hashlib
import io
import tokenize
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from conformance.spec.operation import Operation
from conformance.spec.signature import stubs_of

# An object of this name is judged in the file's own place.
_WHOLE = "IMPLEMENTATION"


class SourceError(Exception):
    """The file is no Python at present, and where."""


@dataclass(frozen=True)
class _Statement:
    """One statement of a module: the names that it binds, those it reads, and its code."""

    binds: frozenset[str]
    reads: frozenset[str]
    code: str


@dataclass(frozen=True)
class Source:
    """The code of a file."""

    raw: bytes
    tree: ast.Module

    @cached_property
    def _statements(self) -> tuple[_Statement, ...]:
        return tuple(map(_statement, self.tree.body))

    @cached_property
    def _bound(self) -> frozenset[str]:
        return frozenset(name for one in self._statements for name in one.binds)

    def defines(self, function: str) -> bool:
        """Whether it has something of this name; where it hands over an object, that may."""
        return not {function, _WHOLE, "*"}.isdisjoint(self._bound)

    def print(self, functions: Iterable[str]) -> str:
        """A fingerprint of these functions and of all that they use in this file.

        Comments and layout are not in it. Statements that bind no name, such as a call, may
        change anything, and are in every one.
        """
        wanted = set(functions) | {_WHOLE, "*"}
        found: set[int] = set()
        while True:
            new = {
                place
                for place, one in enumerate(self._statements)
                if place not in found and (not one.binds or one.binds & wanted)
            }
            if not new:
                break
            found |= new
            wanted |= {name for place in new for name in self._statements[place].reads}
        code = "\n".join(self._statements[place].code for place in sorted(found))
        return hashlib.sha256(code.encode("utf-8", "backslashreplace")).hexdigest()[:16]


def parsed(raw: bytes, file: str) -> Source:
    """The code of a file.

    Raises:
        SourceError: naming the line, where it is no Python.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return Source(raw, ast.parse(raw))
    except SyntaxError as error:
        place = f", line {error.lineno}" if error.lineno else ""
        raise SourceError(f"{file}{place}: {error.msg}") from None
    except (ValueError, RecursionError, MemoryError) as error:
        said = str(error) or "it is nested too deeply"
        raise SourceError(f"{file}: {said}") from None


def _statement(node: ast.stmt) -> _Statement:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        # A docstring does nothing.
        return _Statement(frozenset({"__doc__"}), frozenset(), "")
    reads = {
        one.id
        for one in ast.walk(node)
        if isinstance(one, ast.Name) and not isinstance(one.ctx, ast.Store)
    }
    return _Statement(frozenset(_bound_by(node)), frozenset(reads), ast.dump(node))


def _bound_by(node: ast.stmt) -> Iterator[str]:
    """Names that a statement of a module binds there; those within a function are its own."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.Import | ast.ImportFrom):
        yield from (one.asname or one.name.partition(".")[0] for one in node.names)
    else:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.stmt):
                yield from _bound_by(child)
            else:
                yield from _stored(child)


def _stored(node: ast.AST) -> Iterator[str]:
    for one in ast.walk(node):
        if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store):
            yield one.id
        elif isinstance(one, ast.stmt):
            yield from _bound_by(one)


_HEAD = '''"""Operations written in a lesson.

Write what is asked for, save, and read what is said:

    nn-conformance lesson {file}
"""

import numpy as np
'''


def beginning(operation: Operation, file: str) -> bytes:
    """Return a file with the stubs of a first operation."""
    stubs = "\n\n\n".join(stubs_of(operation))
    return f"{_HEAD.format(file=file)}\n\n{stubs}\n".encode()


def missing_stubs(source: Source, operation: Operation) -> bytes:
    """What to add to a file so that it has both functions; empty where it has them.

    Raises:
        SourceError: where the file's encoding has no such letters.
    """
    names = [operation.name, f"{operation.name}_backward"]
    pairs = zip(names, stubs_of(operation), strict=False)
    owed = [stub for name, stub in pairs if not source.defines(name)]
    if not owed:
        return b""
    gap = "" if not source.raw or source.raw.endswith(b"\n") else "\n"
    text = gap + "".join(f"\n\n{stub}\n" for stub in owed)
    if b"\r\n" in source.raw:
        text = text.replace("\n", "\r\n")
    encoding, _ = tokenize.detect_encoding(io.BytesIO(source.raw).readline)
    try:
        return text.encode(encoding.removesuffix("-sig"))
    except UnicodeEncodeError:
        raise SourceError(
            f"the file is in {encoding}, which lacks the formulas' letters; save it as UTF-8"
        ) from None
