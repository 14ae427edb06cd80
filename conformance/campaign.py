"""A campaign: many cases over implementations known to be right, in search of a false alarm.

Each implementation is judged by an ordinary run with more examples and a seed of its own; what
is added here is the sum, operation by operation: how many cases, how much was judged, and how near
to its bound any right result came.
"""

import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from conformance.record import Line, read
from conformance.run import Run


@dataclass
class Sum:
    """What one operation came to, over all implementations and seeds."""

    cases: int = 0
    elements: int = 0
    unjudged: float = 0.0
    exact: float = 0.0
    worst: dict[str, float] = field(default_factory=dict)
    torch_worst: float = 0.0
    alarms: list[str] = field(default_factory=list)

    def add(self, implementation: str, line: Line) -> None:
        """Add one check of one run."""
        elements = line["elements"]
        self.cases += line["cases"]
        self.elements += elements
        self.unjudged += (line["unjudged_share"] or 0.0) * elements
        self.exact += (line["exact_share"] or 0.0) * elements
        if line["worst_ratio"] is not None:
            ratio = float(line["worst_ratio"])
            self.worst[implementation] = max(self.worst.get(implementation, 0.0), ratio)
            self.torch_worst = max(self.torch_worst, float(line["torch_worst_ratio"]))
        if line["verdict"] not in {"conforms", "convention", "not provided"}:
            self.alarms.append(f"{implementation}: {line['id']}: {line['message']}")

    def plain(self) -> dict[str, Any]:
        """The sum as plain data."""
        share = max(self.elements, 1)
        return {
            "cases": self.cases,
            "elements": self.elements,
            "exact_share": self.exact / share,
            "unjudged_share": self.unjudged / share,
            "worst_ratio": dict(sorted(self.worst.items())),
            "torch_worst_ratio": self.torch_worst,
            "alarms": self.alarms,
        }


def examples_for(cases: int, run: Run) -> int:
    """Examples for each check so that a run comes to so many cases at least."""
    from conformance.drawing import fills  # noqa: PLC0415 - NumPy is imported only here

    return -(-cases // sum(fills(check) for check in run.checks.values()))


def campaign(
    implementations: Sequence[str], *, examples: int, seed: int, workers: str, select: str
) -> dict[str, Sum]:
    """Judge every implementation, and sum up by operation."""
    sums: dict[str, Sum] = {}
    for implementation in implementations:
        for line in _run(implementation, examples, seed, workers, select):
            sums.setdefault(line["operation"], Sum()).add(implementation, line)
    return dict(sorted(sums.items()))


def _run(
    implementation: str, examples: int, seed: int, workers: str, select: str
) -> Iterable[Line]:
    with tempfile.TemporaryDirectory() as directory:
        command = [sys.executable, "-m", "pytest", "--pyargs", "conformance.suite"]
        command += ["-q", "--no-header", "-p", "no:cacheprovider", "-n", workers]
        command += ["-k", f"test_operation and ({select})" if select else "test_operation"]
        command += ["--implementation", implementation, "--report", directory]
        command += ["--max-examples", str(examples), "--conformance-seed", str(seed)]
        done = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603 - this suite's own command
        if not (Path(directory) / "record.jsonl").exists():
            raise RuntimeError(
                f"the run of {implementation} left no record:\n{done.stdout[-2000:]}"
            )
        return read(Path(directory) / "record.jsonl").checks
