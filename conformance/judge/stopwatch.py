"""Where the time of a run goes: drawing, implementation, torch, bound, compare."""

import time
from types import TracebackType


class Stopwatch:
    """Adds up seconds by name; a lap inside a lap is counted once, for the inner name."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._running: list[str] = []
        self._since = 0.0

    def lap(self, name: str) -> "_Lap":
        """Count what runs in this context under a name."""
        return _Lap(self, name)

    def start(self, name: str) -> None:
        """Begin a lap; the one around it stands still meanwhile."""
        self._settle()
        self._running.append(name)

    def stop(self) -> None:
        """End the innermost lap."""
        self._settle()
        self._running.pop()

    def _settle(self) -> None:
        now = time.perf_counter()
        if self._running:
            name = self._running[-1]
            self.seconds[name] = self.seconds.get(name, 0.0) + now - self._since
        self._since = now


class _Lap:
    __slots__ = ("_name", "_stopwatch")

    def __init__(self, stopwatch: Stopwatch, name: str) -> None:
        self._stopwatch = stopwatch
        self._name = name

    def __enter__(self) -> None:
        self._stopwatch.start(self._name)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stopwatch.stop()


stopwatch = Stopwatch()
