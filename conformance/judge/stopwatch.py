"""Where the time of a run goes: import, drawing, implementation, torch, bound, comparing."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar


class Stopwatch:
    """Adds up seconds by name; a lap inside a lap is counted once, for the inner name."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._running: list[str] = []
        self._since = 0.0

    @contextmanager
    def lap(self, name: str) -> Iterator[None]:
        """Count what runs in this context under a name; the lap around it stands still."""
        self._settle()
        self._running.append(name)
        try:
            yield
        finally:
            self._settle()
            self._running.pop()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Make laps that name no stopwatch count for this one, in this context."""
        token = _HELD.set(self)
        try:
            yield
        finally:
            _HELD.reset(token)

    def _settle(self) -> None:
        now = time.perf_counter()
        if self._running:
            name = self._running[-1]
            self.seconds[name] = self.seconds.get(name, 0.0) + now - self._since
        self._since = now


_HELD: ContextVar[Stopwatch | None] = ContextVar("stopwatch", default=None)


@contextmanager
def lap(name: str) -> Iterator[None]:
    """Count what runs in this context for the stopwatch that is held; where none is, for none."""
    held = _HELD.get()
    if held is None:
        yield
    else:
        with held.lap(name):
            yield
