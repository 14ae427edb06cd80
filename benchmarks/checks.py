"""What a case costs, operation by operation: drawing, the calls, bound and comparison."""

import os

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", MKL_NUM_THREADS="1")

from conformance.judge.check import judge_check
from conformance.run.run import Run

PARTS = ("draw", "implementation", "torch", "bound", "compare")


def main() -> None:
    """Print a row for each operation, over all its checks."""
    run = Run()
    names = dict.fromkeys(check.operation.name for check in run.checks.values())
    print(f"| operation | µs a case | ÷ torch | {' | '.join(PARTS)} |")
    print("|---|" + "--:|" * (2 + len(PARTS)))
    for name in names:
        run.stopwatch.seconds.clear()
        checks = [check for check in run.checks.values() if check.operation.name == name]
        with run.stopwatch.held():
            results = [judge_check(check, run.contender, run.plan) for check in checks]
        cases = sum(result.tally.cases for result in results)
        spent = {part: run.stopwatch.seconds.get(part, 0.0) for part in PARTS}
        whole = sum(spent.values())
        shares = " | ".join(f"{share / whole:.0%}" for share in spent.values())
        per_case, ratio = 1e6 * whole / cases, whole / spent["torch"]
        print(f"| {name} | {per_case:.0f} | {ratio:.1f} | {shares} |")


if __name__ == "__main__":
    main()
