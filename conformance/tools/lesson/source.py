"""A student's file as code: what it defines, what depends on what, and where it is broken."""

import ast
import hashlib
import io
import symtable
import tokenize
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from conformance.spec.operation import Operation
from conformance.spec.signature import stubs_of

# An object of this name is judged instead of the file itself.
_WHOLE = "IMPLEMENTATION"


class SourceError(Exception):
    """The file is no Python at present, and where."""


class _Statement(NamedTuple):
    """One statement of a module: the names that it binds, those it reads, and its code."""

    binds: set[str]
    reads: set[str]
    code: str


@dataclass(frozen=True)
class Source:
    """The code of a file."""

    raw: bytes
    statements: tuple[_Statement, ...]

    def defines(self, function: str) -> bool:
        """Return whether it has something of this name, or hands over an object that may."""
        return any(statement.binds & {function, _WHOLE, "*"} for statement in self.statements)

    def print(self, functions: Iterable[str]) -> str:
        """Return a fingerprint of these functions and of all that they use in this file.

        Comments and layout are not in it. Statements that bind no name, such as a call, may
        change anything, and are in every one.
        """
        wanted, used, before = {*functions, _WHOLE, "*"}, list[_Statement](), 0
        while before < len(wanted):
            before = len(wanted)
            used = [part for part in self.statements if not part.binds or part.binds & wanted]
            wanted.update(*(part.reads for part in used))
        code = "\n".join(part.code for part in used)
        return hashlib.sha256(code.encode("utf-8", "backslashreplace")).hexdigest()[:16]


def parsed(raw: bytes, file: str) -> Source:
    """Return the code of a file.

    Raises:
        SourceError: naming the line, where it is no Python.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            # It refuses more than the parser alone: an argument that is there twice.
            symtable.symtable(raw, file, "exec")  # type: ignore[arg-type]
            return Source(raw, tuple(map(_statement, ast.parse(raw).body)))
    except SyntaxError as error:
        line = f", line {error.lineno}" if error.lineno else ""
        raise SourceError(f"{file}{line}: {error.msg}") from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise SourceError(f"{file}: {str(error) or 'it is nested too deeply'}") from None


def _statement(node: ast.stmt) -> _Statement:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        # A docstring does nothing.
        return _Statement({"__doc__"}, set(), "")
    names = [part for part in ast.walk(node) if isinstance(part, ast.Name)]
    reads = {name.id for name in names if not isinstance(name.ctx, ast.Store)}
    return _Statement(set(_bound_by(node)), reads, ast.dump(node))


def _bound_by(node: ast.stmt) -> Iterator[str]:
    """Yield the names that a statement binds in its module; those in a function are its own."""
    for symbol in symtable.symtable(ast.unparse(node), "", "exec").get_symbols():
        if symbol.is_assigned() or symbol.is_imported():
            yield symbol.get_name()
    imports = [part for part in ast.walk(node) if isinstance(part, ast.ImportFrom)]
    yield from (alias.name for part in imports for alias in part.names if alias.name == "*")


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
    """Return what to add to a file so that it has both functions; empty where it has them.

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
