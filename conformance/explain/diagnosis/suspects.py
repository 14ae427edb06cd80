"""What a failure looks like: which named mistakes behave as the implementation does.

Every named mistake that breaks the check is made anew from a right implementation and meets the
same cases as the implementation that failed. Only cases that tell count: those in which one of
the two fails. A mistake is named where it agrees in all of them, or in most. Wild numbers, on
which one order of evaluation may overflow and another not, are left aside where there are others.
Where several mistakes agree alike, cases of the operation's other checks are drawn to tell them
apart; those that still agree are named together.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from conformance.explain.diagnosis.conditions import in_common
from conformance.explain.diagnosis.differences import is_of_value
from conformance.explain.diagnosis.forms import other_form
from conformance.explain.diagnosis.observations import Observation, alike, alike_in_size, is_wild
from conformance.explain.diagnosis.patterns import patterns, plainly
from conformance.implementation.implementation import Implementation
from conformance.implementation.overlay import made
from conformance.judge.coverage import coverage_of
from conformance.judge.draw import fills, visit
from conformance.judge.kinds import judge_trial
from conformance.judge.search import Plan, silent
from conformance.judge.trial import Trial
from conformance.record.vocabulary import Kind, Verdict
from conformance.spec.check import Check, checks_of
from conformance.spec.finding import Finding
from conformance.spec.mistake import Mistake
from conformance.spec.operation import Part

# Structures drawn to tell mistakes apart, in the failing check and in each other one.
_EXAMPLES = 40
_ELSEWHERE = 6
_MOST_NAMED = 3
_MOST_OBSERVED = 120
# The share of the telling cases in which a mistake must agree.
_AGREEMENT = 0.75
# With so many calm cases that tell, only those count.
_ENOUGH = 4
# By how much a share may be less than the best one.
_NEARLY = 0.1
# In how many cases a mistake must agree that does not agree in all.
_MANY = 8
# After so many a mistake that agrees in less than half of them is given up.
_SOON = 12


@dataclass(frozen=True)
class Diagnosis:
    """Mistakes that behave as the implementation does, and sentences on what is wrong.

    `agreements` has, for each mistake, the share of the telling cases in which it agrees. `hints`
    are the findings without what would give the answer away. `of_value` says that a wrong gradient
    is that of the value which the implementation returns: what is wrong is the value.
    """

    mistakes: tuple[Mistake, ...] = ()
    agreements: tuple[float, ...] = ()
    findings: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()
    of_value: bool = False

    def plain(self) -> dict[str, Any] | None:
        """Return the diagnosis as a record has it; None where there is nothing to say."""
        if not self.mistakes and not self.findings and not self.of_value:
            return None
        pairs = list(zip(self.mistakes, self.agreements, strict=True))[:_MOST_NAMED]
        named = [
            {"id": each.id, "sentence": each.sentence, "hint": each.hint, "agreement": round(a, 3)}
            for each, a in pairs
        ]
        return {
            "mistakes": named,
            "findings": list(self.findings),
            "hints": list(self.hints),
            "of_value": self.of_value or None,
        }


def diagnose(
    check: Check,
    contender: Implementation,
    plan: Plan,
    mistakes: Sequence[Mistake],
    right: Any,
) -> Diagnosis:
    """Find what the failure of a check looks like.

    Deterministic: the same check, implementation, plan and versions give the same diagnosis.

    Args:
        check: the check that fails.
        contender: the implementation that fails it.
        plan: as the check was drawn.
        mistakes: the named mistakes, of all operations.
        right: a right implementation, to make them of.
    """
    if check.operation.network is not None:
        return Diagnosis()
    inquiry = _Inquiry(check, contender, right)
    with silent():
        if check.kind == Kind.GRADIENT and is_of_value(check, contender):
            # What is wrong is the value, whose own check names it.
            return Diagnosis(of_value=True)
        inquiry.draw(_breaking(check, mistakes), Plan(_examples(check), plan.seed))
        form = other_form(check, inquiry.observed, contender)
        likeliest = inquiry.likeliest(shown=True)
        if form:
            # What is said to be mostly like it would be another thing.
            likeliest = {each: share for each, share in likeliest.items() if share == 1}
        likeliest = _told_apart(inquiry, likeliest, Plan(_ELSEWHERE, plan.seed))
        remarks = [plainly(form)] if form else patterns(check, inquiry.observed)
        if remarks:
            # A pattern tells more than that both are wrong by about as much.
            likeliest = {each: share for each, share in likeliest.items() if not each.noisy}
        if not (likeliest or form) or check.kind == Kind.REFUSAL:
            has_pattern = bool(remarks)
            words = in_common(check, inquiry.observed, contender, has_pattern=has_pattern)
            remarks += map(plainly, words)
    return Diagnosis(
        tuple(likeliest),
        tuple(likeliest.values()),
        tuple(remark.sentence for remark in remarks),
        tuple(remark.hint for remark in remarks),
    )


def _breaking(check: Check, mistakes: Sequence[Mistake]) -> list[Mistake]:
    broken = {check.id, check.plain.id}
    return [mistake for mistake in mistakes if any(map(mistake.breaks_check, broken))]


def _examples(check: Check) -> int:
    """Return how many structures are drawn: fewer where one pass gives all gradients."""
    in_one_pass = any(isinstance(each, Part) for each in check.operation.gradients.values())
    return _EXAMPLES // fills(check) if in_one_pass else _EXAMPLES


def _told_apart(
    inquiry: "_Inquiry", likeliest: dict[Mistake, float], plan: Plan
) -> dict[Mistake, float]:
    """Return the mistakes that behave as the implementation in the operation's other checks too.

    A check in which none does tells nothing: something else is wrong there. Nor does a check of a
    convention, in which right implementations may differ.
    """
    check, named = inquiry.check, list(likeliest)
    for other in checks_of(check.operation, (check.dtype,)):
        if len(named) < 2 or inquiry.ended:
            break
        is_another = other.id != check.id and other.kind != Kind.CONVENTION
        if is_another and other.provided_by(inquiry.contender):
            elsewhere = _Inquiry(other, inquiry.contender, inquiry.right)
            elsewhere.draw(named, plan, fewest=2)
            if elsewhere.ended:
                break
            named = list(elsewhere.likeliest(shown=False)) or named
    return {mistake: likeliest[mistake] for mistake in named}


@dataclass
class _Suspect:
    """A named mistake, and whether it agreed in each case that tells: in all, and in calm ones."""

    mistake: Mistake
    variant: Implementation
    whole: list[bool] = field(default_factory=list)
    calm: list[bool] = field(default_factory=list)

    def meet(self, check: Check, trial: Trial, finding: Finding, *, wild: bool) -> bool:
        """Compare it in one more case; return whether it is a suspect still."""
        theirs = judge_trial(check, trial, self.variant)
        agrees = (alike_in_size if self.mistake.noisy else alike)(finding, theirs)
        # Where one of them is just within its bound and the other just outside, nothing is told.
        if finding.verdict == theirs.verdict == Verdict.FAILS or not agrees:
            self.whole.append(agrees)
            self.calm.extend([] if wild else [agrees])
        return len(self.whole) < _SOON or self.agreement >= 0.5

    def is_likely(self, *, shown: bool) -> bool:
        """Return whether it agrees in enough of the cases that tell, and these are enough."""
        if self.agreement == 1:
            return any(self.whole) or not shown
        return self.agreement >= _AGREEMENT and sum(self.whole) >= _MANY

    @property
    def agreement(self) -> float:
        """Return the share of the telling cases in which it agrees; 1 where no case tells."""
        telling = self.calm if len(self.calm) >= _ENOUGH else self.whole
        return sum(telling) / len(telling) if telling else 1.0


@dataclass
class _Inquiry:
    """The suspects of one check, as they are compared with the implementation case by case."""

    check: Check
    contender: Implementation
    right: Any
    suspects: list[_Suspect] = field(default_factory=list)
    observed: list[Observation] = field(default_factory=list)
    ended: bool = False

    def draw(self, mistakes: Iterable[Mistake], plan: Plan, *, fewest: int = 0) -> None:
        """Compare mistakes in cases of the check, until fewer than so many are suspects."""
        for mistake in mistakes:
            variant = made(mistake, self.right, like=self.contender)
            self.suspects.append(_Suspect(mistake, variant))
        visit(
            self.check,
            plan,
            partial(self._meet, fewest),
            coverage_of(self.check, self.contender),
        )

    def _meet(self, fewest: int, trial: Trial) -> bool:
        finding = judge_trial(self.check, trial, self.contender)
        if finding.verdict in {Verdict.CRASHED, Verdict.TIMED_OUT}:
            # Each more might cost a process, or its time.
            self.ended = True
            return False
        if finding.verdict == Verdict.NOT_PROVIDED:
            return True
        self.observed.append(Observation(trial, finding))
        wild = is_wild(trial.case)
        self.suspects = [
            suspect
            for suspect in self.suspects
            if suspect.meet(self.check, trial, finding, wild=wild)
        ]
        return len(self.observed) < _MOST_OBSERVED and len(self.suspects) >= fewest

    def likeliest(self, *, shown: bool) -> dict[Mistake, float]:
        """Return the mistakes that agree in most of the telling cases, each with its share.

        With `shown`, there must be such a case.
        """
        likely = [suspect for suspect in self.suspects if suspect.is_likely(shown=shown)]
        best = max((suspect.agreement for suspect in likely), default=0.0)
        # Only one that never disagrees sets itself apart from those that nearly never do.
        least = best if best == 1 else best - _NEARLY
        return {each.mistake: each.agreement for each in likely if each.agreement >= least}
