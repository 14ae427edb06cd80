"""Run a task for many checks, on several processes."""

from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import lru_cache, partial
from multiprocessing import get_context
from typing import TypeVar

from rich.console import Console
from rich.progress import track

from conformance.run.machine import limit_threads
from conformance.run.run import Run
from conformance.run.settings import Settings

Name = TypeVar("Name", bound=Hashable)
Result = TypeVar("Result")


def spread(
    task: Callable[[Run, Name], Result], run: Run, names: Sequence[Name], workers: int
) -> dict[Name, Result]:
    """Return the task's result by name; 0 or 1 worker means this process.

    A terminal shows the progress.
    """
    if workers <= 1:
        return {name: task(run, name) for name in names}
    with ProcessPoolExecutor(workers, get_context("spawn"), initializer=limit_threads) as pool:
        console = Console(stderr=True)
        done = pool.map(partial(_called, task, run.settings), names, chunksize=1)
        shown = track(done, "checks", len(names), console=console, disable=not console.is_terminal)
        return dict(zip(names, shown, strict=True))


def _called(task: Callable[[Run, Name], Result], settings: Settings, name: Name) -> Result:
    return task(_run(settings), name)


@lru_cache(maxsize=1)
def _run(settings: Settings) -> Run:
    """Return the run of this worker, so that it loads cases and implementation once."""
    return Run(settings)
