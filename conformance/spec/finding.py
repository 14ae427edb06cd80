"""What judging one case came to, as data; and what a check came to over all of its cases."""

from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, Self

from conformance.bounds.compare import Comparison, added
from conformance.record import wording
from conformance.record.vocabulary import Problem, Verdict
from conformance.spec.case import Case
from conformance.spec.outcome import Raised


class Subject(NamedTuple):
    """What a finding is about.

    Attributes:
        noun: "result", or what a claim holds against the truth: "formula", "listing".
        argument: the input whose gradient it is; None for the result.
        call: which call of a network.
    """

    noun: str = "result"
    argument: str | None = None
    call: str = ""

    def __str__(self) -> str:
        return wording.subject_name(self)


RESULT = Subject()


@dataclass(frozen=True)
class Finding:
    """What judging one case came to.

    Attributes:
        verdict: what the case counts as; "errored" where the case itself is suspect.
        problem: what is wrong.
        subject: what it is wrong with.
        what: the function, rule, question or kind of exception that the problem is about.
        detail: words of the implementation, of its exception or warning; or a claim's own.
        names: what was changed; or the valid answers that none of the results fits.
        ours: the implementation's comparison with the true value.
        torch: torch's own comparison, by the same bound.
        grade: how many ulp elementary functions may be off for the result to be right; 0 for those
            that were measured.
        habits: conventions without a question of their own that explain the result.
        answers: names of the valid answers to a question of convention that the result fits.
        expected: the true value, as balls; None where none is due.
        actual: the result, or the exception in words.
    """

    verdict: Verdict
    problem: Problem = Problem.NONE
    subject: Subject = RESULT
    what: str = ""
    detail: str = ""
    names: tuple[str, ...] = ()
    ours: Comparison = field(default_factory=Comparison)
    torch: Comparison = field(default_factory=Comparison)
    grade: int = 0
    habits: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()
    expected: Any = None
    actual: Any = None

    @property
    def message(self) -> str:
        """Return what is wrong, in words, with the true value."""
        return wording.message(self.fields())

    def fields(self) -> dict[str, Any]:
        """Return the finding as plain data, for the wording and the record."""
        compared = self.torch if self.problem is Problem.TORCH_DIFFERS else self.ours
        return {
            "problem": str(self.problem),
            "subject": list(self.subject),
            "what": self.what,
            "detail": self.detail,
            "names": list(self.names),
            **compared.fields(),
        }

    @property
    def key(self) -> tuple[Any, ...]:
        """Return what findings share that fail in the same way."""
        return (self.verdict, *wording.key(self.fields()))

    @property
    def way(self) -> object:
        """Return in which way the case fails: by its flaw where numbers or shapes are wrong."""
        return self.ours.flaw or self.key

    def but(self, problem: Problem, verdict: Verdict = Verdict.FAILS, **fields: Any) -> Self:
        """Return a finding with the same numbers and a problem."""
        return replace(self, verdict=verdict, problem=problem, habits=(), answers=(), **fields)


def raised(outcome: Raised, subject: Subject, **fields: Any) -> Finding:
    """Return the finding of a call that raised where a result was due."""
    return Finding(
        Verdict.FAILS,
        Problem.RAISED,
        subject,
        what=outcome.kind,
        detail=outcome.message,
        actual=str(outcome),
        **fields,
    )


@dataclass
class Tally:
    """Figures added up over the cases of a check; `declined` are cases that are not offered."""

    cases: int = 0
    declined: int = 0
    seconds: float = field(default=0.0, compare=False)
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
        """Return a count as a share of the elements; None where there were none."""
        return count / self.elements if self.elements else None


class Judged(NamedTuple):
    """A case, and the finding of it."""

    case: Case
    finding: Finding


@dataclass(frozen=True)
class CheckResult:
    """What a check came to.

    Attributes:
        verdict: the verdict over all cases.
        tally: the figures.
        finding: what is wrong, or missing; None where nothing is.
        failures: the first case of each way of failing, or the first suspect one; none if passed.
        defect: the first case in which torch alone lies outside the bound.
        convention: the name of the answer that is followed, where it is not torch's.
    """

    verdict: Verdict
    tally: Tally
    finding: Finding | None = None
    failures: tuple[Judged, ...] = ()
    defect: Judged | None = None
    convention: str = ""

    @property
    def rejects(self) -> bool:
        """Return whether it fails, or would in a strict run for more than another convention."""
        return self.verdict == Verdict.FAILS or bool(
            self.verdict == Verdict.CONVENTION and self.failures
        )

    @property
    def failure(self) -> Judged | None:
        """Return the first case that failed, or was suspect; None where there is none."""
        return self.failures[0] if self.failures else None

    @property
    def message(self) -> str:
        """Return what is wrong, in words; empty where nothing is."""
        return self.finding.message if self.finding else ""
