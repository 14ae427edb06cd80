"""Output whose reader may leave before its end: `nn-conformance run my_ops.py | head -3`."""

import io
import os
import sys
from typing import Any


class _Pipe(io.FileIO):
    """A file whose reader may leave: later output is dropped.

    It follows Python's own recipe, below everything that prints, so that a run still ends by its
    verdicts.
    """

    def write(self, data: Any, /) -> int:
        try:
            return super().write(data)
        except BrokenPipeError:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self.fileno())
            os.close(nowhere)
            return super().write(data)


def outlive_readers() -> None:
    """Make this process go on when the reader of its output leaves."""
    out = sys.stdout
    if not isinstance(out, io.TextIOWrapper) or out.isatty():
        return
    out.flush()
    raw = _Pipe(out.fileno(), "wb", closefd=False)
    sys.stdout = io.TextIOWrapper(
        io.BufferedWriter(raw),
        encoding=out.encoding,
        errors=out.errors,
        line_buffering=out.line_buffering,
        write_through=out.write_through,
    )
