"""How fast the suite is, beside the plain way of testing, all in one run.

python benchmarks/performance.py [--output docs/performance.json]

The plain way draws the same structures by Hypothesis, fills them with normal numbers, and compares
the value and the gradients with torch's by `assert_allclose`.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from conformance.run.machine import cpu, limit_threads, versions
from conformance.run.run import Run
from conformance.run.settings import REFERENCE

limit_threads()

import numpy as np  # noqa: E402 - after the number of its threads is set
import performance_table  # noqa: E402

from conformance.judge.check import judge_checks  # noqa: E402
from conformance.judge.draw import fill, search, with_upstream  # noqa: E402
from conformance.judge.trial import Trial  # noqa: E402
from conformance.spec.case import Structure  # noqa: E402
from conformance.spec.check import Check  # noqa: E402
from conformance.spec.outcome import Returned  # noqa: E402
from conformance.spec.tree import leaves  # noqa: E402

STARTS = {
    "list": ["list"],
    "explain conv2d": ["explain", "conv2d"],
    "run FILE relu": ["run", REFERENCE, "relu", "-n", "0"],
    "run FILE conv2d": ["run", REFERENCE, "conv2d"],
    "run FILE": ["run", REFERENCE],
}
ROUNDS = 2


def judged(run: Run, checks: list[Check]) -> dict[str, Any]:
    """Return the cases of an operation's checks, their seconds, and what these went into."""
    run.stopwatch.seconds.clear()
    began = time.process_time()
    with run.stopwatch.held():
        results = judge_checks(checks, run.contender, run.plan)
    seconds = time.process_time() - began
    cases = sum(result.tally.cases for result in results.values())
    return {"cases": cases, "seconds": seconds, "parts": dict(run.stopwatch.seconds)}


def plainly(run: Run, check: Check) -> dict[str, Any]:
    """Return the comparisons of the plain way over an operation, and their seconds."""
    comparisons = 0

    def test(structure: Structure, seed: int) -> bool:
        nonlocal comparisons
        trial = _normal(check, structure, seed)
        comparisons += 1
        _compared(trial, run, None)
        for argument in check.operation.gradients:
            comparisons += 1
            _compared(trial, run, argument)
        return True

    began = time.process_time()
    search(check, run.plan, test)
    return {"comparisons": comparisons, "seconds": time.process_time() - began}


def _normal(check: Check, structure: Structure, seed: int) -> Trial:
    rng = np.random.default_rng(seed)
    case = fill(check.operation, structure, check.dtype, rng, "normal")
    return with_upstream(Trial(check.operation, check.dtype, case), rng, "normal")


def _compared(trial: Trial, run: Run, argument: str | None) -> None:
    outcome = trial.call(run.contender, backward=argument is not None)
    assert isinstance(outcome, Returned)
    torch = trial.torch_value if argument is None else trial.torch_gradients[argument]
    for ours, theirs in zip(leaves(trial.pick(outcome, argument)), leaves(torch), strict=True):
        try:
            np.testing.assert_allclose(ours, theirs, 1e-5, 1e-8)
        except AssertionError:
            # Its false alarms are counted elsewhere.
            continue


def seconds_of(command: list[str]) -> float:
    """Return the least seconds by the clock of a command, out of a few."""
    times = []
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory() as report:
            more = ["--report", report] if "run" in command else []
            began = time.perf_counter()
            subprocess.run([sys.executable, *command, *more], check=True, capture_output=True)
            times.append(time.perf_counter() - began)
    return min(times)


def measured(progress: Callable[[str], None]) -> dict[str, Any]:
    """Return everything that is measured, as plain data."""
    run = Run()
    operations = {}
    for name, checks in run.grouped(run.checks).items():
        # The first time anything is computed costs more.
        judge_checks(checks[:1], run.contender, run.plan)
        operations[name] = judged(run, checks)
        if checks[0].operation.network is None:
            operations[name]["plain"] = plainly(run, checks[0])
        progress(name)
    module = ["-m", "conformance"]
    starts = {name: seconds_of([*module, *words]) for name, words in STARTS.items()}
    starts["import torch"] = seconds_of(["-c", "import torch"])
    return {"versions": versions(), "cpu": cpu(), "operations": operations, "starts": starts}


def main() -> None:
    """Print the tables; write the data to a file if asked."""
    parser = argparse.ArgumentParser(prog="python benchmarks/performance.py")
    parser.add_argument("--output", type=Path, help="also write the data to this JSON file")
    output = parser.parse_args().output
    data = measured(lambda name: print(name, file=sys.stderr))
    print(performance_table.operations(data), performance_table.starts(data), sep="\n\n")
    if output is not None:
        output.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
