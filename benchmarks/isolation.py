"""What isolation costs: one run with it as a ratio to the same run without, in pairs.

python benchmarks/isolation.py
"""

import time
from statistics import median

from conformance.run.machine import limit_threads
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
    """Print the ratio for each operation, and for all."""
    run = Run()
    direct, isolated = load(REFERENCE), Isolated(REFERENCE)
    by_operation: dict[str, list[str]] = {}
    for name, check in run.checks.items():
        by_operation.setdefault(check.operation.name, []).append(name)
    print("| operation | direct, s | isolated ÷ direct |")
    print("|---|--:|--:|")
    whole: list[tuple[float, float]] = [(0.0, 0.0)] * ROUNDS
    for operation, names in by_operation.items():
        seconds(direct, names, run), seconds(isolated, names, run)
        pairs = [
            (seconds(isolated, names, run), seconds(direct, names, run)) for _ in range(ROUNDS)
        ]
        whole = [(a + c, b + d) for (a, b), (c, d) in zip(whole, pairs, strict=True)]
        ratio = median(a / b for a, b in pairs)
        print(f"| {operation} | {median(b for _, b in pairs):.2f} | {ratio:.2f} |")
    print(f"| all | {median(b for _, b in whole):.2f} | {median(a / b for a, b in whole):.2f} |")


if __name__ == "__main__":
    main()
