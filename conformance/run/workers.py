"""One task for each of many checks, on several processes."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import TypeVar

from rich.console import Console
from rich.progress import track

from conformance.run.run import Run, limit_threads

Result = TypeVar("Result")


def fresh(run: Run) -> Run:
    """The same run with nothing loaded yet: what can be sent to another process."""
    return Run(
        implementation=run.implementation,
        cases=run.cases,
        profile=run.profile,
        seed=run.seed,
        examples=run.examples,
    )


def spread(task: Callable[[str], Result], names: Sequence[str], workers: int) -> dict[str, Result]:
    """What the task makes of each name. How far it has come shows on a terminal."""
    count = workers or os.cpu_count() or 1
    if count == 1:
        return {name: task(name) for name in names}
    with ProcessPoolExecutor(count, get_context("spawn"), initializer=limit_threads) as pool:
        console = Console(stderr=True)
        done = pool.map(task, names, chunksize=4)
        shown = track(done, "checks", len(names), console=console, disable=not console.is_terminal)
        return dict(zip(names, shown, strict=True))
