"""What isolation costs: one run with it as a ratio to the same run without, in pairs.

python benchmarks/isolation.py [--output docs/isolation.json]
"""

import argparse
import json
import time
from pathlib import Path
from statistics import median

from conformance.run.machine import cpu, limit_threads, versions
from conformance.run.run import Run

limit_threads()

from conformance.implementation.implementation import Implementation  # noqa: E402 - after the threads
from conformance.implementation.isolation.host import Isolated  # noqa: E402
from conformance.implementation.load import load  # noqa: E402 - after the threads
from conformance.judge.check import judge_check  # noqa: E402
from conformance.judge.search import Plan  # noqa: E402
from conformance.run.settings import REFERENCE  # noqa: E402

ROUNDS = 3
PLAN = Plan(examples=10)


def seconds(contender: Implementation, names: list[str], run: Run) -> float:
    """The time of these checks."""
    began = time.perf_counter()
    for name in names:
        assert judge_check(run.checks[name], contender, PLAN).verdict == "conforms"
    return time.perf_counter() - began


def main() -> None:
    """Print the ratio for each operation, and for all; write them to a file if asked."""
    parser = argparse.ArgumentParser(prog="python benchmarks/isolation.py")
    parser.add_argument("--output", type=Path, help="also write the ratios to this JSON file")
    output = parser.parse_args().output
    run = Run()
    direct, isolated = load(REFERENCE), Isolated(REFERENCE)
    by_operation: dict[str, list[str]] = {}
    for name, check in run.checks.items():
        by_operation.setdefault(check.operation.name, []).append(name)
    print("| operation | direct, s | isolated ÷ direct |")
    print("|---|--:|--:|")
    whole: list[tuple[float, float]] = [(0.0, 0.0)] * ROUNDS
    ratios = {}
    for operation, names in by_operation.items():
        seconds(direct, names, run), seconds(isolated, names, run)
        pairs = [
            (seconds(isolated, names, run), seconds(direct, names, run)) for _ in range(ROUNDS)
        ]
        whole = [(a + c, b + d) for (a, b), (c, d) in zip(whole, pairs, strict=True)]
        ratios[operation] = row(operation, pairs)
    total = row("all", whole)
    if output is not None:
        data = {"versions": versions(), "cpu": cpu(), "operations": ratios, "all": total}
        output.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")


def row(name: str, pairs: list[tuple[float, float]]) -> float:
    """Print a row of the table, and return its ratio."""
    ratio = round(median(a / b for a, b in pairs), 2)
    print(f"| {name} | {median(b for _, b in pairs):.2f} | {ratio:.2f} |", flush=True)
    return ratio


if __name__ == "__main__":
    main()
