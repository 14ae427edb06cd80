"""A campaign: many cases over implementations known to be right, in search of a false alarm.

Each implementation is judged by an ordinary run with more examples and a seed of its own; what
is added here is the sum, operation by operation: how many cases, how much was judged, and how near
to its bound any right result came.
"""

import importlib
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from conformance.implementation import load
from conformance.record import Line, read
from conformance.run import REFERENCE, Run


@dataclass
class Sum:
    """What one operation came to, over all implementations and seeds."""

    cases: dict[str, int] = field(default_factory=dict)
    elements: int = 0
    unjudged: float = 0.0
    exact: float = 0.0
    worst: dict[str, float] = field(default_factory=dict)
    torch_worst: float = 0.0
    alarms: list[str] = field(default_factory=list)

    def add(self, implementation: str, line: Line) -> None:
        """Add one check of one run."""
        elements = line["elements"]
        self.cases[implementation] = self.cases.get(implementation, 0) + line["cases"]
        self.elements += elements
        self.unjudged += (line["unjudged_share"] or 0.0) * elements
        self.exact += (line["exact_share"] or 0.0) * elements
        if line["worst_ratio"] is not None:
            ratio = float(line["worst_ratio"])
            self.worst[implementation] = max(self.worst.get(implementation, 0.0), ratio)
            self.torch_worst = max(self.torch_worst, float(line["torch_worst_ratio"]))
        if line["verdict"] not in {"conforms", "convention"}:
            self.alarms.append(f"{implementation}: {line['id']}: {line['message']}")

    def plain(self) -> dict[str, Any]:
        """The sum as plain data."""
        share = max(self.elements, 1)
        return {
            "cases": dict(sorted(self.cases.items())),
            "elements": self.elements,
            "exact_share": self.exact / share,
            "unjudged_share": self.unjudged / share,
            "worst_ratio": dict(sorted(self.worst.items())),
            "torch_worst_ratio": self.torch_worst,
            "alarms": self.alarms,
        }


def right_implementations(cases: str) -> tuple[str, ...]:
    """Those known to be right: the reference, torch, and the variants of a package of cases."""
    variants: tuple[str, ...] = importlib.import_module(f"{cases}.variants").VARIANTS
    return (REFERENCE, "conformance.adapters.torch", *variants)


def examples_for(cases: int, run: Run, implementation: str) -> int:
    """Examples for each check that it offers, so that a run comes to so many cases at least."""
    from conformance.drawing import fills  # noqa: PLC0415 - NumPy is imported only here

    judged = load(implementation)
    offered = [check for check in run.checks.values() if check.provided_by(judged)]
    return -(-cases // max(sum(map(fills, offered)), 1))


def campaign(
    implementations: Sequence[str], *, cases: int, seed: int, workers: str, select: str
) -> dict[str, Sum]:
    """Judge every implementation, and sum up by operation."""
    sums: dict[str, Sum] = {}
    for implementation in implementations:
        examples = examples_for(cases, Run(implementation=implementation), implementation)
        for line in _run(implementation, examples, seed, workers, select):
            # What is not offered is no part of the sum.
            if line["verdict"] != "not provided":
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
