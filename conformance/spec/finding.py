"""Verdicts: what a check came to, and the figures and counterexample that go with it."""

from dataclasses import dataclass, field
from typing import Any, Literal

from conformance.bounds.compare import Comparison, added

CheckVerdict = Literal[
    "conforms", "convention", "fails", "not provided", "crashed", "timed out", "errored"
]


@dataclass(frozen=True)
class Finding:
    """What judging one case came to.

    Attributes:
        verdict: "conforms", "convention", "fails", "not provided", "crashed", "timed out" or
            "errored" (the case itself is suspect: torch lies outside the bound together with the
            implementation).
        message: what is wrong, in words.
        ours: the implementation's comparison with the truth.
        torch: torch's own comparison, by the same bound.
        answers: names of the valid answers, to a question of convention, that the result fits.
        expected: the truth, as balls; None where none is due.
        actual: the result, or the exception in words.
    """

    verdict: CheckVerdict
    message: str = ""
    ours: Comparison = field(default_factory=Comparison)
    torch: Comparison = field(default_factory=Comparison)
    answers: tuple[str, ...] = ()
    expected: Any = None
    actual: Any = None


@dataclass
class Tally:
    """Figures added up over the cases of a check."""

    cases: int = 0
    elements: int = 0
    exact: int = 0
    unjudged: int = 0
    worst_ratio: float = 0.0
    worst_ulp: float = 0.0
    torch_worst_ratio: float = 0.0
    errors: tuple[int, ...] = field(default_factory=lambda: added(()))

    def add(self, finding: Finding) -> None:
        """Count one case."""
        ours = finding.ours
        self.cases += 1
        self.elements += ours.elements
        self.exact += ours.exact
        self.unjudged += ours.unjudged
        self.errors = added((self.errors, ours.errors))
        if ours.ratio > self.worst_ratio:
            self.worst_ratio, self.worst_ulp = ours.ratio, ours.ulps
        self.torch_worst_ratio = max(self.torch_worst_ratio, finding.torch.ratio)

    def share(self, count: int) -> float | None:
        """A count as a share of the elements; None where there were none."""
        return count / self.elements if self.elements else None


@dataclass(frozen=True)
class CheckResult:
    """A check's verdict, its figures, and its counterexample as plain data."""

    verdict: CheckVerdict
    tally: Tally
    message: str = ""
    convention: str = ""
    counterexample: dict[str, Any] | None = None
    torch_defect: dict[str, Any] | None = None
    seconds: float = 0.0
